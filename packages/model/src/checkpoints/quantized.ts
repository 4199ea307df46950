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
