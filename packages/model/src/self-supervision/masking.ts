/**
 * Masked language modelling (Devlin et al. 2018, "BERT", https://arxiv.org/abs/1810.04805), drawn anew at each step as in
 * RoBERTa (Liu et al. 2019, https://arxiv.org/abs/1907.11692).
 */
import { random, tf } from '@quire/runtime';
import { IGNORED } from '../layers/losses.ts';

export interface MaskingOptions {
  maskTokenId: number;
  vocabularySize: number;
  /** Tokens that are never chosen, such as those of the start, the end and padding. */
  specialTokenIds: readonly number[];
  /** How likely a token, or a word, is chosen; 0.15 where not given. */
  probability?: number;
  /** Of the chosen, how many become the mask token and how many a random one: 0.8 and 0.1 where not given. */
  masked?: number;
  replaced?: number;
  /**
   * int32 (B, T): which word of its row a token is of, from 0 up, as `encoding.wordIds` says it; -1 for none. All tokens
   * of a word are then chosen together (whole-word masking).
   */
  wordIds?: tf.Tensor2D;
}

export interface MaskedTokens {
  /** int32 (B, T): chosen tokens replaced by the mask, by a random token, or left */
  inputIds: tf.Tensor2D;
  /** int32 (B, T): the token where one was chosen, else `IGNORED` */
  labels: tf.Tensor2D;
}

/**
 * Chooses tokens to be predicted, and hides most of them: of the chosen 80 % become the mask token, 10 % a random token,
 * 10 % stay. In each row that has a token to choose at least one is chosen, as in BERT's own code. Made of ops, for use
 * in a loss with the key of the step.
 *
 * @param key a random key; the same one chooses the same
 * @param inputIds int32 (B, T)
 * @throws {RangeError} for probabilities that aren't, or word ids of another shape.
 */
export function maskTokens(key: random.Key, inputIds: tf.Tensor2D, options: MaskingOptions): MaskedTokens {
  const { maskTokenId, vocabularySize, specialTokenIds, wordIds } = options;
  const { probability = 0.15, masked = 0.8, replaced = 0.1 } = options;
  if (!(probability > 0 && probability <= 1)) {
    throw new RangeError(`probability must be above 0 and at most 1, and is ${probability}.`);
  }
  if (!(masked >= 0 && replaced >= 0 && masked + replaced <= 1)) {
    throw new RangeError(`masked ${masked} and replaced ${replaced} are parts of one whole.`);
  }
  if (wordIds && `${wordIds.shape}` !== `${inputIds.shape}`) {
    throw new RangeError(`wordIds [${wordIds.shape}] aren't of the shape of inputIds [${inputIds.shape}].`);
  }
  return tf.tidy(() => {
    const { shape } = inputIds;
    const [choice, fate, token] = random.split(key, 3) as [random.Key, random.Key, random.Key];
    const special = specialTokenIds.map((id) => inputIds.equal(tf.scalar(id, 'int32')));
    if (wordIds) special.push(wordIds.less(0));
    const open = special.reduce(
      (open, each) => open.logicalAnd(each.logicalNot()),
      tf.onesLike(inputIds).cast('bool'),
    );
    let drawn = random.uniform(choice, shape) as tf.Tensor2D;
    if (wordIds) drawn = ofWords(drawn, wordIds);
    // What may not be chosen is above every draw.
    drawn = tf.where(open, drawn, tf.fill(shape, 2)) as tf.Tensor2D;
    const least = drawn.min(1, true);
    const chosen = drawn.less(probability).logicalOr(drawn.lessEqual(least)).logicalAnd(open);
    const part = random.uniform(fate, shape);
    const any = random.integers(token, shape, 0, vocabularySize);
    const mask = tf.fill(shape, maskTokenId, 'int32');
    const hidden = tf.where(part.less(masked), mask, tf.where(part.less(masked + replaced), any, inputIds));
    return {
      inputIds: tf.where(chosen, hidden, inputIds) as tf.Tensor2D,
      labels: tf.where(chosen, inputIds, tf.fill(shape, IGNORED, 'int32')) as tf.Tensor2D,
    };
  });
}

/** The draw of each token's word. (B, T) */
function ofWords(drawn: tf.Tensor2D, wordIds: tf.Tensor2D): tf.Tensor2D {
  const [b, t] = drawn.shape;
  const row = tf.range(0, b, 1, 'int32').mul(tf.scalar(t, 'int32')).reshape([b, 1]); // (B) -> (B, 1)
  const at = row.add(wordIds.clipByValue(0, t - 1).cast('int32'));
  return tf.gather(drawn.reshape([b * t]), at.reshape([b * t])).reshape([b, t]); // (B, T) -> (B T) -> (B, T)
}
