/** The graph of an ONNX model. */
import { readFileSync } from 'node:fs';
import { isList, named } from '../data.ts';
import { Drawing, type DrawingOptions, svgText } from '../drawing.ts';
import { readable } from '../text.ts';
import { MUTED } from '../theme.ts';
import { type Arrow, type Box, graphSvg } from './graph-layout.ts';
import { type OnnxNode, type ParsedOnnx, parseOnnx } from './onnx-file.ts';
import type { OperatorTimeRow } from './operator-times.ts';

export interface OnnxGraphOptions extends DrawingOptions {
  /**
   * Milliseconds by node name, or by operator: `(await step.explain()).operators`. The longer, the stronger the colour.
   */
  times?: Readonly<Record<string, number>> | readonly OperatorTimeRow[];
  /** The node, counted from 0 in the order of the file, at which the picture begins. Default: 0. */
  first?: number;
  /** Nodes that are shown at most. Default: 80. */
  most?: number;
}

const HOT = '#d55e00';

/**
 * The operators of an ONNX model as a graph: each with the shape that it makes, weights under the pointer, and time where
 * it is given. `onnxGraph('model.onnx', { times })`. Larger models are seen a part at a time.
 * @param model a file's path, its bytes, or what `parseOnnx` made of them
 * @throws {Error} when the file can't be read or is no ONNX model
 * @throws {RangeError} when there is no node where the picture begins, or a time isn't a number of at least 0
 */
export function onnxGraph(model: string | Uint8Array | ParsedOnnx, options: OnnxGraphOptions = {}): Drawing {
  const what = 'onnxGraph';
  const graph =
    typeof model === 'string'
      ? parseOnnx(readFileSync(model))
      : model instanceof Uint8Array
        ? parseOnnx(model)
        : model;
  const { first = 0, most = 80 } = options;
  const all = graph.nodes.filter(({ operator }) => operator !== 'Constant');
  if (!(Number.isInteger(first) && first >= 0 && first < all.length)) {
    throw new RangeError(`${what}: there is no node ${first}; there are ${all.length}, counted from 0.`);
  }
  const shown = all.slice(first, first + Math.max(1, most));
  const timeOf = timesOf(what, options.times);
  const longest = shown.reduce((a, node) => Math.max(a, timeOf(node)?.milliseconds ?? 0), 0);
  const shapeOf = (name: string): string | undefined => {
    const shape = graph.shapes[name];
    return shape && `[${shape.join(', ')}]`;
  };
  const boxes = shown.map((node, i): Box => {
    const time = timeOf(node);
    const made = node.outputs.map(shapeOf).find((shape) => shape !== undefined);
    const weights = node.inputs.flatMap((name) =>
      name in graph.initializers ? [`${name} [${graph.initializers[name]!.join(', ')}]`] : [],
    );
    const told = time === undefined ? undefined : `${readable(Number(time.milliseconds.toPrecision(3)))} ms`;
    return {
      id: `node ${i}`,
      title: node.operator,
      lines: [made, time?.isShared ? undefined : told].filter((line) => line !== undefined),
      hint: [
        node.name || `node ${first + i}`,
        ...(made === undefined ? [] : [`makes ${made}`]),
        ...weights.map((weight) => `with ${weight}`),
        ...(told === undefined ? [] : [time!.isShared ? `all ${node.operator}: ${told}` : told]),
      ].join('\n'),
      ...(time && longest > 0 ? { fill: HOT, opacity: (0.6 * time.milliseconds) / longest } : {}),
    };
  });
  const makers = new Map(
    shown.flatMap((node, i) => node.outputs.map((name) => [name, `node ${i}`] as const)),
  );
  const ends: Box[] = [];
  const end = (name: string, kind: 'input' | 'output'): string => {
    const id = `${kind} ${name}`;
    if (!ends.some((box) => box.id === id)) {
      const shape = shapeOf(name);
      ends.push({
        id,
        title: name,
        ...(shape ? { lines: [shape] } : {}),
        hint: `${kind} ${name}`,
        fill: '#0072b2',
        opacity: 0.15,
      });
    }
    return id;
  };
  const arrows: Arrow[] = [];
  const isInput = new Set(graph.inputs);
  shown.forEach((node, i) => {
    for (const name of new Set(node.inputs)) {
      const from = makers.get(name) ?? (isInput.has(name) ? end(name, 'input') : undefined);
      if (from !== undefined && from !== `node ${i}`) arrows.push({ from, to: `node ${i}` });
    }
  });
  for (const name of graph.outputs) {
    const from = makers.get(name);
    if (from !== undefined) arrows.push({ from, to: end(name, 'output') });
  }
  const drawn = graphSvg([...boxes, ...ends], arrows);
  const counts = new Map<string, number>();
  for (const { operator } of all) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  const kinds = [...counts].sort((a, b) => b[1] - a[1]);
  const text =
    `${readable(all.length)} nodes: ${kinds
      .slice(0, 6)
      .map(([operator, count]) => `${count} ${operator}`)
      .join(', ')}${kinds.length > 6 ? ', …' : ''}` +
    (shown.length < all.length ? `; ${first} to ${first + shown.length - 1} are shown` : '');
  return new Drawing(
    {
      svg: `${svgText(text, 10, 14, { size: 11, color: MUTED })}<g transform="translate(0,18)">${drawn.svg}</g>`,
      width: Math.max(drawn.width, 480),
      height: drawn.height + 22,
      alt: `ONNX graph of ${text}.`,
    },
    options,
  );
}

function timesOf(
  what: string,
  times: OnnxGraphOptions['times'],
): (node: OnnxNode) => { milliseconds: number; isShared: boolean } | undefined {
  if (times === undefined) return () => undefined;
  const isShared = isList(times);
  const known = new Map(
    isShared
      ? Array.from(times as readonly OperatorTimeRow[], (row) => [row.operator, row.milliseconds] as const)
      : Object.entries(times),
  );
  for (const [name, milliseconds] of known) {
    if (!(milliseconds >= 0 && milliseconds < Infinity)) {
      throw new RangeError(`${what}: the time of ${named(name)} has to be at least 0, not ${milliseconds}.`);
    }
  }
  return ({ name, operator }) => {
    const milliseconds = known.get(isShared ? operator : name);
    return milliseconds === undefined ? undefined : { milliseconds, isShared };
  };
}
