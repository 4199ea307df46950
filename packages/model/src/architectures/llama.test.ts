import { jit, random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { emptyCache } from '../layers/key-value-cache.ts';
import * as llama from './llama.ts';
import { differences } from './parity.ts';

const FIXTURES = ['llama', 'llama3', 'llama-classifier', 'llama-base'];

describe('Llama', () => {
  it.each(FIXTURES)('%s gives the numbers of transformers', async (name) => {
    const { outputs, gradients } = await differences(name, llama);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(0, ...Object.values(gradients))).toBeLessThan(1e-3);
  });

  it('gives them op by op too', async () => {
    const { outputs } = await differences('llama3', llama, { eager: true });
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
  });

  it('gives token by token, with a cache, what it gives for all at once', async () => {
    const config = llama.config({
      ...{ vocabularySize: 96, width: 32, innerWidth: 48, layers: 2, heads: 4, keyValueHeads: 2 },
      initializerDeviation: 0.3,
    });
    const key = random.key(3);
    const params = await llama.init(config, key);
    const ids = [7, 3, 9, 40, 2, 8];
    const whole = jit((params: llama.LlamaParameters, inputIds: tf.Tensor2D) => ({
      logits: llama.forward(params, { inputIds }, config).logits as tf.Tensor,
    }));
    const { logits } = await whole(params, tf.tensor2d([ids], [1, 6], 'int32'));
    const wanted = await logits.data();
    const step = jit(
      (params: llama.LlamaParameters, inputIds: tf.Tensor2D, cache: llama.LlamaInputs['cache'] & object) => {
        const made = llama.forward(params, { inputIds, cache }, config);
        return { logits: made.logits as tf.Tensor, cache: made.cache as NonNullable<typeof made.cache> };
      },
    );
    let cache = emptyCache({ ...llama.cacheLayout(config), batch: 1, capacity: 9 });
    for (const [start, end] of [
      [0, 3],
      [3, 4],
      [4, 5],
      [5, 6],
    ] as const) {
      // biome-ignore format: one line
      const inputIds = tf.tensor2d([ids.slice(start, end)], [1, end - start], 'int32');
      const made = await step(params, inputIds, cache);
      const found = await made.logits.data();
      tf.dispose([cache as never, inputIds, made.logits]);
      cache = made.cache as typeof cache;
      const off = found.map((value, i) => Math.abs(value - (wanted[start * 96 + i] as number)));
      expect(found).toHaveLength((end - start) * 96);
      expect(Math.max(...off)).toBeLessThan(1e-4);
    }
    tf.dispose([params as never, cache as never, logits, key as never]);
    await whole.release();
    await step.release();
  });

  it('reads back the configuration that it writes', () => {
    const ropeScaling = {
      ...({ type: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4 } as const),
      originalContextLength: 8192,
    };
    for (const config of [
      llama.config({ ropeScaling }),
      llama.config({ tiedHead: false, heads: 8, width: 64 }),
    ])
      expect(llama.readConfig(llama.writeConfig(config), 'languageModel')).toEqual(config);
  });

  it('refuses positions that are scaled in a way it does not know', () => {
    const json = { rope_scaling: { type: 'yarn', factor: 4 } };
    expect(() => llama.readConfig(json, 'none')).toThrow(/type is "yarn", and can be "default"/);
  });
});
