/** What cells show things with: the functions that every cell finds as globals. */
import { randomUUID } from 'node:crypto';
import { asJson, formatValue } from './format.ts';
import * as helpers from './helpers.ts';
import { createProgress, type Progress } from './progress.ts';
import { type DisplaySink, type MimeBundle, SILENT } from './types.ts';

export interface DisplayOptions {
  /** Names the output, so that `updateDisplay` can replace it. */
  displayId?: string;
  /** The value is a MIME bundle already. */
  raw?: boolean;
  metadata?: Record<string, unknown>;
}

export interface DisplayHandle {
  readonly displayId: string;
  /** Replaces what is shown. */
  update(value: unknown, options?: Omit<DisplayOptions, 'displayId'>): Promise<void>;
  /** Resolves when the output was sent: at once, unless the value's own display is asynchronous. */
  readonly done: Promise<void>;
}

export interface DisplayApi {
  /** Shows a value among the cell's outputs. */
  display(value: unknown, options?: DisplayOptions): DisplayHandle;
  /** Replaces every output that is shown under `displayId`. */
  updateDisplay(value: unknown, options: DisplayOptions & { displayId: string }): Promise<void>;
  /** Removes the cell's outputs; with `wait`, only when the next one comes. */
  clearOutput(wait?: boolean | { wait?: boolean }): void;
  /** A progress bar over an iterable, or for a total. */
  progress: Progress;
  html: typeof helpers.html;
  markdown: typeof helpers.markdown;
  latex: typeof helpers.latex;
  json: typeof helpers.json;
  svg: typeof helpers.svg;
  png: typeof helpers.png;
  jpeg: typeof helpers.jpeg;
  image: typeof helpers.image;
  audio: typeof helpers.audio;
  vegaLite: typeof helpers.vegaLite;
  plotly: typeof helpers.plotly;
  javascript: typeof helpers.javascript;
  raw: typeof helpers.raw;
}

export function createDisplay(sink: DisplaySink): DisplayApi {
  const send = (value: unknown, options: DisplayOptions, put: (data: MimeBundle) => void): Promise<void> => {
    const bundle = options.raw
      ? (asJson(value) as MimeBundle)
      : (formatValue(value) ?? { 'text/plain': 'undefined' });
    if (bundle instanceof Promise) return bundle.then(put);
    put(bundle);
    return Promise.resolve();
  };
  const metadataOf = ({ metadata }: DisplayOptions) =>
    metadata ? { metadata: asJson(metadata) as Record<string, unknown> } : {};

  const silent = <T extends object>(value: T): T => Object.defineProperty(value, SILENT, { value: true });
  const update = (value: unknown, displayId: string, options: DisplayOptions): Promise<void> =>
    silent(send(value, options, (data) => sink.update({ data, displayId, ...metadataOf(options) })));

  return {
    ...helpers,
    display(value, options = {}) {
      const displayId = options.displayId ?? randomUUID();
      const done = send(value, options, (data) => sink.display({ data, displayId, ...metadataOf(options) }));
      const handle = {
        displayId,
        done,
        update: (next: unknown, changed = {}) => update(next, displayId, changed),
      };
      return silent(handle);
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
