/** A model of encoders and a fusion, for the playground. */
import { tf } from '@quire/runtime';
import { contributions } from '../contributions/contributions.ts';
import type { Picture } from '../pictures/picture.ts';
import type { Sound } from '../sound/sound.ts';
import type { Modality, PlaygroundInput, PlaygroundModel, PlaygroundOutput, Scored } from './model.ts';

/** Features of a modality: float32 (1, C), or (1, T, C) for a fusion that takes tokens. */
type Features = tf.Tensor2D | tf.Tensor3D;
type Encoder<Input, T extends Features> = (input: Input) => T | Promise<T>;

export interface FusionPlayground<T extends Features> {
  /** Of the classes, in the order of the logits. */
  labels: readonly string[];
  /** What can be entered, by the names that the fusion has for its modalities. Their tensors are disposed here. */
  encoders: {
    readonly text?: Encoder<string, T>;
    /** Red, green and blue, of the file's size. */
    readonly picture?: Encoder<Picture, T>;
    /** Mono, of the file's rate. */
    readonly sound?: Encoder<Sound, T>;
  };
  /**
   * The fusion and what follows it, called within `tf.tidy`.
   *
   * @param inputs as fusions take them, with the features of what is entered
   * @returns logits, float32 (B, labels), and, where there are `known` vectors, those to compare them with, float32 (B, W)
   */
  forward(inputs: { features: Record<string, T>; presence: Record<string, tf.Tensor1D> }): {
    logits: tf.Tensor2D;
    vectors?: tf.Tensor2D;
  };
  /** What the similarities are to: vectors, float32 (N, W), and what each is called. They stay the caller's. */
  known?: { labels: readonly string[]; vectors: tf.Tensor2D };
}

/**
 * A model of encoders and a fusion as `playground` asks it. All subsets of what is entered go through the fusion as one
 * batch. A weight is the probability that its modality is there: probabilities and vectors are means over the subsets,
 * at weights of 1 the model's own, and at 0 those without the modality. Attributions are the modalities' Shapley values
 * for the probability of the first label, at these weights. (This is Owen's multilinear extension of the game that has
 * modalities as players: https://doi.org/10.1287/mnsc.18.5.64.)
 *
 * @throws {RangeError} where there is no encoder or no label, or names don't fit vectors
 */
export function fusionPlayground<T extends Features>(model: FusionPlayground<T>): PlaygroundModel {
  const { labels, encoders, known } = model;
  const modalities = (['text', 'picture', 'sound'] as const).filter((name) => encoders[name]);
  if (modalities.length === 0 || labels.length === 0) {
    throw new RangeError('fusionPlayground: an encoder and a label are needed at least.');
  }
  if (known && known.labels.length !== known.vectors.shape[0]) {
    throw new RangeError(
      `fusionPlayground: ${known.labels.length} labels are given for ${known.vectors.shape[0]} known vectors.`,
    );
  }
  return {
    modalities,
    async predict(input) {
      const features: Record<string, T> = {};
      try {
        const { text, picture, sound } = input;
        if (text !== undefined && encoders.text) features.text = await encoders.text(text);
        if (picture && encoders.picture) features.picture = await encoders.picture(picture);
        if (sound && encoders.sound) features.sound = await encoders.sound(sound);
        return await answer(model, features, input);
      } finally {
        tf.dispose(features);
      }
    },
  };
}

async function answer<T extends Features>(
  { labels, forward, known }: FusionPlayground<T>,
  features: Record<string, T>,
  { weights }: PlaygroundInput,
): Promise<PlaygroundOutput> {
  const entered = Object.keys(features) as Modality[];
  const subsets = 2 ** entered.length;
  const { probabilities, vectors } = tf.tidy(() => {
    const presence = Object.fromEntries(
      entered.map((name, i) => {
        const there = Array.from({ length: subsets }, (_, subset) => (subset >> i) & 1);
        return [name, tf.tensor1d(there, 'float32')];
      }),
    );
    const tiled = Object.fromEntries(
      // (1, C) -> (subsets, C), or (1, T, C) -> (subsets, T, C)
      Object.entries(features).map(([name, x]) => [
        name,
        tf.tile(x as tf.Tensor, [subsets, ...x.shape.slice(1).map(() => 1)]),
      ]),
    ) as Record<string, T>;
    const out = forward({ features: tiled, presence });
    if (out.logits.shape[0] !== subsets || out.logits.shape[1] !== labels.length) {
      throw new RangeError(
        `fusionPlayground: logits have to be (${subsets}, ${labels.length}), and are [${out.logits.shape}].`,
      );
    }
    if (known && !out.vectors) {
      throw new RangeError('fusionPlayground: there are known vectors, and forward gives none to compare.');
    }
    return {
      probabilities: out.logits.softmax().arraySync() as number[][],
      vectors: known && (out.vectors!.arraySync() as number[][]),
    };
  });
  /** Means over the subsets of `present`. */
  const mean = (rows: readonly number[][], present: readonly string[]): number[] => {
    const sums = new Array<number>(rows[0]!.length).fill(0);
    rows.forEach((row, subset) => {
      const share = entered.reduce((product, name, i) => {
        const weight = present.includes(name) ? (weights[name] ?? 1) : 0;
        return product * ((subset >> i) & 1 ? weight : 1 - weight);
      }, 1);
      if (share === 0) return;
      row.forEach((value, k) => {
        sums[k]! += share * value;
      });
    });
    return sums;
  };
  const all = mean(probabilities, entered);
  const first = all.indexOf(Math.max(...all));
  const predictions = labels.map((label, k) => ({ label, value: all[k]! }));
  const attributions =
    entered.length === 0
      ? []
      : (await contributions(entered, (present) => mean(probabilities, present)[first]!)).modalities.map(
          ({ modality, shapley }): Scored => ({ label: modality, value: shapley }),
        );
  if (!known || !vectors) return { predictions, attributions };
  const items = (await known.vectors.array()) as number[][];
  const vector = mean(vectors, entered);
  const similarities = items.map((item, k) => ({ label: known.labels[k]!, value: cosine(vector, item) }));
  return { predictions, similarities, attributions };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) {
    throw new RangeError(
      `fusionPlayground: known vectors have ${b.length} numbers, and forward gives ${a.length}.`,
    );
  }
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / (Math.sqrt(dot(a, a) * dot(b, b)) || 1);
}
