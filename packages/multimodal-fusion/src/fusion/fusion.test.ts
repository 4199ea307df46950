import { readFileSync } from 'node:fs';
import { ensembling, namedLeaves } from '@quire/model';
import { jit, leavesOf, random, tf, unflatten, valueAndGradients } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import * as fusion from './index.ts';

type Numbers = number | Numbers[];
interface Fixture {
  presence: Record<string, number[]>;
  weigh: number[][];
  cases: Record<
    string,
    {
      params: Record<string, Numbers>;
      features: Record<string, Numbers>;
      fused: number[][];
      gradients: Record<string, Numbers>;
    }
  >;
}
const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/fusion/fusion.json', import.meta.url), 'utf8'),
) as Fixture;

const modalities = { a: 3, b: 4, c: 2 };
const NAMES = Object.keys(modalities);
const config = { modalities, width: 6, heads: 2, rank: 3, latents: 5, layers: 1 };

interface AnyFusion {
  spec(config: unknown): unknown;
  init(config: unknown, key: random.Key): Promise<unknown>;
  forward(params: unknown, inputs: fusion.TokenInputs, config: unknown): fusion.FusionOutputs;
}
const { early, late, gated, bilinear, lowRank, tensor, mixtureOfExperts, crossAttention, perceiver } = fusion;
const FUSIONS = Object.entries({
  early,
  late,
  gated,
  bilinear,
  lowRank,
  tensor,
  mixtureOfExperts,
  crossAttention,
  perceiver,
}) as unknown as [string, AnyFusion][];

const tensors = <T extends tf.Tensor>(of: Record<string, Numbers>): Record<string, T> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, tf.tensor(value as number[]) as T]));
const greatest = (a: tf.Tensor, b: tf.Tensor): number => a.sub(b).abs().max().dataSync()[0]!;

function given(name: string, { spec }: AnyFusion) {
  const { params, features } = fixture.cases[name]!;
  const leaves = namedLeaves<{ shape: number[] }>(spec(config)).map(({ name, value }) => {
    const numbers = params[name];
    if (numbers === undefined) throw new Error(`The fixture has no ${name}.`);
    const made = tf.tensor(numbers as number[]);
    expect(made.shape).toEqual(value.shape);
    return made;
  });
  expect(leaves.length).toBe(Object.keys(params).length);
  return {
    params: unflatten(spec(config), leaves),
    features: tensors<tf.Tensor2D>(features),
    presence: tensors<tf.Tensor1D>(fixture.presence),
  };
}

describe.each(FUSIONS)('%s', (name, of) => {
  it('gives the numbers and the gradients of PyTorch, also where modalities are absent', () => {
    tf.tidy(() => {
      const { params, features, presence } = given(name, of);
      const { fused, gradients } = fixture.cases[name]!;
      const out = of.forward(params, { features, presence }, config).fused;
      expect(greatest(out, tf.tensor(fused))).toBeLessThan(1e-5);
      const found = tf.grads((...xs: tf.Tensor[]) => {
        const inputs = Object.fromEntries(NAMES.map((name, i) => [name, xs[i] as tf.Tensor2D]));
        return of.forward(params, { features: inputs, presence }, config).fused.mul(fixture.weigh).sum();
      })(NAMES.map((name) => features[name]!));
      NAMES.forEach((name, i) => {
        expect(greatest(found[i]!, tf.tensor(gradients[name] as number[]))).toBeLessThan(1e-4);
        expect(found[i]!.abs().sum().dataSync()[0]).toBeGreaterThan(0);
      });
    });
  });

  it("isn't influenced by what is absent, be it NaN, nor by whether it is masked or left out", () => {
    tf.tidy(() => {
      const { params, features } = given(name, of);
      for (const gone of NAMES) {
        const presence = { [gone]: tf.zeros<tf.Rank.R1>([4]) };
        const rest = { ...features };
        delete rest[gone];
        const without = of.forward(params, { features: rest }, config).fused;
        const nan = tf.fill(features[gone]!.shape, Number.NaN) as tf.Tensor2D;
        for (const value of [features[gone]!, nan]) {
          const { fused } = of.forward(params, { features: { ...rest, [gone]: value }, presence }, config);
          expect(greatest(fused, without)).toBeLessThan(1e-6);
        }
        const whole = of.forward(params, { features }, config).fused;
        expect(greatest(whole, without)).toBeGreaterThan(1e-3);
      }
      const none = Object.fromEntries(NAMES.map((name) => [name, tf.zeros<tf.Rank.R1>([4])]));
      const { fused } = of.forward(params, { features, presence: none }, config);
      const [first] = tf.unstack(fused);
      expect(greatest(fused, first!)).toBeLessThan(1e-6);
    });
  });

  it('compiles to the same numbers, with gradients', async () => {
    const before = tf.memory().numTensors;
    const { params, features, presence } = given(name, of);
    const { fused, gradients } = fixture.cases[name]!;
    const step = jit((params: object, features: fusion.TokenInputs['features'], presence: object) =>
      valueAndGradients((features: fusion.TokenInputs['features']) => {
        const out = of.forward(params, { features, presence } as never, config).fused;
        return { loss: out.mul(fixture.weigh).sum() as tf.Scalar, also: out };
      }, features),
    );
    const found = (await step(params as never, features as never, presence as never)) as unknown as {
      also: tf.Tensor;
      gradients: Record<string, tf.Tensor>;
    };
    tf.tidy(() => {
      expect(greatest(found.also, tf.tensor(fused))).toBeLessThan(1e-5);
      for (const name of NAMES) {
        expect(greatest(found.gradients[name]!, tf.tensor(gradients[name] as number[]))).toBeLessThan(1e-4);
      }
    });
    tf.dispose([params, features, presence, found] as never);
    await step.release();
    expect(tf.memory().numTensors).toBe(before);
  }, 30_000);

  it('reaches each of its parameters from its loss, and starts the same by the same key', async () => {
    const before = tf.memory().numTensors;
    const key = random.key(3);
    const [params, again] = [await of.init(config, key), await of.init(config, key)];
    tf.tidy(() => {
      const { features } = given(name, of);
      const leaves = leavesOf<tf.Tensor>(params as never).map(({ value }) => value);
      leavesOf<tf.Tensor>(again as never).forEach(({ value }, i) => {
        expect(greatest(value, leaves[i]!)).toBe(0);
      });
      const gradients = tf.grads((...all: tf.Tensor[]) =>
        of.forward(unflatten(params, all), { features }, config).fused.mul(fixture.weigh).sum(),
      )(leaves);
      const unreached = namedLeaves(params).filter((_, i) => !(gradients[i]!.abs().sum().dataSync()[0]! > 0));
      // What is added to all keys alike changes no softmax; a lone token's weight is 1 whatever its key is.
      expect(unreached.map(({ name }) => name).filter((name) => !/key/.test(name))).toEqual([]);
    });
    tf.dispose([params, again, key] as never);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('late fusion of whole examples is the mean that ensembling gives, and stacking learns from its parts', async () => {
  const before = tf.memory().numTensors;
  const { params, features, presence } = given('late', late as never);
  const typed = params as fusion.late.LateParameters;
  tf.tidy(() => {
    const each = NAMES.map((name) => {
      const { weight, bias } = typed.classifiers[name]!;
      return features[name]!.matMul(weight, false, true).add(bias);
    });
    const { fused } = late.forward(typed, { features }, config);
    expect(greatest(fused, ensembling.averageLogits(each))).toBeLessThan(1e-5);
  });
  const parts = tf.tidy(() => late.stackingFeatures(typed, { features, presence }, config));
  expect(parts.shape).toEqual([4, 18]);
  const labels = tf.tensor1d([0, 1, 1, 0], 'int32');
  const stacking = await ensembling.trainStacking(parts, labels, { classes: 2, inverseRegularization: 100 });
  const found = tf.tidy(() => ensembling.stackingLogits(stacking, parts).argMax(-1).dataSync());
  expect([...found].slice(0, 3)).toEqual([0, 1, 1]);
  tf.dispose([params, features, presence, parts, labels, stacking] as never);
  expect(tf.memory().numTensors).toBe(before);
});

it('padding among tokens has no influence, as if it were cut off', () => {
  tf.tidy(() => {
    for (const [name, of] of FUSIONS.slice(-2)) {
      const { params, features } = given(name, of);
      const b = features.b as unknown as tf.Tensor3D; // (4, 3, 4)
      const cut = of.forward(params, { features: { ...features, b: b.slice([0, 0, 0], [4, 2, 4]) } }, config);
      const presence = { b: tf.tensor2d(Array.from({ length: 4 }, () => [1, 1, 0])) };
      const masked = of.forward(params, { features, presence }, config);
      expect(greatest(masked.fused, cut.fused)).toBeLessThan(1e-5);
    }
  });
});

it('the gate of a mixture of experts is a distribution over what is there', () => {
  tf.tidy(() => {
    const { params, features, presence } = given('mixtureOfExperts', mixtureOfExperts as never);
    const { weights } = mixtureOfExperts.forward(params as never, { features, presence }, config);
    expect(greatest(weights!.sum(1), tf.ones([4]))).toBeLessThan(1e-6);
    expect(weights!.arraySync()[1]![1]).toBe(0);
  });
});

it('modality dropout drops at its rate, never all, never adds, and is the same by the same key', () => {
  tf.tidy(() => {
    const presence = { b: tf.tensor1d(Array.from({ length: 4000 }, (_, i) => Number(i % 2 === 0))) };
    const draw = () => fusion.modalityDropout(random.key(5), NAMES, 4000, 0.3, presence);
    const [kept, again] = [draw(), draw()];
    for (const name of NAMES) expect(greatest(kept[name]!, again[name]!)).toBe(0);
    expect(
      tf
        .addN(NAMES.map((name) => kept[name]!))
        .min()
        .dataSync()[0],
    ).toBe(1);
    expect(presence.b.sub(kept.b!).min().dataSync()[0]).toBe(0);
    // Dropped with 0.3, and then kept after all where all would be: 0.3³ of the even examples and 0.3² of the odd ones.
    const share = kept.a!.mean().dataSync()[0]!;
    expect(Math.abs(share - (0.7 + (0.3 ** 3 + 0.3 ** 2) / 2))).toBeLessThan(0.03);
    expect(() => fusion.modalityDropout(random.key(1), NAMES, 2, 1)).toThrow('The rate must be from 0');
  });
});

it('refuses unknown modalities, other widths and masks that do not fit', () => {
  tf.tidy(() => {
    const { params, features } = given('early', early as never);
    const forward = (inputs: fusion.FusionInputs) => early.forward(params as never, inputs, config);
    expect(() => forward({ features: { ...features, smell: features.a! } })).toThrow(
      'There is no modality smell; the model has a, b, c.',
    );
    expect(() => forward({ features: { a: features.b! } })).toThrow('Features of a have to be (4, 3)');
    expect(() => forward({ features: {} })).toThrow('Features of one modality are needed');
    expect(() => forward({ features, presence: { a: tf.ones([3]) } })).toThrow('The presence of a has to be');
    expect(() => crossAttention.spec({ ...config, heads: 4 })).toThrow("4 heads don't divide");
    expect(() => bilinear.spec({ modalities: { a: 3 }, width: 2 })).toThrow('at least two');
  });
});
