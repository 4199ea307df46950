import type { Picture } from '../picture.ts';

/** Left becomes right. */
export function mirror<P extends Picture>(picture: P): P {
  return moved(picture, (y, x) => y * picture.width + picture.width - 1 - x);
}

/** Up becomes down. */
export function turnOver<P extends Picture>(picture: P): P {
  return moved(picture, (y, x) => (picture.height - 1 - y) * picture.width + x);
}

function moved<P extends Picture>(picture: P, from: (y: number, x: number) => number): P {
  const { height, width, channels } = picture;
  const data = new Uint8Array(picture.data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = from(y, x) * channels;
      for (let c = 0; c < channels; c++) data[to++] = picture.data[at + c]!;
    }
  }
  return { ...picture, data };
}
