/** Tensors show what they are and what they hold, in `console.log` and as the result of a notebook's cell. */
import { memoryOf } from './device/memory.ts';
import * as tf from './tf.ts';
import { hasNumbers } from './trace/backend.ts';

function shown(tensor: tf.Tensor): string {
  const kind = tensor instanceof tf.Variable ? `Variable '${tensor.name}'` : 'Tensor';
  const head = `${kind} ${tensor.dtype} [${tensor.shape}]`;
  if (tensor.isDisposed) return `${head}, disposed`;
  if (!hasNumbers(tensor)) return `${head}, traced: it has no numbers yet`;
  const memory = memoryOf(tensor);
  if (memory && !memory.onHost) return `${head} on '${memory.device}': await .data() reads it`;
  // The first line of TensorFlow.js's text is the word Tensor, and each other one is indented.
  const values = tensor
    .toString()
    .split('\n')
    .slice(1)
    .map((line) => line.slice(4));
  return values.length === 1 ? `${head}: ${values[0]}` : [head, ...values].join('\n');
}

Object.defineProperty(tf.Tensor.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  configurable: true,
  value(this: tf.Tensor): string {
    return shown(this);
  },
});
