import type { Picture } from '../picture.ts';

/**
 * Gaussian blur with a kernel of `size` pixels, reflected at the edges, as torchvision's `gaussian_blur`.
 *
 * @param size odd
 * @param sigma the deviation in pixels
 */
export function gaussianBlur<P extends Picture>(picture: P, size: number, sigma: number): P {
  if (!(Number.isInteger(size) && size % 2 === 1 && sigma > 0)) {
    throw new RangeError(`gaussianBlur: size has to be odd and sigma above 0, not ${size} and ${sigma}.`);
  }
  const { height, width, channels } = picture;
  const half = (size - 1) / 2;
  const raw = Array.from({ length: size }, (_, k) => Math.exp(-0.5 * ((k - half) / sigma) ** 2));
  const sum = raw.reduce((a, b) => a + b, 0);
  const kernel = raw.map((weight) => weight / sum);
  const blurred = (source: ArrayLike<number>, length: number, step: number, at: number): number => {
    const position = Math.floor(at / step) % length;
    const start = at - position * step;
    let value = 0;
    for (let k = 0; k < size; k++)
      value += kernel[k]! * source[start + reflect(position + k - half, length) * step]!;
    return value;
  };
  const across = Float32Array.from(picture.data, (_, at) => blurred(picture.data, width, channels, at));
  const data = Uint8Array.from(across, (_, at) => Math.round(blurred(across, height, width * channels, at)));
  return { ...picture, data };
}

/** An index mirrored at the first and the last, which aren't repeated. */
function reflect(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((index % period) + period) % period;
  return within < length ? within : period - within;
}
