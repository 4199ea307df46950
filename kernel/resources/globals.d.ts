// What every cell finds without an import.
type QuireGlobals = import('../dist/types/evaluator/globals.js').CellGlobals;

/** Shows a value among the cell's outputs. Returns a handle whose `update` replaces what is shown. */
declare const display: QuireGlobals['display'];
/** Replaces every output that is shown under `displayId`. */
declare const updateDisplay: QuireGlobals['updateDisplay'];
/** Removes the cell's outputs; with `wait`, only when the next one comes. */
declare const clearOutput: QuireGlobals['clearOutput'];
/** A progress bar over an iterable, or for a total: `for (const x of progress(xs)) …`. */
declare const progress: QuireGlobals['progress'];
/** HTML from a string, or from a template whose interpolated values are escaped. */
declare const html: QuireGlobals['html'];
/** Markdown. */
declare const markdown: QuireGlobals['markdown'];
/** LaTeX, as MathJax shows it. */
declare const latex: QuireGlobals['latex'];
/** A JSON value as a tree that can be folded. */
declare const json: QuireGlobals['json'];
/** An SVG picture, from its source. */
declare const svg: QuireGlobals['svg'];
/** A PNG picture, from bytes or base64. */
declare const png: QuireGlobals['png'];
/** A JPEG picture, from bytes or base64. */
declare const jpeg: QuireGlobals['jpeg'];
/** A PNG, JPEG, GIF, WebP or SVG picture, told by its bytes. */
declare const image: QuireGlobals['image'];
/** A player for WAV, MP3 or Ogg sound. */
declare const audio: QuireGlobals['audio'];
/** A chart from a Vega-Lite specification. */
declare const vegaLite: QuireGlobals['vegaLite'];
/** A Plotly figure: `{ data, layout }`. */
declare const plotly: QuireGlobals['plotly'];
/** JavaScript that the front end runs. */
declare const javascript: QuireGlobals['javascript'];
/** Any MIME bundle, as it stands. */
declare const raw: QuireGlobals['raw'];
/** Asks the user for a line of text. */
declare const input: QuireGlobals['input'];
/** Asks for a line of text that isn't shown. */
declare const password: QuireGlobals['password'];
/** Asks a yes-or-no question. */
declare const confirm: QuireGlobals['confirm'];
/** All of these, the running cell's abort signal, and comms. */
declare const quire: QuireGlobals['quire'];
declare const __quire: import('../dist/types/evaluator/globals.js').CompiledRuntime;

declare module 'tslab' {
  type Tslab = import('../dist/types/display/tslab.js').Tslab;
  export type Display = import('../dist/types/display/tslab.js').TslabDisplay;
  export const versions: Tslab['versions'];
  export const display: Tslab['display'];
  export const newDisplay: Tslab['newDisplay'];
}
