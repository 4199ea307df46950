import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { device, jit, optimizers, tf } from '@quire/runtime';
import { expect, test } from 'vitest';
import { Characters } from './characters.ts';
import { type GptState, initializeGpt, mulberry32, trainingStep } from './gpt.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const residentMebibytes = (): number => {
  collectGarbage();
  return process.memoryUsage().rss / 2 ** 20;
};

test('a thousand steps of training leave tensors, device memory and the process’s memory as they are', {
  timeout: 120_000,
}, async () => {
  const text = Characters.ofKingJames();
  const config = { layers: 2, width: 64, heads: 4, context: 32, vocabulary: text.vocabulary };
  const random = mulberry32(3);
  const params = initializeGpt(config, random);
  const optimizer = optimizers.adamW();
  const step = jit(trainingStep(config, optimizer), { donate: ['state'] });
  let state: GptState<optimizers.AdamState> = { params, optimizer: optimizer.init(params) };
  const train = async (steps: number): Promise<void> => {
    for (let i = 0; i < steps; i++) {
      const { tokens, targets } = text.batch(8, config.context, random);
      const result = await step(state, tokens, targets);
      state = result.state;
      await result.loss.data();
      tf.dispose([tokens, targets, result.loss]);
    }
  };
  await train(300);
  const [before, resident] = [device.memory(), residentMebibytes()];
  await train(1000);
  const after = device.memory();
  expect(after.tensors).toBe(before.tensors);
  expect(after.onDevice).toEqual(before.onDevice);
  expect(after.eagerBytes).toBe(before.eagerBytes);
  expect(after.reusableBytes).toBeLessThanOrEqual(before.reusableBytes);
  // One parameter set with its moments has 1.4 MiB: one that were lost at each step would be 1,400.
  expect(residentMebibytes() - resident).toBeLessThan(32);
  expect(step.compilations).toBe(1);
});
