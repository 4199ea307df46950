/** Work that follows changes: after a pause, one at a time, and always with the last of them. */
export interface Latest {
  /** Something changed. */
  (): void;
  /** Resolves when nothing is waiting or running. */
  settled(): Promise<void>;
  /** Nothing begins from here on. */
  stop(): void;
}

/**
 * @param work what to do. While it runs, changes wait, and are all answered by one more run.
 * @param milliseconds without another change before it begins
 * @param failed is told what `work` throws; later changes are answered all the same
 */
export function latest(work: () => unknown, milliseconds: number, failed: (error: unknown) => void): Latest {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let again = false;
  let stopped = false;
  let waiting: (() => void)[] = [];

  const run = async (): Promise<void> => {
    timer = undefined;
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      try {
        await work();
      } catch (error) {
        failed(error);
      }
    } while (again && !stopped);
    running = false;
    release();
  };
  const release = (): void => {
    if (timer !== undefined || running) return;
    for (const done of waiting) done();
    waiting = [];
  };
  const changed = (): void => {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => void run(), milliseconds);
  };
  return Object.assign(changed, {
    settled: () =>
      new Promise<void>((done) => {
        waiting.push(done);
        release();
      }),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      timer = undefined;
      release();
    },
  });
}
