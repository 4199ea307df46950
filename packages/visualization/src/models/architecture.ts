/** A model as the modules that it is made of. */
import { isList, named } from '../data.ts';
import { Drawing, type DrawingOptions, onPage, svgText } from '../drawing.ts';
import { escapeHtml, OWN_KEYS, readable } from '../text.ts';
import { MUTED } from '../theme.ts';
import { type HasShape, type ParameterTree, parameterLeaves } from '../values/summary.ts';
import { type Arrow, type Box, type Group, graphSvg } from './graph-layout.ts';

export interface ModuleDescription {
  readonly name: string;
  /** What it is, such as `'Linear'`. */
  readonly kind?: string | undefined;
  /** Shapes of its own parameters by name, without those of the modules in it. */
  readonly parameters?: Readonly<Record<string, readonly number[] | undefined>> | undefined;
  /** Of what it makes; a size that varies by its name: `['batch', 64, 128]`. */
  readonly outputShape?: readonly (number | string)[] | undefined;
  readonly children?: readonly ModuleDescription[] | undefined;
  /** Names of modules in it, from and to. Default: each to the next. */
  readonly edges?: readonly (readonly [string, string])[] | undefined;
}

/** A model with its parameters, as `loadPretrained` of `@quire/model` gives it. */
export interface ModelWithParameters {
  readonly architecture: { readonly modelType: string };
  readonly params: object;
}

export interface ArchitectureOptions extends DrawingOptions {
  /** How deep modules are opened; deeper ones are added up in theirs. Default: 2. */
  depth?: number;
  /** Of a tree of parameters. Default: the model's type, or `'model'`. */
  name?: string;
  /** Whether 3 or more equal modules in a row, as a transformer's blocks are, are drawn once. Default: true. */
  fold?: boolean;
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Names and shapes; those that are undefined are none. */
const shapesOf = ({ parameters = {} }: ModuleDescription): [string, readonly number[]][] =>
  Object.entries(parameters).flatMap(([name, shape]) => (shape === undefined ? [] : [[name, shape]]));

/** Parameters in a module and all that are in it. */
function totalOf(module: ModuleDescription): number {
  const own = shapesOf(module).reduce((sum, [, shape]) => sum + count(shape), 0);
  return (module.children ?? []).reduce((sum, child) => sum + totalOf(child), own);
}

/** A description made of parameters. */
interface Declared extends ModuleDescription {
  /** Its modules stand in the order in which they are declared, which isn't that in which they compute. */
  readonly isDeclared: true;
}

/**
 * A model's modules as a graph: each with its kind, the shapes of what it makes and of its parameters, and the number of
 * these with their share of all. `depth` says how deep modules are opened. Below the picture, pages have the whole tree,
 * which opens and closes by a click.
 *
 * It takes a description, a tree of parameters (`architecture(params)`: nested objects of tensors, or tensors by names
 * with dots), or a model of `loadPretrained`. Parameters don't tell what computes first: of these, modules stand as they
 * are declared, and only the layers of a list have arrows.
 * @throws {TypeError} when a module has no name, or something in a tree is neither a tensor nor holds some
 * @throws {RangeError} when two modules in one have the same name, an edge names one that isn't there, there is no
 *   parameter, or depth isn't a whole number above 0
 */
export function architecture(
  given: ModuleDescription | ParameterTree | ModelWithParameters,
  options: ArchitectureOptions = {},
): Drawing {
  const what = 'architecture';
  const { depth = 2, fold = true } = options;
  if (!(Number.isInteger(depth) && depth >= 1)) {
    throw new RangeError(`${what}: depth has to be a whole number above 0, not ${depth}.`);
  }
  const model = describe(what, given, options.name);
  check(what, model, []);
  const total = totalOf(model);
  const share = (parameters: number): string =>
    total === 0 ? '' : ` (${((100 * parameters) / total).toFixed(1)}%)`;
  const boxes: Box[] = [];
  const groups: Group[] = [];
  const arrows: Arrow[] = [];

  /** The first and the last box of what was drawn. */
  const draw = (
    module: ModuleDescription,
    path: string,
    level: number,
    parent: string | undefined,
    run: { times: number; until: string } = { times: 1, until: module.name },
    outer = 1,
  ): { first: string; last: string } => {
    const parameters = totalOf(module);
    // How often it is there: layers that are drawn once are in it, or it in them.
    const times = run.times * outer;
    const name = run.times > 1 ? `${module.name} … ${run.until} (× ${run.times})` : module.name;
    const each = parameters === 0 ? '' : `${readable(parameters)} parameters${times > 1 ? ' each' : ''}`;
    const kind = module.kind === undefined ? '' : `: ${module.kind}`;
    const hint = [
      `${path}${kind}`,
      ...(each === '' ? [] : [`${each}${share(parameters * times)}`]),
      ...shapesOf(module).map(([own, shape]) => `${own} [${shape.join(', ')}]`),
    ].join('\n');
    const children = module.children ?? [];
    if (children.length === 0 || level >= depth) {
      boxes.push({
        id: path,
        title: `${name}${kind}`,
        lines: [
          ...(module.outputShape ? [`→ [${module.outputShape.join(', ')}]`] : []),
          ...(children.length === 0 ? shapeLines(module) : []),
          ...(each === '' ? [] : [`${each}${share(parameters * times)}`]),
        ],
        hint,
        ...(parent === undefined ? {} : { parent }),
        ...(total > 0 ? { fill: '#0072b2', opacity: (0.35 * parameters * times) / total } : {}),
      });
      return { first: path, last: path };
    }
    groups.push({
      id: path,
      title: `${name}${kind}  ${each}${each === '' ? '' : share(parameters * times)}`,
      hint,
      ...(parent === undefined ? {} : { parent }),
    });
    const runs = runsOf(children, fold && module.edges === undefined);
    const ends = new Map(
      runs.map(({ module: child, times: often, until: last }) => [
        child.name,
        draw(child, `${path}.${child.name}`, level + 1, path, { times: often, until: last }, times),
      ]),
    );
    const names = runs.map((run) => run.module.name);
    const edges = module.edges ?? names.slice(1).map((to, i) => [names[i]!, to] as const);
    for (const [from, to] of edges) {
      const isHidden = 'isDeclared' in module && !(isInList(from) && listOf(from) === listOf(to));
      arrows.push({ from: ends.get(from)!.last, to: ends.get(to)!.first, isHidden });
    }
    return { first: ends.get(names[0]!)!.first, last: ends.get(names.at(-1)!)!.last };
  };
  draw(model, model.name, 0, undefined);
  const drawn = graphSvg(boxes, arrows, groups);
  const text = `${readable(total)} parameters`;
  const svg = `${svgText(text, 10, 14, { size: 11, color: MUTED })}<g transform="translate(0,18)">${drawn.svg}</g>`;
  const [width, height] = [Math.max(drawn.width, 320), drawn.height + 22];
  return new Drawing(
    {
      html:
        `<div style="overflow-x:auto"><svg width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" font-family="inherit">` +
        `${onPage(svg)}</svg></div>${tree(model, share)}`,
      svg,
      width,
      height,
      alt: `Architecture of ${model.name}: ${text} in ${boxes.length} modules.`,
    },
    options,
  );
}

const MOST_SHAPES = 4;

function shapeLines(module: ModuleDescription): string[] {
  const shapes = shapesOf(module).map(([name, shape]) => `${name} [${shape.join(', ')}]`);
  return shapes.length <= MOST_SHAPES
    ? shapes
    : [...shapes.slice(0, MOST_SHAPES - 1), `… and ${shapes.length - MOST_SHAPES + 1} more`];
}

/** `h.0` is in the list `h`. */
const isInList = (name: string): boolean => /\.\d+$/.test(name);
const listOf = (name: string): string => name.replace(/\.\d+$/, '');

function describe(
  what: string,
  given: ModuleDescription | ParameterTree | ModelWithParameters,
  name: string | undefined,
): ModuleDescription {
  if (typeof given !== 'object' || given === null || isList(given)) {
    throw new TypeError(
      `${what}: the model has to be { name, … }, a tree of parameters or a model with params, not ${named(given)}.`,
    );
  }
  if (typeof (given as ModuleDescription).name === 'string') return given as ModuleDescription;
  const { architecture: own, params } = given as Partial<ModelWithParameters>;
  const isModel = typeof own?.modelType === 'string' && typeof params === 'object';
  const leaves = parameterLeaves(what, isModel ? params : given);
  if (leaves.length === 0) throw new RangeError(`${what}: there is no parameter.`);
  const root: Branch = new Map();
  for (const leaf of leaves) grow(root, leaf.name.split('.'), leaf);
  return declared(name ?? (isModel ? own.modelType : 'model'), root);
}

/** Modules and parameters by name. */
type Branch = Map<string, Branch | HasShape>;

function grow(branch: Branch, [name, ...rest]: readonly string[], leaf: HasShape): void {
  if (rest.length === 0) {
    branch.set(name!, leaf);
    return;
  }
  let inner = branch.get(name!);
  if (!(inner instanceof Map)) {
    inner = new Map();
    branch.set(name!, inner);
  }
  grow(inner, rest, leaf);
}

function declared(name: string, branch: Branch): Declared {
  const entries = [...branch];
  // What only holds one module is that module.
  const [only] = entries;
  if (entries.length === 1 && only![1] instanceof Map && !isIndex(only![0]) && !isLayers(only![1])) {
    return declared(`${name}.${only![0]}`, only![1]);
  }
  const parameters: Record<string, readonly number[]> = {};
  const children: Declared[] = [];
  for (const [own, item] of entries) {
    if (!(item instanceof Map)) parameters[own] = Array.from(item.shape);
    // A list's layers stand in what holds the list.
    else if (isLayers(item)) {
      for (const [index, inner] of item) children.push(declared(`${own}.${index}`, inner as Branch));
    } else children.push(declared(own, item));
  }
  return { name, parameters, children, isDeclared: true };
}

const isIndex = (name: string): boolean => /^\d+$/.test(name);
const isLayers = (branch: Branch): boolean =>
  [...branch].every(([index, inner]) => isIndex(index) && inner instanceof Map);

/** Modules in each other as elements that open and close, escaped. */
function tree(module: ModuleDescription, share: (parameters: number) => string): string {
  const parameters = totalOf(module);
  const head =
    `${escapeHtml(module.name)}${module.kind === undefined ? '' : ` <i>${escapeHtml(module.kind)}</i>`}` +
    `${module.outputShape ? ` ${escapeHtml(`→ [${module.outputShape.join(', ')}]`)}` : ''}` +
    `${parameters === 0 ? '' : ` · ${readable(parameters)}${share(parameters)}`}`;
  const own = shapesOf(module).map(
    ([name, shape]) => `<div style="margin-left:30px">${escapeHtml(`${name} [${shape.join(', ')}]`)}</div>`,
  );
  const inner = own.join('') + (module.children ?? []).map((child) => tree(child, share)).join('');
  const style = 'margin-left:16px;font-size:12px;line-height:1.6';
  return inner === ''
    ? `<div style="${style}">${head}</div>`
    : `<details style="${style}"><summary ${OWN_KEYS} style="cursor:pointer">${head}</summary>${inner}</details>`;
}

interface RunOfModules {
  module: ModuleDescription;
  times: number;
  until: string;
}

/** Equal modules that follow each other, 3 or more of them, as one. */
function runsOf(children: readonly ModuleDescription[], fold: boolean): RunOfModules[] {
  const runs: RunOfModules[] = [];
  // Of parameters, those of a list: a query, a key and a value of one shape aren't layers.
  const shape = (module: ModuleDescription): string =>
    JSON.stringify({ ...module, name: 'isDeclared' in module ? listOf(module.name) : '' });
  for (let i = 0; i < children.length; ) {
    const module = children[i]!;
    let end = i + 1;
    while (fold && end < children.length && shape(children[end]!) === shape(module)) end++;
    const times = end - i >= 3 ? end - i : 1;
    runs.push({ module, times, until: children[i + times - 1]!.name });
    i += times;
  }
  return runs;
}

function check(what: string, module: ModuleDescription, path: readonly string[]): void {
  if (typeof module?.name !== 'string') {
    throw new TypeError(
      `${what}: ${path.length === 0 ? 'the model' : `a module in ${path.join('.')}`} has to be { name, … }, not ${named(module)}.`,
    );
  }
  const own = [...path, module.name];
  for (const [name, shape] of shapesOf(module)) {
    if (!isList(shape)) {
      throw new TypeError(
        `${what}: the shape of ${[...own, name].join('.')} has to be an array, not ${named(shape)}.`,
      );
    }
  }
  const names = new Set<string>();
  for (const child of module.children ?? []) {
    check(what, child, own);
    if (names.has(child.name)) {
      throw new RangeError(`${what}: ${own.join('.')} has two modules ${named(child.name)}.`);
    }
    names.add(child.name);
  }
  for (const name of (module.edges ?? []).flat()) {
    if (!names.has(name)) throw new RangeError(`${what}: ${own.join('.')} has no module ${named(name)}.`);
  }
}
