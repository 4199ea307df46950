/** A network of two layers for pictures of 28×28, trained by stochastic gradient descent. */
import { ops, type optimizers, tf, valueAndGradients } from '@quire/runtime';
import { randomTensor } from './parameters.ts';

export const MLP = { batch: 128, inputs: 784, hidden: 512, classes: 10 } as const;

export interface MlpParams {
  w1: tf.Tensor2D;
  b1: tf.Tensor1D;
  w2: tf.Tensor2D;
  b2: tf.Tensor1D;
}

export function initializeMlp(): MlpParams {
  return {
    w1: randomTensor([MLP.inputs, MLP.hidden], 0.03) as tf.Tensor2D,
    b1: tf.zeros([MLP.hidden]),
    w2: randomTensor([MLP.hidden, MLP.classes], 0.04) as tf.Tensor2D,
    b2: tf.zeros([MLP.classes]),
  };
}

export interface MlpState<State> {
  params: MlpParams;
  optimizer: State;
}

/** One step of training on images, float32 (B, 784), and labels, int32 (B). */
export function mlpStep<State>(
  optimizer: optimizers.Optimizer<State>,
  images: tf.Tensor2D,
  labels: tf.Tensor1D,
) {
  const lossOf = ({ w1, b1, w2, b2 }: MlpParams): tf.Scalar =>
    ops.crossEntropy(tf.matMul(images.matMul(w1).add(b1).relu(), w2).add(b2), labels);
  return (state: MlpState<State>): { state: MlpState<State>; loss: tf.Scalar } => {
    const { value: loss, gradients } = valueAndGradients(lossOf, state.params);
    const { params, state: next } = optimizer.update(gradients, state.optimizer, state.params);
    return { state: { params, optimizer: next }, loss };
  };
}
