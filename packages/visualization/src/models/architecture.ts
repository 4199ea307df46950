/** A model as the modules that it is made of. */
import { isList, named } from '../data.ts';
import { Drawing, type DrawingOptions, svgText } from '../drawing.ts';
import { escapeHtml, OWN_KEYS, readable } from '../text.ts';
import { MUTED } from '../theme.ts';
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

export interface ArchitectureOptions extends DrawingOptions {
  /** How deep modules are opened; deeper ones are added up in theirs. Default: 2. */
  depth?: number;
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

/**
 * A model's modules as a graph: each with its kind, the shape that it makes, and its parameters with their share of all.
 * Below the picture, pages have the whole tree, which opens and closes by a click.
 * @throws {TypeError} when a module has no name
 * @throws {RangeError} when two modules in one have the same name, an edge names one that isn't there, or depth isn't a
 *   whole number above 0
 */
export function architecture(model: ModuleDescription, options: ArchitectureOptions = {}): Drawing {
  const what = 'architecture';
  const { depth = 2, fold = true } = options;
  if (!(Number.isInteger(depth) && depth >= 1)) {
    throw new RangeError(`${what}: depth has to be a whole number above 0, not ${depth}.`);
  }
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
    times = 1,
    until = module.name,
  ): { first: string; last: string } => {
    const parameters = totalOf(module);
    const name = times > 1 ? `${module.name} … ${until} (× ${times})` : module.name;
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
          ...(module.outputShape ? [`[${module.outputShape.join(', ')}]`] : []),
          ...(each === '' ? [] : [`${each}${share(parameters * times)}`]),
        ],
        hint,
        ...(parent === undefined ? {} : { parent }),
        ...(total > 0 ? { fill: '#0072b2', opacity: (0.5 * parameters * times) / total } : {}),
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
        draw(child, `${path}.${child.name}`, level + 1, path, often, last),
      ]),
    );
    const names = runs.map((run) => run.module.name);
    const edges = module.edges ?? names.slice(1).map((to, i) => [names[i]!, to] as const);
    for (const [from, to] of edges) arrows.push({ from: ends.get(from)!.last, to: ends.get(to)!.first });
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
        `${svg.replaceAll('fill="#1f2933"', 'fill="currentColor"')}</svg></div>${tree(model, share)}`,
      svg,
      width,
      height,
      alt: `Architecture of ${model.name}: ${text} in ${boxes.length} modules.`,
    },
    options,
  );
}

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
  const shape = (module: ModuleDescription): string => JSON.stringify({ ...module, name: '' });
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
