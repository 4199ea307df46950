/** The nodes of an ONNX graph by the modules that they come from, as far as names tell these. */
import type { OnnxNode, ParsedOnnx } from './onnx-file.ts';

/** A module: nodes of its own and modules in it, in the order in which they first come. */
export interface OnnxModule {
  readonly name: string;
  readonly items: (OnnxNode | OnnxModule)[];
}

export const isModule = (item: OnnxNode | OnnxModule): item is OnnxModule => 'items' in item;

/** All nodes in a module, in the order of their modules. */
export function nodesIn(module: OnnxModule): OnnxNode[] {
  return module.items.flatMap((item) => (isModule(item) ? nodesIn(item) : [item]));
}

/**
 * Modules of the graph's nodes. A node's module is told by its own name where that is a path, as exporters of PyTorch
 * write it (`/transformer/h.0/attn/MatMul`), or else by the weight that it takes
 * (`params.transformer.h[0].attn.c_attn.weight`). What neither tells belongs to where the nodes before and behind it
 * both are, or to the layer that they come out of.
 */
export function modulesOf(nodes: readonly OnnxNode[], { initializers, inputs }: ParsedOnnx): OnnxModule {
  const weights = new Set([...Object.keys(initializers), ...inputs]);
  // A weight that is used again, as an embedding is in the head that is tied to it, tells of its first use only.
  const used = new Set<string>();
  const told = nodes.map((node) => toldPath(node, weights, used));
  // What all have in common tells nothing.
  const some = told.filter((path) => path !== undefined);
  const shared = some.length === 0 ? 0 : some.reduce((a, b) => a.slice(0, common(a, b))).length;
  const paths = told.map((path) => path?.slice(shared));
  const root: OnnxModule = { name: '', items: [] };
  let before: readonly string[] | undefined;
  // Of each node the next path that is told, its own included.
  const next: (readonly string[] | undefined)[] = [];
  for (let i = paths.length - 1; i >= 0; i--) next[i] = paths[i] ?? next[i + 1];
  nodes.forEach((node, i) => {
    const path = paths[i] ?? between(before, next[i]);
    before = paths[i] ?? before;
    moduleAt(root, path).items.push(node);
  });
  return root;
}

/** Paths of names: `a/b`, `a.b` and `a[0].b`; a number belongs to what it counts. */
function parts(path: string): string[] {
  const names = path
    .replace(/\[(\w+)\]/g, '.$1')
    .split(path.includes('/') ? '/' : '.')
    .filter((part) => part !== '');
  const joined: string[] = [];
  for (const name of names) {
    if (/^\d+$/.test(name) && joined.length > 0) joined.push(`${joined.pop()}.${name}`);
    else joined.push(name);
  }
  return joined;
}

function toldPath(
  { name, inputs }: OnnxNode,
  weights: ReadonlySet<string>,
  used: Set<string>,
): string[] | undefined {
  if (name.includes('/')) return parts(name).slice(0, -1);
  // Of a weight the last part is a word; sizes and other constants that exporters number aren't meant.
  const found = inputs.find((input) => weights.has(input) && /[.\]/][a-z_]\w*$/i.test(input));
  if (found === undefined || used.has(found)) return undefined;
  used.add(found);
  return parts(found).slice(0, -1);
}

const common = (a: readonly string[], b: readonly string[]): number => {
  const end = a.findIndex((name, i) => name !== b[i]);
  return end < 0 ? a.length : end;
};

/** Where a node is whose neighbours are told: in what holds both, or at the end of the layer that ends before it. */
function between(
  before: readonly string[] | undefined,
  behind: readonly string[] | undefined,
): readonly string[] {
  if (!before || !behind) return [];
  const shared = common(before, behind);
  const layer = before.findIndex((name, i) => i >= shared && isLayer(name));
  return before.slice(0, layer < 0 ? shared : layer + 1);
}

/** A member of a list of modules. */
const isLayer = (name: string): boolean => /\.\d+$/.test(name);

function moduleAt(root: OnnxModule, path: readonly string[]): OnnxModule {
  let module = root;
  for (const name of path) {
    let found = module.items.find((item): item is OnnxModule => isModule(item) && item.name === name);
    if (!found) {
      found = { name, items: [] };
      module.items.push(found);
    }
    module = found;
  }
  return module;
}

/** Fewer layers than these are drawn one by one. */
const LEAST_LAYERS = 3;

/** Layers that are alike together, where there are 3 or more; all other items one by one. */
export function runsOfLayers(items: OnnxModule['items']): (OnnxNode | OnnxModule)[][] {
  const alike = new Map<string, (OnnxNode | OnnxModule)[]>();
  const keys = items.map((item) => {
    if (!isModule(item) || !/\d$/.test(item.name)) return undefined;
    // Nodes of other modules may lie between layers.
    const key = `${item.name.replace(/\d+$/, '')}\n${signature(item)}`;
    alike.set(key, [...(alike.get(key) ?? []), item]);
    return key;
  });
  return items.flatMap((item, i) => {
    const run = alike.get(keys[i] ?? '') ?? [item];
    if (run.length < LEAST_LAYERS) return [[item]];
    return run[0] === item ? [run] : [];
  });
}

/** Equal of modules whose nodes are of the same operators in the same modules, one by one. */
function signature(module: OnnxModule): string {
  return module.items
    .map((item) => (isModule(item) ? `${item.name}(${signature(item)})` : item.operator))
    .join();
}
