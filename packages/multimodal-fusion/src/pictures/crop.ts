/** Parts of pictures. */
import { type Box, checkPicture, type Picture } from './picture.ts';

/**
 * The part of a picture from `top` and `left` on; where that is beyond the picture, there is `fill` in each channel.
 *
 * @throws {RangeError} where a number isn't whole, or a size isn't above 0.
 */
export function crop<P extends Picture>(
  picture: P,
  { top, left, height, width }: Box,
  { fill = 0 }: { fill?: number } = {},
): P {
  checkPicture('crop', picture);
  if (![top, left, height, width].every(Number.isInteger) || height < 1 || width < 1) {
    throw new RangeError(
      `crop: top, left, height and width are whole numbers, the latter two above 0, not ${[top, left, height, width].join(', ')}.`,
    );
  }
  const { channels } = picture;
  const data = new Uint8Array(height * width * channels).fill(fill);
  const [low, high] = [Math.max(0, left), Math.min(picture.width, left + width)];
  for (let y = Math.max(0, -top); y < Math.min(height, picture.height - top) && low < high; y++) {
    const from = (y + top) * picture.width;
    const row = picture.data.subarray((from + low) * channels, (from + high) * channels);
    data.set(row, (y * width + low - left) * channels);
  }
  return { ...picture, data, height, width };
}

interface Size {
  height: number;
  width: number;
}

/** The middle of a picture, with zeros where it is smaller: where `transformers` has it. */
export function centerCrop<P extends Picture>(picture: P, size: Size): P {
  return crop(picture, centerBox(picture, size));
}

/** Where that is. */
export function centerBox(picture: Size, { height, width }: Size): Box {
  const start = (own: number, wanted: number): number => Math.floor((own - wanted) / 2);
  return { top: start(picture.height, height), left: start(picture.width, width), height, width };
}
