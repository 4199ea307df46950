import { device, leavesOf, tf, unflatten } from '@quire/runtime';
import { decodeInto, encode } from '../checkpoints/dtypes.ts';
import { publishedName } from '../parameters/names.ts';

/**
 * New parameters as they are after they were saved as float16 or bfloat16 (`savePretrained(…, { dtype })`) and loaded:
 * rounded, as float32. The report of a compression to it has `bytes: 2`.
 *
 * @throws {RangeError} for a finite number that is beyond the type, naming the parameter.
 */
export async function halfPrecision<Params>(
  params: Params,
  dtype: 'float16' | 'bfloat16' = 'float16',
): Promise<Params> {
  const tensors: tf.Tensor[] = [];
  try {
    for (const { path, value } of leavesOf<tf.Tensor>(params)) {
      if (value.dtype !== 'float32') {
        tensors.push(value.clone());
        continue;
      }
      const name = publishedName(path);
      const stored = encode((await value.data()) as Float32Array, dtype, name) as Uint8Array<ArrayBuffer>;
      const rounded = new Float32Array(value.size);
      decodeInto(rounded, 0, stored, dtype === 'float16' ? 'F16' : 'BF16', name);
      tensors.push(await device.put(rounded, value.shape as never));
    }
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  }
  return unflatten(params, tensors) as Params;
}
