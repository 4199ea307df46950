import { optimizers, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { apart, reference } from '../reference.ts';
import { Trainer } from '../training/trainer.ts';
import {
  averageLogits,
  averageProbabilities,
  stackingLogits,
  trainStacking,
  vote,
  WeightAveraging,
} from './index.ts';

const fixture = reference<{
  labels: number[];
  logits: number[][][];
  features: number[][];
  stacked: Record<string, number[][]>;
  voted: number[];
  weightedVotes: number[];
  probabilities: number[][];
  geometric: number[][];
}>('ensembling');
const logits = fixture.logits.map((each) => tf.tensor2d(each));
const choices = logits.map((each) => each.argMax(-1).dataSync());
const accuracy = (found: ArrayLike<number>): number =>
  fixture.labels.filter((label, i) => label === found[i]).length / fixture.labels.length;

describe('averaging', () => {
  it('of probabilities and of logits gives the numbers of PyTorch', () => {
    expect(apart(averageProbabilities(logits).arraySync(), fixture.probabilities)).toBeLessThan(1e-6);
    expect(apart(averageLogits(logits).softmax().arraySync(), fixture.geometric)).toBeLessThan(1e-6);
  });

  it('weights models, one alone too', () => {
    const last = averageProbabilities(logits, [0, 0, 3]).arraySync();
    expect(apart(last, (logits[2] as tf.Tensor).softmax().arraySync())).toBeLessThan(1e-6);
  });

  it('refuses models and weights that do not fit', () => {
    expect(() => averageProbabilities([])).toThrow('at least one');
    expect(() => averageProbabilities([tf.zeros([2, 3]), tf.zeros([2, 2])])).toThrow('[2,3] and [2,2]');
    expect(() => averageLogits(logits, [1, 2])).toThrow('3 models need');
    expect(() => averageLogits(logits, [0, 0, 0])).toThrow('3 models need');
  });
});

describe('voting', () => {
  it('chooses what most models choose, as scikit-learn does, with weights too', () => {
    expect([...vote(choices)]).toEqual(fixture.voted);
    expect([...vote(choices, [1, 1, 1.5])]).toEqual(fixture.weightedVotes);
    expect([...vote([[2], [1]])]).toEqual([1]);
  });

  it('refuses models with other examples, and what is no class', () => {
    expect(() => vote([[1, 2], [1]])).toThrow('Model 1 voted on 1');
    expect(() => vote([[0.5]])).toThrow('no class');
  });
});

describe('stacking', () => {
  it.each([1, 0.1])("finds scikit-learn's logistic regression, C = %d", async (inverseRegularization) => {
    const before = tf.memory().numTensors;
    const features = tf.tensor2d(fixture.features);
    const labels = tf.tensor1d(fixture.labels, 'int32');
    const stacking = await trainStacking(features, labels, { classes: 3, inverseRegularization });
    const key = inverseRegularization === 1 ? '1.0' : '0.1';
    const found = tf.tidy(() =>
      stackingLogits(stacking, tf.tensor2d(fixture.features)).softmax().arraySync(),
    );
    expect(apart(found, fixture.stacked[key])).toBeLessThan(1e-3);
    const best = found as number[][];
    expect(accuracy(best.map((row) => row.indexOf(Math.max(...row))))).toBeGreaterThanOrEqual(
      Math.max(...choices.map(accuracy)) - 0.02,
    );
    tf.dispose([features, labels, stacking.weight, stacking.bias]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('averaging of weights', () => {
  it('is the mean of the parameters at the steps that were asked for', async () => {
    const before = tf.memory().numTensors;
    const seen: number[][] = [];
    const averaging: WeightAveraging<{ w: tf.Tensor1D }> = new WeightAveraging({
      params: () => trainer.params,
      from: 4,
      every: 3,
    });
    const trainer: Trainer<{ w: tf.Tensor1D }, number, { x: tf.Tensor1D }> = new Trainer({
      params: { w: tf.tensor1d([3, -2]) },
      loss: ({ w }: { w: tf.Tensor1D }, { x }: { x: tf.Tensor1D }) => w.sub(x).square().mean() as tf.Scalar,
      optimizer: optimizers.sgd({ learningRate: 0.3 }),
      examples: [1, 2, 3, 4, 5],
      collate: ([x]: readonly number[]) => ({ x: tf.tensor1d([x as number, -(x as number)]) }),
      batchSize: 1,
      steps: 12,
      callbacks: [
        averaging,
        {
          async step({ step }) {
            if ([4, 7, 10].includes(step)) seen.push([...(await trainer.params.w.data())]);
          },
        },
      ],
    });
    await trainer.train();
    expect(averaging.count).toBe(3);
    const mean = [0, 1].map((i) => seen.reduce((sum, each) => sum + (each[i] as number) / 3, 0));
    expect(apart([...((await averaging.average?.w.data()) ?? [])], mean)).toBeLessThan(1e-6);
    const { loss } = await trainer.evaluate([1, 2, 3, 4, 5], averaging.average);
    expect(Number.isFinite(loss)).toBe(true);
    await averaging.dispose();
    await trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses steps that are none', () => {
    expect(() => new WeightAveraging({ params: () => ({}), from: 0, every: 1 })).toThrow('from must be');
  });
});
