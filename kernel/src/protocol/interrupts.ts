/**
 * Stops what the main thread is running, whatever it is doing: code that awaits gets a message, code that computes is
 * terminated through V8's inspector. Termination leaves variables as they are.
 */
import inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { constants } from 'node:os';

/** How long the main thread has to answer an interrupt before what it computes is terminated. */
const PATIENCE_MS = 10;
const ATTEMPTS = 100;

export class Interrupter {
  #session: inspector.Session | undefined;
  #acknowledged: (() => void) | undefined;

  /** Call when the main thread answered. */
  acknowledge(): void {
    this.#acknowledged?.();
  }

  /**
   * @param ask sends the request to the main thread
   * @returns whether the main thread answered
   */
  async interrupt(ask: () => void): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answered = new Promise<boolean>((resolve) => {
        this.#acknowledged = () => resolve(true);
        setTimeout(resolve, PATIENCE_MS, false);
      });
      ask();
      if (await answered) return true;
      this.#terminate();
    }
    return false;
  }

  #terminate(): void {
    if (!this.#session) {
      this.#session = new inspector.Session();
      this.#session.connectToMainThread();
    }
    this.#session.post('Runtime.terminateExecution');
  }

  close(): void {
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
