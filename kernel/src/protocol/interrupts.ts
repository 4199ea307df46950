/**
 * Stops what the main thread is running, whatever it is doing: code that awaits gets a message, code that computes is
 * terminated through V8's inspector. Termination leaves variables as they are.
 */
import inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { constants } from 'node:os';

/** How long the main thread has to answer an interrupt before what it computes is terminated. */
const PATIENCE_MS = 10;
const GIVE_UP_MS = 3000;

export class Interrupter {
  #session: inspector.Session | undefined;
  #attempts = 0;
  #acknowledged = 0;
  #answered: (() => void) | undefined;
  /** A termination that was asked for and hasn't hit anything yet: it would end whatever runs next. */
  #terminating = false;
  #closed = false;

  /** Call when the main thread answered an attempt. */
  acknowledge(attempt: number): void {
    this.#acknowledged = attempt;
    this.#answered?.();
  }

  /**
   * @param ask sends the request to the main thread, to be answered with the attempt's number
   * @returns whether the main thread answered, with no termination left under way
   */
  async interrupt(ask: (attempt: number) => void): Promise<boolean> {
    const deadline = performance.now() + GIVE_UP_MS;
    while (performance.now() < deadline) {
      const attempt = ++this.#attempts;
      const answered = new Promise<void>((resolve) => {
        this.#answered = resolve;
        setTimeout(resolve, PATIENCE_MS);
      });
      ask(attempt);
      await answered;
      if (this.#acknowledged >= attempt && !this.#terminating) return true;
      if (this.#acknowledged < attempt && !this.#terminating) this.#terminate();
    }
    return false;
  }

  #terminate(): void {
    if (this.#closed) return;
    if (!this.#session) {
      this.#session = new inspector.Session();
      this.#session.connectToMainThread();
    }
    this.#terminating = true;
    this.#session.post('Runtime.terminateExecution', () => {
      this.#terminating = false;
    });
  }

  close(): void {
    this.#closed = true;
    this.#session?.disconnect();
  }
}

interface SignalHandle {
  onsignal: () => void;
  start(signal: number): number;
  unref(): void;
}

/**
 * Calls `listener` on SIGINT. Node.js gives signals to the main thread only, where a computing cell keeps them from
 * being seen; its internal signal handle works on this thread too (with `--expose-internals`).
 */
export function onSigint(listener: () => void): void {
  const { emitWarning } = process;
  try {
    process.emitWarning = () => {};
    const require = createRequire(import.meta.url);
    const { internalBinding } = require('internal/test/binding') as {
      internalBinding: (name: string) => { Signal: new () => SignalHandle };
    };
    const handle = new (internalBinding('signal_wrap').Signal)();
    handle.unref();
    handle.onsignal = listener;
    handle.start(constants.signals.SIGINT);
  } catch {
    // Interrupts still come as messages.
  } finally {
    process.emitWarning = emitWarning;
  }
}
