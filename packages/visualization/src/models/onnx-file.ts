/** The graph of an ONNX file: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { fields } from '../protobuf.ts';

export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  /** Names of values; an optional one that isn't given is empty. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface ParsedOnnx {
  readonly nodes: readonly OnnxNode[];
  /** Names of the graph's own inputs and outputs. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Sizes, or names of sizes that may vary, by the value's name, as far as the file tells them. */
  readonly shapes: Readonly<Record<string, readonly (number | string)[]>>;
  /** Shapes of constants (weights) by name. */
  readonly initializers: Readonly<Record<string, readonly number[]>>;
}

type Fields = Record<number, (reader: BinaryReader, wire: number) => void>;

/** @throws {Error} when the bytes are no ONNX model */
export function parseOnnx(bytes: Uint8Array): ParsedOnnx {
  const parsed = {
    nodes: [] as OnnxNode[],
    inputs: [] as string[],
    outputs: [] as string[],
    shapes: Object.create(null) as Record<string, (number | string)[]>,
    initializers: Object.create(null) as Record<string, number[]>,
  };
  const value = (into?: string[]) => (reader: BinaryReader) => {
    const { name, shape } = valueInfo(reader.bytes());
    if (shape) parsed.shapes[name] = shape;
    into?.push(name);
  };
  const graph: Fields = {
    1: (reader) => {
      parsed.nodes.push(nodeOf(reader.bytes()));
    },
    5: (reader) => {
      const { name, dims } = initializer(reader.bytes());
      parsed.initializers[name] = dims;
    },
    11: value(parsed.inputs),
    12: value(parsed.outputs),
    13: value(),
  };
  try {
    fields(bytes, { 7: (reader) => fields(reader.bytes(), graph) });
  } catch (error) {
    throw new Error(`These ${bytes.length} bytes are no ONNX model: ${(error as Error).message}`);
  }
  if (parsed.nodes.length === 0) throw new Error(`These ${bytes.length} bytes are no ONNX model with nodes.`);
  // Old models list weights among the inputs too.
  return { ...parsed, inputs: parsed.inputs.filter((name) => !(name in parsed.initializers)) };
}

function nodeOf(bytes: Uint8Array): OnnxNode {
  const node = { name: '', operator: '', inputs: [] as string[], outputs: [] as string[] };
  fields(bytes, {
    1: (reader) => node.inputs.push(reader.string()),
    2: (reader) => node.outputs.push(reader.string()),
    3: (reader) => {
      node.name = reader.string();
    },
    4: (reader) => {
      node.operator = reader.string();
    },
  });
  return node;
}

function initializer(bytes: Uint8Array): { name: string; dims: number[] } {
  const dims: number[] = [];
  let name = '';
  fields(bytes, {
    1: (reader, wire) => {
      if (wire === 0) {
        dims.push(Number(reader.int64()));
        return;
      }
      const packed = new BinaryReader(reader.bytes());
      while (packed.pos < packed.len) dims.push(Number(packed.int64()));
    },
    8: (reader) => {
      name = reader.string();
    },
  });
  return { name, dims };
}

function valueInfo(bytes: Uint8Array): { name: string; shape: (number | string)[] | undefined } {
  let name = '';
  let shape: (number | string)[] | undefined;
  const dimension = (reader: BinaryReader): void => {
    let size: number | string = '?';
    fields(reader.bytes(), {
      1: (own) => {
        size = Number(own.int64());
      },
      2: (own) => {
        size = own.string();
      },
    });
    shape!.push(size);
  };
  const tensor: Fields = {
    2: (reader) => {
      shape = [];
      fields(reader.bytes(), { 1: dimension });
    },
  };
  fields(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) => fields(reader.bytes(), { 1: (own) => fields(own.bytes(), tensor) }),
  });
  return { name, shape };
}
