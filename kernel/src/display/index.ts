/** What cells show things with: the functions that every cell finds as globals. */
import { randomUUID } from 'node:crypto';
import { jsonCopy, sendable } from './bundle.ts';
import { formatValue, metadataOf } from './format.ts';
import * as helpers from './helpers.ts';
import { createProgress, type Progress } from './progress.ts';
import { type DisplayData, type DisplaySink, type MimeBundle, SILENT } from './types.ts';

export { escapeHtml } from './html.ts';

export interface DisplayOptions {
  /** Names the output, so that `updateDisplay` can replace it. */
  displayId?: string;
  /** The value is a MIME bundle already: `display({ 'text/html': '<b>x</b>' }, { raw: true })`. */
  raw?: boolean;
  /** For the front end, by MIME type: `{ 'image/png': { width: 300 } }`. */
  metadata?: Record<string, unknown>;
}

/** What was shown, to be replaced later. */
export interface DisplayHandle {
  /** Names the output for `updateDisplay`, in later cells too. */
  readonly displayId: string;
  /** Replaces what is shown. Resolves when the replacement was sent. */
  update(value: unknown, options?: Omit<DisplayOptions, 'displayId'>): Promise<void>;
  /** Resolves when the output was sent: at once, unless the value's own display is asynchronous. */
  readonly done: Promise<void>;
}

export interface DisplayApi {
  /**
   * Shows a value among the cell's outputs, as it would be shown as the cell's result.
   *
   * An object decides itself how it is shown by a method `[Symbol.for('Jupyter.display')]()` that answers a MIME
   * bundle, or a promise of one: `await display(value).done` before what has to come after it.
   *
   * @returns a handle whose `update` replaces what is shown
   * @throws {TypeError} when `raw` is set and the value is no MIME bundle
   */
  display(value: unknown, options?: DisplayOptions): DisplayHandle;
  /**
   * Shows several values, each as an output of its own. A last value that holds options and nothing else is taken as
   * options. Updating replaces all of them.
   */
  display(
    first: unknown,
    second: unknown,
    third?: unknown,
    fourth?: unknown,
    fifth?: unknown,
    sixth?: unknown,
    seventh?: unknown,
    eighth?: unknown,
  ): DisplayHandle;
  /**
   * Replaces every output that is shown under `displayId`, those of earlier cells too.
   * Resolves when the replacement was sent.
   */
  updateDisplay(value: unknown, options: DisplayOptions & { displayId: string }): Promise<void>;
  /** Removes the cell's outputs; with `wait`, only when the next one comes, so that nothing flickers. */
  clearOutput(wait?: boolean | { wait?: boolean }): void;
  /**
   * A progress bar over an iterable, which gives its items, or for a total that is counted by hand:
   *
   * ```ts
   * for (const batch of progress(batches, { description: 'training' })) …
   *
   * const bar = progress(100);
   * bar.update(10);
   * bar.close();
   * ```
   */
  progress: Progress;
  /**
   * HTML from a string, taken as it stands, or from a template whose interpolated values are escaped:
   * ``html`<b>${name}</b>` ``. Values made by `html` itself and pictures go in as what they are.
   */
  html: typeof helpers.html;
  /** Markdown. */
  markdown: typeof helpers.markdown;
  /** LaTeX, as MathJax shows it: `latex('$e^{i\\pi} = -1$')`. Formulas need their dollars. */
  latex: typeof helpers.latex;
  /** A JSON value as a tree that can be folded. */
  json: typeof helpers.json;
  /** An SVG picture, from its source. */
  svg: typeof helpers.svg;
  /** A PNG picture, from bytes or base64. */
  png: typeof helpers.png;
  /** A JPEG picture, from bytes or base64. */
  jpeg: typeof helpers.jpeg;
  /** A PNG, JPEG, GIF, WebP or SVG picture, told by its bytes: `image(await readFile('cat.jpg'))`. */
  image: typeof helpers.image;
  /** A player for WAV, MP3 or Ogg sound, from bytes or base64. */
  audio: typeof helpers.audio;
  /** A chart from a Vega-Lite specification (version 5). */
  vegaLite: typeof helpers.vegaLite;
  /** A Plotly figure: `{ data, layout }`. */
  plotly: typeof helpers.plotly;
  /** JavaScript that the front end runs, where it trusts the notebook. */
  javascript: typeof helpers.javascript;
  /** Any MIME bundle, and metadata for the front end. */
  raw: typeof helpers.raw;
}

/** An output with content still to come: what is shown under its id is always the latest that was asked for. */
interface Place {
  asked: number;
  /** The last of those asked for that was sent as an update. */
  updated: number;
  latest: (DisplayData & { displayId: string }) | undefined;
  /** How many contents are to come. */
  pending: number;
}

/**
 * The functions that every cell finds as globals, putting what they show into `sink`.
 * @param expected told of what is to come, from displays that are asynchronous
 */
export function createDisplay(
  sink: DisplaySink,
  expected: (sent: Promise<void>) => void = () => {},
): DisplayApi {
  const places = new Map<string, Place>();

  /** Sends at once what is there, and later what is to come. Nothing waits for another's promise, which an interrupt may drop. */
  const send = (
    value: unknown,
    displayId: string,
    options: DisplayOptions,
    first: boolean,
  ): Promise<void> => {
    const metadata = options.metadata ?? metadataOf(value);
    const rest = metadata ? { metadata: jsonCopy(metadata) as Record<string, unknown> } : {};
    const bundle: MimeBundle | Promise<MimeBundle> = options.raw
      ? sendable(value)
      : (formatValue(value) ?? { 'text/plain': 'undefined' });
    const place = places.get(displayId);
    if (!place && !(bundle instanceof Promise)) {
      put({ data: bundle, displayId, ...rest }, first);
      return Promise.resolve();
    }
    const known = place ?? { asked: 0, updated: 0, latest: undefined, pending: 0 };
    const mine = ++known.asked;
    const deliver = (data: MimeBundle): void => {
      const output = { data, displayId, ...rest };
      const current = mine > known.updated;
      if (first) put((!current && known.latest) || output, true);
      else if (current) {
        known.updated = mine;
        known.latest = output;
        put(output, false);
      }
    };
    if (!(bundle instanceof Promise)) {
      deliver(bundle);
      return Promise.resolve();
    }
    known.pending++;
    places.set(displayId, known);
    const sent = bundle.then((data) => {
      if (--known.pending === 0) places.delete(displayId);
      deliver(data);
    });
    expected(sent);
    return sent;
  };
  const put = (output: DisplayData & { displayId: string }, first: boolean): void =>
    first ? sink.display(output) : sink.update(output);

  const silent = <T extends object>(value: T): T => Object.defineProperty(value, SILENT, { value: true });
  const update = (value: unknown, displayId: string, options: DisplayOptions): Promise<void> => {
    try {
      return silent(send(value, displayId, options, false));
    } catch (error) {
      return silent(Promise.reject(error));
    }
  };

  return {
    ...helpers,
    display(...given: unknown[]) {
      const { values, options } = splitOptions(given);
      const displayId = options.displayId ?? randomUUID();
      const sent = values.map((value) => send(value, displayId, options, true));
      return silent({
        displayId,
        done: sent.length === 1 ? sent[0]! : Promise.all(sent).then(() => {}),
        update: (next: unknown, changed: Omit<DisplayOptions, 'displayId'> = {}) =>
          update(next, displayId, changed),
      });
    },
    updateDisplay(value, options) {
      if (typeof options?.displayId !== 'string') {
        return Promise.reject(new TypeError('updateDisplay() needs { displayId } of the output to replace.'));
      }
      return update(value, options.displayId, options);
    },
    clearOutput(wait = false) {
      sink.clear(typeof wait === 'object' ? (wait.wait ?? false) : wait);
    },
    progress: createProgress(sink),
  };
}

function splitOptions(given: unknown[]): { values: unknown[]; options: DisplayOptions } {
  const last = given.at(-1);
  if (given.length > 1 && isOptions(last)) return { values: given.slice(0, -1), options: last };
  if (given.length === 2 && last === undefined) return { values: given.slice(0, 1), options: {} };
  return { values: given, options: {} };
}

const OPTIONS: Record<string, string> = { displayId: 'string', raw: 'boolean', metadata: 'object' };

/** Whether `value` can't be meant to be shown: a plain object with known options of the right types, and no others. */
function isOptions(value: unknown): value is DisplayOptions {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  if (prototype !== Object.prototype && prototype !== null) return false;
  const entries = Object.entries(value);
  return (
    entries.length > 0 &&
    entries.every(
      ([key, option]) =>
        option === undefined || (Object.hasOwn(OPTIONS, key) && typeof option === OPTIONS[key]),
    )
  );
}
