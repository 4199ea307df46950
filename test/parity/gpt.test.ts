import { readFileSync } from 'node:fs';
import { type DeviceName, jit, optimizers, tf } from '@quire/runtime';
import { describe, expect, inject, test } from 'vitest';
import { Characters } from './characters.ts';
import { type GptState, initializeGpt, mulberry32, SMALL, trainingStep } from './gpt.ts';

const reference = JSON.parse(readFileSync(new URL('gpt.json', import.meta.url), 'utf8')) as {
  seed: number;
  batch: number;
  vocabulary: number;
  parameters: number;
  losses: number[];
};

const { webgpu } = inject('environment');
// Vulkan's loader reads it when the first compiled function is loaded.
if ('manifest' in webgpu) process.env.VK_ICD_FILENAMES = webgpu.manifest;

/** Trains as PyTorch did; answers how far the losses were apart at each step. */
async function differences(steps: number, device: DeviceName): Promise<number[]> {
  const text = Characters.ofKingJames();
  const config = { ...SMALL, vocabulary: text.vocabulary };
  expect(config.vocabulary).toBe(reference.vocabulary);
  const random = mulberry32(reference.seed);
  const params = initializeGpt(config, random);
  const optimizer = optimizers.adamW();
  const step = jit(trainingStep(config, optimizer), { donate: ['state'], device });
  let state: GptState<optimizers.AdamState> = { params, optimizer: optimizer.init(params) };
  expect(state.optimizer.firstMoment.reduce((sum, { size }) => sum + size, 0)).toBe(reference.parameters);
  const apart: number[] = [];
  for (const wanted of reference.losses.slice(0, steps)) {
    const { tokens, targets } = text.batch(reference.batch, config.context, random);
    const result = await step(state, tokens, targets);
    state = result.state;
    apart.push(Math.abs(((await result.loss.data())[0] as number) - wanted));
    tf.dispose([tokens, targets, result.loss]);
  }
  tf.dispose(state as never);
  await step.release();
  return apart;
}

describe('a GPT trained from PyTorch’s weights on its batches', () => {
  test('has PyTorch’s loss to 1e-3 at each of 200 steps', { timeout: 120_000 }, async () => {
    const apart = await differences(200, 'cpu');
    expect(apart).toHaveLength(200);
    expect(Math.max(...apart)).toBeLessThan(1e-3);
  });

  test.skipIf('missing' in webgpu)(
    'and at each of the first 3 steps on WebGPU',
    { timeout: 300_000 },
    async () => {
      const apart = await differences(3, 'webgpu');
      expect(Math.max(...apart)).toBeLessThan(1e-3);
    },
  );
});
