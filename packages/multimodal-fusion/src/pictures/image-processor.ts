/**
 * What a checkpoint's `preprocessor_config.json` says of pictures, done as the image processors of `transformers` do it with
 * Pillow (`image_processing_pil_*.py`): resize, crop, rescale, normalize.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tf } from '@quire/runtime';
import { centerBox, centerCrop } from './crop.ts';
import { checkPicture, type Picture, type Rgb, toChannels } from './picture.ts';
import { type Interpolation, type ResizeOptions, resize, resizeInThread } from './resample.ts';

/** As in `preprocessor_config.json`; what isn't given is the default of the processor's class in `transformers`. */
export interface ImageProcessorJson {
  image_processor_type?: string;
  /** As older checkpoints call it. */
  feature_extractor_type?: string;
  do_resize?: boolean;
  size?: number | readonly number[] | Record<string, number>;
  resample?: number;
  do_center_crop?: boolean;
  crop_size?: number | readonly number[] | Record<string, number>;
  crop_pct?: number;
  do_rescale?: boolean;
  rescale_factor?: number;
  do_normalize?: boolean;
  image_mean?: number | readonly number[];
  image_std?: number | readonly number[];
  [field: string]: unknown;
}

/** How large a picture becomes. */
export type TargetSize =
  | { height: number; width: number }
  /** The sides keep their proportion; the longer one is at most `longestEdge`. */
  | { shortestEdge: number; longestEdge?: number };

export interface ImageProcessorConfig {
  /** The class in `transformers`, without `Fast` or `Pil`. */
  type: string;
  resize: { size: TargetSize; interpolation: Interpolation } | undefined;
  /** Below 384 pixels ConvNeXT resizes to `size / cropPct` and crops the middle, and from there on squeezes. */
  cropPct: number | undefined;
  centerCrop: { height: number; width: number } | undefined;
  /** What pixels from 0 to 255 are multiplied with. */
  rescaleFactor: number;
  /** Of each channel, after rescaling. */
  mean: readonly number[];
  std: readonly number[];
}

const HALVES = [0.5, 0.5, 0.5];
const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];

/** Pillow's numbers of its filters. */
const INTERPOLATIONS: readonly Interpolation[] = [
  'nearest',
  'lanczos',
  'bilinear',
  'bicubic',
  'box',
  'hamming',
];

interface Kind {
  resample: number;
  mean: readonly number[];
  std: readonly number[];
  size: Record<string, number>;
  /** Whether a single number is the size of a square, and not of the shorter side. */
  square: boolean;
  cropSize?: number;
  cropPct?: number;
}

const halves = { mean: HALVES, std: HALVES };
const clip = { mean: CLIP_MEAN, std: CLIP_STD, resample: 3, square: false };
const mobile = { ...halves, resample: 2, size: { shortest_edge: 256 }, square: false, cropSize: 224 };

/** Defaults of the classes of `transformers`. */
const KINDS: Readonly<Record<string, Kind>> = {
  ViT: { ...halves, resample: 2, size: { height: 224, width: 224 }, square: true },
  DeiT: { ...halves, resample: 3, size: { height: 256, width: 256 }, square: true, cropSize: 224 },
  Beit: { ...halves, resample: 3, size: { height: 224, width: 224 }, square: true },
  Siglip: { ...halves, resample: 3, size: { height: 224, width: 224 }, square: false },
  CLIP: { ...clip, size: { shortest_edge: 224 }, cropSize: 224 },
  ChineseCLIP: { ...clip, size: { shortest_edge: 224 }, cropSize: 224 },
  Bit: { ...clip, size: { shortest_edge: 224 }, cropSize: 224 },
  Blip: { ...clip, size: { height: 384, width: 384 }, square: true },
  ConvNext: { ...halves, resample: 3, size: { shortest_edge: 384 }, square: false, cropPct: 224 / 256 },
  MobileNetV1: mobile,
  MobileNetV2: mobile,
};

/** What other classes do with pictures, and these don't. */
const UNKNOWN_STEPS = [
  'do_pad',
  'do_align_long_axis',
  'do_thumbnail',
  'do_image_splitting',
  'do_pan_and_scan',
  'do_flip_channel_order',
  'do_color_quantize',
];

export interface PixelOptions {
  /** `'channelsFirst'`: (B, C, H, W), as models take it; `'channelsLast'`: (B, H, W, C). The first where not given. */
  dataFormat?: 'channelsFirst' | 'channelsLast';
}

/** What is done to a picture, in this order. */
interface Plan {
  colored: Picture;
  resizing: ResizeOptions | undefined;
  crops: readonly { height: number; width: number }[];
}

/** Prepares pictures for a model as its checkpoint says. */
export class ImageProcessor {
  readonly config: ImageProcessorConfig;
  /** By channel: float32 of each of the 256 values of a pixel. */
  readonly #values: readonly Float32Array[];

  constructor(config: ImageProcessorConfig) {
    this.config = config;
    const { mean, std, rescaleFactor } = config;
    this.#values = mean.map((own, c) =>
      Float32Array.from({ length: 256 }, (_, value) => (value * rescaleFactor - own) / std[c]!),
    );
  }

  /** Channels of what the model takes. */
  get channels(): number {
    return this.config.mean.length;
  }

  /**
   * A picture resized and cropped, in 8 bits: where augmentations belong.
   *
   * @param options.background what is behind transparent pixels; white where not given. (Pillow drops alpha and takes
   * whatever colour was hidden.)
   */
  resized(picture: Picture, options: { background?: Rgb } = {}): Picture {
    const { colored, resizing, crops } = this.#plan(picture, options);
    return crops.reduce<Picture>(centerCrop, resizing ? resize(colored, resizing) : colored);
  }

  /** The same, with the resizing of large pictures in threads of their own. */
  async resizedInThread(picture: Picture, options: { background?: Rgb } = {}): Promise<Picture> {
    const { colored, resizing, crops } = this.#plan(picture, options);
    return crops.reduce<Picture>(centerCrop, resizing ? await resizeInThread(colored, resizing) : colored);
  }

  #plan(picture: Picture, options: { background?: Rgb }): Plan {
    checkPicture('ImageProcessor', picture);
    const { resize: resizing, cropPct, centerCrop: cropped } = this.config;
    const colored = toChannels(picture, this.channels as 1 | 3, options);
    const crops = cropped ? [cropped] : [];
    if (!resizing) return { colored, resizing, crops };
    const { size, interpolation } = resizing;
    const edge = cropPct !== undefined && 'shortestEdge' in size ? size.shortestEdge : undefined;
    if (edge === undefined)
      return { colored, ...cropping({ ...sizeFor(colored, size), interpolation }, crops) };
    const square = { height: edge, width: edge };
    if (edge >= 384) return { colored, ...cropping({ ...square, interpolation }, crops) };
    const larger = { shortestEdge: Math.trunc(edge / cropPct!) };
    return { colored, ...cropping({ ...sizeFor(colored, larger), interpolation }, [square, ...crops]) };
  }

  /**
   * What the model takes of pictures that are resized already, which have to be of one size.
   *
   * @returns float32 (B, C, H, W) or (B, H, W, C); the caller disposes it.
   * @throws {RangeError} where there is no picture, or sizes differ.
   */
  normalized(pictures: readonly Picture[], { dataFormat = 'channelsFirst' }: PixelOptions = {}): tf.Tensor4D {
    const [first] = pictures;
    if (first === undefined) throw new RangeError('ImageProcessor: there are no pictures.');
    const { height, width } = first;
    const { channels } = this;
    const size = height * width * channels;
    const data = new Float32Array(pictures.length * size);
    for (const [i, picture] of pictures.entries()) {
      if (picture.height !== height || picture.width !== width || picture.channels !== channels) {
        throw new RangeError(
          `ImageProcessor: picture ${i} has ${picture.height} by ${picture.width} pixels and ${picture.channels} channels, and a batch of ${height} by ${width} and ${channels} is made: let pictures be cropped, or take one at a time.`,
        );
      }
      this.#fill(data.subarray(i * size, (i + 1) * size), picture.data, dataFormat);
    }
    const shape = dataFormat === 'channelsFirst' ? [channels, height, width] : [height, width, channels];
    return tf.tensor4d(data, [pictures.length, ...shape] as [number, number, number, number]);
  }

  /** `normalized` of `resized` pictures: what `transformers` calls `pixel_values`. The caller disposes it. */
  pixelValues(pictures: readonly Picture[], options: PixelOptions & { background?: Rgb } = {}): tf.Tensor4D {
    return this.normalized(
      pictures.map((picture) => this.resized(picture, options)),
      options,
    );
  }

  #fill(target: Float32Array, source: Uint8Array, dataFormat: PixelOptions['dataFormat']): void {
    const { channels } = this;
    const plane = source.length / channels;
    for (let c = 0; c < channels; c++) {
      const values = this.#values[c]!;
      if (dataFormat === 'channelsFirst') {
        for (let i = 0; i < plane; i++) target[c * plane + i] = values[source[i * channels + c]!]!;
      } else {
        for (let i = c; i < source.length; i += channels) target[i] = values[source[i]!]!;
      }
    }
  }
}

/**
 * The processor of a `preprocessor_config.json`: ViT's, DeiT's, BEiT's, CLIP's, SigLIP's, BiT's (DINOv2), BLIP's,
 * ConvNeXT's (ResNet) and MobileNet's.
 *
 * @throws {TypeError} for another class, a field of a wrong kind, and steps that aren't there.
 */
export function imageProcessor(json: ImageProcessorJson): ImageProcessor {
  const { type, kind } = kindOf(json);
  for (const step of UNKNOWN_STEPS) {
    if (json[step] === true) throw wrong(`${step} isn't supported`);
  }
  const resampling = json.resample ?? kind.resample;
  const interpolation = INTERPOLATIONS[resampling];
  if (interpolation === undefined) throw wrong(`resample is from 0 to 5, and is ${resampling}`);
  const crops = json.do_center_crop ?? kind.cropSize !== undefined;
  const mean = channelNumbers(json, 'image_mean', kind.mean);
  const std = channelNumbers(json, 'image_std', kind.std, mean.length);
  const normalizes = json.do_normalize ?? true;
  if (mean.length !== 1 && mean.length !== 3) {
    throw wrong(`image_mean has a number for each of 1 or 3 channels, and has ${mean.length}`);
  }
  if (mean.length !== std.length) throw wrong(`image_mean and image_std differ in length`);
  return new ImageProcessor({
    type,
    resize:
      (json.do_resize ?? true)
        ? { size: targetSize(json.size ?? kind.size, kind.square), interpolation }
        : undefined,
    cropPct: kind.cropPct === undefined ? undefined : (json.crop_pct ?? kind.cropPct),
    centerCrop: crops ? squareSize(json.crop_size ?? kind.cropSize ?? 224) : undefined,
    rescaleFactor: (json.do_rescale ?? true) ? (json.rescale_factor ?? 1 / 255) : 1,
    mean: normalizes ? mean : mean.map(() => 0),
    std: normalizes ? std : std.map(() => 1),
  });
}

/**
 * The processor of a checkpoint's folder, by its `preprocessor_config.json`.
 *
 * @throws {TypeError} as `imageProcessor`
 */
export async function loadImageProcessor(folder: string): Promise<ImageProcessor> {
  const path = join(folder, 'preprocessor_config.json');
  const text = await readFile(path, 'utf8');
  try {
    return imageProcessor(JSON.parse(text) as ImageProcessorJson);
  } catch (error) {
    throw new TypeError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function kindOf({ image_processor_type, feature_extractor_type }: ImageProcessorJson): {
  type: string;
  kind: Kind;
} {
  const named = image_processor_type ?? feature_extractor_type;
  const name = named?.replace(/(ImageProcessor(Fast|Pil)?|FeatureExtractor)$/, '');
  const kind = name === undefined ? undefined : KINDS[name];
  if (kind === undefined || name === undefined) {
    const known = Object.keys(KINDS)
      .map((each) => `${each}ImageProcessor`)
      .join(', ');
    throw wrong(
      named === undefined
        ? `image_processor_type is missing, which says how the other fields are meant; it is one of ${known}`
        : `there is no ${named} here, but ${known}`,
    );
  }
  return { type: `${name}ImageProcessor`, kind };
}

function targetSize(size: NonNullable<ImageProcessorJson['size']>, square: boolean): TargetSize {
  if (typeof size === 'number' && !square) return { shortestEdge: pixels('size', size) };
  if (typeof size === 'number' || Array.isArray(size)) return squareSize(size as number | number[]);
  const { height, width, shortest_edge, longest_edge } = size as Record<string, number>;
  if (shortest_edge !== undefined) {
    return {
      shortestEdge: pixels('size.shortest_edge', shortest_edge),
      ...(longest_edge !== undefined && { longestEdge: pixels('size.longest_edge', longest_edge) }),
    };
  }
  return { height: pixels('size.height', height), width: pixels('size.width', width) };
}

function squareSize(size: NonNullable<ImageProcessorJson['crop_size']>): { height: number; width: number } {
  const [height, width] =
    typeof size === 'number'
      ? [size, size]
      : Array.isArray(size)
        ? (size as number[])
        : [(size as Record<string, number>).height, (size as Record<string, number>).width];
  return { height: pixels('height', height), width: pixels('width', width) };
}

function pixels(field: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw wrong(`${field} has to be a whole number of pixels, and is ${JSON.stringify(value)}`);
}

function channelNumbers(
  json: ImageProcessorJson,
  field: 'image_mean' | 'image_std',
  byDefault: readonly number[],
  length = 3,
): readonly number[] {
  const given = json[field] ?? byDefault;
  const numbers = typeof given === 'number' ? new Array<number>(length).fill(given) : given;
  const right =
    Array.isArray(numbers) &&
    numbers.every((each) => Number.isFinite(each) && (field === 'image_mean' || each > 0));
  if (!right) throw wrong(`${field} has to be a number for each channel, and is ${JSON.stringify(given)}`);
  return numbers;
}

/** A resizing and crops, of which the first, where it fits, is taken by making nothing else. */
function cropping(resizing: ResizeOptions, crops: Plan['crops']): Pick<Plan, 'resizing' | 'crops'> {
  const [first, ...others] = crops;
  if (first === undefined || first.height > resizing.height || first.width > resizing.width) {
    return { resizing, crops };
  }
  return { resizing: { ...resizing, part: centerBox(resizing, first) }, crops: others };
}

/** The size in pixels of a picture that is to have `size`. */
export function sizeFor(
  { height, width }: { height: number; width: number },
  size: TargetSize,
): { height: number; width: number } {
  if (!('shortestEdge' in size)) return size;
  const { shortestEdge, longestEdge = Number.POSITIVE_INFINITY } = size;
  const [short, long] = [Math.min(height, width), Math.max(height, width)];
  const tooLong = (long / short) * shortestEdge > longestEdge;
  const exact = tooLong ? (longestEdge * short) / long : shortestEdge;
  const newShort = Math.max(1, Math.round(exact));
  const newLong = Math.trunc((exact * long) / short);
  return width <= height ? { height: newLong, width: newShort } : { height: newShort, width: newLong };
}

function wrong(problem: string): TypeError {
  return new TypeError(`preprocessor_config.json: ${problem}.`);
}
