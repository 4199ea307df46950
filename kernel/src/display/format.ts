/** How a value is shown that a cell ends with, or that is given to `display`. */
import { types } from 'node:util';
import { sendable } from './bundle.ts';
import { isEvident, mediaBundle, mediaType } from './bytes.ts';
import { Shown } from './html.ts';
import { errorText, inspectValue } from './inspect.ts';
import { isTable, tableBundle } from './table.ts';
import { DISPLAY, type MimeBundle, SILENT } from './types.ts';

/** Larger pictures and sounds are shown only when asked for by `image` and `audio`. */
const MAX_MEDIA = 64 * 2 ** 20;

/**
 * The representations of `value`, `text/plain` among them; undefined for undefined.
 * An object or a class with a `Symbol.for('Jupyter.display')` method decides itself which there are. Never throws and
 * never rejects, whatever the value does: text that says what went wrong is shown instead.
 */
export function formatValue(value: unknown): MimeBundle | undefined | Promise<MimeBundle> {
  if (value === undefined || isSilent(value)) return undefined;
  try {
    const own = displayMethod(value) ?? registeredMethod(value);
    if (own) {
      const answer = own();
      return isThenable(answer)
        ? Promise.resolve(answer).then(
            (bundle) => checked(bundle, value),
            (error: unknown) => failed(value, error),
          )
        : checked(answer, value);
    }
  } catch (error) {
    return failed(value, error);
  }
  return builtIn(value) ?? { 'text/plain': inspectValue(value) };
}

/** What the front end is told about an output that is `value`: what `raw` was given. */
export function metadataOf(value: unknown): Record<string, unknown> | undefined {
  return isShown(value) ? value.metadata : undefined;
}

function isSilent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !types.isProxy(value) && Object.hasOwn(value, SILENT);
}

function isShown(value: unknown): value is Shown {
  return typeof value === 'object' && !types.isProxy(value) && value instanceof Shown;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

function displayMethod(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  let method: unknown;
  try {
    // Asks first: a proxy that has an answer to every name isn't meant.
    method = DISPLAY in value ? (value as Record<symbol, unknown>)[DISPLAY] : undefined;
  } catch {
    // A proxy that allows neither.
  }
  return typeof method === 'function' ? () => (method as (this: unknown) => unknown).call(value) : undefined;
}

/**
 * How packages show values that aren't theirs: functions from a value to something with a display method, or undefined
 * where they don't know it. They add themselves to the list under this name on `globalThis`; the first that knows wins.
 */
export const FORMATTERS = Symbol.for('Jupyter.formatters');

function registeredMethod(value: unknown): (() => unknown) | undefined {
  const formatters = (globalThis as Record<symbol, unknown>)[FORMATTERS];
  if (!Array.isArray(formatters) || typeof value !== 'object' || value === null || types.isProxy(value))
    return;
  for (const format of formatters) {
    try {
      const method = displayMethod((format as (value: unknown) => unknown)(value));
      if (method) return method;
    } catch {
      // A formatter that fails doesn't know the value.
    }
  }
  return undefined;
}

function failed(value: unknown, error: unknown): MimeBundle {
  return { 'text/plain': `${inspectValue(value)}\n(its own display failed: ${errorText(error)})` };
}

function checked(answer: unknown, value: unknown): MimeBundle {
  try {
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
      throw new TypeError(
        "[Symbol.for('Jupyter.display')]() has to answer an object of MIME types and contents",
      );
    }
    const bundle = sendable(answer);
    bundle['text/plain'] ??= fallbackText(bundle, value);
    return bundle;
  } catch (error) {
    return failed(value, error);
  }
}

function fallbackText(bundle: MimeBundle, value: unknown): string {
  const text = bundle['text/markdown'] ?? bundle['text/latex'];
  if (typeof text === 'string') return text;
  return isShown(value) ? `<${Object.keys(bundle).join(', ')}>` : inspectValue(value);
}

/** What isn't only text, of the values that have no say in it. */
function builtIn(value: unknown): MimeBundle | undefined {
  try {
    if (types.isUint8Array(value) || types.isAnyArrayBuffer(value)) {
      const bytes = types.isUint8Array(value) ? value : new Uint8Array(value);
      const type = bytes.length <= MAX_MEDIA ? mediaType(bytes) : undefined;
      return type && isEvident(type) ? mediaBundle(type, bytes) : undefined;
    }
    return isTable(value) ? tableBundle(value) : undefined;
  } catch {
    // Such as a proxy whose traps throw: as text it does no harm.
    return undefined;
  }
}
