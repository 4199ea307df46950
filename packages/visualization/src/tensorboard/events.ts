/**
 * TensorBoard's messages `Event` and `Summary`, as far as scalars, histograms, text and pictures go, in their first form
 * and in that of TensorFlow 2: https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto
 */
import { type BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { fields } from '../protobuf.ts';

/** How often numbers fall between limits. */
export interface HistogramValue {
  least: number;
  greatest: number;
  count: number;
  sum: number;
  sumOfSquares: number;
  /** The upper limit of each bucket, ascending. */
  limits: number[];
  /** How many numbers are in each bucket. */
  counts: number[];
}

export interface ImageValue {
  width: number;
  height: number;
  /** A PNG, JPEG or GIF file. */
  bytes: Uint8Array;
}

export type SummaryValue =
  | { kind: 'scalar'; tag: string; value: number }
  | { kind: 'histogram'; tag: string; value: HistogramValue }
  | { kind: 'text'; tag: string; value: string }
  | { kind: 'image'; tag: string; value: ImageValue };

export interface TensorBoardEvent {
  step: number;
  /** Seconds since 1970. */
  wallTime: number;
  /** Of the first event of a file: `brain.Event:2`. */
  fileVersion?: string;
  values: SummaryValue[];
}

const FLOAT = 1;
const DOUBLE = 2;
const STRING = 7;

/** The bytes of an event. */
export function encodeEvent({ step, wallTime, fileVersion, values }: TensorBoardEvent): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(wallTime);
  if (step !== 0) writer.tag(2, WireType.Varint).int64(step);
  if (fileVersion !== undefined) writer.tag(3, WireType.LengthDelimited).string(fileVersion);
  if (values.length > 0) {
    writer.tag(5, WireType.LengthDelimited).fork();
    for (const value of values) {
      writer.tag(1, WireType.LengthDelimited).fork();
      encodeValue(writer, value);
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}

function encodeValue(writer: BinaryWriter, { kind, tag, value }: SummaryValue): void {
  writer.tag(1, WireType.LengthDelimited).string(tag);
  switch (kind) {
    case 'scalar':
      writer.tag(2, WireType.Bit32).float(value);
      break;
    case 'image':
      writer.tag(4, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Varint).int32(value.height);
      writer.tag(2, WireType.Varint).int32(value.width);
      writer.tag(3, WireType.Varint).int32(3);
      writer.tag(4, WireType.LengthDelimited).bytes(value.bytes);
      writer.join();
      break;
    case 'histogram': {
      writer.tag(5, WireType.LengthDelimited).fork();
      const numbers = [value.least, value.greatest, value.count, value.sum, value.sumOfSquares];
      for (const [i, number] of numbers.entries()) writer.tag(i + 1, WireType.Bit64).double(number);
      for (const [field, list] of [
        [6, value.limits],
        [7, value.counts],
      ] as const) {
        writer.tag(field, WireType.LengthDelimited).fork();
        for (const number of list) writer.double(number);
        writer.join();
      }
      writer.join();
      break;
    }
    case 'text':
      writer.tag(8, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Varint).int32(STRING);
      writer.tag(2, WireType.LengthDelimited).fork();
      writer.tag(2, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Varint).int64(1);
      writer.join().join();
      writer.tag(8, WireType.LengthDelimited).string(value);
      writer.join();
      // The plugin that shows it.
      writer.tag(9, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string('text');
      writer.join().join();
      break;
  }
}

/**
 * Reads an event. Values of other kinds, such as sounds and graphs, are left out.
 * @throws {Error} when the bytes are no message
 */
export function decodeEvent(bytes: Uint8Array): TensorBoardEvent {
  const event: TensorBoardEvent = { step: 0, wallTime: 0, values: [] };
  fields(bytes, {
    1: (reader) => {
      event.wallTime = reader.double();
    },
    2: (reader) => {
      event.step = Number(reader.int64());
    },
    3: (reader) => {
      event.fileVersion = reader.string();
    },
    5: (reader) =>
      fields(reader.bytes(), {
        1: (inner) => {
          const value = decodeValue(inner.bytes());
          if (value) event.values.push(value);
        },
      }),
  });
  return event;
}

function decodeValue(bytes: Uint8Array): SummaryValue | undefined {
  let tag = '';
  let plugin = '';
  let found: SummaryValue | undefined;
  let tensor: Tensor | undefined;
  fields(bytes, {
    1: (reader) => {
      tag = reader.string();
    },
    2: (reader) => {
      found = { kind: 'scalar', tag, value: reader.float() };
    },
    4: (reader) => {
      const value: ImageValue = { width: 0, height: 0, bytes: new Uint8Array() };
      fields(reader.bytes(), {
        1: (inner) => {
          value.height = inner.int32();
        },
        2: (inner) => {
          value.width = inner.int32();
        },
        4: (inner) => {
          value.bytes = inner.bytes();
        },
      });
      found = { kind: 'image', tag, value };
    },
    5: (reader) => {
      found = { kind: 'histogram', tag, value: decodeHistogram(reader.bytes()) };
    },
    8: (reader) => {
      tensor = decodeTensor(reader.bytes());
    },
    9: (reader) =>
      fields(reader.bytes(), {
        1: (inner) =>
          fields(inner.bytes(), {
            1: (name) => {
              plugin = name.string();
            },
          }),
      }),
  });
  // The tag may follow the value.
  if (found) return { ...found, tag };
  return tensor && fromTensor(tag, plugin, tensor);
}

function decodeHistogram(bytes: Uint8Array): HistogramValue {
  const numbers: number[] = [0, 0, 0, 0, 0];
  const lists: [number[], number[]] = [[], []];
  const read: Record<number, (reader: BinaryReader, wire: WireType) => void> = {};
  for (let i = 0; i < 5; i++) {
    read[i + 1] = (reader) => {
      numbers[i] = reader.double();
    };
  }
  for (const i of [0, 1] as const) read[6 + i] = (reader, wire) => doubles(reader, wire, lists[i]);
  fields(bytes, read);
  const [least, greatest, count, sum, sumOfSquares] = numbers as [number, number, number, number, number];
  return { least, greatest, count, sum, sumOfSquares, limits: lists[0], counts: lists[1] };
}

/** Packed or one by one. */
function doubles(reader: BinaryReader, wire: WireType, into: number[]): void {
  if (wire !== WireType.LengthDelimited) {
    into.push(reader.double());
    return;
  }
  const packed = reader.bytes();
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let i = 0; i + 8 <= packed.length; i += 8) into.push(view.getFloat64(i, true));
}

interface Tensor {
  type: number;
  shape: number[];
  numbers: number[];
  strings: Uint8Array[];
}

function decodeTensor(bytes: Uint8Array): Tensor {
  const tensor: Tensor = { type: 0, shape: [], numbers: [], strings: [] };
  let content = new Uint8Array();
  const floats: number[] = [];
  const packedFloats = (reader: BinaryReader, wire: WireType): void => {
    if (wire !== WireType.LengthDelimited) {
      floats.push(reader.float());
      return;
    }
    const packed = reader.bytes();
    const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
    for (let i = 0; i + 4 <= packed.length; i += 4) floats.push(view.getFloat32(i, true));
  };
  fields(bytes, {
    1: (reader) => {
      tensor.type = reader.int32();
    },
    2: (reader) =>
      fields(reader.bytes(), {
        2: (inner) => {
          let size = 0;
          fields(inner.bytes(), {
            1: (own) => {
              size = Number(own.int64());
            },
          });
          tensor.shape.push(size);
        },
      }),
    4: (reader) => {
      content = reader.bytes() as Uint8Array<ArrayBuffer>;
    },
    5: packedFloats,
    6: (reader, wire) => doubles(reader, wire, tensor.numbers),
    8: (reader) => {
      tensor.strings.push(reader.bytes());
    },
  });
  tensor.numbers.push(...floats);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  if (tensor.type === FLOAT)
    for (let i = 0; i + 4 <= content.length; i += 4) tensor.numbers.push(view.getFloat32(i, true));
  if (tensor.type === DOUBLE)
    for (let i = 0; i + 8 <= content.length; i += 8) tensor.numbers.push(view.getFloat64(i, true));
  return tensor;
}

const text = new TextDecoder();

/** What TensorFlow 2 writes: a tensor, and the plugin that reads it. */
function fromTensor(
  tag: string,
  plugin: string,
  { shape, numbers, strings }: Tensor,
): SummaryValue | undefined {
  switch (plugin) {
    case 'scalars':
      return numbers.length === 1 ? { kind: 'scalar', tag, value: numbers[0]! } : undefined;
    case 'text':
      return { kind: 'text', tag, value: strings.map((part) => text.decode(part)).join('\n') };
    case 'images': {
      // Width and height as text, then the pictures; the first one is taken.
      const [width, height, bytes] = strings;
      if (!width || !height || !bytes) return undefined;
      return {
        kind: 'image',
        tag,
        value: { width: Number(text.decode(width)), height: Number(text.decode(height)), bytes },
      };
    }
    case 'histograms': {
      // (buckets, 3): lower limit, upper limit, count.
      if (shape[1] !== 3) return undefined;
      const rows = Array.from(
        { length: shape[0]! },
        (_, i) => numbers.slice(3 * i, 3 * i + 3) as [number, number, number],
      );
      const count = rows.reduce((total, [, , own]) => total + own, 0);
      const middle = rows.map(([low, high]) => (low + high) / 2);
      return {
        kind: 'histogram',
        tag,
        value: {
          least: rows[0]?.[0] ?? 0,
          greatest: rows.at(-1)?.[1] ?? 0,
          count,
          // This form keeps neither: as if all numbers were in the middle of their bucket.
          sum: rows.reduce((total, [, , own], i) => total + own * middle[i]!, 0),
          sumOfSquares: rows.reduce((total, [, , own], i) => total + own * middle[i]! ** 2, 0),
          limits: rows.map(([, high]) => high),
          counts: rows.map(([, , own]) => own),
        },
      };
    }
    default:
      return undefined;
  }
}
