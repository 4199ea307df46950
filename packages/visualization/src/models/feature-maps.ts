/** What convolutions see, and what they look for. */
import { named } from '../data.ts';
import { Drawing, type DrawingOptions, svgText } from '../drawing.ts';
import { BLUE_ORANGE, VIRIDIS } from '../palettes.ts';
import { readable } from '../text.ts';
import { MUTED } from '../theme.ts';
import { imageUrl } from '../values/images.ts';
import { type Statistics, statistics } from '../values/statistics.ts';
import { type Tile, tileGrid, tileSize } from '../values/tiles.ts';
import { picture } from './pixels.ts';
import { type ArrayInput, readArray } from './tensor-input.ts';

export interface ChannelGridOptions extends DrawingOptions {
  /**
   * Whether each picture has the whole range of colours, or all share one, so that their strengths can be compared.
   * Default: `'channel'`.
   */
  normalize?: 'channel' | 'shared';
  /** Pictures in a row. Default: as many as fit. */
  columns?: number;
  /** Pictures that are shown at most. Default: 64. */
  most?: number;
}

export interface FeatureMapsOptions extends ChannelGridOptions {
  /** Default: `'channelsLast'`, (H, W, C), as TensorFlow.js has it; PyTorch has `'channelsFirst'`, (C, H, W). */
  dataFormat?: 'channelsLast' | 'channelsFirst';
}

/**
 * A layer's output for one picture, a tile for each channel: dark to bright from 0, or blue below 0 and orange above.
 * Under the pointer: the channel, its range and mean. Channels that are 0 everywhere are counted.
 * @param maps (H, W, C), (C, H, W), or a batch of one
 * @throws {TypeError} when maps have another rank
 * @throws {RangeError} when they are of more than one picture
 */
export function featureMaps(maps: ArrayInput, options: FeatureMapsOptions = {}): Drawing {
  const what = 'featureMaps';
  const read = readArray(what, 'maps', maps, [3, 4]);
  if (read.shape.length === 4 && read.shape[0] !== 1) {
    throw new RangeError(
      `${what}: maps are of ${read.shape[0]} pictures, their shape is [${read.shape.join(', ')}]; give those of one.`,
    );
  }
  const isLast = isChannelsLast(what, options.dataFormat);
  const [a, b, c] = read.shape.slice(-3) as [number, number, number];
  const [height, width, channels] = isLast ? [a, b, c] : [b, c, a];
  const size = height * width;
  const planes = Array.from({ length: channels }, (_, k) =>
    isLast
      ? Float64Array.from({ length: size }, (_, i) => read.data[i * channels + k]!)
      : read.data.subarray(k * size, (k + 1) * size),
  );
  const all = planes.map((data) => statistics(data));
  const dead = all.filter(({ least, greatest }) => least === 0 && greatest === 0).length;
  const tiles = planeTiles(what, planes, all, [height, width], options, (k) => `channel ${k}`);
  return channelDrawing(what, tiles, channels, [height, width], options, {
    note: `${channels} channels of ${width} by ${height}${dead > 0 ? `, ${dead} of them 0 everywhere` : ''}`,
    alt: 'Feature maps',
  });
}

export interface FiltersOptions extends ChannelGridOptions {
  /** Default: `'HWIO'`, (height, width, in, out), as TensorFlow.js has kernels; PyTorch has `'OIHW'`. */
  kernelFormat?: 'HWIO' | 'OIHW';
}

/**
 * A convolution's filters. Those of 3 input channels are shown in colour, with grey for 0; those of 1 in blue below 0 and
 * orange above; of others each input channel is a tile: a row for each filter.
 * @param kernel (height, width, in, out), or (out, in, height, width)
 * @throws {TypeError} when the kernel has another rank
 * @throws {RangeError} when it is empty
 */
export function filters(kernel: ArrayInput, options: FiltersOptions = {}): Drawing {
  const what = 'filters';
  const { kernelFormat = 'HWIO', normalize = 'channel', most = 64 } = options;
  if (kernelFormat !== 'HWIO' && kernelFormat !== 'OIHW') {
    throw new TypeError(`${what}: kernelFormat is 'HWIO' or 'OIHW', not ${named(kernelFormat)}.`);
  }
  const { shape, data } = readArray(what, 'kernel', kernel, [4]);
  const [d0, d1, d2, d3] = shape as [number, number, number, number];
  const [height, width, inputs, outputs] = kernelFormat === 'HWIO' ? [d0, d1, d2, d3] : [d2, d3, d1, d0];
  const at = (y: number, x: number, i: number, o: number): number =>
    kernelFormat === 'HWIO'
      ? data[((y * width + x) * inputs + i) * outputs + o]!
      : data[((o * inputs + i) * height + y) * width + x]!;
  const place = (i: number): [number, number] => [Math.floor(i / width), i % width];
  const note = `${outputs} filters of ${width} by ${height} over ${inputs} input channel${inputs === 1 ? '' : 's'}`;

  if (inputs === 3) {
    const size = height * width * 3;
    const all = Array.from({ length: outputs }, (_, o) =>
      Float64Array.from({ length: size }, (_, i) => at(...place(Math.floor(i / 3)), i % 3, o)),
    );
    const reach = reachOf(statistics(data));
    const tiles = all.slice(0, most).map((weights, o): Tile => {
      const own = statistics(weights);
      const r = normalize === 'shared' ? reach : reachOf(own);
      return {
        source: imageUrl({ shape: [height, width, 3], data: weights }, [-r, r]),
        hint: `filter ${o}\n${told(own)}`,
      };
    });
    checkNormalize(what, normalize);
    return channelDrawing(what, tiles, outputs, [height, width], options, { note, alt: 'Filters' });
  }
  const rows =
    inputs === 1 ? outputs : Math.min(outputs, Math.max(1, Math.floor(most / Math.min(inputs, 16))));
  const across = inputs === 1 ? 1 : Math.min(inputs, 16);
  const planes = Array.from({ length: rows * across }, (_, k) =>
    Float64Array.from({ length: height * width }, (_, i) =>
      at(...place(i), k % across, Math.floor(k / across)),
    ),
  );
  const name = (k: number): string =>
    inputs === 1 ? `filter ${k}` : `filter ${Math.floor(k / across)}, input ${k % across}`;
  const tiles = planeTiles(
    what,
    planes,
    planes.map((plane) => statistics(plane)),
    [height, width],
    { ...options, signed: true },
    name,
  );
  return channelDrawing(
    what,
    tiles,
    inputs === 1 ? outputs : tiles.length,
    [height, width],
    inputs === 1 ? options : { columns: across, ...options },
    {
      note:
        inputs === 1 ? note : `${note}: a row for each of the first ${rows}, of its first ${across} inputs`,
      alt: 'Filters',
    },
  );
}

function isChannelsLast(
  what: string,
  dataFormat: FeatureMapsOptions['dataFormat'] = 'channelsLast',
): boolean {
  if (dataFormat !== 'channelsLast' && dataFormat !== 'channelsFirst') {
    throw new TypeError(
      `${what}: dataFormat is 'channelsLast' or 'channelsFirst', not ${named(dataFormat)}.`,
    );
  }
  return dataFormat === 'channelsLast';
}

function checkNormalize(what: string, normalize: unknown): void {
  if (normalize !== 'channel' && normalize !== 'shared') {
    throw new TypeError(`${what}: normalize is 'channel' or 'shared', not ${named(normalize)}.`);
  }
}

const reachOf = ({ least, greatest }: Statistics): number => Math.max(-least, greatest) || 1;

function told({ least, greatest, mean, nan, infinite }: Statistics): string {
  const bad = nan + infinite;
  const range = Number.isNaN(mean)
    ? 'no finite number'
    : `${readable(least)} to ${readable(greatest)}, mean ${readable(Number(mean.toPrecision(3)))}`;
  return bad === 0 ? range : `${range}; ${readable(bad)} not finite`;
}

function planeTiles(
  what: string,
  planes: readonly Float64Array[],
  all: readonly Statistics[],
  [height, width]: [number, number],
  { normalize = 'channel', most = 64, signed }: ChannelGridOptions & { signed?: boolean },
  name: (index: number) => string,
): Tile[] {
  checkNormalize(what, normalize);
  const isSigned = signed ?? all.some(({ least }) => least < 0);
  const range = ({ least, greatest }: Statistics): [number, number] => {
    const reach = Math.max(-least, greatest);
    if (!(reach > 0)) return [0, 1];
    return isSigned ? [-reach, reach] : [Math.min(0, least), greatest];
  };
  const finite = all.filter(({ mean }) => !Number.isNaN(mean));
  const shared: [number, number] = range({
    ...all[0]!,
    least: finite.reduce((a, { least }) => Math.min(a, least), 0),
    greatest: finite.reduce((a, { greatest }) => Math.max(a, greatest), 0),
  });
  return planes.slice(0, Math.max(1, most)).map((data, k) => ({
    source: picture(
      { shape: [height, width], data },
      {
        scale: isSigned ? BLUE_ORANGE : VIRIDIS,
        range: normalize === 'shared' ? shared : range(all[k]!),
      },
    ),
    hint: `${name(k)}\n${told(all[k]!)}`,
  }));
}

function channelDrawing(
  what: string,
  tiles: readonly Tile[],
  count: number,
  [height, width]: [number, number],
  options: ChannelGridOptions,
  { note, alt }: { note: string; alt: string },
): Drawing {
  const side = tiles.length > 32 ? 56 : 72;
  const grid = tileGrid(what, tiles, {
    size: tileSize(height, width, side),
    room: options.width ?? 700,
    columns: options.columns,
  });
  const left = count - tiles.length;
  const text = note + (left > 0 ? `; the first ${tiles.length} are shown` : '');
  return new Drawing(
    {
      svg: grid.svg + svgText(text, 8, grid.height + 14, { size: 11, color: MUTED }),
      width: Math.max(grid.width, 480),
      height: grid.height + 24,
      alt: `${alt}: ${text}.`,
    },
    options,
  );
}
