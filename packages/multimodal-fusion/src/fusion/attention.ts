/** Queries of some tokens to others, with the feed-forward layers after it, as cross-attention and the Perceiver have it. */
import { layers } from '@quire/model';
import type { tf } from '@quire/runtime';

const EPSILON = 1e-5;

/** The inner layer is four times as wide. */
export function crossBlockSpec(width: number) {
  return {
    queryNorm: layers.layerNormSpec(width),
    keyNorm: layers.layerNormSpec(width),
    query: layers.uniformLinearSpec(width, width),
    key: layers.uniformLinearSpec(width, width),
    value: layers.uniformLinearSpec(width, width),
    output: layers.uniformLinearSpec(width, width),
    feedForwardNorm: layers.layerNormSpec(width),
    inner: layers.uniformLinearSpec(width, 4 * width),
    outer: layers.uniformLinearSpec(4 * width, width),
  };
}

export interface CrossBlock extends layers.BlockLayers {
  queryNorm: layers.Norm;
  keyNorm: layers.Norm;
  feedForwardNorm: layers.Norm;
}

/**
 * x + attention from x to the other tokens, then the feed-forward layers, each over what was normalized before it. Where
 * none of the others is there, attention adds nothing.
 *
 * @param x float32 (B, T, W)
 * @param others float32 (B, S, W)
 * @param there float32 (B, S)
 */
export function crossBlock(
  x: tf.Tensor3D,
  others: tf.Tensor3D,
  there: tf.Tensor2D,
  block: CrossBlock,
  heads: number,
): tf.Tensor3D {
  const keys = layers.layerNorm(others, block.keyNorm, EPSILON);
  const split = (of: tf.Tensor3D, by: layers.Linear) => layers.splitHeads(layers.linear(of, by), heads);
  const [b, s] = there.shape;
  const { values } = layers.attend(
    split(layers.layerNorm(x, block.queryNorm, EPSILON), block.query),
    split(keys, block.key),
    split(keys, block.value),
    { mask: there.greater(0).reshape([b, 1, 1, s]) }, // (B, S) -> (B, 1, 1, S)
  );
  const any = there.max(1).reshape([b, 1, 1]); // (B) -> (B, 1, 1)
  const middle = x.add(layers.linear(layers.joinHeads(values), block.output).mul(any)) as tf.Tensor3D;
  const normal = layers.layerNorm(middle, block.feedForwardNorm, EPSILON);
  return middle.add(layers.linear(layers.activate(layers.linear(normal, block.inner), 'gelu'), block.outer));
}
