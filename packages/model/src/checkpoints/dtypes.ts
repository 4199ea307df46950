/** Types of stored numbers, and their conversion to and from those of tensors. */

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
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type SafetensorsDType = keyof typeof DTYPES;

/** float32, int32, or bool as bytes. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** Whether it holds real numbers, which become float32. */
export function isReal(dtype: SafetensorsDType): boolean {
  return dtype === 'F64' || dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/** Whether the bytes in the file are the numbers of the tensor. */
export function isDirect(dtype: SafetensorsDType): boolean {
  return dtype === 'F32' || dtype === 'I32' || dtype === 'BOOL';
}

/** Room for `count` numbers of that stored type. */
export function roomFor(dtype: SafetensorsDType, count: number): TensorData {
  if (dtype === 'BOOL') return new Uint8Array(count);
  return isReal(dtype) ? new Float32Array(count) : new Int32Array(count);
}

/**
 * Puts stored numbers into `target` from index `at` on. `bytes` starts at a multiple of 8 in its buffer, and holds whole
 * elements.
 *
 * @param what names the tensor
 * @throws {RangeError} for an integer that isn't an int32.
 */
export function decodeInto(
  target: TensorData,
  at: number,
  bytes: Uint8Array<ArrayBuffer>,
  dtype: SafetensorsDType,
  what: string,
): void {
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / DTYPES[dtype];
  switch (dtype) {
    case 'F32':
      return target.set(new Float32Array(buffer, byteOffset, count), at);
    case 'F64':
      return target.set(new Float64Array(buffer, byteOffset, count), at);
    case 'F16':
      return fromFloat16(new Uint16Array(buffer, byteOffset, count), bitsOf(target, at, count));
    case 'BF16':
      return fromBfloat16(new Uint16Array(buffer, byteOffset, count), bitsOf(target, at, count));
    case 'I64':
    case 'U64': {
      const wide =
        dtype === 'I64'
          ? new BigInt64Array(buffer, byteOffset, count)
          : new BigUint64Array(buffer, byteOffset, count);
      for (let i = 0; i < count; i++) target[at + i] = int32(Number(wide[i]), what);
      return;
    }
    case 'U32': {
      const wide = new Uint32Array(buffer, byteOffset, count);
      for (let i = 0; i < count; i++) target[at + i] = int32(wide[i] as number, what);
      return;
    }
    case 'I32':
      return target.set(new Int32Array(buffer, byteOffset, count), at);
    case 'I16':
      return target.set(new Int16Array(buffer, byteOffset, count), at);
    case 'U16':
      return target.set(new Uint16Array(buffer, byteOffset, count), at);
    case 'I8':
      return target.set(new Int8Array(buffer, byteOffset, count), at);
    case 'U8':
    case 'BOOL':
      return target.set(bytes, at);
  }
}

function int32(value: number, what: string): number {
  if ((value | 0) === value) return value;
  throw new RangeError(`${what} holds ${value}, which isn't an int32.`);
}

function bitsOf(target: TensorData, at: number, count: number): Uint32Array {
  return new Uint32Array(target.buffer, target.byteOffset + 4 * at, count);
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(stored: Uint16Array, bits: Uint32Array): void {
  for (let i = 0; i < bits.length; i++) bits[i] = (stored[i] as number) << 16;
}

/** The float32 bits of each float16 (IEEE 754), made at the first use. */
let halves: Uint32Array | undefined;

function fromFloat16(stored: Uint16Array, bits: Uint32Array): void {
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
  for (let i = 0; i < bits.length; i++) bits[i] = halves[stored[i] as number] as number;
}

/** Types of real numbers that float32 ones can be saved as. */
export type RealDType = 'float32' | 'float16' | 'bfloat16';

export const REAL_DTYPES: Readonly<Record<RealDType, SafetensorsDType>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
};

/**
 * The bytes of float32 numbers in another type, rounded to the nearest, of two equally near ones to the even one.
 *
 * @param what names the tensor
 * @throws {RangeError} for a finite number that is beyond the type.
 */
export function encode(values: Float32Array, dtype: RealDType, what: string): Uint8Array {
  if (dtype === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const rounded = new Uint16Array(values.length);
  const round = dtype === 'float16' ? float16Bits : bfloat16Bits;
  const infinity = dtype === 'float16' ? 0x7c00 : 0x7f80;
  for (let i = 0; i < bits.length; i++) {
    const half = round(bits[i] as number);
    if ((half & 0x7fff) === infinity && Number.isFinite(values[i])) {
      throw new RangeError(`${what} holds ${values[i]}, which ${dtype} can't: save it as another type.`);
    }
    rounded[i] = half;
  }
  return new Uint8Array(rounded.buffer);
}

function bfloat16Bits(bits: number): number {
  // The payload of NaN might be in the lower half alone.
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function float16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From half of the way to the next number after the largest, 65504.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // The fraction of 24 bits loses 13, and more the further the number is below 2^-14, the smallest normal one.
  const exponent = magnitude >>> 23;
  if (exponent >= 113) {
    const even = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((even - (112 << 23)) >>> 13);
  }
  if (exponent < 102) return sign;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const lost = 126 - exponent;
  const half = 1 << (lost - 1);
  return sign | ((fraction + half - 1 + ((fraction >>> lost) & 1)) >>> lost);
}
