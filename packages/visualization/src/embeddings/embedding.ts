/** Points of many dimensions, drawn in a plane. */
import { isList, type Numbers, named } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { checkSameLength } from '../finite.ts';
import type { ArrayInput } from '../models/tensor-input.ts';
import { COLOR_SCALES } from '../palettes.ts';
import { scatter } from '../scatter.ts';
import { plotText, shorten } from '../text.ts';
import { readPoints } from './pca.ts';
import { type ProjectOptions, project } from './project.ts';

export interface EmbeddingOptions extends ProjectOptions, FigureOptions {
  /** What colours each point: classes, or numbers on a colour scale. */
  color?: readonly string[] | Numbers;
  /** What the colours are. Default: `'class'`, or `'value'` of numbers. */
  colorTitle?: string;
  /** What is shown of each point under the pointer. */
  text?: readonly string[];
  /**
   * A picture for each point, as a data URL, drawn in its place; of at most 200 points. Each is about 28 pixels high.
   */
  pictures?: readonly string[];
}

const METHODS = { pca: 'PCA', tsne: 't-SNE', umap: 'UMAP' } as const;
/** More of a text doesn't fit beside the pointer. */
const MOST_TEXT = 120;
const MOST_PICTURES = 200;
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/;

/**
 * Points placed in a plane and drawn, tens of thousands of them if need be:
 * `await embedding(vectors, { method: 'umap', color: labels, text: words })`.
 * @param points (N, D), without NaN
 * @throws as `project` does, and when colours, texts or pictures are more or fewer than the points
 */
export async function embedding(points: ArrayInput, options: EmbeddingOptions = {}): Promise<Figure> {
  const what = 'embedding';
  const { method = 'pca', color, text, pictures } = options;
  const read = readPoints(what, points);
  const count = read.shape[0]!;
  for (const [name, list] of Object.entries({ color, text, pictures })) {
    if (list === undefined) continue;
    if (!isList(list)) throw new TypeError(`${what}: ${name} has to be an array, not ${named(list)}.`);
    checkSameLength(what, ['points', { length: count }], [`entries of ${name}`, list]);
  }
  if (pictures) {
    if (count > MOST_PICTURES) {
      throw new RangeError(`${what}: pictures are drawn for at most ${MOST_PICTURES} points, not ${count}.`);
    }
    const bad = pictures.findIndex((picture) => typeof picture !== 'string' || !PICTURE.test(picture));
    if (bad >= 0)
      throw new TypeError(`${what}: picture ${bad} has to be a data URL of PNG, JPEG, GIF or WebP.`);
  }
  const places = await project(read, options);
  const xs = places.map(([x]) => x!);
  const ys = places.map(([, y]) => y!);
  const isNumeric = typeof color?.[0] === 'number';
  const colorTitle = options.colorTitle ?? (isNumeric ? 'value' : 'class');
  const drawn = scatter(
    { x: xs, y: ys, ...(color ? { color: color as ArrayLike<unknown> } : {}), index: xs.map((_, i) => i) },
    { x: 'x', y: 'y', hover: ['index'], ...(color ? { color: 'color' as never } : {}) },
  );
  const texts =
    text === undefined ? undefined : Array.from(text, (own) => plotText(shorten(String(own), MOST_TEXT)));
  const data = drawn.data.map((trace) => {
    const indices = (trace.text as string[]).map((own) => Number(own.slice('index: '.length)));
    const group = trace.name === undefined ? '' : String(trace.name);
    const { colorbar, ...marker } = trace.marker as Record<string, unknown>;
    return {
      ...trace,
      text: texts ? indices.map((i) => texts[i]) : indices.map(String),
      hovertemplate: `%{text}<extra>${group}</extra>`,
      marker: {
        ...marker,
        ...(colorbar
          ? { colorbar: { ...colorbar, title: { text: plotText(colorTitle), side: 'right' } } }
          : {}),
        ...(isNumeric ? { colorscale: COLOR_SCALES.viridis } : {}),
        ...(pictures ? { opacity: 0, size: 20 } : {}),
      },
      ...(pictures ? { showlegend: false } : {}),
    };
  });
  const groups = color && !isNumeric ? new Set(Array.from<unknown>(color)).size : 0;
  // Distances in a layout have no unit: its axes have no numbers, and a length is the same both ways.
  const bare = method === 'pca' ? {} : { showticklabels: false, ticks: '', showgrid: false };
  const [width, height] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  const side = 0.055 * Math.max(width, height);
  const { margin: _, ...layout } = drawn.layout;
  const title = (axis: number): object => ({ title: { text: `${METHODS[method]} ${axis}` } });
  return new Figure(
    {
      data,
      layout: {
        ...layout,
        xaxis: { ...(layout.xaxis as object), ...bare, ...title(1) },
        yaxis: { ...(layout.yaxis as object), ...bare, ...title(2), scaleanchor: 'x' },
        ...(color ? { legend: { title: { text: plotText(colorTitle) } } } : {}),
        ...(pictures
          ? {
              images: pictures.map((source, i) => ({
                source,
                xref: 'x',
                yref: 'y',
                x: xs[i],
                y: ys[i],
                sizex: side,
                sizey: side,
                xanchor: 'center',
                yanchor: 'middle',
              })),
            }
          : {}),
      },
      alt: `${count} points placed by ${METHODS[method]}${groups > 0 ? `, of ${groups} classes` : ''}.`,
    },
    { height: 520, ...options },
  );
}
