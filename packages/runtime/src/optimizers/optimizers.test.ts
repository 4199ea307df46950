import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { jit } from '../jit/jit.ts';
import { valueAndGradients } from '../ops/value-and-gradients.ts';
import { cosine } from '../schedules/index.ts';
import * as tf from '../tf.ts';
import {
  accumulate,
  adafactor,
  adam,
  adamW,
  clipByGlobalNorm,
  clipByValue,
  lion,
  movingAverage,
  type Optimizer,
  rmsProp,
  sgd,
} from './index.ts';

type Numbers = Record<'w1' | 'b1' | 'w2' | 'b2', number[]>;

interface Run {
  losses: number[];
  params: Numbers;
  norms?: number[];
  average?: Numbers;
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/optimizers.json', import.meta.url), 'utf8'),
) as { initial: Numbers; inputs: number[][]; targets: number[][]; runs: Record<string, Run> };

interface Params {
  w1: tf.Tensor2D;
  b1: tf.Tensor1D;
  w2: tf.Tensor2D;
  b2: tf.Tensor1D;
}

interface State {
  params: Params;
  optimizer: unknown;
  average: Params;
}

const initialParams = (): Params =>
  Object.fromEntries(
    Object.entries(fixture.initial).map(([name, values]) => [name, tf.tensor(values)]),
  ) as unknown as Params;

const inputs = tf.tensor2d(fixture.inputs);
const targets = tf.tensor2d(fixture.targets);

function lossOf({ w1, b1, w2, b2 }: Params): tf.Scalar {
  return inputs.matMul(w1).add(b1).tanh().matMul(w2).add(b2).sub(targets).square().mean();
}

interface Variant {
  optimizer: Optimizer<unknown>;
  prepare?: (gradients: Params) => { gradients: Params; norm?: tf.Scalar };
}

const of = <S>(optimizer: Optimizer<S>): Variant => ({ optimizer: optimizer as Optimizer<unknown> });
const matrices = (_path: string, { rank }: tf.Tensor): boolean => rank > 1;

const VARIANTS: Record<string, Variant> = {
  sgd: of(sgd({ learningRate: 0.1 })),
  'sgd, momentum': of(sgd({ learningRate: 0.05, momentum: 0.9 })),
  'sgd, Nesterov and decay': of(
    sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  ),
  adam: of(adam({ learningRate: 0.01 })),
  'adam, decay': of(adam({ learningRate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1 })),
  adamW: of(adamW({ learningRate: 0.01 })),
  'adamW, matrices decay': of(adamW({ learningRate: 0.01, weightDecay: 0.1, decays: matrices })),
  rmsProp: of(rmsProp()),
  'rmsProp, centered with momentum': of(
    rmsProp({
      learningRate: 0.005,
      alpha: 0.9,
      epsilon: 1e-4,
      momentum: 0.9,
      centered: true,
      weightDecay: 0.01,
    }),
  ),
  adafactor: of(adafactor()),
  'adafactor, decay': of(
    adafactor({ learningRate: 0.02, beta2Decay: -0.7, clipThreshold: 1.2, weightDecay: 0.05 }),
  ),
  lion: of(lion({ learningRate: 0.003 })),
  'lion, matrices decay': of(lion({ learningRate: 0.003, weightDecay: 0.1, decays: matrices })),
  clipByGlobalNorm: {
    ...of(sgd({ learningRate: 0.1 })),
    prepare: (gradients) => clipByGlobalNorm(gradients, 0.3),
  },
  clipByValue: {
    ...of(sgd({ learningRate: 0.1 })),
    prepare: (gradients) => ({ gradients: clipByValue(gradients, 0.05) }),
  },
  accumulate: of(accumulate(adamW({ learningRate: 0.01 }), 4)),
  movingAverage: of(sgd({ learningRate: 0.1 })),
  'adamW, cosine': of(adamW({ learningRate: cosine(0.02, { steps: 50, minimum: 1e-4 }) })),
};

function stepOf({ optimizer, prepare }: Variant) {
  return ({ params, optimizer: before, average }: State) => {
    const { value, gradients } = valueAndGradients(lossOf, params);
    const { gradients: clipped, norm } = prepare?.(gradients) ?? { gradients, norm: undefined };
    const { params: updated, state } = optimizer.update(clipped, before, params);
    return {
      state: { params: updated, optimizer: state, average: movingAverage(average, updated, 0.9) },
      loss: value,
      norm: norm ?? tf.scalar(0),
    };
  };
}

/** PyTorch's 50 steps, and ours. */
async function compare(name: string, compiled: boolean): Promise<void> {
  const wanted = fixture.runs[name] as Run;
  const variant = VARIANTS[name] as Variant;
  const step = stepOf(variant);
  const run = compiled ? jit(step) : async (state: State) => step(state);
  const params = initialParams();
  let state: State = { params, optimizer: variant.optimizer.init(params), average: params };
  for (const [i, loss] of wanted.losses.entries()) {
    const result = (await run(state)) as ReturnType<typeof step>;
    state = result.state;
    expect((await result.loss.data())[0], `the loss of step ${i}`).toBeCloseTo(loss, 5);
    if (wanted.norms) expect((await result.norm.data())[0]).toBeCloseTo(wanted.norms[i] as number, 5);
  }
  await expectNumbers(state.params, wanted.params);
  if (wanted.average) await expectNumbers(state.average, wanted.average);
}

async function expectNumbers(params: Params, wanted: Numbers): Promise<void> {
  for (const [name, values] of Object.entries(wanted)) {
    const found = await params[name as keyof Params].data();
    for (const [i, value] of values.flat().entries()) {
      expect(Math.abs((found[i] as number) - value), `${name}[${i}]`).toBeLessThan(1e-5);
    }
  }
}

describe('after 50 steps parameters and losses are PyTorch’s', () => {
  test('of every run of the fixture', () => {
    expect(Object.keys(VARIANTS).sort()).toEqual(Object.keys(fixture.runs).sort());
  });
  for (const name of Object.keys(VARIANTS)) {
    test(`${name}, compiled`, () => compare(name, true));
    test(`${name}, eager`, () => compare(name, false));
  }
});

describe('an optimizer', () => {
  test('leaves parameters that are not float32 alone', () => {
    const params = { w: tf.ones([2]), count: tf.scalar(3, 'int32'), name: 'kept' };
    const optimizer = adam();
    const gradients = { w: tf.ones([2]), count: tf.scalar(0, 'int32'), name: 'kept' };
    const updated = optimizer.update(gradients, optimizer.init(params), params).params;
    expect(updated.count.arraySync()).toBe(3);
    expect(updated.name).toBe('kept');
    expect(updated.w.arraySync()).not.toEqual([1, 1]);
  });

  test('frees what it made on the way', () => {
    const params = initialParams();
    const optimizer = adafactor();
    const state = optimizer.init(params);
    const before = tf.memory().numTensors;
    optimizer.update(params, state, params);
    // Four parameters, the step, and six vectors of mean squares.
    expect(tf.memory().numTensors - before).toBe(4 + 1 + 6);
  });

  test('names the parameter whose gradient has another shape', () => {
    const params = { layers: [{ w: tf.ones([2, 3]) }] };
    const gradients = { layers: [{ w: tf.ones([3, 2]) }] };
    const optimizer = sgd({ learningRate: 0.1 });
    expect(() => optimizer.update(gradients, optimizer.init(params), params)).toThrow(
      'The gradient of params.layers[0].w has the shape [3,2], the parameter [2,3].',
    );
  });

  test('names the parameter without a gradient', () => {
    const params = { a: tf.ones([2]), b: tf.ones([2]) };
    const optimizer = sgd({ learningRate: 0.1 });
    expect(() => optimizer.update({ a: params.a } as typeof params, optimizer.init(params), params)).toThrow(
      'params.b was expected, and nothing came',
    );
  });

  test('refuses the state of other parameters', () => {
    const optimizer = adamW();
    const state = optimizer.init({ w: tf.ones([3]) });
    expect(() => optimizer.update({ w: tf.ones([2]) }, state, { w: tf.ones([2]) })).toThrow(
      "The state's vectors have the sizes [3], and those of the parameters are [2]",
    );
  });

  test('refuses a momentum that would grow for ever', () => {
    expect(() => sgd({ learningRate: 0.1, momentum: 1 })).toThrow('momentum must be at least 0 and below 1');
    expect(() => sgd({ learningRate: 0.1, nesterov: true })).toThrow('nesterov needs a momentum');
    expect(() => accumulate(sgd({ learningRate: 0.1 }), 0)).toThrow('steps must be a positive integer');
  });

  test('takes its learning rate from a tensor that changes, without compiling again', async () => {
    const step = jit((params: { w: tf.Tensor1D }, rate: tf.Scalar) => {
      const { gradients } = valueAndGradients(({ w }) => w.square().sum(), params);
      const optimizer = sgd({ learningRate: rate });
      return optimizer.update(gradients, optimizer.init(params), params).params;
    });
    const params = { w: tf.tensor1d([1, -2]) };
    expect(await (await step(params, tf.scalar(0.25))).w.array()).toEqual([0.5, -1]);
    expect(await (await step(params, tf.scalar(0.5))).w.array()).toEqual([0, 0]);
    expect(step.compilations).toBe(1);
  });
});
