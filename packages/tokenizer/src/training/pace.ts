import { setImmediate } from 'node:timers/promises';

/** How far a training is. */
export interface TrainingProgress {
  /** Texts are read and their words counted; then tokens are learned. */
  stage: 'reading' | 'learning';
  /** Texts so far; or steps: new tokens for BPE and WordPiece, rounds of estimation for Unigram. */
  done: number;
  /** How many steps there will be at most; undefined while reading. */
  total: number | undefined;
}

/** How a training is watched and stopped. */
export interface TrainingControl {
  /** Called a few times a second, and at the end of each stage. */
  onProgress?: (progress: TrainingProgress) => void;
  /** Ends the training with the signal's reason, within a fraction of a second on common corpora. */
  signal?: AbortSignal;
}

/** Milliseconds of computing between two turns of the event loop. */
const TURN = 40;

/** Lets a long computation report, be aborted, and leave time to everything else in the process. */
export class Pace {
  readonly #control: TrainingControl;
  #until = performance.now() + TURN;

  /** @throws the signal's reason where it is aborted. */
  constructor(control: TrainingControl) {
    this.#control = control;
    control.signal?.throwIfAborted();
  }

  /** Whether it is time to `rest`. */
  get due(): boolean {
    return performance.now() >= this.#until;
  }

  /** Reports, and waits for a turn of the event loop. @throws the signal's reason where it is aborted. */
  async rest(progress: TrainingProgress): Promise<void> {
    this.report(progress);
    await setImmediate();
    this.#control.signal?.throwIfAborted();
    this.#until = performance.now() + TURN;
  }

  report(progress: TrainingProgress): void {
    this.#control.onProgress?.(progress);
  }
}
