/** Text for any value: what Node's `inspect` gives, bounded in length and in the time that it takes. */
import { inspect, types } from 'node:util';
import { bounded, grouped, head, more } from './text.ts';

const MAX_TEXT = 100_000;
const MAX_STRING = 20_000;
const MAX_ITEMS = 100;
/** How many values of a structure are shown, about. */
const BUDGET = 5000;
/** How many elements of a typed array are looked at for its range. */
const MAX_RANGE = 10_000_000;
const MAX_HEX_DIGITS = 50_000;

/** `[depth, items of an array]`, from the most that is shown of a structure to the least. */
const STEPS = [
  [4, 100],
  [3, 100],
  [4, 30],
  [3, 30],
  [2, 100],
  [4, 10],
  [3, 10],
  [2, 30],
  [2, 10],
  [1, 100],
  [1, 10],
  [0, 100],
  [0, 10],
] as const;

const maxKeys = (items: number): number => 2 * items;
const maxString = (items: number): number => 200 * items;

/** Text for `value`. Runs no getter of its own; an `inspect` method that throws is noted. Never throws. */
export function inspectValue(value: unknown): string {
  try {
    return bounded(textOf(value), MAX_TEXT);
  } catch (error) {
    return `<${kindOf(value)} that could not be shown: ${errorText(error)}>`;
  }
}

/** Text for a value inside a table: one line of not much more than is shown there. Never throws. */
export function inspectCell(value: unknown): string {
  try {
    if (typeof value === 'bigint') return bigintText(value);
    const walk = startWalk(10, new Map());
    measure(value, 1, walk);
    return inspect(walk.unbounded ? sketch(value, 1, walk, new Map()) : value, {
      depth: 1,
      breakLength: Number.POSITIVE_INFINITY,
      maxArrayLength: 10,
      maxStringLength: 100,
    });
  } catch {
    return `<${kindOf(value)}>`;
  }
}

/** What was thrown, on few lines. Never throws. */
export function errorText(error: unknown): string {
  try {
    const message: unknown = types.isNativeError(error) ? error.message : error;
    return bounded(typeof message === 'string' ? message : inspect(message, { depth: 0 }), 500);
  } catch {
    return 'it threw';
  }
}

function kindOf(value: unknown): string {
  try {
    const name: unknown = (value as object).constructor.name;
    return typeof name === 'string' && name !== '' ? bounded(name, 100) : typeof value;
  } catch {
    return typeof value;
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'bigint') return bigintText(value);
  if (types.isTypedArray(value)) return typedArrayText(value as NumericArray);
  return structureText(value);
}

function stringText(value: string): string {
  if (value.length <= MAX_STRING) return inspect(value, { maxStringLength: null });
  const kept = head(value, MAX_STRING);
  const text = inspect(kept, { maxStringLength: null, breakLength: Number.POSITIVE_INFINITY });
  return `${text}… ${more(value.length - kept.length, 'character')}`;
}

/** Decimal digits take more than linear time, hexadecimal ones don't. */
function bigintText(value: bigint): string {
  const hex = value.toString(16);
  return hex.length <= MAX_HEX_DIGITS
    ? `${value}n`
    : `${hex.slice(0, 64).replace(/^-?/, '$&0x')}… ${more(hex.length - 64, 'hexadecimal digit')}`;
}

type NumericArray = Readonly<ArrayLike<number> | ArrayLike<bigint>> & Iterable<number | bigint>;

/** `Float32Array(3) [ 1, 2, 3 ]`, and for a long one its range too. */
function typedArrayText(array: NumericArray): string {
  const text = inspect(array, { maxArrayLength: MAX_ITEMS, breakLength: 100 });
  if (array.length <= MAX_ITEMS) return text;
  const looked = Math.min(array.length, MAX_RANGE);
  let low: number | bigint = Number.POSITIVE_INFINITY;
  let high: number | bigint = Number.NEGATIVE_INFINITY;
  let strange = 0;
  for (let i = 0; i < looked; i++) {
    const item = array[i] as number | bigint;
    if (typeof item === 'number' && !Number.isFinite(item)) strange++;
    else {
      if (item < low) low = item;
      if (item > high) high = item;
    }
  }
  const of = looked < array.length ? ` of the first ${grouped(looked)}` : '';
  const range = strange === looked ? 'no finite numbers' : `range${of}: ${low} to ${high}`;
  return `${text}\n${range}${strange > 0 && strange < looked ? `, ${grouped(strange)} not finite` : ''}`;
}

interface Walk {
  /** How many more values may be shown. */
  left: number;
  readonly items: number;
  /** Whether `inspect` itself doesn't bound something: an object of many keys, a long array with holes. */
  unbounded: boolean;
  readonly ancestors: object[];
  /** Of objects that have very many, which takes long to find out. */
  readonly keys: Map<object, string[]>;
}

function startWalk(items: number, keys: Map<object, string[]>): Walk {
  return { left: BUDGET, items, unbounded: false, ancestors: [], keys };
}

/** As much of a structure as stays within the budget: less depth, and fewer items of each array, as it is larger. */
function structureText(value: unknown): string {
  const keys = new Map<object, string[]>();
  let walk = startWalk(0, keys);
  let depth = 0;
  let items = 0;
  for ([depth, items] of STEPS) {
    walk = startWalk(items, keys);
    measure(value, depth, walk);
    if (walk.left >= 0) break;
  }
  const shown = walk.unbounded ? sketch(value, depth, walk, new Map()) : value;
  return inspect(shown, {
    depth,
    maxArrayLength: items,
    maxStringLength: maxString(items),
    breakLength: 100,
    compact: 3,
  });
}

/** Takes off `walk.left` what `inspect` would show of `value`. */
function measure(value: unknown, depth: number, walk: Walk): void {
  walk.left--;
  if (walk.left < 0) return;
  if (typeof value === 'string') walk.left -= Math.floor(Math.min(value.length, maxString(walk.items)) / 50);
  if (typeof value !== 'object' || value === null || depth < 0 || types.isProxy(value)) return;
  if (walk.ancestors.includes(value)) return;
  walk.ancestors.push(value);
  if (Array.isArray(value)) {
    const count = Math.min(value.length, walk.items);
    for (let i = 0; i < count && walk.left >= 0; i++) {
      if (Object.hasOwn(value, i)) measure(own(value, i), depth - 1, walk);
      else if (value.length > walk.items) walk.unbounded = true;
    }
  } else if (types.isTypedArray(value)) {
    walk.left -= Math.min(value.length, walk.items);
  } else if (types.isMap(value) || types.isSet(value)) {
    let count = 0;
    for (const [key, item] of types.isMap(value)
      ? Map.prototype.entries.call(value)
      : Set.prototype.entries.call(value)) {
      if (++count > walk.items || walk.left < 0) break;
      measure(key, depth - 1, walk);
      if (types.isMap(value)) measure(item, depth - 1, walk);
    }
  } else if (isRecord(value)) {
    const keys = keysOf(value, walk);
    if (keys.length > maxKeys(walk.items)) walk.unbounded = true;
    for (const key of keys.slice(0, maxKeys(walk.items))) {
      if (walk.left < 0) break;
      measure(own(value, key), depth - 1, walk);
    }
  }
  walk.ancestors.pop();
}

function keysOf(value: object, { keys: known }: Walk): string[] {
  const keys = known.get(value) ?? Object.keys(value);
  if (keys.length > 1000) known.set(value, keys);
  return keys;
}

function own(value: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

/** Whether `inspect` shows `value` by its properties alone. */
function isRecord(value: object): boolean {
  return (
    Object.prototype.toString.call(value) === '[object Object]' &&
    !types.isProxy(value) &&
    typeof (value as Record<symbol, unknown>)[inspect.custom] !== 'function'
  );
}

/** Stands for what was left out. */
class More {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  [inspect.custom](): string {
    return this.#text;
  }
}

/** A copy of `value` down to `depth`, without what is too much to show. */
function sketch(value: unknown, depth: number, walk: Walk, copies: Map<object, object>): unknown {
  const { items } = walk;
  if (typeof value !== 'object' || value === null || depth < 0 || types.isProxy(value)) return value;
  const known = copies.get(value);
  if (known) return known;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype) return value;
    const copy: unknown[] = [];
    copies.set(value, copy);
    const count = Math.min(value.length, items);
    let holes = false;
    for (let i = 0; i < count; i++) {
      if (Object.hasOwn(value, i)) copy[i] = sketch(own(value, i), depth - 1, walk, copies);
      else holes = true;
    }
    // `inspect` counts the rest of an array whose first items are there by its length alone.
    copy.length = holes ? count : value.length;
    if (holes && value.length > count) copy.push(new More(`… ${more(value.length - count, 'item')}`));
    return copy;
  }
  if (!isRecord(value)) return value;
  const copy = Object.create(prototype) as object;
  copies.set(value, copy);
  const keys = keysOf(value, walk);
  for (const key of keys.slice(0, maxKeys(items))) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (!property) continue;
    if ('value' in property) property.value = sketch(property.value, depth - 1, walk, copies);
    Object.defineProperty(copy, key, property);
  }
  if (keys.length > maxKeys(items)) {
    const rest = new More(`${grouped(keys.length - maxKeys(items))} more properties`);
    Object.defineProperty(copy, '…', { value: rest, enumerable: true });
  }
  return copy;
}
