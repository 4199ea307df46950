/** Types of stored numbers, and their conversion to those of tensors. */

/** Bytes of an element, by safetensors' names. */
export const DTYPES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type SafetensorsDType = keyof typeof DTYPES;

/** float32, int32, or bool as bytes. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** @throws {RangeError} for an int64 that isn't an int32; `what` names the tensor. */
export function decode(bytes: Uint8Array, dtype: SafetensorsDType, what: string): TensorData {
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / DTYPES[dtype];
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, count);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case 'F16':
      return fromFloat16(new Uint16Array(buffer, byteOffset, count));
    case 'BF16':
      return fromBfloat16(new Uint16Array(buffer, byteOffset, count));
    case 'I64': {
      const wide = new BigInt64Array(buffer, byteOffset, count);
      return Int32Array.from(wide, (value) => {
        if (BigInt.asIntN(32, value) === value) return Number(value);
        throw new RangeError(`${what} holds ${value}, which isn't an int32.`);
      });
    }
    case 'I32':
      return new Int32Array(buffer, byteOffset, count);
    case 'I16':
      return Int32Array.from(new Int16Array(buffer, byteOffset, count));
    case 'I8':
      return Int32Array.from(new Int8Array(buffer, byteOffset, count));
    case 'U8':
      return Int32Array.from(bytes);
    case 'BOOL':
      return bytes;
  }
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(stored: Uint16Array): Float32Array {
  const bits = new Uint32Array(stored.length);
  for (let i = 0; i < bits.length; i++) bits[i] = (stored[i] as number) << 16;
  return new Float32Array(bits.buffer);
}

/** The float32 bits of each float16 (IEEE 754), made at the first use. */
let halves: Uint32Array | undefined;

function fromFloat16(stored: Uint16Array): Float32Array {
  halves ??= Uint32Array.from({ length: 1 << 16 }, (_, half) => {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 31) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
    if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
    if (fraction === 0) return sign >>> 0;
    // A subnormal number has its leading one further down.
    const shift = Math.clz32(fraction) - 21;
    return (sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)) >>> 0;
  });
  const bits = new Uint32Array(stored.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halves[stored[i] as number] as number;
  return new Float32Array(bits.buffer);
}
