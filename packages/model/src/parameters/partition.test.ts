import { tf, valueAndGradients } from '@quire/runtime';
import { afterAll, describe, expect, it } from 'vitest';
import { namedLeaves } from './names.ts';
import { merge, partition, trainable } from './partition.ts';
import { normal, zeros } from './spec.ts';

const params = {
  stem: { weight: tf.tensor1d([1, 2]), mean: tf.tensor1d([3]) },
  blocks: [{ weight: tf.tensor1d([4]) }, { weight: tf.tensor1d([5]) }],
};
afterAll(() => tf.dispose(params as never));
const names = (part: unknown) => namedLeaves(part).map(({ name }) => name);

describe('parts of parameters', () => {
  it('are chosen by published names, in the places they had', () => {
    const [chosen, others] = partition(params, (name) => /^blocks\.1|mean/.test(name));
    expect(names(chosen)).toEqual(['stem.mean', 'blocks.1.weight']);
    expect(names(others)).toEqual(['stem.weight', 'blocks.0.weight']);
    expect(chosen.blocks?.[1]?.weight).toBe(params.blocks[1]?.weight);
  });

  it('make the whole again, with the tensors themselves', () => {
    const [chosen, others] = partition(params, (name) => name.startsWith('blocks'));
    const whole = merge(params, chosen, others);
    expect(names(whole)).toEqual(names(params));
    expect(namedLeaves(whole).map(({ value }) => value)).toEqual(
      namedLeaves(params).map(({ value }) => value),
    );
    expect(whole.stem.mean).toBe(params.stem.mean);
  });

  it('are refused where one is missing or there twice', () => {
    const [chosen, others] = partition(params, (name) => name === 'stem.mean');
    expect(() => merge(params, others)).toThrow('stem.mean is in no part');
    expect(() => merge(params, others, chosen, chosen)).toThrow('stem.mean is in several parts');
  });

  it('get gradients of their own', () => {
    const [trained, rest] = partition(params, (name) => name.endsWith('weight'));
    const { gradients } = valueAndGradients((trained) => {
      const { stem, blocks } = merge(params, trained, rest);
      const factor = blocks.reduce((sum, { weight }) => sum.add(weight) as tf.Tensor1D, stem.mean);
      return stem.weight.mul(factor).sum();
    }, trained);
    expect(names(gradients)).toEqual(['stem.weight', 'blocks.0.weight', 'blocks.1.weight']);
    expect(Array.from(gradients.stem?.weight?.dataSync() ?? [])).toEqual([12, 12]);
    tf.dispose(gradients as never);
  });

  it('leave out buffers by what the spec says', () => {
    const isTrained = trainable({ weight: normal([2], 1), running_mean: zeros([2], true) });
    expect(['weight', 'running_mean'].map(isTrained)).toEqual([true, false]);
  });
});
