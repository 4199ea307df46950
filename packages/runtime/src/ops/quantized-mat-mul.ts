/** Products with matrices of small integers. */
import type { Graph } from '../graph/graph.ts';
import { signedBlocks } from '../graph/onnx.ts';
import type { Value } from '../graph/values.ts';
import * as tf from '../tf.ts';
import { BlockMatrix } from './block-matrix.ts';
import { fused } from './fused.ts';
import { affine, Int8Matrix } from './int8-matrix.ts';
import type { QuantizedMatrix } from './quantized-matrix.ts';

/**
 * x Wᵀ of a quantized W. Compiled, it is ONNX Runtime's product of integers: `MatMulIntegerToFloat` of an `Int8Matrix`,
 * `MatMulNBits` of a `BlockMatrix`. Eagerly it is computed with float32 that hold the same integers; both are the same up
 * to the rounding of sums, and to steps of the activations that are rounded otherwise: less than 1% of the largest result.
 * The gradient reaches x, as if x had not been rounded; the matrix is not trained.
 *
 * A dynamic range is that of all of x, so a row's result depends a little on the other rows.
 *
 * @param x float32 (N, in)
 * @returns float32 (N, out)
 * @throws {RangeError} where x has other columns than the matrix has inputs.
 */
export function quantizedMatMul(x: tf.Tensor2D, matrix: QuantizedMatrix): tf.Tensor2D {
  if (x.rank !== 2 || x.shape[1] !== matrix.inputs) {
    throw new RangeError(`quantizedMatMul: x is [${x.shape}], and has to be [N, ${matrix.inputs}].`);
  }
  if (!(matrix instanceof Int8Matrix || matrix instanceof BlockMatrix)) {
    throw new TypeError('quantizedMatMul: the matrix is neither an Int8Matrix nor a BlockMatrix.');
  }
  const product = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input] = args as [tf.Tensor2D];
    const [value] = fused(
      [input],
      (graph, v) => [
        matrix instanceof Int8Matrix
          ? timesBytes(graph, v as Value, matrix)
          : timesBlocks(graph, v as Value, matrix),
      ],
      () => [matrix instanceof Int8Matrix ? eagerBytes(input, matrix) : eagerBlocks(input, matrix)],
    ) as [tf.Tensor];
    const gradFunc = (dy: tf.Tensor): tf.Tensor => (dy as tf.Tensor2D).matMul(dequantized(matrix));
    return { value, gradFunc: gradFunc as never };
  });
  return product(x) as tf.Tensor2D;
}

function timesBytes(graph: Graph, x: Value, matrix: Int8Matrix): Value {
  if (!matrix.reduceRange) graph.fullBytes = true;
  const { inputs, outputs, activations } = matrix;
  const weights = graph.weights(matrix.integers(), [inputs, outputs], 'int8');
  const scales = graph.weights(matrix.scales(), [outputs], 'float32');
  let [bytes, scale, zero]: (Value | undefined)[] = [];
  if (activations === 'dynamic') {
    [bytes, scale, zero] = graph.add('DynamicQuantizeLinear', [x], {}, [
      { shape: x.shape, dtype: 'uint8' },
      { shape: [], dtype: 'float32' },
      { shape: [], dtype: 'uint8' },
    ]);
  } else {
    const known = affine(activations);
    scale = graph.scalar(known.scale);
    zero = graph.constant(Uint8Array.of(known.zero), [], 'uint8');
    bytes = graph.one('QuantizeLinear', [x, scale, zero], {}, x.shape, 'uint8');
  }
  const shape = [x.shape[0] as number, outputs];
  const operands = [bytes, weights, scale, scales, zero] as Value[];
  return graph.one('MatMulIntegerToFloat', operands, {}, shape, 'float32');
}

/** The level at which ONNX Runtime multiplies int8 with each other. */
const INT8_PRODUCTS = 4;

function timesBlocks(graph: Graph, x: Value, matrix: BlockMatrix): Value {
  const { inputs, outputs, blocks, blockSize, bits } = matrix;
  const packed = graph.weights(matrix.packed(), [outputs, blocks, (blockSize * bits) / 8], 'uint8');
  const scales = graph.weights(matrix.scales(), [outputs, blocks], 'float32');
  return graph.one(
    'MatMulNBits',
    [x, packed, scales],
    { K: inputs, N: outputs, bits, block_size: blockSize, accuracy_level: INT8_PRODUCTS },
    [x.shape[0] as number, outputs],
    'float32',
  );
}

/** As `DynamicQuantizeLinear` or `QuantizeLinear` and `MatMulInteger` do it. */
function eagerBytes(x: tf.Tensor2D, matrix: Int8Matrix): tf.Tensor2D {
  return tf.tidy(() => {
    const { activations, inputs, outputs } = matrix;
    let scale: tf.Tensor;
    let zero: tf.Tensor;
    if (activations === 'dynamic') {
      const low = x.min().minimum(0);
      const range = x.max().maximum(0).sub(low);
      scale = tf.where(range.equal(0), tf.onesLike(range), range.div(255));
      zero = low.neg().div(scale).round().clipByValue(0, 255);
    } else {
      const known = affine(activations);
      scale = tf.scalar(known.scale);
      zero = tf.scalar(known.zero);
    }
    const integers = x.div(scale).round().add(zero).clipByValue(0, 255).sub(zero) as tf.Tensor2D;
    const weights = tf.tensor2d(Float32Array.from(matrix.integers()), [inputs, outputs]);
    return integers.matMul(weights).mul(tf.tensor1d(matrix.scales()).mul(scale)) as tf.Tensor2D;
  });
}

/** As `MatMulNBits` does it where it multiplies int8: each block of x is rounded with its own scale. */
function eagerBlocks(x: tf.Tensor2D, matrix: BlockMatrix): tf.Tensor2D {
  return tf.tidy(() => {
    const { inputs, outputs, blocks, blockSize } = matrix;
    const rows = x.shape[0];
    const parts = x
      .pad([
        [0, 0],
        [0, blocks * blockSize - inputs],
      ])
      .reshape([rows, blocks, blockSize]); // (N, in) -> (N, blocks, blockSize)
    const largest = parts.abs().max(2, true);
    const scale = tf.where(largest.equal(0), tf.onesLike(largest), largest.div(127));
    const rounded = parts
      .div(scale)
      .round()
      .mul(scale)
      .reshape([rows, blocks * blockSize]) // (N, blocks, blockSize) -> (N, in and padding)
      .slice([0, 0], [rows, inputs]) as tf.Tensor2D;
    const dense = tf.tensor2d(matrix.dense(), [outputs, inputs]);
    return rounded.matMul(dense, false, true) as tf.Tensor2D;
  });
}

/** The matrix as float32 (out, in) */
function dequantized(matrix: Int8Matrix | BlockMatrix): tf.Tensor2D {
  const { inputs, outputs } = matrix;
  const [dense] = fused(
    [],
    (graph) => {
      // Zero points are written, though they are 0: without them ONNX Runtime goes wrong where it makes uint8 of int8.
      if (matrix instanceof Int8Matrix) {
        const integers = graph.weights(matrix.integers(), [inputs, outputs], 'int8');
        const scales = graph.weights(matrix.scales(), [outputs], 'float32');
        const zeros = graph.weights(new Int8Array(outputs), [outputs], 'int8');
        const operands = [integers, scales, zeros];
        const found = graph.one('DequantizeLinear', operands, { axis: 1 }, [inputs, outputs], 'float32');
        return [graph.transpose(found, [1, 0])]; // (in, out) -> (out, in)
      }
      const { blocks, blockSize, bits } = matrix;
      const shape = [outputs, blocks * blockSize];
      const signed = signedBlocks(matrix.packed(), bits);
      const scales = graph.weights(matrix.scales(), [outputs, blocks], 'float32');
      const integers =
        bits === 4
          ? [graph.weights(signed, shape, 'int4'), scales]
          : [
              graph.weights(new Int8Array(signed.buffer), shape, 'int8'),
              scales,
              graph.weights(new Int8Array(outputs * blocks), [outputs, blocks], 'int8'),
            ];
      const attributes = { axis: 1, block_size: blockSize };
      const found = graph.one('DequantizeLinear', integers, attributes, shape, 'float32');
      return [graph.slice(found, [0, 0], [outputs, inputs])];
    },
    () => [tf.tensor2d(matrix.dense(), [outputs, inputs])],
  ) as [tf.Tensor2D];
  return dense;
}
