/**
 * Stops what the main thread is running, whatever it is doing: code that awaits gets a message, code that computes is
 * terminated through V8's inspector. Termination leaves variables as they are.
 */
import inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { RUNTIME } from '../evaluator/compile.ts';

/** How long the main thread has to answer an interrupt before what it computes is terminated. */
const PATIENCE_MS = 10;
const GIVE_UP_MS = 3000;

/** How often the main thread may say that no user code is running, and still not answer. */
const EXCUSES = 6;

export class Interrupter {
  #session: inspector.Session | undefined;
  #attempts = 0;
  #acknowledged = 0;
  #answered: (() => void) | undefined;
  #excuses = 0;
  #deadline = 0;
  #asking = false;
  /** A termination that was asked for from this thread and hasn't hit anything yet: it would end whatever runs next. */
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
    const first = this.#attempts + 1;
    this.#excuses = 0;
    this.#deadline = performance.now() + GIVE_UP_MS;
    while (performance.now() < this.#deadline) {
      const answered = new Promise<void>((resolve) => {
        this.#answered = resolve;
        setTimeout(resolve, PATIENCE_MS);
      });
      this.#attempts += 1;
      ask(this.#attempts);
      await answered;
      if (this.#acknowledged < first) this.#terminate(first);
      else if (!this.#terminating) return true;
    }
    return false;
  }

  /**
   * Has the main thread end what it computes. It decides itself, in the middle of its work: a thread that is idle and
   * only slow to wake up, or busy with the kernel's own work, has nothing to end, and a termination would hit the
   * answer in its place.
   * @param first the attempt whose answer makes the termination needless, however late the thread hears of it
   */
  #terminate(first: number): void {
    if (this.#closed || this.#asking || this.#terminating) return;
    if (!this.#session) {
      this.#session = new inspector.Session();
      this.#session.connectToMainThread();
    }
    const session = this.#session;
    const forced = this.#excuses >= EXCUSES;
    if (forced) this.#excuses = 0;
    this.#asking = true;
    const expression = `${RUNTIME}.terminate(${first}, ${forced})`;
    session.post('Runtime.evaluate', { expression, silent: true }, (error, answer) => {
      this.#asking = false;
      if (error || this.#acknowledged >= first) return;
      if (answer.result.value === 'nothing') this.#excuses += 1;
      // It is a question of time until that ends, and the request is answered.
      if (answer.result.value === 'native') this.#deadline = performance.now() + GIVE_UP_MS;
      if (!answer.exceptionDetails) return;
      // No stack is left even for this: the code that computes is deep in a recursion.
      this.#terminating = true;
      session.post('Runtime.terminateExecution', () => {
        this.#terminating = false;
      });
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
