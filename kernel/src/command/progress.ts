/** What `quire run` shows on standard error while notebooks run. */
import { stripVTControlCharacters } from 'node:util';

export interface ProgressOptions {
  /** The notebook, as the user named it. */
  name: string;
  /** Whether others are run, too: each line says which notebook it is of. */
  several: boolean;
  /** Only what went wrong. */
  quiet: boolean;
  /** Whether lines can be rewritten: one notebook at a time, on a terminal. */
  live: boolean;
}

const CLEAR = '\r\u001b[2K';
const REDRAW_MS = 250;

export class Progress {
  readonly #options: ProgressOptions;
  /** Put before each line. */
  readonly #prefix: string;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#prefix = options.several ? `${options.name}: ` : '';
  }

  /** A cell that runs from now until the returned function is called. */
  cell(index: number, count: number, source: string): (succeeded: boolean) => void {
    const { quiet, live } = this.#options;
    if (quiet) return () => {};
    const started = performance.now();
    const number = String(index).padStart(String(count).length);
    const line = (mark: string): string => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
      const text = `${this.#prefix}${mark} [${number}/${count}] ${seconds} s  ${firstLine(source)}`;
      return shorten(text, live ? (process.stderr.columns || 80) - 1 : 100);
    };
    const draw = (): void => void process.stderr.write(`${CLEAR}${line('…')}`);
    const timer = live ? setInterval(draw, REDRAW_MS) : undefined;
    if (live) draw();
    return (succeeded) => {
      clearInterval(timer);
      process.stderr.write(`${live ? CLEAR : ''}${line(succeeded ? '✓' : '✗')}\n`);
    };
  }

  /** A problem, and where it comes from as the kernel shows it. */
  problem(text: string, traceback: readonly string[] = []): void {
    const lines = [text, ...traceback].join('\n').split('\n');
    const shown = lines.map((line) => this.#prefix + line).join('\n');
    process.stderr.write(`${usesColours() ? shown : stripVTControlCharacters(shown)}\n`);
  }

  /** Why the notebook could not be run, or not be written. */
  abandoned(text: string): void {
    process.stderr.write(`${this.#options.name}: ${text}\n`);
  }
}

function usesColours(): boolean {
  return process.stderr.isTTY === true && !process.env.NO_COLOR;
}

export function firstLine(source: string): string {
  return source.trim().split('\n', 1)[0]?.trim() ?? '';
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
