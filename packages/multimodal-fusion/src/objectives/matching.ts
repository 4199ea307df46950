/** Whether two belong together, asked of a model that sees both (ALBEF: Li et al. 2021, https://arxiv.org/abs/2107.07651). */
import { random, tf } from '@quire/runtime';
import { binary } from './contrastive.ts';

/**
 * For each row a wrong partner of the batch, drawn by how alike they are: hard ones more often.
 *
 * @param similarities float32 (B, B) of rows with all partners, the right one on the diagonal, such as CLIP's logits
 * @returns int32 (B): the places of the wrong partners
 * @throws {RangeError} where there is no other row.
 */
export function hardNegatives(key: random.Key, similarities: tf.Tensor2D): tf.Tensor1D {
  const [batch, partners] = similarities.shape;
  if (batch !== partners || batch < 2) {
    throw new RangeError(
      `Negatives need similarities (B, B) of two rows at least, not [${similarities.shape}].`,
    );
  }
  return tf.tidy(() => {
    const own = tf.oneHot(tf.range(0, batch, 1, 'int32'), batch).cast('float32');
    return random.categorical(key, similarities.sub(own.mul(1e30))) as tf.Tensor1D;
  });
}

/**
 * The mean binary cross-entropy, in nats, of telling partners from others.
 *
 * @param together float32 (B) or (B, 1): logits of partners
 * @param apart float32 (N) or (N, 1): logits of others
 */
export function matchingLoss(together: tf.Tensor, apart: tf.Tensor): tf.Scalar {
  const all = tf.concat([together.reshape([together.size]), apart.reshape([apart.size])]); // (B, 1) -> (B)
  const right = tf.concat([tf.ones([together.size]), tf.zeros([apart.size])]);
  return binary(all, right).mean() as tf.Scalar;
}
