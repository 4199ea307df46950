import type { Picture } from '../picture.ts';

/** Left becomes right. */
export function mirror<P extends Picture>(picture: P): P {
  const { height, width, channels, data: source } = picture;
  const data = new Uint8Array(source.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let from = ((y + 1) * width - 1) * channels; from >= y * width * channels; from -= channels) {
      for (let c = 0; c < channels; c++) data[to++] = source[from + c]!;
    }
  }
  return { ...picture, data };
}

/** Up becomes down. */
export function turnOver<P extends Picture>(picture: P): P {
  const { height, width, channels, data: source } = picture;
  const stride = width * channels;
  const data = new Uint8Array(source.length);
  for (let y = 0; y < height; y++) {
    data.set(source.subarray(y * stride, (y + 1) * stride), (height - 1 - y) * stride);
  }
  return { ...picture, data };
}
