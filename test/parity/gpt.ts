/**
 * A small GPT (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners") for measuring: 4 layers of
 * width 128 over characters. `gpt.py` is the same model in PyTorch, with the same numbers.
 */
import { ops, type optimizers, tf, valueAndGradients } from '@quire/runtime';

export interface GptConfig {
  layers: number;
  width: number;
  heads: number;
  context: number;
  vocabulary: number;
}

export const SMALL = { layers: 4, width: 128, heads: 4, context: 64 } as const;

interface Linear {
  weight: tf.Tensor2D;
  bias: tf.Tensor1D;
}

interface Norm {
  scale: tf.Tensor1D;
  bias: tf.Tensor1D;
}

interface Block {
  norm1: Norm;
  qkv: Linear;
  projection: Linear;
  norm2: Norm;
  wide: Linear;
  narrow: Linear;
}

export interface GptParams {
  tokens: tf.Tensor2D;
  positions: tf.Tensor2D;
  blocks: Block[];
  norm: Norm;
  head: tf.Tensor2D;
}

/** mulberry32: numbers in [0, 1), the same in `gpt.py`. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Weights uniform in ±0.035, drawn in the order of the fields; biases 0, scales 1. */
export function initializeGpt(config: GptConfig, random: () => number): GptParams {
  const { width, vocabulary, context, layers } = config;
  const matrix = (rows: number, columns: number): tf.Tensor2D =>
    tf.tensor2d(
      Float32Array.from({ length: rows * columns }, () => (random() - 0.5) * 0.07),
      [rows, columns],
    );
  const norm = (): Norm => ({ scale: tf.ones([width]), bias: tf.zeros([width]) });
  const linear = (from: number, to: number): Linear => ({ weight: matrix(from, to), bias: tf.zeros([to]) });
  return {
    tokens: matrix(vocabulary, width),
    positions: matrix(context, width),
    blocks: Array.from({ length: layers }, () => ({
      norm1: norm(),
      qkv: linear(width, 3 * width),
      projection: linear(width, width),
      norm2: norm(),
      wide: linear(width, 4 * width),
      narrow: linear(4 * width, width),
    })),
    norm: norm(),
    head: matrix(width, vocabulary),
  };
}

const linear = (x: tf.Tensor2D, { weight, bias }: Linear): tf.Tensor2D => x.matMul(weight).add(bias);
const normalize = (x: tf.Tensor2D, { scale, bias }: Norm): tf.Tensor2D => ops.layerNorm(x, scale, bias);

/**
 * Logits of the next character at every position.
 *
 * @param tokens int32 (B, T)
 * @returns float32 (B T, V)
 */
export function gpt(params: GptParams, tokens: tf.Tensor2D, { width: c, heads: h }: GptConfig): tf.Tensor2D {
  const [b, t] = tokens.shape;
  const embedded = tf.gather(params.tokens, tokens).add(params.positions.slice([0, 0], [t, c])); // (B, T, C)
  let x: tf.Tensor2D = embedded.reshape([b * t, c]);
  for (const { norm1, qkv, projection, norm2, wide, narrow } of params.blocks) {
    const [q, k, v] = tf
      .split(linear(normalize(x, norm1), qkv).reshape([b, t, 3 * c]), 3, 2)
      .map((each) => each.reshape([b, t, h, c / h]).transpose([0, 2, 1, 3])) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ]; // (B, T, C) -> (B, H, T, C/H)
    const seen = ops.attention(q, k, v, { causal: true }).transpose([0, 2, 1, 3]); // (B, T, H, C/H)
    x = x.add(linear(seen.reshape([b * t, c]), projection));
    x = x.add(linear(ops.gelu(linear(normalize(x, norm2), wide), 'tanh'), narrow));
  }
  return tf.matMul(normalize(x, params.norm), params.head);
}

export interface GptState<State> {
  params: GptParams;
  optimizer: State;
}

/** One step of training; pure, so that it can be compiled. Tokens and targets are int32 (B, T). */
export function trainingStep<State>(config: GptConfig, optimizer: optimizers.Optimizer<State>) {
  return (
    state: GptState<State>,
    tokens: tf.Tensor2D,
    targets: tf.Tensor2D,
  ): { state: GptState<State>; loss: tf.Scalar } => {
    const { value: loss, gradients } = valueAndGradients(
      (params: GptParams) => ops.crossEntropy(gpt(params, tokens, config), targets.flatten()),
      state.params,
    );
    const { params, state: next } = optimizer.update(gradients, state.optimizer, state.params);
    return { state: { params, optimizer: next }, loss };
  };
}
