/** A tensor, as what it holds. */
import { isList } from '../data.ts';
import { Drawing, type DrawingOptions, PIXELATED, svgText } from '../drawing.ts';
import { isBright } from '../heatmap.ts';
import { picture } from '../models/pixels.ts';
import { type ArrayInput, readArray, type Shaped } from '../models/tensor-input.ts';
import { BLUE_ORANGE, colorAt, VIRIDIS } from '../palettes.ts';
import { readable } from '../text.ts';
import { MUTED } from '../theme.ts';
import { imageGrid, imageUrl, pictureRange } from './images.ts';
import { type Statistics, statistics, told } from './statistics.ts';

export interface ShowOptions extends DrawingOptions {
  /** Whether it is a picture, (H, W, 1, 3 or 4), or a batch of them. Default: where it has the shape of one and no side below 8. */
  picture?: boolean;
}

const RANKS = Array.from({ length: 9 }, (_, i) => i);
const MOST_SIDE = 256;
const MOST_LABELLED = 10;
const WARNING = '#d55e00';

/**
 * A tensor or an array by its dtype, shape and range, and as a picture, a grid of pictures, or a heat map: blue below 0
 * and orange above, or from dark to bright where it holds no two signs. NaN is magenta, the infinities are red, and both
 * are counted. Of more than 256 rows or columns neighbours are shown by their mean, or by what isn't finite among them.
 * @param tensor nested arrays, `{ shape, data }`, or a tensor whose numbers `dataSync()` answers
 * @throws {TypeError} when it is none of these
 * @throws {RangeError} when it is empty
 */
export function show(tensor: ArrayInput | number, options: ShowOptions = {}): Drawing {
  const read = readArray(
    'show',
    'the tensor',
    typeof tensor === 'number' ? { shape: [], data: [tensor] } : tensor,
    RANKS,
  );
  const { shape, data } = read;
  const stats = statistics(data);
  const { range, warning } = told(stats);
  const head = `${dtypeOf(tensor)} [${shape.join(', ')}]`;
  const { width = 700 } = options;
  const body = bodyOf(read, stats, width - 16, options.picture ?? looksLikePicture(shape));
  const numbers = shape.length === 0 || data.length === 1 ? readable(data[0]!) : range;
  return new Drawing(
    {
      svg:
        svgText(head, 8, 20, { size: 14, bold: true }) +
        svgText(numbers, 8, 40, { size: 12, color: MUTED }) +
        (warning === undefined ? '' : svgText(warning, 8, 58, { size: 12, color: WARNING, bold: true })) +
        `<g transform="translate(8,${warning === undefined ? 50 : 68})">${body.svg}</g>`,
      width: Math.max(320, Math.min(width, body.width + 16)),
      height: (warning === undefined ? 56 : 74) + body.height,
      alt: `Tensor ${head}, ${numbers}${warning === undefined ? '' : `; ${warning}`}.`,
    },
    options,
  );
}

function dtypeOf(tensor: unknown): string {
  const { dtype, data } = (tensor ?? {}) as { dtype?: unknown; data?: unknown };
  if (typeof dtype === 'string') return dtype;
  const list = isList(tensor) ? tensor : isList(data) ? data : undefined;
  const name = ArrayBuffer.isView(list) ? list.constructor.name : undefined;
  return name?.endsWith('Array') ? name.slice(0, -'Array'.length).toLowerCase() : 'number';
}

function looksLikePicture(shape: readonly number[]): boolean {
  const [height, width, channels] = shape.slice(-3) as [number, number, number];
  return (
    (shape.length === 3 || shape.length === 4) && [1, 3, 4].includes(channels) && height >= 8 && width >= 8
  );
}

interface Body {
  svg: string;
  width: number;
  height: number;
}

function bodyOf(read: Shaped, stats: Statistics, room: number, isPicture: boolean): Body {
  const { shape } = read;
  if (isPicture && shape.length === 3) {
    const [height, width] = shape as [number, number];
    const scale = Math.min(
      room / width,
      320 / height,
      Math.max(1, Math.floor(256 / Math.max(width, height))),
    );
    const [w, h] = [width * scale, height * scale];
    const source = imageUrl(read, pictureRange(read));
    return { svg: `<image width="${w}" height="${h}" href="${source}"${PIXELATED}/>`, width: w, height: h };
  }
  if (isPicture && shape.length === 4) return imageGrid(read, { width: room }).part();
  if (shape.length === 0) return { svg: '', width: 0, height: 0 };
  const columns = shape.at(-1)!;
  const rows = read.data.length / columns;
  const by = Math.max(1, Math.ceil(rows / MOST_SIDE));
  const across = Math.max(1, Math.ceil(columns / MOST_SIDE));
  const small = pooled(read.data, rows, columns, by, across);
  const [r, c] = small.shape as [number, number];
  const isSigned = stats.least < 0 && stats.greatest > 0;
  const reach = Math.max(-stats.least, stats.greatest);
  const range: [number, number] = isSigned ? [-reach, reach] : [stats.least, stats.greatest];
  const scale = isSigned ? BLUE_ORANGE : VIRIDIS;
  const isLabelled = by === 1 && across === 1 && rows <= MOST_LABELLED && columns <= MOST_LABELLED;
  const [w, h] = isLabelled
    ? [Math.min(room, columns * 64), rows * 26]
    : [Math.min(room, Math.max(c * 2, Math.min(c * 12, 480))), Math.max(Math.min(r * 12, 360), 12)];
  let svg = `<image width="${w}" height="${h}" href="${picture(small, { scale, range })}"${PIXELATED}/>`;
  if (isLabelled) {
    small.data.forEach((value, i) => {
      const t = range[1] > range[0] ? (value - range[0]) / (range[1] - range[0]) : 0.5;
      const isDark = !Number.isFinite(value) || !isBright(colorAt(scale, t));
      svg += svgText(
        readable(Number(value.toPrecision(4))),
        ((i % c) + 0.5) * (w / c),
        Math.floor(i / c) * 26 + 17,
        {
          size: 11,
          anchor: 'middle',
          color: isDark ? '#fafafa' : '#111111',
        },
      );
    });
  }
  return { svg, width: w, height: h };
}

/** Blocks of `by` rows and `across` columns by their mean, or by what isn't finite among them. */
function pooled(data: Float64Array, rows: number, columns: number, by: number, across: number): Shaped {
  const [h, w] = [Math.ceil(rows / by), Math.ceil(columns / across)];
  const sums = new Float64Array(h * w);
  const counts = new Uint32Array(h * w);
  for (let i = 0; i < data.length; i++) {
    const at = Math.floor(Math.floor(i / columns) / by) * w + Math.floor((i % columns) / across);
    sums[at]! += data[i]!;
    counts[at]!++;
  }
  return { shape: [h, w], data: sums.map((sum, i) => sum / counts[i]!) };
}
