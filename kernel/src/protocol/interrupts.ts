/**
 * Stops what the main thread is running, whatever it is doing: code that awaits gets a message, code that computes is
 * terminated through V8's inspector. Termination leaves variables as they are.
 */
import inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { workerData } from 'node:worker_threads';

/** How long the main thread has to answer an interrupt before what it computes is terminated. */
const PATIENCE_MS = 10;
const GIVE_UP_MS = 3000;

export class Interrupter {
  /**
   * The first is not 0 while the main thread is in native code that calls back into JavaScript, and ends the process
   * where that was terminated; the second while a termination is under way, when no such code may begin. It is
   * `globalThis[Symbol.for('quire.native')]` there.
   */
  readonly #native = new Int32Array(
    (workerData as { native?: SharedArrayBuffer } | null)?.native ?? new SharedArrayBuffer(8),
  );
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
    let deadline = performance.now() + GIVE_UP_MS;
    while (performance.now() < deadline) {
      const attempt = ++this.#attempts;
      const answered = new Promise<void>((resolve) => {
        this.#answered = resolve;
        setTimeout(resolve, PATIENCE_MS);
      });
      ask(attempt);
      await answered;
      if (this.#acknowledged >= attempt && !this.#terminating) return true;
      if (this.#acknowledged >= attempt || this.#terminating) continue;
      // It is a question of time until that ends, and the request is answered.
      if (!this.#terminate()) deadline = performance.now() + GIVE_UP_MS;
    }
    return false;
  }

  /** @returns false where the main thread must not be terminated now */
  #terminate(): boolean {
    if (this.#closed) return true;
    Atomics.store(this.#native, 1, 1);
    if (Atomics.load(this.#native, 0) !== 0) {
      Atomics.store(this.#native, 1, 0);
      return false;
    }
    if (!this.#session) {
      this.#session = new inspector.Session();
      this.#session.connectToMainThread();
    }
    this.#terminating = true;
    this.#session.post('Runtime.terminateExecution', () => {
      this.#terminating = false;
      Atomics.store(this.#native, 1, 0);
    });
    return true;
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
