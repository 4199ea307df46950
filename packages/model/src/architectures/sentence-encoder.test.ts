import { jit, tf } from '@quire/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPretrained } from '../checkpoints/load.ts';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import * as bert from './bert.ts';
import { difference, fixture } from './parity.ts';
import { cosineSimilarity, forward, normalize, pool } from './sentence-encoder.ts';

let reference: SafetensorsFile;
const tensors: Record<string, tf.Tensor> = {};
const of = <R extends tf.Rank>(name: string): tf.Tensor<R> => tensors[name] as tf.Tensor<R>;

beforeAll(async () => {
  reference = await SafetensorsFile.open(`${fixture('sentence-encoder')}/reference.safetensors`);
  for (const { name, shape } of reference.tensors.values()) {
    const data = await reference.read(name);
    const dtype = data instanceof Float32Array ? 'float32' : 'int32';
    tensors[name] = tf.tensor(data as never, shape as number[], dtype);
  }
});

afterAll(async () => {
  tf.dispose(tensors);
  await reference.close();
});

describe('a sentence encoder', () => {
  it.each(['mean', 'cls', 'max'] as const)(
    'pools and normalizes as sentence-transformers: %s',
    async (pooling) => {
      const run = jit((hidden: tf.Tensor3D, mask: tf.Tensor2D, weights: tf.Tensor2D) => {
        const pooled = pool(hidden, mask, pooling);
        const gradient = tf.grad((hidden) =>
          normalize(pool(hidden as tf.Tensor3D, mask, pooling))
            .mul(weights)
            .sum(),
        )(hidden);
        return {
          pooled,
          normalized: normalize(pooled),
          cosines: cosineSimilarity(pooled, weights),
          gradient,
        };
      });
      const found = await run(of('hidden'), of('attention_mask'), of('weights'));
      for (const [name, tensor] of Object.entries(found)) {
        const wanted = of(`${pooling}.${name}`);
        expect(tensor.shape, name).toEqual(wanted.shape);
        const off = difference((await tensor.data()) as Float32Array, wanted.dataSync() as Float32Array);
        expect(off, name).toBeLessThan(1e-5);
      }
      await run.release();
      tf.dispose(found as never);
    },
  );

  it('gives vectors of length 1 from the hidden states of an encoder, whatever the padding', async () => {
    const { config, params } = await loadPretrained(fixture('bert'), { architecture: bert });
    const embed = jit((ids: tf.Tensor2D, mask: tf.Tensor2D) =>
      forward(
        { architecture: bert, params, config },
        { inputIds: ids, attentionMask: mask },
        { normalize: true },
      ),
    );
    const [short, long] = [0, 5].map((padding) => [
      tf.tensor2d([[5, 9, 31, 7, ...Array(padding).fill(0)]], undefined, 'int32'),
      tf.tensor2d([[1, 1, 1, 1, ...Array(padding).fill(0)]], undefined, 'int32'),
    ]) as [[tf.Tensor2D, tf.Tensor2D], [tf.Tensor2D, tf.Tensor2D]];
    const [a, b] = [await embed(...short), await embed(...long)];
    const [own, other] = [(await a.data()) as Float32Array, (await b.data()) as Float32Array];
    expect(Math.hypot(...own)).toBeCloseTo(1, 5);
    expect(difference(own, other)).toBeLessThan(1e-5);
    await embed.release();
    tf.dispose([params as never, short, long, a, b]);
  });

  it('gives 0, and a gradient of 0, for a text without tokens', () => {
    tf.tidy(() => {
      const hidden = tf.ones<tf.Rank.R3>([1, 3, 4]);
      const mask = tf.zeros<tf.Rank.R2>([1, 3], 'int32');
      const gradient = tf.grad((x) => normalize(pool(x as tf.Tensor3D, mask)).sum())(hidden);
      expect(Array.from(normalize(pool(hidden, mask)).dataSync())).toEqual([0, 0, 0, 0]);
      expect(Array.from(gradient.dataSync()).every((value) => value === 0)).toBe(true);
    });
  });
});
