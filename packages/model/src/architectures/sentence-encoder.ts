/**
 * Sentence-BERT (Reimers & Gurevych 2019, https://arxiv.org/abs/1908.10084): a text encoder whose hidden states become
 * one vector for each text, so that texts are alike where their vectors are. What goes in is any encoder: BERT,
 * DistilBERT, RoBERTa, XLM-R.
 */
import { tf } from '@quire/runtime';
import { type EncoderInputs, type EncoderOptions, rowsAt } from '../layers/encoder.ts';
import { normalize } from '../layers/norm.ts';

export { normalize };

/** How the states of a text's tokens become one: their mean, the first one's, or the largest of each number. */
export type Pooling = 'mean' | 'cls' | 'max';

export interface SentenceEncoderOptions extends EncoderOptions {
  /** `'mean'` where not given. */
  pooling?: Pooling;
  /** Whether vectors have length 1, so that their product is the cosine; false where not given. */
  normalize?: boolean;
}

/** A model of an architecture with hidden states; what `loadPretrained` gives is one. */
export interface HiddenStateModel<Params, Inputs, Config> {
  architecture: {
    forward(
      params: Params,
      inputs: Inputs,
      config: Config,
      options?: EncoderOptions,
    ): { hidden: tf.Tensor3D };
  };
  params: Params;
  config: Config;
}

/** @returns float32 (B, C): a vector for each text */
export function forward<Params, Inputs extends EncoderInputs, Config>(
  { architecture, params, config }: HiddenStateModel<Params, Inputs, Config>,
  inputs: Inputs,
  { pooling = 'mean', normalize: normalizes = false, ...options }: SentenceEncoderOptions = {},
): tf.Tensor2D {
  const { hidden } = architecture.forward(params, inputs, config, options);
  const pooled = pool(hidden, inputs.attentionMask, pooling);
  return normalizes ? normalize(pooled) : pooled;
}

/**
 * One vector for each text, of its tokens alone.
 *
 * @param hidden float32 (B, T, C)
 * @param attentionMask int32 (B, T): 1 for tokens, 0 for padding on either side. All are tokens where not given.
 * @returns float32 (B, C); for a text without tokens 0 (`mean`) or -∞ (`max`)
 */
export function pool(
  hidden: tf.Tensor3D,
  attentionMask: tf.Tensor2D | undefined,
  pooling: Pooling = 'mean',
): tf.Tensor2D {
  const [b, t] = hidden.shape;
  const mask = attentionMask ?? tf.ones<tf.Rank.R2>([b, t], 'int32');
  switch (pooling) {
    case 'mean': {
      const counted = mask.cast('float32').expandDims(-1); // (B, T) -> (B, T, 1)
      return hidden.mul(counted).sum(1).div(counted.sum(1).maximum(1e-9));
    }
    case 'max': {
      const isToken = mask.cast('bool').expandDims(-1); // (B, T) -> (B, T, 1)
      const none: tf.Tensor = tf.scalar(Number.NEGATIVE_INFINITY);
      return tf.where(isToken, hidden as tf.Tensor, none).max(1);
    }
    case 'cls':
      return rowsAt(hidden, mask.argMax(1).cast('int32') as tf.Tensor1D);
  }
}

/**
 * The cosine of each vector of `a` with each of `b`, from -1 to 1.
 *
 * @param a float32 (N, C)
 * @param b float32 (M, C)
 * @returns float32 (N, M)
 */
export function cosineSimilarity(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(normalize(a), normalize(b), false, true);
}
