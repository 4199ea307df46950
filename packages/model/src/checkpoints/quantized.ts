/**
 * Weights that are stored as int8 with a scale, as `compressed-tensors` writes them
 * (https://github.com/vllm-project/compressed-tensors, format `int-quantized`): beside `x.weight` of int8 (out, in) lies
 * `x.weight_scale`, for the whole tensor, for each row (out, 1), or for groups of columns (out, groups), and for
 * asymmetric ones `x.weight_zero_point` of the same shape.
 */
import type { JsonObject } from '../config-json.ts';
import type { StoredTensor } from './safetensors.ts';

export interface Quantized {
  scale: StoredTensor;
  zeroPoint?: StoredTensor;
}

/** Of each int8 tensor that has a scale, where that is. */
export function quantizedTensors(tensors: ReadonlyMap<string, StoredTensor>): Map<string, Quantized> {
  const found = new Map<string, Quantized>();
  for (const { name, dtype } of tensors.values()) {
    const scale = tensors.get(`${name}_scale`);
    const zeroPoint = tensors.get(`${name}_zero_point`);
    if (dtype === 'I8' && scale) found.set(name, { scale, ...(zeroPoint && { zeroPoint }) });
  }
  return found;
}

/**
 * The real numbers of integers, (q - zero point) · scale, in the memory of the integers.
 *
 * @throws {Error} where the scales don't fit the tensor.
 */
export function dequantize(
  { name, shape }: StoredTensor,
  integers: Int32Array,
  { scale, zeroPoint }: Quantized,
  scales: Float32Array,
  zeroPoints: Int32Array | undefined,
): Float32Array {
  const columns = shape.slice(1).reduce((product, n) => product * n, 1);
  const rows = shape[0] ?? 1;
  const perRow = scales.length === 1 ? 0 : scales.length / rows;
  const groupSize = perRow === 0 ? columns : columns / perRow;
  if (!Number.isInteger(perRow) || !Number.isInteger(groupSize)) {
    throw new Error(`${name} is [${shape}], and its scales [${scale.shape}] don't fit that.`);
  }
  if (zeroPoints && zeroPoints.length !== scales.length) {
    throw new Error(`${name} has scales [${scale.shape}] and zero points [${zeroPoint?.shape}].`);
  }
  const reals = new Float32Array(integers.buffer, integers.byteOffset, integers.length);
  for (let i = 0; i < reals.length; i++) {
    const row = Math.floor(i / columns);
    const at = perRow === 0 ? 0 : row * perRow + Math.floor((i - row * columns) / groupSize);
    reals[i] = ((integers[i] as number) - (zeroPoints?.[at] ?? 0)) * (scales[at] as number);
  }
  return reals;
}

/** @throws {Error} where `config.json` names a way of quantizing that isn't read here. */
export function checkQuantization(json: JsonObject, where: string): void {
  const quantization = json.quantization_config;
  if (quantization === undefined || quantization === null) return;
  const { quant_method: method, format } = quantization as JsonObject;
  if (method === 'compressed-tensors' && format === 'int-quantized') return;
  throw new Error(
    `${where} is quantized by ${JSON.stringify(method)}${format === undefined ? '' : ` in the format ${JSON.stringify(format)}`}; int8 of compressed-tensors' format "int-quantized" is read, others aren't. Take the checkpoint that it was made from.`,
  );
}

/** int8 numbers with a scale for each row. */
export interface QuantizedRows {
  values: Int8Array;
  /** float32, one for each row */
  scales: Float32Array;
}

/**
 * Each row as int8 from -127 to 127 times its scale, rounded to the nearest.
 *
 * @param values float32 (rows, columns), all finite
 * @throws {RangeError} where a number isn't finite; `what` names the tensor.
 */
export function quantizeRows(values: Float32Array, rows: number, what: string): QuantizedRows {
  const columns = values.length / rows;
  const quantized = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let largest = 0;
    for (let i = start; i < start + columns; i++) {
      const size = Math.abs(values[i] as number);
      if (!Number.isFinite(size)) throw new RangeError(`${what} holds ${values[i]}, which int8 can't.`);
      if (size > largest) largest = size;
    }
    scales[row] = largest / 127;
    const inverse = largest === 0 ? 0 : 127 / largest;
    for (let i = start; i < start + columns; i++) {
      quantized[i] = Math.round((values[i] as number) * inverse);
    }
  }
  return { values: quantized, scales };
}

/** What `config.json` says of weights that were quantized so. */
export const INT8_CONFIG: JsonObject = {
  quant_method: 'compressed-tensors',
  format: 'int-quantized',
  quantization_status: 'compressed',
  config_groups: {
    group_0: {
      targets: ['Linear'],
      weights: { num_bits: 8, type: 'int', symmetric: true, strategy: 'channel' },
    },
  },
  ignore: ['lm_head'],
};

/** Whether it is a matrix of a layer that multiplies by it; embeddings stay as they are. */
export function isQuantizable(name: string, shape: readonly number[]): boolean {
  return (
    shape.length === 2 &&
    name.endsWith('.weight') &&
    !/(^|[._])(\w*embeddings?|embed_tokens|wte|wpe)[._]/.test(name)
  );
}
