import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { loadPretrained } from '../checkpoints/load.ts';
import { savePretrained } from '../checkpoints/save.ts';
import * as mlp from './mlp.ts';
import { differences } from './parity.ts';

describe('an MLP', () => {
  it.each(['mlp', 'mlp-regression', 'mlp-encoder'])('%s gives the numbers of PyTorch', async (name) => {
    for (const eager of [false, true]) {
      const { outputs, gradients } = await differences(name, mlp, { eager });
      expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
      expect(Math.max(0, ...Object.values(gradients))).toBeLessThan(1e-3);
    }
  });

  it('without layers is a linear model, and is the same when it was saved', async () => {
    const config = mlp.config({ inputs: 3, widths: [], labels: ['a', 'b', 'c', 'd'] });
    const key = random.key(1);
    const params = await mlp.init(config, key);
    expect(params.classifier?.weight.shape).toEqual([4, 3]);
    const folder = join(mkdtempSync(join(tmpdir(), 'quire-mlp-')), 'model');
    await savePretrained(folder, { architecture: mlp, config, params });
    const again = await loadPretrained(folder, { architecture: mlp });
    expect(again.config).toEqual(config);
    const features = tf.tensor2d([[1, -2, 0.5]]);
    const [before, after] = [params, again.params].map((each) =>
      tf.tidy(() => mlp.forward(each, { features }, config).logits?.arraySync()),
    );
    expect(after).toEqual(before);
    tf.dispose([params, again.params, features, key] as never);
    rmSync(join(folder, '..'), { recursive: true });
  });

  it('drops at the given rate after each layer while it is trained', async () => {
    const config = mlp.config({ inputs: 2, widths: [400], activation: 'tanh', dropout: 0.25 });
    const key = random.key(1);
    const params = await mlp.init(config, key);
    const features = tf.tensor2d([[1, 2]]);
    const [whole, part] = [{}, { dropoutKey: key }].map((options) =>
      tf.tidy(() => mlp.forward(params, { features }, config, options).hidden.dataSync()),
    ) as [Float32Array, Float32Array];
    const dropped = part.filter((value) => value === 0).length / 400;
    expect(Math.abs(dropped - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 400));
    expect(whole.every((value) => value !== 0)).toBe(true);
    part.forEach((value, i) => {
      if (value !== 0) expect(value).toBeCloseTo((whole[i] as number) / 0.75, 5);
    });
    tf.dispose([params as never, features, key]);
  });

  it('refuses examples of another length', async () => {
    const config = mlp.config({ inputs: 2 });
    const key = random.key(1);
    const params = await mlp.init(config, key);
    const features = tf.zeros<tf.Rank.R2>([1, 3]);
    expect(() => mlp.forward(params, { features }, config)).toThrow(
      'Examples of 3 features are given to a model of 2 (config.inputs).',
    );
    tf.dispose([params as never, features, key]);
  });
});
