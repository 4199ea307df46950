import { ops, tf } from '@quire/runtime';

/** By the names that `config.json` has for them. */
const ACTIVATIONS = {
  gelu: (x: tf.Tensor): tf.Tensor => ops.gelu(x),
  gelu_new: (x: tf.Tensor): tf.Tensor => ops.gelu(x, 'tanh'),
  gelu_pytorch_tanh: (x: tf.Tensor): tf.Tensor => ops.gelu(x, 'tanh'),
  /** Of CLIP: a sigmoid in place of the normal distribution. */
  quick_gelu: (x: tf.Tensor): tf.Tensor => x.mul(x.mul(1.702).sigmoid()),
  relu: (x: tf.Tensor): tf.Tensor => tf.relu(x),
  silu: (x: tf.Tensor): tf.Tensor => x.mul(x.sigmoid()),
  tanh: (x: tf.Tensor): tf.Tensor => x.tanh(),
} as const;

export type Activation = keyof typeof ACTIVATIONS;
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as Activation[];

export function activate<T extends tf.Tensor>(x: T, activation: Activation): T {
  return ACTIVATIONS[activation](x) as T;
}
