/** Which cell's code is running, and what becomes of code that runs on, or fails, after its cell has ended. */

const SCHEDULERS = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'] as const;

export class Whereabouts {
  /** The run whose code is executing, as well as it is known: stamps output. */
  current = 0;
  /** The run that a front end waits for, or undefined. */
  running: number | undefined;
  readonly interrupted = new Set<number>();
  /** The run of a timer's callback that just threw. */
  #stray: number | undefined;
  readonly #queueMicrotask = globalThis.queueMicrotask;

  /** Code of `run` goes on, after an `await` say. */
  enter(run: number): void {
    if (run === this.current) return;
    this.current = run;
    // Code of an earlier cell that goes on in the background prints under that cell; then the running one is back.
    if (this.running !== undefined && run !== this.running) {
      this.#queueMicrotask.call(globalThis, () => {
        if (this.running !== undefined) this.current = this.running;
      });
    }
  }

  /** The run that an uncaught error came from, where a timer's callback threw it. */
  takeStray(): number | undefined {
    const run = this.#stray;
    this.#stray = undefined;
    return run;
  }

  /** Callbacks run as code of the cell that scheduled them; those of an interrupted cell don't run any more. */
  followSchedulers(): void {
    for (const name of SCHEDULERS) {
      const original = globalThis[name] as (...args: unknown[]) => unknown;
      const scheduled = (callback: unknown, ...rest: unknown[]): unknown =>
        typeof callback === 'function'
          ? original(this.#inRun(this.current, callback as (...args: unknown[]) => unknown), ...rest)
          : original(callback, ...rest);
      Object.defineProperties(scheduled, Object.getOwnPropertyDescriptors(original));
      Object.defineProperty(globalThis, name, {
        value: scheduled,
        configurable: true,
        writable: true,
        enumerable: true,
      });
    }
  }

  #inRun(run: number, callback: (...args: unknown[]) => unknown): (...args: unknown[]) => void {
    return (...args) => {
      if (this.interrupted.has(run)) return;
      const before = this.current;
      this.current = run;
      try {
        callback(...args);
      } catch (error) {
        this.#stray = run;
        throw error;
      } finally {
        this.current = before;
      }
    };
  }
}

class ProcessExit extends Error {
  override name = 'ProcessExit';
}

/**
 * User code can't end the process.
 * @returns a function that can
 */
export function guardExit(): (code: number) => void {
  const holder = process as { reallyExit?: unknown };
  const { exit } = process;
  const { reallyExit } = holder;
  process.exit = ((code?: number) => {
    throw new ProcessExit(
      `process.exit(${code ?? ''}) was called. The kernel goes on; use the front end's "Shut down" to end it.`,
    );
  }) as typeof process.exit;
  holder.reallyExit = process.exit;
  process.abort = (() => {
    throw new ProcessExit('process.abort() was called. The kernel goes on.');
  }) as typeof process.abort;
  return (code) => {
    holder.reallyExit = reallyExit;
    exit.call(process, code);
  };
}
