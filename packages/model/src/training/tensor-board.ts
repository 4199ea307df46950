import type { MetricLog } from './trainer.ts';

/** The part of `EventWriter` of `@quire/visualization` that is needed. */
export interface ScalarWriter {
  scalar(tag: string, value: number, step: number): void;
}

/** Writes what a trainer measures into a TensorBoard event file. */
export function tensorBoardLog(writer: ScalarWriter): MetricLog {
  return {
    log(step, metrics) {
      for (const [tag, value] of Object.entries(metrics)) writer.scalar(tag, value, step);
    },
  };
}
