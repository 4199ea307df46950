/** Batches of pictures, from files to what a model takes. */
import { mulberry32 } from '@quire/evaluation';
import { random, tf } from '@quire/runtime';
import type { Augmentation, Resizing } from './augment/augmentation.ts';
import { type DecodeOptions, decodePicture, readPicture } from './decode.ts';
import type { ImageProcessor, PixelOptions } from './image-processor.ts';
import { type Picture, toChannels } from './picture.ts';
import { resizeInThread } from './resample.ts';

/** A file's path or URL, its bytes, or pixels. */
export type PictureSource = string | URL | Uint8Array | Picture;

export interface PictureLoaderOptions extends Omit<DecodeOptions, 'channels'>, PixelOptions {
  processor: ImageProcessor;
  /** In training, in place of the processor's resizing and cropping, such as `augment.randomResizedCrop(224)`. */
  crop?: Augmentation | Resizing;
  /** In training, after resizing and cropping. */
  augment?: Augmentation;
  /** Of what is drawn; 0 where not given. */
  seed?: number;
}

/**
 * Makes batches of pictures: read, decoded in libuv's threads and resized in others side by side, prepared as the processor
 * says, and in training augmented.
 */
export class PictureLoader {
  readonly #options: PictureLoaderOptions;

  constructor(options: PictureLoaderOptions) {
    this.#options = options;
  }

  /**
   * Pixels of a batch. With `batch`, the number of a batch in training, pictures are augmented: what is drawn is a function
   * of the seed, this number, and the place in the batch. Without it nothing is random.
   *
   * @returns float32 (B, C, H, W), or (B, H, W, C) with `dataFormat: 'channelsLast'`; the caller disposes it.
   * @throws {PictureError} for a file that can't be read, with its name.
   */
  async load(sources: readonly PictureSource[], batch?: number): Promise<tf.Tensor4D> {
    const { processor, dataFormat } = this.#options;
    const seeds = batch === undefined ? undefined : this.#seeds(batch, sources.length);
    const pictures = await Promise.all(
      sources.map(async (source, i) => this.#prepared(await this.#read(source, i), seeds?.[i])),
    );
    return processor.normalized(pictures, dataFormat && { dataFormat });
  }

  #read(source: PictureSource, place: number): Promise<Picture> | Picture {
    const {
      processor,
      crop: _crop,
      augment: _augment,
      seed: _seed,
      dataFormat: _format,
      ...decode
    } = this.#options;
    const options = { ...decode, channels: processor.channels as 1 | 3 };
    if (typeof source === 'string' || source instanceof URL) return readPicture(source, options);
    if (source instanceof Uint8Array) {
      return decodePicture(source, { ...options, name: `picture ${place} of the batch` });
    }
    return toChannels(source, options.channels, decode);
  }

  async #prepared(picture: Picture, seed: number | undefined): Promise<Picture> {
    const { processor, crop, augment } = this.#options;
    if (seed === undefined) return processor.resizedInThread(picture);
    const draws = mulberry32(seed);
    const cropped = await (crop === undefined
      ? processor.resizedInThread(picture)
      : 'resizing' in crop
        ? resizeInThread(picture, crop.resizing(picture, draws))
        : crop(picture, draws));
    return augment ? augment(cropped, draws) : cropped;
  }

  #seeds(batch: number, count: number): Int32Array {
    return tf.tidy(() => {
      const key = random.foldIn(random.key(this.#options.seed ?? 0), batch);
      return random.bits(key, [count]).dataSync() as Int32Array;
    });
  }
}
