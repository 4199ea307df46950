import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { type OnnxNode, onnxGraph, type ParsedOnnx, parseOnnx } from '../index.ts';
import { isModule, modulesOf, type OnnxModule, runsOfLayers } from './onnx-modules.ts';

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

/** GPT-2 with 4 layers as PyTorch exports it: `fixtures/make_onnx.py`. */
const GPT2 = fileURLToPath(new URL('../../fixtures/gpt2.onnx', import.meta.url));
const count = (svg: string, name: string): number =>
  svg.match(new RegExp(`class="${name}"`, 'g'))?.length ?? 0;

describe('a large ONNX graph', () => {
  it('is drawn by modules, layers that are alike once, and nothing is left out', async () => {
    const graph = parseOnnx(readFileSync(GPT2));
    expect(graph.nodes.length).toBeGreaterThan(250);
    const drawing = onnxGraph(GPT2);
    const svg = await drawing.toSvg();
    expect(drawing.alt).not.toContain('are shown');
    expect(count(svg, 'node')).toBeLessThanOrEqual(80);
    expect(svg).toContain('h.0 … h.3 (× 4)');
    for (const name of ['wte: Gather', 'ln_1: LayerNormalization', 'attn', 'mlp', 'lm_head: MatMul']) {
      expect(svg).toContain(`>${name}<`);
    }
    expect(svg).toContain('>Softmax<');
  });

  it('is opened as deep as asked for', async () => {
    const boxes = async (depth: number, fold = true): Promise<number> =>
      count(await onnxGraph(GPT2, { depth, fold }).toSvg(), 'node');
    expect(await boxes(1)).toBe(4);
    expect(await boxes(2)).toBeLessThan(await boxes(3));
    expect(await boxes(2)).toBeLessThan(await boxes(2, false));
    expect(() => onnxGraph(GPT2, { depth: -1 })).toThrow(
      'depth has to be a whole number of at least 0, not -1',
    );
  });

  it('adds up the time of the nodes in a module and of the layers that are alike', async () => {
    const graph = parseOnnx(readFileSync(GPT2));
    const times = Object.fromEntries(
      graph.nodes.map(({ name, operator }) => [name, operator === 'Softmax' ? 2 : 0]),
    );
    const svg = await onnxGraph(GPT2, { depth: 3, times }).toSvg();
    expect(svg).toContain('h.0 … h.3 (× 4)  8 ms');
    expect(svg).toMatch(/>attn<[\s\S]{0,400}>8 ms</);
    expect(svg).not.toMatch(/>mlp<[\s\S]{0,400}> ?8 ms/);
  });
});

describe('modules of nodes', () => {
  const node = (operator: string, inputs: string[], output: string, name = ''): OnnxNode => ({
    name,
    operator,
    inputs,
    outputs: [output],
  });
  const told = (module: OnnxModule): unknown[] =>
    module.items.map((item) => (isModule(item) ? { [item.name]: told(item) } : item.operator));

  it('are told by weights, and by what lies between', () => {
    const weights = ['p.wte.weight', 'p.h[0].attn.a.weight', 'p.h[0].attn.b.weight', 'p.h[1].attn.a.weight'];
    const nodes = [
      node('Gather', ['p.wte.weight', 'tokens'], '0'),
      node('MatMul', ['0', 'p.h[0].attn.a.weight'], '1'),
      node('Softmax', ['1'], '2'),
      node('MatMul', ['2', 'p.h[0].attn.b.weight'], '3'),
      node('Add', ['0', '3'], '4'),
      node('MatMul', ['4', 'p.h[1].attn.a.weight'], '5'),
      // The embedding again, and a constant with a number for a name.
      node('Gemm', ['5', 'p.wte.weight'], '6'),
      node('Reshape', ['6', 'i.2_32'], '7'),
    ];
    const graph = {
      nodes,
      inputs: [...weights, 'tokens'],
      outputs: ['7'],
      shapes: {},
      initializers: { 'i.2_32': [2] },
    };
    expect(told(modulesOf(nodes, graph))).toEqual([
      { wte: ['Gather'] },
      { 'h.0': [{ attn: [{ a: ['MatMul'] }, 'Softmax', { b: ['MatMul'] }] }, 'Add'] },
      { 'h.1': [{ attn: [{ a: ['MatMul'] }] }] },
      'Gemm',
      'Reshape',
    ]);
  });

  it('are told by names that are paths; where nothing tells, there are none', () => {
    const nodes = [
      node('A', [], '0', '/m/h.0/A'),
      node('B', [], '1', '/m/h.0/x/B'),
      node('C', [], '2', '/m/C'),
    ];
    const graph = { nodes, inputs: [], outputs: [], shapes: {}, initializers: {} };
    expect(told(modulesOf(nodes, graph))).toEqual([{ 'h.0': ['A', { x: ['B'] }] }, 'C']);
    const unnamed = [node('A', ['v.1'], 'v.2'), node('B', ['v.2'], 'v.3')];
    expect(told(modulesOf(unnamed, { ...graph, nodes: unnamed }))).toEqual(['A', 'B']);
  });

  it('follow each other as layers where 3 or more are alike', () => {
    const layer = (i: number, operator: string): OnnxModule => ({
      name: `h.${i}`,
      items: [node(operator, [], '')],
    });
    const items = [
      layer(0, 'A'),
      layer(1, 'A'),
      node('C', [], ''),
      layer(2, 'A'),
      layer(3, 'B'),
      layer(4, 'B'),
    ];
    expect(runsOfLayers(items).map((run) => run.map((item) => items.indexOf(item)))).toEqual([
      [0, 1, 3],
      [2],
      [4],
      [5],
    ]);
  });
});
