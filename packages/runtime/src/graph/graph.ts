/**
 * A graph under construction. Every method that adds an operator infers its shape and type, and simplifies: constants
 * are folded, an expression that is there already is shared, and what changes nothing (adding 0, reshaping to the same
 * shape, broadcasting before an operator that broadcasts) is left out. What no output needs is dropped when the graph
 * is written.
 */
import type { Dialect } from './dialect.ts';
import { type Constant, foldBinary, foldCast, foldTranspose, foldUnary } from './fold.ts';
import {
  type Attribute,
  broadcastShapes,
  type Data,
  type DType,
  type Integers,
  isValue,
  madeBy,
  type Node,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
  type Value,
} from './values.ts';

const COMPARISONS = new Set(['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual']);
const LOGICAL = new Set(['And', 'Or', 'Xor', 'Not']);
const COMMUTATIVE = new Set(['Add', 'Mul', 'Max', 'Min', 'And', 'Or', 'Equal']);
/** `x op neutral` is x. */
const NEUTRAL: Record<string, number> = { Add: 0, Sub: 0, Mul: 1, Div: 1, Pow: 1 };

/** (N, C, H, W) -> (N, H, W, C): from the layout of ONNX's operators on pictures to that of TensorFlow.js. */
export const TO_CHANNELS_LAST: readonly number[] = [0, 2, 3, 1];
/** (N, H, W, C) -> (N, C, H, W) */
export const TO_CHANNELS_FIRST: readonly number[] = [0, 3, 1, 2];

type Operand = Value | Integers | null;

export interface Output {
  shape: Shape;
  dtype: DType;
}

export interface PadRange {
  axis: number;
  before: number;
  after: number;
}

export class Graph {
  /** Whose operators may be used: where two ways to the same result differ in speed, the one that is faster there. */
  readonly dialect: Dialect;
  readonly inputs: Value[] = [];
  readonly nodes: Node[] = [];
  /** Where the user's code is that the next operators are for. */
  origin: Error | undefined;
  #nextId = 0;
  readonly #shared = new Map<string, readonly Value[]>();
  readonly #constants = new Map<string, Value>();
  readonly #weights = new Map<Data, Value>();
  /**
   * Whether two int8 weights times uint8 may together be beyond 16 bits, in which processors without dot products of bytes
   * (VNNI) add them.
   */
  fullBytes = false;

  constructor(dialect: Dialect = 'onnx') {
    this.dialect = dialect;
  }

  input(name: string, shape: Shape, dtype: DType): Value {
    const value: Value = { id: this.#nextId++, shape: [...shape], dtype, source: { kind: 'input', name } };
    this.inputs.push(value);
    return value;
  }

  /** A constant; one whose elements are all equal becomes a scalar that is broadcast. */
  constant(data: Data, shape: Shape, dtype: DType): Value {
    if (data.length > 1) {
      const first = data[0];
      if (data.every((value: number) => Object.is(value, first))) {
        return this.expand(this.scalar(first as number, dtype), shape);
      }
    }
    const key = data.length <= 64 ? `${dtype}:${shape}:${Array.from(data, keyOf)}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known) return known;
    const value: Value = {
      id: this.#nextId++,
      shape: [...shape],
      dtype,
      source: { kind: 'constant', data },
    };
    if (key !== undefined) this.#constants.set(key, value);
    return value;
  }

  /** A constant as it is, whatever its elements are, for operators that want one: the same for the same array. */
  weights(data: Data, shape: Shape, dtype: DType): Value {
    let value = this.#weights.get(data);
    if (!value) {
      value = { id: this.#nextId++, shape: [...shape], dtype, source: { kind: 'constant', data } };
      this.#weights.set(data, value);
    }
    return value;
  }

  scalar(value: number, dtype: DType = 'float32'): Value {
    const data =
      dtype === 'float32'
        ? Float32Array.of(value)
        : dtype === 'bool'
          ? Uint8Array.of(value ? 1 : 0)
          : Int32Array.of(value);
    return this.constant(data, [], dtype);
  }

  /** Adds an operator as it is, or finds the same one. */
  add(
    op: string,
    inputs: readonly Operand[],
    attributes: Record<string, Attribute>,
    outputs: readonly Output[],
  ): Value[] {
    const operands = inputs.map((operand) =>
      operand === null
        ? '_'
        : isValue(operand)
          ? operand.id
          : `i${operand.scalar ? 's' : ''}${operand.integers}`,
    );
    if (COMMUTATIVE.has(op) && operands.length === 2) operands.sort();
    const key = `${op}(${operands.join(';')})${JSON.stringify(attributes)}${outputs.map(({ shape, dtype }) => `${dtype}[${shape}]`)}`;
    const known = this.#shared.get(key);
    if (known) return [...known];
    const made: Value[] = [];
    const node: Node = { op, inputs, attributes, outputs: made, origin: this.origin };
    for (const { shape, dtype } of outputs) {
      made.push({ id: this.#nextId++, shape: [...shape], dtype, source: { kind: 'node', node } });
    }
    this.nodes.push(node);
    this.#shared.set(key, made);
    return [...made];
  }

  /** A further output of the operator that makes `value`. */
  further({ source }: Value, { shape, dtype }: Output, place: number): Value {
    if (source.kind !== 'node') throw new Error('No operator makes this value.');
    const { node } = source;
    const outputs = node.outputs as Value[];
    outputs[place] ??= { id: this.#nextId++, shape: [...shape], dtype, source: { kind: 'node', node } };
    return outputs[place];
  }

  /** `add` of an operator with one output. */
  one(
    op: string,
    inputs: readonly Operand[],
    attributes: Record<string, Attribute>,
    shape: Shape,
    dtype: DType,
  ): Value {
    return this.add(op, inputs, attributes, [{ shape, dtype }])[0] as Value;
  }

  unary(op: string, x: Value, attributes: Record<string, Attribute> = {}): Value {
    const dtype = LOGICAL.has(op) || op === 'IsNaN' || op === 'IsInf' ? 'bool' : x.dtype;
    const wide = expanded(x);
    if (wide) return this.expand(this.unary(op, wide, attributes), x.shape);
    if (op === 'Neg') {
      const inner = madeBy(x, 'Neg');
      if (inner) return inner.inputs[0] as Value;
    }
    const constant = constantOf(x);
    const folded =
      constant && Object.keys(attributes).length === 0 ? foldUnary(op, constant, dtype) : undefined;
    if (folded) return this.constant(folded, x.shape, dtype);
    const first = inChannelsFirst(x);
    if (first) return this.transpose(this.unary(op, first, attributes), TO_CHANNELS_LAST);
    return this.one(op, [x], attributes, x.shape, dtype);
  }

  /** An elementwise operator of two values, which are broadcast as NumPy does it. */
  binary(op: string, a: Value, b: Value): Value {
    const shape = broadcastShapes(a.shape, b.shape);
    const dtype = COMPARISONS.has(op) || LOGICAL.has(op) ? 'bool' : a.dtype;
    // ONNX computes with numbers only; a bool that comes out is whether the number isn't 0.
    if (a.dtype === 'bool' && !LOGICAL.has(op) && op !== 'Equal') {
      return this.cast(this.binary(op, this.cast(a, 'int32'), this.cast(b, 'int32')), 'bool');
    }
    let [x, y] = [a, b];
    const wideX = expanded(x);
    const wideY = expanded(y);
    if (wideX && wideY) {
      const inner = this.binary(op, wideX, wideY);
      return this.expand(inner, shape);
    }
    if (wideX && sameShape(broadcastShapes(wideX.shape, y.shape), shape)) x = wideX;
    if (wideY && sameShape(broadcastShapes(x.shape, wideY.shape), shape)) y = wideY;

    const constantX = constantOf(x);
    const constantY = constantOf(y);
    if (constantX && constantY) {
      const folded = foldBinary(op, constantX, constantY, shape, dtype);
      if (folded) return this.constant(folded, shape, dtype);
    }
    const scalarX = scalarOf(x);
    const scalarY = scalarOf(y);
    if (scalarY !== undefined && NEUTRAL[op] === scalarY) return this.expand(x, shape);
    if (scalarX !== undefined && (op === 'Add' || op === 'Mul') && NEUTRAL[op] === scalarX) {
      return this.expand(y, shape);
    }
    if (op === 'Mul' && dtype === 'float32') {
      if (scalarY === -1 && sameShape(x.shape, shape)) return this.unary('Neg', x);
      if (scalarX === -1 && sameShape(y.shape, shape)) return this.unary('Neg', y);
      const [scale, value] = scalarY !== undefined ? [scalarY, x] : [scalarX, y];
      const inner = scale === undefined ? undefined : madeBy(value, 'Mul');
      if (inner && sameShape(value.shape, shape)) {
        for (const [i, operand] of inner.inputs.entries()) {
          const earlier = scalarOf(operand as Value);
          if (earlier === undefined) continue;
          const product = this.scalar(Math.fround((scale as number) * earlier));
          return this.binary('Mul', inner.inputs[1 - i] as Value, product);
        }
      }
    }
    if (
      op === 'Div' &&
      scalarY !== undefined &&
      dtype === 'float32' &&
      Number.isInteger(Math.log2(scalarY))
    ) {
      return this.binary('Mul', x, this.scalar(1 / scalarY));
    }
    if (op === 'Pow' && dtype === 'float32') {
      if (scalarY === 2) return this.binary('Mul', x, x);
      if (scalarY === 0.5) return this.unary('Sqrt', x);
    }
    if (op === 'Add') {
      const joined = this.#joinPads(x, y);
      if (joined) return joined;
    }
    if (op === 'Add' && dtype === 'float32') {
      const negated = madeBy(y, 'Neg');
      if (negated) return this.binary('Sub', x, negated.inputs[0] as Value);
    }
    const first = this.#bothInChannelsFirst(x, y);
    if (first) return this.transpose(this.binary(op, ...first), TO_CHANNELS_LAST);
    return this.one(op, [x, y], {}, shape, dtype);
  }

  /** Two values before they were brought to channels last, where at least one was and the other is as easily had so. */
  #bothInChannelsFirst(x: Value, y: Value): [Value, Value] | undefined {
    const channels = (inChannelsFirst(x) ?? inChannelsFirst(y))?.shape[1];
    if (channels === undefined) return undefined;
    const first = (value: Value): Value | undefined => {
      const size = sizeOf(value.shape);
      if (size === 1 && value.shape.length <= 4) return value;
      const perChannel = size === channels && value.shape.at(-1) === channels && value.shape.length <= 4;
      return perChannel ? this.reshape(value, [channels, 1, 1]) : inChannelsFirst(value);
    };
    const [a, b] = [first(x), first(y)];
    return a && b ? [a, b] : undefined;
  }

  /**
   * A sum of two zero-padded values that lie side by side, as the gradient of slicing is, is a concatenation.
   */
  #joinPads(a: Value, b: Value): Value | undefined {
    const x = paddedRange(a);
    const y = paddedRange(b);
    if (!x || !y || x.range.axis !== y.range.axis || !sameShape(a.shape, b.shape)) return undefined;
    const { axis } = x.range;
    const [first, second] = x.range.before <= y.range.before ? [x, y] : [y, x];
    const end = first.range.before + (first.inner.shape[axis] as number);
    if (end !== second.range.before) return undefined;
    const firstParts = madeBy(first.inner, 'Concat');
    const parts =
      firstParts && firstParts.attributes.axis === axis
        ? [...(firstParts.inputs as Value[]), second.inner]
        : [first.inner, second.inner];
    const before = a.shape.map((_, i) => (i === axis ? first.range.before : 0));
    const after = a.shape.map((_, i) => (i === axis ? second.range.after : 0));
    return this.pad(this.concat(parts, axis), before, after, 0);
  }

  cast(x: Value, dtype: DType): Value {
    if (x.dtype === dtype) return x;
    const wide = expanded(x);
    if (wide) return this.expand(this.cast(wide, dtype), x.shape);
    const constant = constantOf(x);
    const folded = constant ? foldCast(constant, dtype) : undefined;
    if (folded) return this.constant(folded, x.shape, dtype);
    const first = inChannelsFirst(x);
    if (first) return this.transpose(this.cast(first, dtype), TO_CHANNELS_LAST);
    return this.one('Cast', [x], { to: dtype }, x.shape, dtype);
  }

  where(condition: Value, yes: Value, no: Value): Value {
    if (yes.dtype === 'bool') {
      return this.cast(this.where(condition, this.cast(yes, 'int32'), this.cast(no, 'int32')), 'bool');
    }
    const shape = broadcastShapes(broadcastShapes(condition.shape, yes.shape), no.shape);
    const narrow = (value: Value, ...others: Value[]): Value => {
      const inner = expanded(value);
      const rest = others.reduce((all: Shape, other) => broadcastShapes(all, other.shape), []);
      return inner && sameShape(broadcastShapes(inner.shape, rest), shape) ? inner : value;
    };
    const test = narrow(condition, yes, no);
    const a = narrow(yes, test, no);
    const b = narrow(no, test, a);
    return this.one('Where', [test, a, b], {}, shape, yes.dtype);
  }

  /** Broadcast to `shape`. */
  expand(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    const inner = expanded(x) ?? x;
    if (sizeOf(inner.shape) === sizeOf(shape)) return this.reshape(inner, shape);
    return this.one('Expand', [inner, { integers: shape }], {}, shape, x.dtype);
  }

  reshape(x: Value, shape: Shape): Value {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new Error(`A tensor of shape [${x.shape}] can't be reshaped to [${shape}].`);
    }
    const inner = madeBy(x, 'Reshape');
    const base = inner ? (inner.inputs[0] as Value) : x;
    if (sameShape(base.shape, shape)) return base;
    const constant = constantOf(base);
    if (constant) return this.constant(constant.data, shape, x.dtype);
    const wide = expanded(base);
    if (wide && sizeOf(wide.shape) === 1) return this.expand(this.reshape(wide, []), shape);
    return this.one('Reshape', [base, { integers: shape }], {}, shape, x.dtype);
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    if (permutation.every((axis, i) => axis === i)) return x;
    const inner = madeBy(x, 'Transpose');
    if (inner) {
      const first = inner.attributes.perm as readonly number[];
      return this.transpose(
        inner.inputs[0] as Value,
        permutation.map((axis) => first[axis] as number),
      );
    }
    const shape = permutation.map((axis) => x.shape[axis] as number);
    const moved = permutation.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number))) return this.reshape(x, shape);
    const constant = constantOf(x);
    const folded = constant ? foldTranspose(constant, permutation) : undefined;
    if (folded) return this.constant(folded, shape, x.dtype);
    const wide = expanded(x);
    if (wide && sizeOf(wide.shape) === 1) return this.expand(this.reshape(wide, []), shape);
    return this.one('Transpose', [x], { perm: [...permutation] }, shape, x.dtype);
  }

  /** `ReduceSum`, `ReduceMean`, `ReduceMax`, `ReduceMin`, `ReduceProd` over `axes`. */
  reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
    const reduced = new Set(axes.map((axis) => normalizeAxis(axis, x.shape.length)));
    const kept = x.shape.map((size, i) => (reduced.has(i) ? 1 : size));
    const shape = keepDims ? kept : x.shape.filter((_, i) => !reduced.has(i));
    const real = [...reduced].filter((axis) => x.shape[axis] !== 1).sort((a, b) => a - b);
    if (real.length === 0) return this.reshape(x, shape);
    const y = this.one(op, [x, { integers: real }], { keepdims: 0 }, dropAxes(x.shape, real), x.dtype);
    return this.reshape(y, shape);
  }

  sum(x: Value, axes: readonly number[], keepDims = false): Value {
    return this.reduce('ReduceSum', x, axes, keepDims);
  }

  /** `x` summed down to `shape`, from which it was broadcast. */
  sumTo(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    const extra = x.shape.length - shape.length;
    const axes = x.shape.flatMap((size, i) =>
      i < extra || (shape[i - extra] === 1 && size !== 1) ? [i] : [],
    );
    return this.reshape(this.sum(x, axes), shape);
  }

  /** Matrix product over the last two axes, the others broadcast; `transposeA`: a is (…, K, M). */
  matMul(a: Value, b: Value, transposeA = false, transposeB = false): Value {
    const [left, flipA] = withoutFlip(a);
    const [right, flipB] = withoutFlip(b);
    const transA = transposeA !== flipA;
    const transB = transposeB !== flipB;
    const size = (value: Value, axis: number): number => value.shape[value.shape.length + axis] as number;
    const m = size(left, transA ? -1 : -2);
    const n = size(right, transB ? -2 : -1);
    const inner = [size(left, transA ? -2 : -1), size(right, transB ? -1 : -2)];
    if (inner[0] !== inner[1]) {
      throw new Error(
        `matMul: inner sizes ${inner[0]} and ${inner[1]} differ ([${a.shape}] by [${b.shape}]).`,
      );
    }
    const batch = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2));
    return this.one(
      'MatMul',
      [left, right],
      { transA: Number(transA), transB: Number(transB), alpha: { float: 1 } },
      [...batch, m, n],
      a.dtype,
    );
  }

  concat(values: readonly Value[], axis: number): Value {
    const parts = values.filter((value) => value.shape[axis] !== 0);
    if (parts.length === 0) return values[0] as Value;
    if (parts.length === 1) return parts[0] as Value;
    const first = parts[0] as Value;
    const total = parts.reduce((sum, value) => sum + (value.shape[axis] as number), 0);
    const shape = first.shape.map((size, i) => (i === axis ? total : size));
    return this.one('Concat', parts, { axis }, shape, first.dtype);
  }

  split(x: Value, sizes: readonly number[], axis: number): Value[] {
    if (sizes.length === 1) return [x];
    return this.add(
      'Split',
      [x, { integers: sizes }],
      { axis },
      sizes.map((size) => ({ shape: x.shape.map((s, i) => (i === axis ? size : s)), dtype: x.dtype })),
    );
  }

  /** `x[begin:end:step]` on every axis; a negative step walks from begin down to, not including, end. */
  slice(x: Value, begin: readonly number[], end: readonly number[], steps?: readonly number[]): Value {
    const strides = steps ?? x.shape.map(() => 1);
    const shape = x.shape.map((_, i) =>
      Math.max(0, Math.ceil(((end[i] as number) - (begin[i] as number)) / (strides[i] as number))),
    );
    const axes = x.shape.flatMap((size, i) => (shape[i] === size && strides[i] === 1 ? [] : [i]));
    if (axes.length === 0) return x;
    const wide = expanded(x);
    if (wide && sizeOf(wide.shape) === 1) return this.expand(this.reshape(wide, []), shape);
    const pick = (list: readonly number[]): Integers => ({
      integers: axes.map((axis) => list[axis] as number),
    });
    // Below index 0 there is no number that means "stop before the first": the least int64 is ONNX's way to say it.
    const ends = end.map((stop) => (stop < 0 ? Number.MIN_SAFE_INTEGER : stop));
    return this.one(
      'Slice',
      [x, pick(begin), pick(ends), { integers: axes }, pick(strides)],
      {},
      shape,
      x.dtype,
    );
  }

  pad(
    x: Value,
    before: readonly number[],
    after: readonly number[],
    value: number,
    mode = 'constant',
  ): Value {
    if (before.every((n) => n === 0) && after.every((n) => n === 0)) return x;
    const shape = x.shape.map((size, i) => size + (before[i] as number) + (after[i] as number));
    const fill = mode === 'constant' ? this.scalar(value, x.dtype) : null;
    const inputs = [x, { integers: [...before, ...after] }, fill];
    return this.one('Pad', inputs, { mode }, shape, x.dtype);
  }

  /** Slices of `x` along `axis` by int32 `indices`: x.shape[:axis] + indices.shape + x.shape[axis+1:]. */
  gather(x: Value, indices: Value, axis: number): Value {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return this.one('Gather', [x, indices], { axis }, shape, x.dtype);
  }

  softmax(x: Value, axis: number): Value {
    return this.one('Softmax', [x], { axis }, x.shape, x.dtype);
  }
}

function keyOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function constantOf(value: Value): Constant | undefined {
  return value.source.kind === 'constant'
    ? { data: value.source.data, shape: value.shape, dtype: value.dtype }
    : undefined;
}

/** The number, where the value is a constant of one element and rank 0. */
export function scalarOf(value: Value): number | undefined {
  return value.source.kind === 'constant' && value.shape.length === 0
    ? (value.source.data[0] as number)
    : undefined;
}

/** What was broadcast to give `value`. */
function expanded(value: Value): Value | undefined {
  return madeBy(value, 'Expand')?.inputs[0] as Value | undefined;
}

function dropAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.filter((_, i) => !axes.includes(i));
}

/** `value` before it was brought to channels last, where it was: there an elementwise operator can come before. */
function inChannelsFirst(value: Value): Value | undefined {
  const node = madeBy(value, 'Transpose');
  return node && sameShape(node.attributes.perm as number[], TO_CHANNELS_LAST)
    ? (node.inputs[0] as Value)
    : undefined;
}

/** `value` before its last two axes were swapped, and whether they were. */
function withoutFlip(value: Value): [Value, boolean] {
  const node = madeBy(value, 'Transpose');
  if (!node) return [value, false];
  const permutation = node.attributes.perm as readonly number[];
  const rank = permutation.length;
  const flips = permutation.every(
    (axis, i) => axis === (i < rank - 2 ? i : i === rank - 2 ? rank - 1 : rank - 2),
  );
  return flips ? [node.inputs[0] as Value, true] : [value, false];
}

/** What was padded with zeros along one axis to give `value`. */
function paddedRange(value: Value): { inner: Value; range: PadRange } | undefined {
  const node = madeBy(value, 'Pad');
  if (node?.attributes.mode !== 'constant' || scalarOf(node.inputs[2] as Value) !== 0) return undefined;
  const { integers } = node.inputs[1] as Integers;
  const rank = value.shape.length;
  const axes = value.shape.flatMap((_, i) => (integers[i] !== 0 || integers[i + rank] !== 0 ? [i] : []));
  const [axis] = axes;
  if (axes.length !== 1 || axis === undefined) return undefined;
  return {
    inner: node.inputs[0] as Value,
    range: { axis, before: integers[axis] as number, after: integers[axis + rank] as number },
  };
}
