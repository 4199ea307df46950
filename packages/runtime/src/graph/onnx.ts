/**
 * Writes a graph as an ONNX model (https://onnx.ai/onnx/repo-docs/IR.html), in the operators that its reader has:
 * the standard's alone, or with those that ONNX Runtime adds for a device.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Dialect } from './dialect.ts';
import type { Graph } from './graph.ts';
import {
  type Attribute,
  type DType,
  type Integers,
  isValue,
  type Node,
  type Shape,
  sizeOf,
  type Value,
} from './values.ts';

const OPSET = 21;
const IR_VERSION = 10;
const MICROSOFT = 'com.microsoft';
/** Where a tensor's numbers are: outside of the model. */
const EXTERNAL = 1;
/** `TensorProto.DataType`, and the C API's `ONNXTensorElementDataType`. */
export const ELEMENT_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  int4: 22,
};

/** Operators whose time is in multiplying and adding. */
const PRODUCTS = new Set(['MatMul', 'Conv', 'ConvTranspose']);

/** Elements of a matrix from which on transposing what makes it is worth a pass over that. */
const LARGE_PRODUCT = 2 ** 19;

/** WebGPU promises a shader 8 buffers (https://www.w3.org/TR/webgpu/#limits), and a split reads one. */
const WEBGPU_OUTPUTS = 7;

export interface WrittenModel {
  bytes: Uint8Array;
  /** Graph inputs that some output needs, in the order of the graph. */
  inputs: Value[];
  /** Graph inputs that some output needs and that are constants of the model, whose numbers lie outside of `bytes`. */
  constants: Value[];
  outputNames: string[];
  /** The graph's node that each written node came from, by the written node's name. */
  origins: Map<string, Node>;
}

/**
 * The name of a value in the model: a graph input's own, else one with a dot and a number, such as `v.3`, which no path
 * of an argument or of an output has.
 */
export function inputName(value: Value): string {
  return value.source.kind === 'input' ? value.source.name : `v.${value.id}`;
}

/** The nodes that `outputs` need, in order. */
export function neededNodes(graph: Graph, outputs: readonly Value[]): Node[] {
  const needed = new Set<Node>();
  const pending = [...outputs];
  while (pending.length > 0) {
    const { source } = pending.pop() as Value;
    if (source.kind !== 'node' || needed.has(source.node)) continue;
    needed.add(source.node);
    pending.push(...source.node.inputs.filter(isValue));
  }
  return graph.nodes.filter((node) => needed.has(node));
}

export interface ModelOptions {
  dialect: Dialect;
  /** `y0`, `y1`, … where not given. */
  outputNames?: readonly string[];
  /** Matrix products and convolutions take and give float16; everything else stays as it is. */
  halfProducts?: boolean;
  /** Graph inputs that become constants, whose numbers are read from the external file of `inputName`. */
  constants?: ReadonlySet<Value>;
}

export function writeModel(graph: Graph, outputs: readonly Value[], options: ModelOptions): WrittenModel {
  const { outputNames = outputs.map((_, i) => `y${i}`), constants = new Set() } = options;
  const writer = new ModelWriter(options);
  outputs.forEach((value, i) => {
    writer.callOutput(value, outputNames[i] as string);
  });
  const nodes = neededNodes(graph, outputs);
  for (const node of nodes) writer.node(node);
  outputs.forEach((value, i) => {
    const [name, output] = [writer.nameOf(value), outputNames[i] as string];
    if (name !== output) writer.emit('Identity', [name], [output], {}, undefined);
  });
  const used = new Set(nodes.flatMap((node) => node.inputs.filter(isValue)));
  for (const value of outputs) used.add(value);
  const needed = graph.inputs.filter((value) => used.has(value));
  const inputs = needed.filter((value) => !constants.has(value));
  const outside = needed.filter((value) => constants.has(value));
  for (const value of outside) writer.external(value);
  const bytes = writer.finish(
    inputs,
    outputs.map((value, i) => ({ name: outputNames[i] as string, shape: value.shape, dtype: value.dtype })),
  );
  return { bytes, inputs, constants: outside, outputNames: [...outputNames], origins: writer.origins };
}

interface Named {
  name: string;
  shape: Shape;
  dtype: DType;
}

class ModelWriter {
  readonly origins = new Map<string, Node>();
  readonly #dialect: Dialect;
  readonly #halfProducts: boolean;
  readonly #nodes: Uint8Array[] = [];
  readonly #initializers: Uint8Array[] = [];
  readonly #known = new Set<string>();
  readonly #outputNames = new Map<Value, string>();
  #contrib = false;
  #count = 0;

  constructor({ dialect, halfProducts = false }: ModelOptions) {
    this.#dialect = dialect;
    this.#halfProducts = halfProducts;
  }

  /** Lets the node that makes `value` write straight to the output `name`; a second name needs a copy. */
  callOutput(value: Value, name: string): void {
    if (value.source.kind === 'node' && !this.#outputNames.has(value)) this.#outputNames.set(value, name);
  }

  /** The name by which nodes refer to `operand`; constants become initializers the first time. */
  nameOf(operand: Value | Integers | null): string {
    if (operand === null) return '';
    if (!isValue(operand)) return this.#integers(operand);
    const { source } = operand;
    const name = this.#outputNames.get(operand) ?? inputName(operand);
    if (source.kind === 'constant' && !this.#known.has(name)) {
      this.#known.add(name);
      const { data } = source;
      const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      this.#initializers.push(tensor(name, operand.shape, operand.dtype, raw));
    }
    return name;
  }

  /** Declares a graph input as a constant whose numbers are in a file of its name. */
  external(value: Value): void {
    this.#initializers.push(externalTensor(inputName(value), value.shape, value.dtype));
  }

  #integers({ integers, scalar }: Integers): string {
    const name = `i${scalar ? 's' : ''}.${integers.join('_')}`;
    if (!this.#known.has(name)) {
      this.#known.add(name);
      const data = BigInt64Array.from(integers, BigInt);
      const shape = scalar ? [] : [integers.length];
      this.#initializers.push(tensor(name, shape, 'int64', new Uint8Array(data.buffer)));
    }
    return name;
  }

  node(node: Node): void {
    if (node.op === 'MatMulNBits' && this.#dialect === 'onnx') return this.#matMulBlocks(node);
    const [first] = node.outputs as [Value];
    const half = this.#halfProducts && PRODUCTS.has(node.op) && first.dtype === 'float32';
    const inputs = node.inputs.map((operand) => (half ? this.#halfOf(operand) : this.nameOf(operand)));
    const outputs = node.outputs.map((value) => (half ? `${inputName(value)}_y` : this.nameOf(value)));
    if (node.op === 'MatMul') this.#matMul(node, inputs as [string, string], outputs[0] as string);
    else if (node.op === 'MatMulIntegerToFloat') this.#matMulBytes(node, inputs, outputs[0] as string);
    else if (node.op === 'MatMulNBits') this.#contribution(node, inputs, outputs);
    else if (node.op === 'Split' && this.#dialect === 'webgpu' && outputs.length > WEBGPU_OUTPUTS)
      this.#slices(node, inputs[0] as string, outputs);
    else if (this.#dialect === 'cpu' && sumsLeadingAxes(node))
      this.#columnSums(node, inputs[0] as string, outputs[0] as string);
    else this.emit(node.op, inputs, outputs, node.attributes, node);
    if (half) this.emit('Cast', outputs, [this.nameOf(first)], { to: 'float32' }, node);
  }

  /** The name of a copy in float16, made the first time. */
  #halfOf(operand: Value | Integers | null): string {
    const name = this.nameOf(operand);
    if (operand === null || !isValue(operand) || operand.dtype !== 'float32') return name;
    const half = `${name}_h`;
    if (!this.#known.has(half)) {
      this.#known.add(half);
      this.emit('Cast', [name], [half], { to: 'float16' }, undefined);
    }
    return half;
  }

  #matMul(node: Node, names: readonly [string, string], output: string): void {
    const [a, b] = node.inputs as [Value, Value];
    const { transA, transB, alpha } = node.attributes as {
      transA: number;
      transB: number;
      alpha: { float: number };
    };
    const plain = !transA && !transB;
    if (plain && alpha.float === 1) return this.emit('MatMul', names, [output], {}, node);
    // ONNX Runtime multiplies whole numbers in plain products only.
    const real = a.dtype !== 'int32';
    if (real && a.shape.length === 2 && b.shape.length === 2) {
      const large = sizeOf((node.outputs[0] as Value).shape) >= LARGE_PRODUCT;
      if (this.#dialect === 'cpu' && large && transA && !transB && alpha.float === 1) {
        return this.emit('MatMul', [this.#columnsAsRows(a, names[0], node), names[1]], [output], {}, node);
      }
      return this.emit('Gemm', names, [output], node.attributes, node);
    }
    if (real && (this.#dialect === 'cpu' || this.#dialect === 'cuda')) {
      this.#contrib = true;
      return this.emit('FusedMatMul', names, [output], node.attributes, node, MICROSOFT);
    }
    const flipped = [a, b].map((value, i) => {
      if (!(i === 0 ? transA : transB)) return names[i] as string;
      const rank = value.shape.length;
      const perm = value.shape.map((_, axis) =>
        axis < rank - 2 ? axis : axis === rank - 2 ? rank - 1 : rank - 2,
      );
      const name = `${output}_${i === 0 ? 'a' : 'b'}`;
      this.emit('Transpose', [names[i] as string], [name], { perm }, node);
      return name;
    });
    if (alpha.float === 1) return this.emit('MatMul', flipped, [output], {}, node);
    this.emit('MatMul', flipped, [`${output}_p`], {}, node);
    this.emit('Mul', [`${output}_p`, this.#factor(alpha.float, output.endsWith('_y'))], [output], {}, node);
  }

  /**
   * A matrix transposed, once for all products. ONNX Runtime's own products with a transposed left side transpose it anew
   * for each block of columns, and it would take a plain `Transpose` into them.
   */
  #columnsAsRows({ shape }: Value, name: string, node: Node): string {
    const [rows, columns] = shape as [number, number];
    const transposed = `${name}_t`;
    if (this.#known.has(transposed)) return transposed;
    this.#known.add(transposed);
    const [whole, turned] = [`${name}_t1`, `${name}_t2`];
    this.emit('Reshape', [name, this.#integers({ integers: [1, rows, columns] })], [whole], {}, node);
    this.emit('Transpose', [whole], [turned], { perm: [0, 2, 1] }, node);
    this.emit('Reshape', [turned, this.#integers({ integers: [columns, rows] })], [transposed], {}, node);
    return transposed;
  }

  /** An operator that ONNX Runtime adds (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md). */
  #contribution(node: Node, inputs: readonly string[], outputs: readonly string[]): void {
    this.#contrib = true;
    this.emit(node.op, inputs, outputs, node.attributes, node, MICROSOFT);
  }

  /** (a - zero) b, of whole numbers, times both scales. */
  #matMulBytes(node: Node, inputs: readonly string[], output: string): void {
    if (this.#dialect !== 'onnx') return this.#contribution(node, inputs, [output]);
    const [a, b, scale, scales, zero] = inputs as [string, string, string, string, string];
    this.emit('MatMulInteger', [a, b, zero], [`${output}_p`], {}, node);
    this.emit('Cast', [`${output}_p`], [`${output}_f`], { to: 'float32' }, node);
    this.emit('Mul', [scale, scales], [`${output}_s`], {}, node);
    this.emit('Mul', [`${output}_f`, `${output}_s`], [output], {}, node);
  }

  /** x Wᵀ of a weight in blocks of few bits, in standard operators. */
  #matMulBlocks(node: Node): void {
    const [x, packed, scales] = node.inputs as [Value, Value, Value];
    const { K, N, bits, block_size } = node.attributes as Record<'K' | 'N' | 'bits' | 'block_size', number>;
    if (packed.source.kind !== 'constant') throw new Error('MatMulNBits: its weights have to be a constant.');
    const padded = Math.ceil(K / block_size) * block_size;
    const signed = `${inputName(packed)}_q`;
    if (!this.#known.has(signed)) {
      this.#known.add(signed);
      const raw = signedBlocks(packed.source.data as Uint8Array, bits);
      this.#initializers.push(tensor(signed, [N, padded], bits === 4 ? 'int4' : 'int8', raw));
    }
    const output = this.nameOf(node.outputs[0] as Value);
    let matrix = `${output}_w`;
    this.emit('DequantizeLinear', [signed, this.nameOf(scales)], [matrix], { axis: 1, block_size }, node);
    if (padded > K) {
      const bounds = [0, K, 1].map((bound) => this.#integers({ integers: [bound] }));
      this.emit('Slice', [matrix, ...bounds], [`${matrix}_k`], {}, node);
      matrix = `${matrix}_k`;
    }
    this.emit('Gemm', [this.nameOf(x), matrix], [output], { transB: 1 }, node);
  }

  /** A sum over the first axes as a product with a row of ones, which ONNX Runtime's processor kernels do faster. */
  #columnSums(node: Node, input: string, output: string): void {
    const [x] = node.inputs as [Value];
    const [result] = node.outputs as [Value];
    const columns = sizeOf(result.shape);
    const rows = sizeOf(x.shape) / columns;
    const ones = `ones.${rows}`;
    if (!this.#known.has(ones)) {
      this.#known.add(ones);
      const raw = new Uint8Array(new Float32Array(rows).fill(1).buffer);
      this.#initializers.push(tensor(ones, [1, rows], 'float32', raw));
    }
    let matrix = input;
    if (x.shape.length !== 2) {
      matrix = `${output}_x`;
      this.emit('Reshape', [input, this.#integers({ integers: [rows, columns] })], [matrix], {}, node);
    }
    this.emit('MatMul', [ones, matrix], [`${output}_s`], {}, node);
    const shape = this.#integers({ integers: result.shape });
    this.emit('Reshape', [`${output}_s`, shape], [output], {}, node);
  }

  /** A split as one slice for each part. */
  #slices(node: Node, input: string, outputs: readonly string[]): void {
    const { axis } = node.attributes as { axis: number };
    let start = 0;
    node.outputs.forEach(({ shape }, i) => {
      const end = start + (shape.at(axis) as number);
      const bounds = [start, end, axis].map((bound) => this.#integers({ integers: [bound] }));
      this.emit('Slice', [input, ...bounds], [outputs[i] as string], {}, node);
      start = end;
    });
  }

  /** A constant scalar, in float16 where the product that it scales is. */
  #factor(number: number, half: boolean): string {
    const name = `f.${number}`;
    if (!this.#known.has(name)) {
      this.#known.add(name);
      this.#initializers.push(tensor(name, [], 'float32', new Uint8Array(Float32Array.of(number).buffer)));
    }
    if (!half) return name;
    if (!this.#known.has(`${name}_h`)) {
      this.#known.add(`${name}_h`);
      this.emit('Cast', [name], [`${name}_h`], { to: 'float16' }, undefined);
    }
    return `${name}_h`;
  }

  emit(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    from: Node | undefined,
    domain = '',
  ): void {
    const name = `${op}_${this.#count++}`;
    if (from) this.origins.set(name, from);
    const writer = new BinaryWriter();
    for (const input of inputs) writer.tag(1, WireType.LengthDelimited).string(input);
    for (const output of outputs) writer.tag(2, WireType.LengthDelimited).string(output);
    writer.tag(3, WireType.LengthDelimited).string(name);
    writer.tag(4, WireType.LengthDelimited).string(op);
    for (const [key, value] of Object.entries(attributes)) {
      writer.tag(5, WireType.LengthDelimited).bytes(attribute(key, value, op));
    }
    if (domain !== '') writer.tag(7, WireType.LengthDelimited).string(domain);
    this.#nodes.push(writer.finish());
  }

  finish(inputs: readonly Value[], outputs: readonly Named[]): Uint8Array {
    const graph = new BinaryWriter();
    for (const node of this.#nodes) graph.tag(1, WireType.LengthDelimited).bytes(node);
    graph.tag(2, WireType.LengthDelimited).string('quire');
    for (const initializer of this.#initializers) graph.tag(5, WireType.LengthDelimited).bytes(initializer);
    for (const value of inputs) {
      graph.tag(11, WireType.LengthDelimited).bytes(valueInfo({ ...value, name: inputName(value) }));
    }
    for (const output of outputs) graph.tag(12, WireType.LengthDelimited).bytes(valueInfo(output));

    const model = new BinaryWriter();
    model.tag(1, WireType.Varint).int64(IR_VERSION);
    model.tag(2, WireType.LengthDelimited).string('quire');
    model.tag(7, WireType.LengthDelimited).bytes(graph.finish());
    const opsets: [string, number][] = this.#contrib ? [['', OPSET], [MICROSOFT, 1]] : [['', OPSET]]; // biome-ignore format: one line
    for (const [domain, version] of opsets) {
      const opset = new BinaryWriter();
      opset.tag(1, WireType.LengthDelimited).string(domain);
      opset.tag(2, WireType.Varint).int64(version);
      model.tag(8, WireType.LengthDelimited).bytes(opset.finish());
    }
    return model.finish();
  }
}

/** Unsigned numbers whose zero is in the middle as signed ones. */
export function signedBlocks(packed: Uint8Array, bits: number): Uint8Array {
  const middle = bits === 4 ? 0x88 : 0x80;
  return packed.map((byte) => byte ^ middle);
}

/** The most rows that are summed by a product: the ones are a constant of the model. */
const MOST_ROWS = 8192;

function sumsLeadingAxes({ op, inputs, outputs }: Node): boolean {
  if (op !== 'ReduceSum') return false;
  const [x, { integers }] = inputs as [Value, Integers];
  const [result] = outputs as [Value];
  const columns = sizeOf(result.shape);
  return (
    x.dtype === 'float32' &&
    columns > 1 &&
    sizeOf(x.shape) / columns <= MOST_ROWS &&
    integers.every((axis, i) => axis === i)
  );
}

function tensorHead(name: string, shape: Shape, dtype: DType): BinaryWriter {
  const writer = new BinaryWriter();
  for (const size of shape) writer.tag(1, WireType.Varint).int64(size);
  writer.tag(2, WireType.Varint).int32(ELEMENT_TYPE[dtype]);
  return writer.tag(8, WireType.LengthDelimited).string(name);
}

function tensor(name: string, shape: Shape, dtype: DType, raw: Uint8Array): Uint8Array {
  return tensorHead(name, shape, dtype).tag(9, WireType.LengthDelimited).bytes(raw).finish();
}

/** A tensor whose numbers are the whole of the file `name` (https://onnx.ai/onnx/repo-docs/ExternalData.html). */
function externalTensor(name: string, shape: Shape, dtype: DType): Uint8Array {
  const location = new BinaryWriter();
  location.tag(1, WireType.LengthDelimited).string('location');
  location.tag(2, WireType.LengthDelimited).string(name);
  const writer = tensorHead(name, shape, dtype).tag(13, WireType.LengthDelimited).bytes(location.finish());
  return writer.tag(14, WireType.Varint).int32(EXTERNAL).finish();
}

function valueInfo({ name, shape, dtype }: Named): Uint8Array {
  const sizes = new BinaryWriter();
  for (const size of shape) {
    const dimension = new BinaryWriter().tag(1, WireType.Varint).int64(size).finish();
    sizes.tag(1, WireType.LengthDelimited).bytes(dimension);
  }
  const tensorType = new BinaryWriter();
  tensorType.tag(1, WireType.Varint).int32(ELEMENT_TYPE[dtype]);
  tensorType.tag(2, WireType.LengthDelimited).bytes(sizes.finish());
  const type = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(tensorType.finish()).finish();
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  writer.tag(2, WireType.LengthDelimited).bytes(type);
  return writer.finish();
}

function attribute(name: string, value: Attribute, op: string): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  let type: number;
  if (op === 'Cast' && name === 'to') {
    writer.tag(3, WireType.Varint).int64(ELEMENT_TYPE[value as DType]);
    type = 2;
  } else if (typeof value === 'number') {
    writer.tag(3, WireType.Varint).int64(value);
    type = 2;
  } else if (typeof value === 'string') {
    writer.tag(4, WireType.LengthDelimited).bytes(new TextEncoder().encode(value));
    type = 3;
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    type = 1;
  } else {
    for (const item of value) writer.tag(8, WireType.Varint).int64(item);
    type = 7;
  }
  writer.tag(20, WireType.Varint).int32(type);
  return writer.finish();
}
