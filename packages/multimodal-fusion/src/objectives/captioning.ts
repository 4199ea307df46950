/**
 * Captions: a GPT-2 goes on from a prefix that a linear map makes of features, such as a picture's (ClipCap: Mokady et al.
 * 2021, https://arxiv.org/abs/2111.09734).
 */
import { gpt2, initialize, layers, type ParametersOf } from '@quire/model';
import { ops, type random, tf } from '@quire/runtime';

export interface CaptionConfig {
  /** Numbers of the features. */
  inputs: number;
  /** Positions of the prefix. */
  prefixLength: number;
  decoder: gpt2.Gpt2Config;
}

export function spec({ inputs, prefixLength, decoder }: CaptionConfig) {
  return {
    prefix: layers.uniformLinearSpec(inputs, prefixLength * decoder.width),
    decoder: gpt2.spec(decoder),
  };
}

export type CaptionParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: CaptionConfig, key: random.Key): Promise<CaptionParameters> {
  return initialize(spec(config), key);
}

export interface CaptionInputs {
  /** float32 (B, inputs) */
  features: tf.Tensor2D;
  /** int32 (B, T): the caption from its first token, which the prefix predicts, to its end token and padding */
  inputIds: tf.Tensor2D;
}

/**
 * @returns float32 (B, T + 1, V): logits of each token of the caption, and of the one after it
 * @throws {RangeError} where prefix and caption are longer than the decoder's context.
 */
export function forward(
  params: CaptionParameters,
  { features, inputIds }: CaptionInputs,
  { prefixLength, decoder }: CaptionConfig,
): tf.Tensor3D {
  const [b, t] = inputIds.shape;
  if (prefixLength + t > decoder.contextLength) {
    throw new RangeError(
      `A prefix of ${prefixLength} and ${t} tokens don't fit into a context of ${decoder.contextLength}.`,
    );
  }
  const mapped = layers.linear(features, params.prefix);
  const prefix = mapped.reshape([b, prefixLength, decoder.width]) as tf.Tensor3D; // (B, P C) -> (B, P, C)
  const { logits } = gpt2.forward(params.decoder as gpt2.Gpt2Parameters, { inputIds, prefix }, decoder);
  return (logits as tf.Tensor3D).slice([0, prefixLength - 1, 0], [b, t + 1, decoder.vocabularySize]);
}

/**
 * The mean cross-entropy in nats over the caption's tokens, a float32 scalar.
 *
 * @param batch `labels` int32 (B, T): the tokens, or -100 where padding counts for nothing; `inputIds` where not given
 */
export function loss(
  params: CaptionParameters,
  { labels, ...inputs }: CaptionInputs & { labels?: tf.Tensor2D },
  config: CaptionConfig,
): tf.Scalar {
  const logits = forward(params, inputs, config);
  const [b, t] = inputs.inputIds.shape;
  const own = logits.slice([0, 0, 0], [b, t, config.decoder.vocabularySize]);
  return ops.crossEntropy(own, labels ?? inputs.inputIds, { ignoreIndex: -100 });
}

/**
 * The most probable next token again and again, each time over the whole caption so far.
 *
 * @param features float32 (B, inputs)
 * @returns by example its tokens before the end token, `length` at most
 */
export function greedy(
  params: CaptionParameters,
  features: tf.Tensor2D,
  config: CaptionConfig,
  { length, endTokenId }: { length: number; endTokenId: number },
): number[][] {
  const [b] = features.shape;
  const rows: number[][] = Array.from({ length: b }, () => []);
  for (let t = 0; t < length && rows.some((row) => !row.includes(endTokenId)); t++) {
    const next = tf.tidy(() => {
      // A first token stands where there is none yet: what comes after it isn't looked at.
      const inputIds = tf.tensor2d(t === 0 ? rows.map(() => [endTokenId]) : rows, undefined, 'int32');
      const logits = forward(params, { features, inputIds }, config);
      return logits.slice([0, t, 0], [b, 1, config.decoder.vocabularySize]).argMax(-1).dataSync();
    });
    rows.forEach((row, i) => {
      row.push(next[i]!);
    });
  }
  return rows.map((row) => (row.includes(endTokenId) ? row.slice(0, row.indexOf(endTokenId)) : row));
}
