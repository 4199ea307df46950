/** What crosses from the display room to the rest of the kernel. */

/** MIME type to content: a string (base64 for binary types), or JSON for `application/json` and `+json` types. */
export type MimeBundle = Record<string, unknown>;

export interface DisplayData {
  data: MimeBundle;
  metadata?: Record<string, unknown>;
  /** Names the output so that a later one replaces it. */
  displayId?: string;
}

/** Any object with this method decides how it is shown; Deno's protocol. May answer with a promise. */
export const DISPLAY = Symbol.for('Jupyter.display');

export interface Displayable {
  [DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

/** A value with this property isn't shown as the result of a cell: what it is about was shown already. */
export const SILENT = Symbol('quire.silent');

/** Where displays go. The evaluator gives the real one; tests give a list. */
export interface DisplaySink {
  display(output: DisplayData): void;
  /** Replaces the outputs shown under `displayId`. */
  update(output: DisplayData & { displayId: string }): void;
  clear(wait: boolean): void;
  stream(name: 'stdout' | 'stderr', text: string): void;
}
