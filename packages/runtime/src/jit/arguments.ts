/** What a compiled function is called with: tensors, which are traced, and anything else, which is part of the code. */

import { sameShape } from '../graph/values.ts';
import * as tf from '../tf.ts';
import { isContainer, joinPath, type Placed } from '../tree.ts';

/**
 * The names of a function's parameters, as they are written; `argument0` where one has none (it is destructured). `rest`
 * tells whether the last one takes any number of arguments.
 */
export function parameterNames(fn: (...args: never[]) => unknown): { names: string[]; rest: boolean } {
  const parameters = splitTopLevel(parameterList(String(fn)));
  const names = parameters.map(
    (text, i) => /^\s*(?:\.\.\.)?([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(text)?.[1] ?? `argument${i}`,
  );
  return { names, rest: /^\s*\.\.\./.test(parameters.at(-1) ?? '') };
}

function parameterList(source: string): string {
  const single = /^\s*(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(source)?.[1];
  if (single) return single;
  const start = source.indexOf('(') + 1;
  let depth = 1;
  for (let i = start; i < source.length; i++) {
    if ('([{'.includes(source[i] as string)) depth++;
    else if (')]}'.includes(source[i] as string) && --depth === 0) return source.slice(start, i);
  }
  return '';
}

function splitTopLevel(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < list.length; i++) {
    if ('([{'.includes(list[i] as string)) depth++;
    else if (')]}'.includes(list[i] as string)) depth--;
    else if (list[i] === ',' && depth === 0) {
      parts.push(list.slice(start, i));
      start = i + 1;
    }
  }
  if (list.slice(start).trim() !== '') parts.push(list.slice(start));
  return parts;
}

export interface Call {
  /** All leaves of the arguments, each under its path, `state.params.w`, and with its argument's position. */
  leaves: (Placed<unknown> & { argument: number })[];
  /** What each leaf is, in their order: `float32[3,4]`. */
  kinds: string[];
  /** Differs where another graph is needed. */
  signature: string;
}

const identities = new WeakMap<object, number>();
let nextIdentity = 0;

/** A number that stands for `value` itself, whatever is in it. */
export function identityOf(value: object): number {
  let identity = identities.get(value);
  if (identity === undefined) {
    identity = nextIdentity++;
    identities.set(value, identity);
  }
  return identity;
}

/** Where a leaf of the arguments is, and what the last tensor there was. */
class Place {
  readonly path: string;
  readonly #inner = new Map<string | number, Place>();
  #tensor: { dtype: string; shape: readonly number[]; kind: string } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  in(key: string | number): Place {
    const known = this.#inner.get(key);
    if (known) return known;
    const place = new Place(joinPath(this.path, key));
    this.#inner.set(key, place);
    return place;
  }

  /** @throws {TypeError} for what can't be passed in. */
  kindOf(value: unknown): string {
    if (!(value instanceof tf.Tensor) || value.isDisposed) return describe(this.path, value);
    const { dtype, shape } = value;
    if (this.#tensor?.dtype !== dtype || !sameShape(this.#tensor.shape, shape)) {
      this.#tensor = { dtype, shape: [...shape], kind: describe(this.path, value) };
    }
    return this.#tensor.kind;
  }
}

/** Reads calls of one function. What a call has in common with the one before it isn't written anew. */
export class CallReader {
  readonly #roots: Place[] = [];
  readonly #names: readonly string[];
  #last: { places: readonly Place[]; kinds: readonly string[]; signature: string } | undefined;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** @throws {TypeError} naming the path of a disposed tensor, a promise, or an array of numbers. */
  read(args: readonly unknown[]): Call {
    const leaves: Call['leaves'] = [];
    const places: Place[] = [];
    const visit = (value: unknown, place: Place, argument: number): void => {
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) visit(value[i], place.in(i), argument);
      } else if (isContainer(value)) {
        for (const [key, item] of Object.entries(value)) visit(item, place.in(key), argument);
      } else {
        places.push(place);
        leaves.push({ path: place.path, value, argument });
      }
    };
    args.forEach((value, i) => {
      this.#roots[i] ??= new Place(this.#names[i] ?? `argument${i}`);
      visit(value, this.#roots[i], i);
    });
    const kinds = places.map((place, i) => place.kindOf(leaves[i]?.value));
    const last = this.#last;
    const same =
      last?.places.length === places.length &&
      places.every((place, i) => place === last.places[i] && kinds[i] === last.kinds[i]);
    if (same) return { leaves, kinds, signature: last.signature };
    const signature = places.map(({ path }, i) => `${path}:${kinds[i]}`).join(';');
    this.#last = { places, kinds, signature };
    return { leaves, kinds, signature };
  }
}

/** The tensors, but not the variables, in the arguments at `positions`, in order. */
export function tensorsAt(
  { leaves }: Call,
  positions: ReadonlySet<number>,
): (Placed<tf.Tensor> & { argument: number })[] {
  if (positions.size === 0) return [];
  return leaves.filter(
    (leaf): leaf is Placed<tf.Tensor> & { argument: number } =>
      positions.has(leaf.argument) && leaf.value instanceof tf.Tensor && !(leaf.value instanceof tf.Variable),
  );
}

/** How a call's arguments differ from an earlier call's, one sentence for each path, at most `most` of them. */
export function differences(call: Call, earlier: Call, most = 4): string[] {
  const before = new Map(earlier.leaves.map(({ path }, i) => [path, earlier.kinds[i]]));
  const now = new Map(call.leaves.map(({ path }, i) => [path, call.kinds[i]]));
  const found: string[] = [];
  for (const [path, kind] of now) {
    const expected = before.get(path);
    if (expected === undefined) found.push(`${path} is ${kind}, and was not there`);
    else if (expected !== kind) found.push(`${path} is ${kind}, and was ${expected}`);
  }
  for (const [path, kind] of before) if (!now.has(path)) found.push(`${path} is missing, and was ${kind}`);
  return found.length <= most ? found : [...found.slice(0, most), `and ${found.length - most} more`];
}

/**
 * Refuses an object of a class, such as a `Map`, that holds tensors: `jit` wouldn't see them. Variables are found where
 * the function reads them.
 *
 * @throws {TypeError}
 */
export function refuseHidden(path: string, value: object): void {
  const held: unknown[] =
    value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value);
  if (!held.some((item) => item instanceof tf.Tensor && !(item instanceof tf.Variable))) return;
  const kind = value.constructor?.name ?? 'object';
  throw new TypeError(
    `${path} is a ${kind} that holds tensors: they have to be in plain objects and arrays, such as { ...${path} }.`,
  );
}

function describe(path: string, value: unknown): string {
  if (value instanceof tf.Tensor) {
    if (value.isDisposed) {
      throw new TypeError(
        `${path} is disposed. A tensor that was donated or disposed can't be used again: use the one that the function returned.`,
      );
    }
    return `${value.dtype}[${value.shape}]`;
  }
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
    return `${typeof value} ${JSON.stringify(value)}${Object.is(value, -0) ? '-' : ''}`;
  }
  if (value === undefined || value === null) return String(value);
  if (value instanceof Promise) throw new TypeError(`${path} is a promise: await it first.`);
  if (ArrayBuffer.isView(value)) {
    throw new TypeError(
      `${path} is a ${value.constructor.name}: make a tensor of it, tf.tensor(${path}, shape).`,
    );
  }
  if (typeof value === 'object') refuseHidden(path, value);
  if (typeof value === 'object' || typeof value === 'function') return `#${identityOf(value)}`;
  return `${typeof value} ${String(value)}`;
}
