import { Figure, type FigureOptions } from './figure.ts';
import type { PlotlyLayout, PlotlyTrace } from './plotly.ts';
import { plotText } from './text.ts';

export interface SmallMultiplesOptions extends FigureOptions {
  /** How many stand in a row. Default: as many as there are, at most 3. */
  columns?: number;
  /** Whether all have the range of the first one's axis. Default: neither. */
  share?: 'x' | 'y' | 'xy';
}

/** Pixels between plots, for their ticks, axis titles and titles. */
const GAP_X = 72;
const GAP_Y = 84;
const LEGEND = 26;

/**
 * Several figures in one, each under its name: `smallMultiples({ train: histogram(a), test: histogram(b) })`.
 * They are of kinds with an x and a y axis. A name in the legend stands there once.
 * @throws {RangeError} when there is no figure
 * @throws {TypeError} for a figure without an x and a y axis
 */
export function smallMultiples(
  figures: Readonly<Record<string, Figure>> | readonly Figure[],
  options: SmallMultiplesOptions = {},
): Figure {
  const entries = Array.isArray(figures)
    ? (figures as readonly Figure[]).map((figure) => [undefined, figure] as const)
    : Object.entries(figures as Readonly<Record<string, Figure>>);
  if (entries.length === 0) throw new RangeError('smallMultiples: there is no figure.');
  const columns = options.columns ?? Math.min(3, entries.length);
  if (!(Number.isInteger(columns) && columns >= 1)) {
    throw new RangeError(`smallMultiples: columns has to be a whole number above 0, not ${columns}.`);
  }
  const rows = Math.ceil(entries.length / columns);
  const { width = 700, height = Math.max(260, 60 + rows * 220) } = options;
  const isNamed = entries.some(([, { data, layout }]) =>
    data.some(
      (trace) => layout.showlegend !== false && trace.name !== undefined && trace.showlegend !== false,
    ),
  );
  // Below all plots: beside them it would take room from each.
  const below = isNamed ? LEGEND : 0;
  const inner = { width: width - 90, height: height - 100 - below };
  const cell = {
    width: (inner.width - (columns - 1) * GAP_X) / columns / inner.width,
    height: (inner.height - (rows - 1) * GAP_Y) / rows / inner.height,
  };
  const data: PlotlyTrace[] = [];
  const layout: PlotlyLayout = {};
  const annotations: object[] = [];
  const shapes: object[] = [];
  const images: object[] = [];
  const seen = new Set<string>();
  let bars = 0;

  for (const [i, [name, figure]] of entries.entries()) {
    const suffix = i === 0 ? '' : String(i + 1);
    const left = (i % columns) * (cell.width + GAP_X / inner.width);
    const top = 1 - Math.floor(i / columns) * (cell.height + GAP_Y / inner.height);
    const { xaxis, yaxis, ...rest } = figure.layout;
    if (!isObject(xaxis) || !isObject(yaxis) || figure.data.some(({ type }) => WITHOUT_AXES.has(type))) {
      throw new TypeError(`smallMultiples: figure ${name ?? i} has no x and y axis.`);
    }
    const placed = (axis: Record<string, unknown>, letter: 'x' | 'y', domain: [number, number]) => ({
      ...axis,
      domain,
      anchor: (letter === 'x' ? 'y' : 'x') + suffix,
      ...(axis.scaleanchor === undefined ? {} : { scaleanchor: (letter === 'x' ? 'y' : 'x') + suffix }),
      ...(i > 0 && options.share?.includes(letter) ? { matches: letter } : {}),
    });
    layout[`xaxis${suffix}`] = placed(xaxis, 'x', [left, left + cell.width]);
    layout[`yaxis${suffix}`] = placed(yaxis, 'y', [Math.max(0, top - cell.height), top]);
    for (const key of ['barmode', 'bargap', 'boxmode', 'violinmode', 'hovermode']) {
      layout[key] ??= rest[key];
    }
    const moved = (list: unknown): object[] =>
      (Array.isArray(list) ? list : []).map((item: Record<string, unknown>) => ({
        ...item,
        ...(item.xref === undefined || item.xref === 'x'
          ? { xref: `x${suffix}` }
          : domainOf(item.xref, 'x', suffix)),
        ...(item.yref === undefined || item.yref === 'y'
          ? { yref: `y${suffix}` }
          : domainOf(item.yref, 'y', suffix)),
      }));
    annotations.push(...moved(rest.annotations));
    shapes.push(...moved(rest.shapes));
    images.push(...moved(rest.images));
    if (name !== undefined) {
      annotations.push({
        text: plotText(name),
        xref: `x${suffix} domain`,
        yref: `y${suffix} domain`,
        x: 0,
        y: 1,
        yshift: 20,
        xanchor: 'left',
        showarrow: false,
        font: { size: 13 },
      });
    }
    const legend = rest.showlegend !== false;
    for (const trace of figure.data) {
      const label = typeof trace.name === 'string' ? trace.name : undefined;
      const named = legend && label !== undefined && trace.showlegend !== false;
      const first = named && !seen.has(label);
      if (named) seen.add(label);
      // One colour bar beside all: several would lie on each other.
      const scaled = trace.type === 'heatmap' || trace.type === 'contour';
      data.push({
        ...trace,
        xaxis: `x${suffix}`,
        yaxis: `y${suffix}`,
        showlegend: first,
        ...(label === undefined ? {} : { legendgroup: label }),
        ...(scaled ? { showscale: bars++ === 0 && entries.length === 1 } : {}),
      });
    }
  }
  return new Figure(
    {
      data,
      layout: {
        ...layout,
        annotations,
        shapes,
        images,
        ...(isNamed
          ? { legend: { orientation: 'h', x: 0, y: 0, yref: 'container', yanchor: 'bottom' } }
          : {}),
        margin: { l: 64, r: 26, t: options.title === undefined ? 44 : 72, b: 56 + below },
      },
      alt: entries.map(([name, { alt }]) => (name === undefined ? alt : `${name}: ${alt}`)).join(' '),
    },
    { ...options, width, height },
  );
}

const WITHOUT_AXES = new Set(['surface', 'scatter3d', 'parcoords', 'sankey']);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A reference to the whole plot becomes one to its own place. */
function domainOf(reference: unknown, letter: 'x' | 'y', suffix: string): object {
  return reference === 'paper' || reference === `${letter} domain`
    ? { [`${letter}ref`]: `${letter}${suffix} domain` }
    : {};
}
