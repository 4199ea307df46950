/** What the kernel adds to the globals of cells, as types: `resources/globals.d.ts` makes them known to the checker. */
import type { DisplayApi } from '../display/index.ts';
import type { Comms } from './comms.ts';
import type { Magics } from './magics.ts';

export interface InputApi {
  /** Asks the user for a line of text. Rejects where the front end takes no input. */
  input(prompt?: string): Promise<string>;
  /** Asks for a line of text that isn't shown. */
  password(prompt?: string): Promise<string>;
  /** Asks a yes-or-no question, until the answer is one. */
  confirm(prompt?: string): Promise<boolean>;
}

export interface Quire extends DisplayApi, InputApi {
  /** Messages to and from the front end's widgets. */
  readonly comms: Comms;
  /** Aborted when the running cell is interrupted: pass it to `fetch` and to whatever else takes a signal. */
  readonly signal: AbortSignal;
}

export type CellGlobals = DisplayApi & InputApi & { readonly quire: Quire };

/** What the compiler's and the magics' output calls; not for people. */
export interface CompiledRuntime {
  readonly magics: Magics;
}
