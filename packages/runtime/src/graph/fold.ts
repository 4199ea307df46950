/** Arithmetic on constants while a graph is built, in float32 as the runtime would do it. */
import type { Data, DType, Shape } from './values.ts';
import { sizeOf } from './values.ts';

type Unary = (x: number) => number;
type Binary = (x: number, y: number) => number;

const UNARY: Record<string, Unary> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Sign: Math.sign,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Sin: Math.sin,
  Cos: Math.cos,
  Tanh: Math.tanh,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Reciprocal: (x) => 1 / x,
  Relu: (x) => Math.max(0, x),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Not: (x) => (x ? 0 : 1),
};

const BINARY: Record<string, Binary> = {
  Add: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Mul: (x, y) => x * y,
  Div: (x, y) => x / y,
  Pow: (x, y) => x ** y,
  Max: Math.max,
  Min: Math.min,
  Equal: (x, y) => Number(x === y),
  Less: (x, y) => Number(x < y),
  LessOrEqual: (x, y) => Number(x <= y),
  Greater: (x, y) => Number(x > y),
  GreaterOrEqual: (x, y) => Number(x >= y),
  And: (x, y) => Number(x && y),
  Or: (x, y) => Number(x || y),
};

/** Larger results are left to the runtime. */
export const LARGEST_FOLDED = 4096;

export function makeData(dtype: DType, size: number): Data {
  if (dtype === 'float32') return new Float32Array(size);
  if (dtype === 'bool') return new Uint8Array(size);
  if (dtype === 'int32') return new Int32Array(size);
  throw new Error(`Constants of ${dtype} are not made here.`);
}

/** How far one step along each axis of `shape` moves in an array that is broadcast to `rank` axes. */
function stridesOf(shape: Shape, rank: number): number[] {
  const strides = new Array<number>(rank).fill(0);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    strides[axis + rank - shape.length] = size === 1 ? 0 : step;
    step *= size;
  }
  return strides;
}

/** For each element of `shape`, in order, the offsets that the given strides lead to. */
function* offsets(shape: Shape, ...strides: number[][]): Generator<number[]> {
  const index = new Array<number>(shape.length).fill(0);
  const at = strides.map(() => 0);
  for (let left = sizeOf(shape); left > 0; left--) {
    yield at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      strides.forEach((stride, k) => {
        at[k] = (at[k] as number) + (stride[axis] as number);
      });
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      strides.forEach((stride, k) => {
        at[k] = (at[k] as number) - (stride[axis] as number) * (shape[axis] as number);
      });
      index[axis] = 0;
    }
  }
}

export interface Constant {
  readonly data: Data;
  readonly shape: Shape;
  readonly dtype: DType;
}

export function foldUnary(op: string, x: Constant, dtype: DType): Data | undefined {
  const compute = UNARY[op];
  if (!compute || x.data.length > LARGEST_FOLDED) return undefined;
  const result = makeData(dtype, x.data.length);
  for (let i = 0; i < result.length; i++) result[i] = compute(x.data[i] as number);
  return result;
}

export function foldBinary(
  op: string,
  a: Constant,
  b: Constant,
  shape: Shape,
  dtype: DType,
): Data | undefined {
  const compute = op === 'Mul' && dtype === 'int32' ? Math.imul : BINARY[op];
  if (!compute || sizeOf(shape) > LARGEST_FOLDED) return undefined;
  if (op === 'Div' && dtype === 'int32' && b.data.includes(0 as never)) return undefined;
  const result = makeData(dtype, sizeOf(shape));
  let i = 0;
  for (const [x, y] of offsets(shape, stridesOf(a.shape, shape.length), stridesOf(b.shape, shape.length))) {
    result[i++] = compute(a.data[x as number] as number, b.data[y as number] as number);
  }
  return result;
}

export function foldCast(x: Constant, dtype: DType): Data | undefined {
  if (x.data.length > LARGEST_FOLDED || dtype === 'int64' || dtype === 'float16') return undefined;
  const result = makeData(dtype, x.data.length);
  for (let i = 0; i < result.length; i++) {
    const value = x.data[i] as number;
    result[i] = dtype === 'bool' ? Number(value !== 0) : value;
  }
  return result;
}

export function foldTranspose(x: Constant, permutation: readonly number[]): Data | undefined {
  if (x.data.length > LARGEST_FOLDED) return undefined;
  const result = makeData(x.dtype, x.data.length);
  const plain: number[] = [];
  let step = 1;
  for (let axis = x.shape.length - 1; axis >= 0; axis--) {
    plain[axis] = step;
    step *= x.shape[axis] as number;
  }
  const shape = permutation.map((axis) => x.shape[axis] as number);
  let i = 0;
  for (const [at] of offsets(
    shape,
    permutation.map((axis) => plain[axis] as number),
  )) {
    result[i++] = x.data[at as number] as number;
  }
  return result;
}
