/** A model's parameters as a table. */
import { isList, named } from '../data.ts';
import { DISPLAY, type Displayable, type MimeBundle } from '../display.ts';
import { table } from '../table.ts';
import { readable } from '../text.ts';

/** Something with a shape: a tensor, whose numbers aren't read. */
export interface HasShape {
  readonly shape: readonly number[];
  readonly dtype?: string;
}

/** Tensors by name, nested as modules are; names with dots (`h.0.attn.weight`) are nested too. */
export interface ParameterTree {
  readonly [name: string]: HasShape | ParameterTree | readonly (HasShape | ParameterTree)[];
}

export interface SummaryOptions {
  title?: string;
  /** How deep modules are told apart; what is below is added up. Default: all. */
  depth?: number;
}

export interface ParameterRow {
  name: string;
  shape: string;
  dtype: string;
  parameters: number;
}

/** A summary that shows itself, with its rows and their total. */
export interface Summary extends Displayable {
  readonly rows: readonly ParameterRow[];
  readonly total: number;
}

/**
 * Parameters by module with their shapes, dtypes, counts and shares, and the total: `summary(parameters, { depth: 2 })`.
 * @throws {TypeError} when something in it is neither a tensor nor holds some
 * @throws {RangeError} when there is no tensor, or depth isn't a whole number above 0
 */
export function summary(parameters: ParameterTree, options: SummaryOptions = {}): Summary {
  const { depth = Infinity, title } = options;
  if (!(depth >= 1 && (Number.isInteger(depth) || depth === Infinity))) {
    throw new RangeError(`summary: depth has to be a whole number above 0, not ${depth}.`);
  }
  const leaves = parameterLeaves('summary', parameters);
  if (leaves.length === 0) throw new RangeError('summary: there is no tensor.');
  const groups = new Map<
    string,
    { shapes: string[]; dtypes: Set<string>; parameters: number; whole: boolean }
  >();
  for (const { name, shape, dtype } of leaves) {
    const parts = name.split('.');
    const key = parts.slice(0, depth).join('.');
    const group = groups.get(key) ?? { shapes: [], dtypes: new Set(), parameters: 0, whole: true };
    group.shapes.push(`[${shape.join(', ')}]`);
    group.dtypes.add(dtype);
    group.parameters += shape.reduce((a, b) => a * b, 1);
    group.whole &&= parts.length <= depth;
    groups.set(key, group);
  }
  const rows = [...groups].map(
    ([name, group]): ParameterRow => ({
      name,
      shape: group.whole && group.shapes.length === 1 ? group.shapes[0]! : `${group.shapes.length} tensors`,
      dtype: [...group.dtypes].filter(Boolean).join(', '),
      parameters: group.parameters,
    }),
  );
  const total = rows.reduce((sum, row) => sum + row.parameters, 0);
  const share = (count: number): string => `${total === 0 ? 0 : ((100 * count) / total).toFixed(1)}%`;
  const shown = table(
    rows.map((row) => ({ ...row, share: share(row.parameters) })),
    {
      bars: ['parameters'],
      format: { parameters: readable as (value: never) => string },
      title: `${title === undefined ? '' : `${title}: `}${readable(total)} parameters in ${leaves.length} tensors`,
      rows: 1000,
    },
  );
  return {
    rows,
    total,
    [DISPLAY]: async (): Promise<MimeBundle> => {
      const bundle = await shown[DISPLAY]();
      return { ...bundle, 'text/plain': `${bundle['text/plain']}\ntotal\t\t\t${readable(total)}` };
    },
  };
}

/** A tensor of a tree. */
export interface ParameterLeaf {
  name: string;
  shape: readonly number[];
  dtype: string;
}

const hasShape = (value: unknown): value is HasShape =>
  typeof value === 'object' && value !== null && isList((value as Partial<HasShape>).shape);

/**
 * The tensors of a tree by their names, `h.0.attn.weight`.
 * @throws {TypeError} when something in it is neither a tensor nor holds some
 */
export function parameterLeaves(what: string, tree: unknown, path: readonly string[] = []): ParameterLeaf[] {
  if (hasShape(tree)) {
    return [{ name: path.join('.'), shape: Array.from(tree.shape), dtype: tree.dtype ?? '' }];
  }
  if (typeof tree !== 'object' || tree === null || ArrayBuffer.isView(tree)) {
    throw new TypeError(
      `${what}: ${path.length === 0 ? 'the parameters' : path.join('.')} has to be a tensor or hold some, not ${named(tree)}.`,
    );
  }
  return Object.entries(tree).flatMap(([name, item]) => parameterLeaves(what, item, [...path, name]));
}

/** Whether all leaves of plain objects and arrays are tensors, one of them of rank 2 or more. */
export function isParameterTree(
  value: unknown,
  isTensor: (value: unknown) => boolean,
): value is ParameterTree {
  let weights = 0;
  const all = (item: unknown, depth: number): boolean => {
    if (isTensor(item)) {
      if ((item as HasShape).shape.length > 1) weights++;
      return true;
    }
    if (depth > 20 || typeof item !== 'object' || item === null) return false;
    const prototype: unknown = Object.getPrototypeOf(item);
    if (!Array.isArray(item) && prototype !== Object.prototype && prototype !== null) return false;
    const items = Object.values(item);
    return items.length > 0 && items.every((own) => all(own, depth + 1));
  };
  return !isList(value) && !isTensor(value) && all(value, 0) && weights > 0;
}
