/** Pictures held by numbers. */
import { Drawing, type DrawingOptions, svgText } from '../drawing.ts';
import { INFINITE_COLOR, NAN_COLOR, pixelsUrl } from '../models/pixels.ts';
import { type ArrayInput, readArray, type Shaped } from '../models/tensor-input.ts';
import { shorten } from '../text.ts';
import { statistics } from './statistics.ts';
import { type Tile, tileGrid, tileSize } from './tiles.ts';

export interface ImageGridOptions extends DrawingOptions {
  /** A text below each picture. */
  labels?: readonly (string | number)[];
  /** Pictures in a row. Default: as many as fit. */
  columns?: number;
  /** A text before each row, where `columns` is given. */
  rowLabels?: readonly (string | number)[];
  /** The numbers that are black and white. Default: 0 to 1 or 0 to 255, or else the least and the greatest. */
  range?: readonly [number, number];
  /** Pictures that are shown at most. Default: 64. */
  most?: number;
}

/**
 * A batch of pictures as a grid: `imageGrid(batch, { labels })`. NaN is magenta, the infinities are red.
 * @param images (N, H, W, C) of 1 (grey), 3 or 4 channels, or (N, H, W)
 * @throws {TypeError} when images have another rank
 * @throws {RangeError} when there is another number of channels, or labels are more or fewer, of pictures or of rows
 */
export function imageGrid(images: ArrayInput, options: ImageGridOptions = {}): Drawing {
  const what = 'imageGrid';
  const read = readArray(what, 'images', images, [3, 4]);
  const [count, height, width, channels = 1] = read.shape as [number, number, number, number?];
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new RangeError(
      `${what}: images have 1, 3 or 4 channels, not ${channels}: [${read.shape.join(', ')}].`,
    );
  }
  const { labels, most = 64, width: room = 700 } = options;
  if (labels && labels.length !== count) {
    throw new RangeError(`${what}: there are ${count} images and ${labels.length} labels.`);
  }
  const shown = Math.min(count, Math.max(1, most));
  const { columns, rowLabels } = options;
  if (rowLabels && (columns === undefined || rowLabels.length !== Math.ceil(shown / columns))) {
    throw new RangeError(
      columns === undefined
        ? `${what}: rowLabels need to know the columns: give \`columns\` too.`
        : `${what}: there are ${Math.ceil(shown / columns)} rows and ${rowLabels.length} labels of rows.`,
    );
  }
  const range = options.range ?? pictureRange(read);
  if (!(range[0] < range[1])) throw new RangeError(`${what}: range has to be [low, high].`);
  const size = height * width * channels;
  const tiles = Array.from({ length: shown }, (_, i): Tile => {
    const label = labels === undefined ? undefined : String(labels[i]);
    const data = read.data.subarray(i * size, (i + 1) * size);
    return {
      source: imageUrl({ shape: [height, width, channels], data }, range),
      hint: label === undefined ? String(i) : `${i}: ${label}`,
      label,
    };
  });
  const grid = tileGrid(what, tiles, {
    size: tileSize(height, width),
    room,
    columns,
    rowLabels: rowLabels?.map(String),
  });
  const left = count - shown;
  return new Drawing(
    {
      svg: grid.svg + (left > 0 ? svgText(`… and ${left} more`, 8, grid.height + 12, { size: 11 }) : ''),
      width: grid.width,
      height: grid.height + (left > 0 ? 20 : 0),
      alt: `${count} pictures of ${width} by ${height} pixels${rowLabels ? `, in rows: ${first(rowLabels)}` : labels ? `: ${first(labels)}` : ''}.`,
    },
    options,
  );
}

const first = (labels: readonly (string | number)[]): string => shorten(labels.slice(0, 8).join(', '), 120);

/** 0 to 1 or 0 to 255 where numbers look so, or else the least and the greatest. */
export function pictureRange({ data }: Shaped): [number, number] {
  const { least, greatest } = statistics(data);
  if (least >= 0 && greatest <= 1) return [0, 1];
  if (least >= 0 && greatest <= 255) return [0, 255];
  return least < greatest ? [least, greatest] : [0, 1];
}

/** @param image (H, W, C) */
export function imageUrl({ shape, data }: Shaped, [low, high]: readonly [number, number]): string {
  const [height, width, channels] = shape as [number, number, number];
  return pixelsUrl(width, height, (i) => {
    const pixel = data.subarray(i * channels, (i + 1) * channels);
    if (pixel.some(Number.isNaN)) return NAN_COLOR;
    if (!pixel.every(Number.isFinite)) return INFINITE_COLOR;
    const level = (k: number): number => (255 * (pixel[k]! - low)) / (high - low);
    return channels === 1
      ? [level(0), level(0), level(0), 255]
      : [level(0), level(1), level(2), channels === 4 ? level(3) : 255];
  });
}
