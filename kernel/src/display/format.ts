/** How a value is shown that a cell ends with, or that is given to `display`. */
import { inspect, types } from 'node:util';
import { mediaType, toBase64 } from './bytes.ts';
import { escapeHtml } from './html.ts';
import { isTable, tableBundle } from './table.ts';
import { DISPLAY, type MimeBundle, SILENT } from './types.ts';

const MAX_TEXT = 100_000;
const MAX_STRING = 20_000;
const MAX_ITEMS = 100;
const BINARY = /^(image\/(?!svg)|audio\/|video\/|application\/(pdf|octet-stream))/;

/**
 * The representations of `value`, `text/plain` among them; undefined for undefined.
 * An object with a `Symbol.for('Jupyter.display')` method decides itself which there are. Never throws, whatever the value does.
 */
export function formatValue(value: unknown): MimeBundle | undefined | Promise<MimeBundle> {
  if (value === undefined || (typeof value === 'object' && value !== null && Object.hasOwn(value, SILENT)))
    return undefined;
  try {
    const own = displayMethod(value);
    if (own) {
      const answer = own();
      return types.isPromise(answer)
        ? answer.then((bundle) => checked(bundle, value)).catch((error: unknown) => failed(value, error))
        : checked(answer, value);
    }
    const bytes = asBytes(value);
    if (bytes) {
      const media = mediaBundle(bytes);
      if (media) return media;
    }
    if (isTable(value)) return tableBundle(value);
  } catch (error) {
    return failed(value, error);
  }
  return { 'text/plain': inspectValue(value) };
}

function displayMethod(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const method = (value as Record<symbol, unknown>)[DISPLAY];
  return typeof method === 'function' ? () => method.call(value) as unknown : undefined;
}

function failed(value: unknown, error: unknown): MimeBundle {
  let reason = 'it threw';
  try {
    reason = String((error as Error)?.message ?? error);
  } catch {
    // The thrown value can't be shown either.
  }
  return { 'text/plain': `${inspectValue(value)}\n(its own display failed: ${reason})` };
}

/** A bundle from user code, as it stands but for binary content, which becomes base64. */
function checked(answer: unknown, value: unknown): MimeBundle {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return failed(
      value,
      new TypeError('[Symbol.for("Jupyter.display")]() has to answer an object of MIME types'),
    );
  }
  const bundle: MimeBundle = {};
  for (const [type, content] of Object.entries(answer)) {
    if (content === undefined || content === null) continue;
    if (content instanceof Uint8Array) {
      bundle[type] = BINARY.test(type) ? toBase64(content) : Buffer.from(content).toString('utf8');
    } else bundle[type] = asJson(content);
  }
  return Object.keys(bundle).length > 0 ? bundle : { 'text/plain': inspectValue(value) };
}

/** What of a value JSON holds: it has to cross threads and the wire. @throws for bigints and circular values */
export function asJson(value: unknown): unknown {
  return typeof value === 'string' ? value : (JSON.parse(JSON.stringify(value) ?? 'null') as unknown);
}

function asBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

/** A picture or a player for bytes that are one. */
export function mediaBundle(bytes: Uint8Array): MimeBundle | undefined {
  const type = mediaType(bytes);
  if (!type) return undefined;
  const size = `${bytes.length.toLocaleString('en')} bytes`;
  if (type === 'image/svg+xml') {
    return { 'image/svg+xml': Buffer.from(bytes).toString('utf8'), 'text/plain': `<SVG picture, ${size}>` };
  }
  const data = toBase64(bytes);
  if (type.startsWith('audio/')) {
    return {
      'text/html': `<audio controls src="data:${type};base64,${data}">${escapeHtml(`<sound, ${size}>`)}</audio>`,
      'text/plain': `<${type.slice(6).toUpperCase()} sound, ${size}>`,
    };
  }
  if (type === 'image/webp') {
    return {
      'text/html': `<img alt="picture" src="data:${type};base64,${data}">`,
      'text/plain': `<WEBP picture, ${size}>`,
    };
  }
  return { [type]: data, 'text/plain': `<${type.slice(6).toUpperCase()} picture, ${size}>` };
}

/** Text for any value, bounded in length. Getters aren't run; an `inspect` or `toString` that throws is noted. */
export function inspectValue(value: unknown): string {
  if (typeof value === 'string' && value.length > MAX_STRING) {
    const more = (value.length - MAX_STRING).toLocaleString('en');
    return `${inspect(value.slice(0, MAX_STRING), { maxStringLength: null, breakLength: Number.POSITIVE_INFINITY })}… ${more} more characters`;
  }
  let text: string;
  try {
    if (ArrayBuffer.isView(value) && !(value instanceof DataView))
      return typedArrayText(value as unknown as NumericArray);
    text = inspect(value, {
      depth: 4,
      maxArrayLength: MAX_ITEMS,
      maxStringLength: MAX_STRING,
      breakLength: 100,
      compact: 3,
    });
  } catch (error) {
    text = `<${kindOf(value)} that could not be shown: ${safeMessage(error)}>`;
  }
  return text.length > MAX_TEXT
    ? `${text.slice(0, MAX_TEXT)}… ${(text.length - MAX_TEXT).toLocaleString('en')} more characters`
    : text;
}

function safeMessage(error: unknown): string {
  try {
    return String((error as Error)?.message ?? error);
  } catch {
    return 'it threw';
  }
}

function kindOf(value: unknown): string {
  try {
    return (value as object)?.constructor?.name || typeof value;
  } catch {
    return typeof value;
  }
}

type NumericArray = {
  readonly length: number;
  readonly [index: number]: number | bigint;
  constructor: { name: string };
};

/** `Float32Array(3) [ 1, 2, 3 ]`, and for a long one its range too. */
function typedArrayText(array: NumericArray): string {
  const text = inspect(array, { maxArrayLength: MAX_ITEMS, breakLength: 100 });
  if (array.length <= MAX_ITEMS) return text;
  let low = array[0] as number | bigint;
  let high = low;
  let strange = 0;
  for (let i = 0; i < array.length; i++) {
    const item = array[i] as number | bigint;
    if (typeof item === 'number' && !Number.isFinite(item)) strange++;
    else if (item < low || Number.isNaN(low)) low = item;
    else if (item > high || Number.isNaN(high)) high = item;
  }
  return `${text}\nrange ${low} … ${high}${strange > 0 ? `, ${strange.toLocaleString('en')} not finite` : ''}`;
}
