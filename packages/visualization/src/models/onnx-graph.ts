/** The graph of an ONNX model. */
import { readFileSync } from 'node:fs';
import { isList, named } from '../data.ts';
import { Drawing, type DrawingOptions, svgText } from '../drawing.ts';
import { textWidth } from '../static/fonts.js';
import { readable } from '../text.ts';
import { MUTED } from '../theme.ts';
import { type Arrow, type Box, type Group, graphSvg } from './graph-layout.ts';
import { type OnnxNode, type ParsedOnnx, parseOnnx } from './onnx-file.ts';
import { isModule, modulesOf, nodesIn, type OnnxModule, runsOfLayers } from './onnx-modules.ts';
import type { OperatorTimeRow } from './operator-times.ts';

export interface OnnxGraphOptions extends DrawingOptions {
  /**
   * Milliseconds by node name, or by operator: `(await step.explain()).operators`. The longer, the stronger the colour.
   */
  times?: Readonly<Record<string, number>> | readonly OperatorTimeRow[];
  /**
   * How deep modules are opened, where names tell of any; what is deeper is one box. 0 is none: all nodes one by one.
   * Default: 0 if so few nodes can be shown, or else as deep as `most` allows.
   */
  depth?: number;
  /** Whether layers that are alike, as a transformer's blocks are, are drawn once. Default: true. */
  fold?: boolean;
  /** One by one: the node, counted from 0 in the order of the file, at which the picture begins. Default: 0. */
  first?: number;
  /** Boxes that are shown at most. Default: 80. */
  most?: number;
}

const HOT = '#d55e00';

/**
 * The operators of an ONNX model as a graph: each with the shape that it makes, weights under the pointer, and time where
 * it is given: `onnxGraph('model.onnx', { times })`. In larger models, modules are boxes with their nodes added up, and
 * layers that are alike are drawn once; `depth` says how deep. Where names tell of no modules, a part at a time is seen.
 * @param model a file's path, its bytes, or what `parseOnnx` made of them
 * @throws {Error} when the file can't be read or is no ONNX model
 * @throws {RangeError} when there is no node where the picture begins, depth isn't a whole number of at least 0, or a time
 *   isn't a number of at least 0
 */
export function onnxGraph(model: string | Uint8Array | ParsedOnnx, options: OnnxGraphOptions = {}): Drawing {
  const what = 'onnxGraph';
  const parsed =
    typeof model === 'string'
      ? parseOnnx(readFileSync(model))
      : model instanceof Uint8Array
        ? parseOnnx(model)
        : model;
  const { first, most = 80, depth } = options;
  const graph = withoutCopies(parsed);
  const all = graph.nodes;
  if (first !== undefined && !(Number.isInteger(first) && first >= 0 && first < all.length)) {
    throw new RangeError(`${what}: there is no node ${first}; there are ${all.length}, counted from 0.`);
  }
  if (depth !== undefined && !(Number.isInteger(depth) && depth >= 0)) {
    throw new RangeError(`${what}: depth has to be a whole number of at least 0, not ${depth}.`);
  }
  const times = timesOf(what, options.times);
  const drawn =
    depth === 0 || first !== undefined || (depth === undefined && all.length <= most)
      ? undefined
      : byModule(graph, times, options);
  const from = first ?? 0;
  const shown = drawn ?? oneByOne(graph, times, from, Math.max(1, most));
  const svg = graphSvg(shown.boxes, shown.arrows, shown.groups);
  const left = drawn ? 0 : all.length - Math.min(all.length - from, Math.max(1, most));
  const text = `${summary(all)}${left > 0 ? `; ${from} to ${all.length - left + from - 1} are shown` : ''}`;
  const lines = [text, ...times.told];
  const head = 4 + 14 * lines.length;
  return new Drawing(
    {
      svg: `${lines.map((line, i) => svgText(line, 10, 14 + 14 * i, { size: 11, color: MUTED })).join('')}<g transform="translate(0,${head})">${svg.svg}</g>`,
      width: Math.max(svg.width, 20 + 1.15 * Math.max(...lines.map((line) => textWidth(line, 11))), 480),
      height: svg.height + head + 4,
      alt: `ONNX graph of ${lines.join('; ')}.`,
    },
    options,
  );
}

interface Shown {
  boxes: Box[];
  arrows: Arrow[];
  groups: Group[];
}

/** The graph without constants, and without names that only stand for a weight's. */
function withoutCopies(graph: ParsedOnnx): ParsedOnnx {
  const copies = new Map<string, string>();
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (node.operator === 'Constant') continue;
    if (node.operator === 'Identity' && input! in graph.initializers) copies.set(output!, input!);
    else nodes.push(node);
  }
  if (copies.size === 0) return { ...graph, nodes };
  // Their own names say where they are used.
  const initializers = Object.assign(Object.create(null), graph.initializers) as Record<
    string,
    readonly number[]
  >;
  for (const [copy, weight] of copies) initializers[copy] = graph.initializers[weight]!;
  return { ...graph, nodes, initializers };
}

/** `12 nodes: 5 MatMul, 4 Add, …` */
function summary(nodes: readonly OnnxNode[], most = 6): string {
  const counts = new Map<string, number>();
  for (const { operator } of nodes) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  const kinds = [...counts].sort((a, b) => b[1] - a[1]);
  const list = kinds.slice(0, most).map(([operator, count]) => `${count} ${operator}`);
  return `${readable(nodes.length)} nodes: ${list.join(', ')}${kinds.length > most ? ', …' : ''}`;
}

const milliseconds = (time: number): string => `${readable(Number(time.toPrecision(3)))} ms`;

function shapeOf(graph: ParsedOnnx, name: string): string | undefined {
  const shape = graph.shapes[name];
  return shape && `[${shape.join(', ')}]`;
}

const weightsOf = (graph: ParsedOnnx, { inputs }: OnnxNode): string[] =>
  inputs.flatMap((name) =>
    name in graph.initializers ? [`${name} [${graph.initializers[name]!.join(', ')}]`] : [],
  );

/** @param others nodes of layers that are alike, whose time is added */
function nodeBox(
  graph: ParsedOnnx,
  node: OnnxNode,
  { timeOf, isShared }: Times,
  {
    id,
    others,
    longest,
    parent,
  }: { id: string; others: readonly OnnxNode[]; longest: number; parent?: string },
): Box {
  const time =
    timeOf(node) === undefined ? undefined : isShared ? timeOf(node)! : sumOf([node, ...others], timeOf);
  const made = node.outputs.map((name) => shapeOf(graph, name)).find((shape) => shape !== undefined);
  const told = time === undefined ? undefined : milliseconds(time);
  return {
    id,
    title: node.operator,
    lines: [made, isShared ? undefined : told].filter((line) => line !== undefined),
    hint: [
      node.name || id,
      ...(made === undefined ? [] : [`makes ${made}`]),
      ...weightsOf(graph, node).map((weight) => `with ${weight}`),
      ...(told === undefined ? [] : [isShared ? `all ${node.operator}: ${told}` : told]),
    ].join('\n'),
    ...(time !== undefined && longest > 0 ? { fill: HOT, opacity: (0.6 * time) / longest } : {}),
    ...(parent === undefined ? {} : { parent }),
  };
}

function sumOf(nodes: readonly OnnxNode[], timeOf: Times['timeOf']): number {
  return nodes.reduce((sum, node) => sum + (timeOf(node) ?? 0), 0);
}

/** Nodes of the file from the one on, as many as may be shown. */
function oneByOne(graph: ParsedOnnx, times: Times, first: number, most: number): Shown {
  const shown = graph.nodes.slice(first, first + most);
  const longest = shown.reduce((a, node) => Math.max(a, times.timeOf(node) ?? 0), 0);
  const places = new Map(shown.map((node, i) => [node, `node ${first + i}`]));
  const boxes = shown.map((node) =>
    nodeBox(graph, node, times, { id: places.get(node)!, others: [], longest }),
  );
  return { ...withArrows(graph, boxes, places), groups: [] };
}

/** Modules as boxes, or as groups of what is in them; undefined where there are none, or they are too many. */
function byModule(graph: ParsedOnnx, times: Times, options: OnnxGraphOptions): Shown | undefined {
  const { most = 80, fold = true, depth } = options;
  const root = modulesOf(graph.nodes, graph);
  if (!root.items.some(isModule)) return undefined;
  if (depth !== undefined) return opened(graph, root, times, depth, fold);
  let found: Shown | undefined;
  for (let deep = 1; deep <= 12; deep++) {
    const shown = opened(graph, root, times, deep, fold);
    if (shown.boxes.length > most) break;
    if (found?.boxes.length === shown.boxes.length) break;
    found = shown;
  }
  return found;
}

/** The layer of a run of alike ones that a node is in, by the run. */
type Layers = ReadonlyMap<object, number>;

function opened(graph: ParsedOnnx, root: OnnxModule, times: Times, depth: number, fold: boolean): Shown {
  const boxes: Box[] = [];
  const groups: Group[] = [];
  const places = new Map<OnnxNode, string>();
  const layers = new Map<OnnxNode, Map<object, number>>();
  const sums: { box: number; time: number }[] = [];
  /** @param alike the same module of each layer of the runs that it is in, itself first */
  const draw = (
    alike: readonly OnnxModule[],
    path: string,
    level: number,
    parent: string | undefined,
  ): void => {
    const [module] = alike as [OnnxModule];
    const runs = fold ? runsOfLayers(module.items) : module.items.map((item) => [item]);
    for (const run of runs) {
      const [item] = run as [OnnxModule['items'][number]];
      const at = module.items.indexOf(item);
      // Of each layer that is like this one, what has the same place there.
      const same = alike.flatMap((own) =>
        isModule(item) ? run.map((one) => own.items[module.items.indexOf(one)]!) : [own.items[at]!],
      );
      if (run.length > 1) {
        const key = {};
        run.forEach((one, layer) => {
          for (const own of alike) {
            for (const node of nodesIn(own.items[module.items.indexOf(one)] as OnnxModule)) {
              layers.set(node, new Map(layers.get(node)).set(key, layer));
            }
          }
        });
      }
      if (!isModule(item)) {
        const id = `node ${graph.nodes.indexOf(item)}`;
        for (const node of same as OnnxNode[]) places.set(node, id);
        const others = (same as OnnxNode[]).slice(1);
        boxes.push(
          nodeBox(graph, item, times, {
            id,
            others,
            longest: times.longest,
            ...(parent === undefined ? {} : { parent }),
          }),
        );
        if (times.timeOf(item) !== undefined && !times.isShared)
          sums.push({ box: boxes.length - 1, time: sumOf(same as OnnxNode[], times.timeOf) });
        continue;
      }
      const modules = same as OnnxModule[];
      const nodes = nodesIn(item);
      const id = `${path}/${item.name}`;
      const last = run.at(-1) as OnnxModule;
      const name = run.length > 1 ? `${item.name} … ${last.name} (× ${run.length})` : item.name;
      const every = modules.flatMap(nodesIn);
      const time = times.isShared ? 0 : sumOf(every, times.timeOf);
      const hint = [
        `${id.slice(1)}${run.length > 1 ? `, ${run.length} alike` : ''}`,
        summary(nodes, 12),
        ...nodes
          .flatMap((node) => weightsOf(graph, node))
          .slice(0, 12)
          .map((weight) => `with ${weight}`),
        ...(time > 0 ? [milliseconds(time)] : []),
      ].join('\n');
      if (level < depth && nodes.length > 1) {
        const told = time > 0 ? `  ${milliseconds(time)}` : '';
        groups.push({ id, title: `${name}${told}`, hint, ...(parent === undefined ? {} : { parent }) });
        draw(modules, id, level + 1, id);
        continue;
      }
      for (const node of every) places.set(node, id);
      const made = nodes
        .at(-1)!
        .outputs.map((value) => shapeOf(graph, value))
        .find((shape) => shape !== undefined);
      boxes.push({
        id,
        title: nodes.length === 1 ? `${name}: ${nodes[0]!.operator}` : name,
        lines: [
          ...(nodes.length === 1 ? [] : [`${readable(nodes.length)} nodes${run.length > 1 ? ' each' : ''}`]),
          ...(made === undefined ? [] : [made]),
          ...(time > 0 ? [milliseconds(time)] : []),
        ],
        hint,
        ...(parent === undefined ? {} : { parent }),
      });
      if (time > 0) sums.push({ box: boxes.length - 1, time });
    }
  };
  draw([root], '', 1, undefined);
  const longest = sums.reduce((a, { time }) => Math.max(a, time), 0);
  for (const { box, time } of sums)
    boxes[box] = { ...boxes[box]!, fill: HOT, opacity: (0.6 * time) / longest };
  return { ...withArrows(graph, boxes, places, layers), groups };
}

/** Values that flow between boxes, and what comes in and goes out. From a layer to the next one like it there is none. */
function withArrows(
  graph: ParsedOnnx,
  boxes: readonly Box[],
  places: ReadonlyMap<OnnxNode, string>,
  layers: ReadonlyMap<OnnxNode, Layers> = new Map(),
): { boxes: Box[]; arrows: Arrow[] } {
  const makers = new Map(
    [...places.keys()].flatMap((node) => node.outputs.map((name) => [name, node] as const)),
  );
  const ends = new Map<string, Box>();
  const arrows = new Map<string, Arrow>();
  const end = (name: string, kind: 'input' | 'output'): string => {
    const id = `${kind} ${name}`;
    const shape = shapeOf(graph, name);
    const lines = shape ? { lines: [shape] } : {};
    ends.set(id, { id, title: name, ...lines, hint: id, fill: '#0072b2', opacity: 0.15 });
    return id;
  };
  const connect = (from: string, to: string): void => {
    if (from !== to) arrows.set(JSON.stringify([from, to]), { from, to });
  };
  const inSameLayer = (a: OnnxNode, b: OnnxNode): boolean =>
    [...(layers.get(a) ?? [])].every(([run, layer]) => (layers.get(b)?.get(run) ?? layer) === layer);
  const isInput = new Set(graph.inputs);
  // Weights that a model takes as inputs are as many as its nodes: those of modules are told by these.
  const isMany = graph.inputs.length > MOST_INPUTS;
  for (const [node, place] of places) {
    for (const name of new Set(node.inputs)) {
      const maker = makers.get(name);
      if (maker) {
        if (inSameLayer(maker, node)) connect(places.get(maker)!, place);
      } else if (isInput.has(name) && !(isMany && /[.[]/.test(name))) connect(end(name, 'input'), place);
    }
  }
  for (const name of graph.outputs) {
    const maker = makers.get(name);
    if (maker) connect(places.get(maker)!, end(name, 'output'));
  }
  return { boxes: [...boxes, ...ends.values()], arrows: [...arrows.values()] };
}

/** Of more inputs, those that are named as weights are, `params.h[0].weight`, aren't drawn. */
const MOST_INPUTS = 12;

interface Times {
  timeOf: (node: OnnxNode) => number | undefined;
  /** Whether a time is that of all nodes of an operator. */
  isShared: boolean;
  /** Of an operator, where times are shared. */
  longest: number;
  /** What is told above the graph. */
  told: string[];
}

function timesOf(what: string, times: OnnxGraphOptions['times']): Times {
  if (times === undefined) return { timeOf: () => undefined, isShared: false, longest: 0, told: [] };
  const isShared = isList(times);
  const known = new Map(
    isShared
      ? Array.from(times as readonly OperatorTimeRow[], (row) => [row.operator, row.milliseconds] as const)
      : Object.entries(times),
  );
  for (const [name, time] of known) {
    if (!(time >= 0 && time < Infinity)) {
      throw new RangeError(`${what}: the time of ${named(name)} has to be at least 0, not ${time}.`);
    }
  }
  const total = [...known.values()].reduce((a, b) => a + b, 0);
  const longest = [...known].sort((a, b) => b[1] - a[1]).slice(0, 6);
  const list = longest.map(([name, time]) => `${name} ${milliseconds(time)}`).join(', ');
  return {
    timeOf: ({ name, operator }) => known.get(isShared ? operator : name),
    isShared,
    longest: isShared ? (longest[0]?.[1] ?? 0) : 0,
    told: [`${milliseconds(total)}${isShared ? `: ${list}${known.size > 6 ? ', …' : ''}` : ''}`],
  };
}
