/** Fixtures of the tests. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tf } from '@quire/runtime';
import { decodeSound } from './decode.ts';

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/sound/${name}`, import.meta.url));
}

export interface Reference {
  name: string;
  shape: number[];
  start: number;
}

export const references = JSON.parse(readFileSync(fixture('reference.json'), 'utf8')) as Reference[];

const bytes = readFileSync(fixture('reference.bin'));

/** What a reference implementation gives, in row-major order. */
export function reference(name: string): { shape: number[]; data: Float32Array } {
  const found = references.find((each) => each.name === name);
  if (!found) throw new Error(`There is no reference ${name}.`);
  const size = found.shape.reduce((a, b) => a * b, 1);
  const own = bytes.buffer.slice(
    bytes.byteOffset + 4 * found.start,
    bytes.byteOffset + 4 * (found.start + size),
  );
  return { shape: found.shape, data: new Float32Array(own) };
}

/** The sound that references are of, as a batch of one. The caller disposes it. */
export function zero(): tf.Tensor2D {
  const { samples } = decodeSound(readFileSync(fixture('zero.wav')));
  return tf.tensor2d(samples, [1, samples.length]);
}

/** Every so many rows and columns of the last two dimensions of the first example, as fixtures have them. */
export function thinned(
  tensor: tf.Tensor3D,
  rows: number,
  columns: number,
  most = Number.POSITIVE_INFINITY,
): number[] {
  const [first] = tensor.arraySync();
  return first!
    .filter((_, i) => i % rows === 0)
    .flatMap((row) => row.filter((_, i) => i % columns === 0 && i < most));
}

/** The greatest difference, over the greatest magnitude of the reference. */
export function relativeError(values: ArrayLike<number>, { data }: { data: Float32Array }): number {
  if (values.length !== data.length) throw new Error(`${values.length} numbers and ${data.length}`);
  const scale = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return data.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0) / scale;
}

/** The greatest difference. */
export function absoluteError(values: ArrayLike<number>, { data }: { data: Float32Array }): number {
  if (values.length !== data.length) throw new Error(`${values.length} numbers and ${data.length}`);
  return data.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
}
