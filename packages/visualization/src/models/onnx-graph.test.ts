import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { onnxGraph, type ParsedOnnx, parseOnnx } from '../index.ts';

const HOSTILE = '<img src=x onerror=hit()>';

/** A message of fields that are texts, numbers or messages. */
function message(...fields: [number, string | number | Uint8Array][]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [field, value] of fields) {
    if (typeof value === 'number') writer.tag(field, WireType.Varint).int64(value);
    else if (typeof value === 'string') writer.tag(field, WireType.LengthDelimited).string(value);
    else writer.tag(field, WireType.LengthDelimited).bytes(value);
  }
  return writer.finish();
}

/** A value of a name with sizes, as a model tells them. */
function info(name: string, ...shape: (number | string)[]): Uint8Array {
  const dims = shape.map(
    (size) => [1, message(typeof size === 'number' ? [1, size] : [2, size])] as [number, Uint8Array],
  );
  return message([1, name], [2, message([1, message([1, 1], [2, message(...dims)])])]);
}

const bytes = message(
  [1, 8],
  [
    7,
    message(
      [1, message([1, 'x'], [1, 'w'], [2, 'y'], [3, 'product'], [4, 'MatMul'])],
      [1, message([1, 'y'], [2, 'z'], [3, HOSTILE], [4, 'Relu'])],
      [5, message([1, 3], [1, 4], [2, 1], [8, 'w'])],
      [11, info('x', 'batch', 3)],
      [11, info('w', 3, 4)],
      [12, info('z', 'batch', 4)],
      [13, info('y', 'batch', 4)],
    ),
  ],
);

const parsed: ParsedOnnx = {
  nodes: [
    { name: 'product', operator: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] },
    { name: HOSTILE, operator: 'Relu', inputs: ['y'], outputs: ['z'] },
  ],
  inputs: ['x'],
  outputs: ['z'],
  shapes: { x: ['batch', 3], w: [3, 4], y: ['batch', 4], z: ['batch', 4] },
  initializers: { w: [3, 4] },
};

describe('an ONNX file', () => {
  it('has nodes, inputs without weights, outputs, and shapes', () => {
    expect(parseOnnx(bytes)).toEqual(parsed);
  });

  it('that is none is refused', () => {
    for (const bad of [new Uint8Array([255, 1, 2]), new Uint8Array(0)]) {
      expect(() => parseOnnx(bad)).toThrow(/are no ONNX model/);
    }
    expect(() => onnxGraph('/nowhere.onnx')).toThrow(/ENOENT/);
  });
});

describe('an ONNX graph', () => {
  it('has a box for each node, input and output, and an arrow for each value that flows', async () => {
    const svg = await onnxGraph(bytes, { times: { product: 2.5 } }).toSvg();
    expect(svg.match(/class="node"/g)).toHaveLength(4);
    expect(svg.match(/class="arrow"/g)).toHaveLength(3);
    for (const text of ['>MatMul<', '>[batch, 4]<', '>2.5 ms<', 'with w [3, 4]']) expect(svg).toContain(text);
    expect(svg).not.toContain('<img');
    expect(onnxGraph(parsed).alt).toBe('ONNX graph of 2 nodes: 1 MatMul, 1 Relu.');
  });

  it('takes time by operator too, and a part of a large model', async () => {
    const drawing = onnxGraph(parsed, {
      times: [{ operator: 'Relu', count: 3, milliseconds: 1 }],
      first: 1,
      most: 1,
    });
    expect(drawing.alt).toContain('; 1 to 1 are shown');
    expect(await drawing.toSvg()).toContain('all Relu: 1 ms');
    expect(() => onnxGraph(parsed, { first: 2 })).toThrow('onnxGraph: there is no node 2; there are 2');
    expect(() => onnxGraph(parsed, { times: { product: -1 } })).toThrow(
      /time of "product" has to be at least 0/,
    );
  });
});
