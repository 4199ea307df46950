/** What fusions take: features of several modalities, some of which an example may lack. */
import { random, tf } from '@quire/runtime';

/** Numbers of a feature vector, or of each token, by modality. */
export type Modalities = Readonly<Record<string, number>>;

export interface FusionInputs {
  /** By modality float32 (B, C). One that isn't given is absent in all examples. */
  features: Readonly<Record<string, tf.Tensor2D>>;
  /** By modality float32 (B): 1 where the example has it, else 0. Modalities without a mask are there in all examples. */
  presence?: Readonly<Record<string, tf.Tensor1D>>;
}

export interface TokenInputs {
  /** By modality float32 (B, T, C), or (B, C) for one token. One that isn't given is absent in all examples. */
  features: Readonly<Record<string, tf.Tensor2D | tf.Tensor3D>>;
  /** By modality float32 (B), or (B, T) where single tokens are padding: 1 for what is there, else 0. */
  presence?: Readonly<Record<string, tf.Tensor1D | tf.Tensor2D>>;
}

export interface FusionOutputs {
  /** float32 (B, width) */
  fused: tf.Tensor2D;
  /** float32 (B, modalities), in the order of the configuration, where the fusion weighs them */
  weights?: tf.Tensor2D;
}

export interface PresentVectors {
  /** float32 (B, C), zeros where it is absent, whatever the features were */
  x: tf.Tensor2D;
  /** float32 (B, 1) */
  there: tf.Tensor2D;
}

export interface PresentTokens {
  /** float32 (B, T, C), zeros where a token is absent */
  x: tf.Tensor3D;
  /** float32 (B, T) */
  there: tf.Tensor2D;
}

/**
 * The vectors of all modalities, in the order of the configuration.
 *
 * @throws {RangeError} where a modality is unknown, none is given, or shapes don't fit.
 */
export function presentVectors(modalities: Modalities, inputs: FusionInputs): PresentVectors[] {
  return presentTokens(modalities, inputs).map(({ x, there }, i) => {
    const [b, t, c] = x.shape;
    if (t !== 1) {
      throw new RangeError(
        `${Object.keys(modalities)[i]} has ${t} tokens, and this fusion takes one vector: (B, C).`,
      );
    }
    return { x: x.reshape([b, c]) as tf.Tensor2D, there }; // (B, 1, C) -> (B, C)
  });
}

/**
 * The tokens of all modalities, in the order of the configuration.
 *
 * @throws {RangeError} where a modality is unknown, none is given, or shapes don't fit.
 */
export function presentTokens(
  modalities: Modalities,
  { features, presence = {} }: TokenInputs,
): PresentTokens[] {
  const names = Object.keys(modalities);
  const unknown = [...Object.keys(features), ...Object.keys(presence)].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`There is no modality ${unknown}; the model has ${names.join(', ')}.`);
  }
  const batch = Object.values(features)[0]?.shape[0];
  if (batch === undefined) throw new RangeError(`Features of one modality are needed: ${names.join(', ')}.`);
  return Object.entries(modalities).map(([name, width]) => {
    const given = features[name];
    if (!given) return { x: tf.zeros([batch, 1, width]), there: tf.zeros([batch, 1]) };
    if (given.shape[0] !== batch || given.shape.at(-1) !== width) {
      throw new RangeError(
        `Features of ${name} have to be (${batch}, ${width}), or (${batch}, T, ${width}), and are [${given.shape}].`,
      );
    }
    const tokens = given.shape.length === 2 ? 1 : (given.shape[1] as number);
    const x = given.reshape([batch, tokens, width]) as tf.Tensor3D; // (B, C) -> (B, 1, C)
    const mask = presence[name];
    if (!mask) return { x, there: tf.ones([batch, tokens]) };
    if (mask.shape[0] !== batch || (mask.shape.length === 2 && mask.shape[1] !== tokens)) {
      throw new RangeError(
        `The presence of ${name} has to be (${batch}), or (${batch}, ${tokens}), and is [${mask.shape}].`,
      );
    }
    const there = mask.reshape([batch, mask.size / batch]).mul(tf.ones([1, tokens])) as tf.Tensor2D; // (B) -> (B, T)
    const shown = there
      .reshape([batch, tokens, 1]) // (B, T) -> (B, T, 1)
      .mul(tf.ones([1, 1, width]))
      .greater(0);
    // A choice and not a product, so that NaN and infinities of what is absent vanish too.
    return { x: tf.where(shown, x, tf.zeros([batch, tokens, width])) as tf.Tensor3D, there };
  });
}

/**
 * Modality dropout: which modalities are seen while training, so that the model learns to do without each (Neverova et
 * al. 2016, "ModDrop", https://arxiv.org/abs/1501.00102). An example of which all would be dropped keeps all it has.
 *
 * @param key of this step
 * @param names of the modalities
 * @param batch examples
 * @param rate the probability with which each is dropped
 * @param presence what there is at all, float32 (B) by modality; all where not given
 * @returns float32 (B) by modality
 * @throws {RangeError} where the rate isn't from 0 to below 1.
 */
export function modalityDropout(
  key: random.Key,
  names: readonly string[],
  batch: number,
  rate: number,
  presence: Readonly<Record<string, tf.Tensor1D>> = {},
): Record<string, tf.Tensor1D> {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`The rate must be from 0 to below 1, and is ${rate}.`);
  return tf.tidy(() => {
    const had = names.map((name) => presence[name] ?? tf.ones<tf.Rank.R1>([batch]));
    const drawn = random.uniform(key, [names.length, batch]).greaterEqual(rate).cast('float32');
    const kept = had.map((each, i) => each.mul(drawn.slice([i, 0], [1, batch]).reshape([batch]))); // (1, B) -> (B)
    const any = tf.addN(kept).greater(0).cast('float32');
    return Object.fromEntries(
      names.map((name, i) => [
        name,
        kept[i]!.add(had[i]!.sub(kept[i]!).mul(tf.scalar(1).sub(any))) as tf.Tensor1D,
      ]),
    );
  });
}

/** With a 1 at the end, so that products with others keep what is alone: (B, C) -> (B, C + 1) */
export function withOne(x: tf.Tensor2D): tf.Tensor2D {
  return tf.concat([x, tf.ones([x.shape[0], 1])], 1) as tf.Tensor2D;
}

/** The same for each modality, by name. */
export function byModality<T>(
  modalities: Modalities,
  make: (width: number, name: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(modalities).map(([name, width]) => [name, make(width, name)]));
}

/** All vectors side by side: (B, the sum of widths) */
export function sideBySide(present: readonly PresentVectors[]): tf.Tensor2D {
  return present.length === 1
    ? present[0]!.x
    : (tf.concat(
        present.map(({ x }) => x),
        1,
      ) as tf.Tensor2D);
}

export function totalWidth(modalities: Modalities): number {
  return Object.values(modalities).reduce((sum, width) => sum + width, 0);
}
