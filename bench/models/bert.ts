/** BERT-base's encoder (Devlin et al. 2018, https://arxiv.org/abs/1810.04805), without its pooler. */
import { ops, tf } from '@quire/runtime';
import { randomTensor } from './parameters.ts';

export const BERT = {
  layers: 12,
  width: 768,
  heads: 12,
  vocabulary: 30522,
  positions: 512,
  batch: 8,
  length: 128,
} as const;

const EPSILON = 1e-12;

interface Linear {
  weight: tf.Tensor2D;
  bias: tf.Tensor1D;
}

interface Layer {
  query: Linear;
  key: Linear;
  value: Linear;
  attended: Linear;
  attendedNorm: Norm;
  intermediate: Linear;
  output: Linear;
  outputNorm: Norm;
}

interface Norm {
  scale: tf.Tensor1D;
  bias: tf.Tensor1D;
}

export interface BertParams {
  words: tf.Tensor2D;
  positions: tf.Tensor2D;
  types: tf.Tensor2D;
  norm: Norm;
  layers: Layer[];
}

const linear = (from: number, to: number): Linear => ({
  weight: randomTensor([from, to], 0.02) as tf.Tensor2D,
  bias: tf.zeros([to]),
});

const norm = (): Norm => ({ scale: tf.ones([BERT.width]), bias: tf.zeros([BERT.width]) });

export function initializeBert(): BertParams {
  const { width } = BERT;
  return {
    words: randomTensor([BERT.vocabulary, width], 0.02) as tf.Tensor2D,
    positions: randomTensor([BERT.positions, width], 0.02) as tf.Tensor2D,
    types: randomTensor([2, width], 0.02) as tf.Tensor2D,
    norm: norm(),
    layers: Array.from({ length: BERT.layers }, () => ({
      query: linear(width, width),
      key: linear(width, width),
      value: linear(width, width),
      attended: linear(width, width),
      attendedNorm: norm(),
      intermediate: linear(width, 4 * width),
      output: linear(4 * width, width),
      outputNorm: norm(),
    })),
  };
}

const apply = (x: tf.Tensor, { weight, bias }: Linear): tf.Tensor => x.matMul(weight).add(bias);

/** @param tokens int32 (B, T) @returns float32 (B, T, C) */
export function bert(params: BertParams, tokens: tf.Tensor2D): tf.Tensor3D {
  const [b, t] = tokens.shape;
  const { width: c, heads: h } = BERT;
  const rows = (x: tf.Tensor): tf.Tensor => x.reshape([b * t, c]);
  const embedded = tf
    .gather(params.words, tokens)
    .add(params.positions.slice([0, 0], [t, c]))
    .add(params.types.slice([0, 0], [1, c]));
  let x = ops.layerNorm(rows(embedded), params.norm.scale, params.norm.bias, EPSILON); // (B T, C)
  for (const layer of params.layers) {
    const split = (y: tf.Tensor): tf.Tensor4D => y.reshape([b, t, h, c / h]).transpose([0, 2, 1, 3]); // (B T, C) -> (B, H, T, C/H)
    const [q, k, v] = [layer.query, layer.key, layer.value].map((each) => split(apply(x, each))) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const seen = rows(ops.attention(q, k, v).transpose([0, 2, 1, 3])); // (B, H, T, C/H) -> (B T, C)
    const { attendedNorm, outputNorm } = layer;
    x = ops.layerNorm(x.add(apply(seen, layer.attended)), attendedNorm.scale, attendedNorm.bias, EPSILON);
    const wide = ops.gelu(apply(x, layer.intermediate));
    x = ops.layerNorm(x.add(apply(wide, layer.output)), outputNorm.scale, outputNorm.bias, EPSILON);
  }
  return x.reshape([b, t, c]);
}
