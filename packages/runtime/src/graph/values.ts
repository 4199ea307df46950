/** What a graph is made of: values with a fixed shape and type, and the nodes (ONNX operators) between them. */

export type DType = 'float32' | 'float16' | 'int32' | 'int64' | 'bool' | QuantizedDType;
/** Types within a graph only: TensorFlow.js has no tensors of them. Two int4 are in a byte, the first in its lower half. */
export type QuantizedDType = 'int8' | 'uint8' | 'int4';
export type Shape = readonly number[];

/** The numbers of a constant: int32 as `Int32Array`, bool and int4 as `Uint8Array`. */
export type Data = Float32Array | Int32Array | Uint8Array | Int8Array;

/** An operand that ONNX wants as a constant int64 tensor: the shape of `Reshape`, the axes of `ReduceSum`. */
export interface Integers {
  readonly integers: readonly number[];
  /** Whether it is a scalar rather than a vector. */
  readonly scalar?: boolean;
}

export type Attribute = number | string | readonly number[] | { readonly float: number };

export interface Node {
  readonly op: string;
  readonly inputs: readonly (Value | Integers | null)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly Value[];
  /** Where the user's code asked for it. */
  readonly origin: Error | undefined;
}

export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Data }
  | { readonly kind: 'node'; node: Node };

export interface Value {
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly source: Source;
}

export function isValue(operand: Value | Integers | null): operand is Value {
  return operand !== null && 'source' in operand;
}

/** The node that makes `value` if it is an `op`, else undefined. */
export function madeBy(value: Value, op: string): Node | undefined {
  return value.source.kind === 'node' && value.source.node.op === op ? value.source.node : undefined;
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/**
 * The shape of an elementwise operation of `a` and `b`, by NumPy's rules.
 *
 * @throws {Error} where two sizes differ and neither is 1.
 */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new Error(`Shapes [${a}] and [${b}] can't be combined: ${x} against ${y} at axis ${i}.`);
    }
    return x === 1 ? y : x;
  });
}

export function bytesPerElement(dtype: DType): number {
  return { float32: 4, float16: 2, int32: 4, int64: 8, bool: 1, int8: 1, uint8: 1, int4: 0.5 }[dtype];
}

export function bytesOf(value: { shape: Shape; dtype: DType }): number {
  return Math.ceil(sizeOf(value.shape) * bytesPerElement(value.dtype));
}

/** Axes from the front: -1 is the last. */
export function normalizeAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
