/** What the trainings share: where they are at, and what they leave behind. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Trainer, TrainerCallback } from '@quire/model';

/** `datasets/checkpoints`, from this file's place in `dist`. */
const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Where a checkpoint is written. */
export const checkpointPath = (name: string): string => join(ROOT, name);

/** Where a training keeps its state, ignored by git. */
export const statePath = (name: string): string => join(ROOT, '../../build/checkpoints', name);

/** Numbers of a training and of what came of it: `metrics.json`. */
export interface CheckpointMetrics {
  parameters: number;
  /** Updates of the schedule. */
  steps: number;
  /** Updates made; fewer where the training was ended before its end. */
  madeSteps: number;
  batchSize: number;
  /** The highest of the schedule. */
  learningRate: number;
  /** Of the training, on a clock. */
  seconds: number;
  /** What the weights as saved give, and simple guesses beside it. */
  validation: Record<string, number>;
  test: Record<string, number>;
}

/** A callback that prints how far a training is, and counts its seconds over interruptions. */
export class Clock implements TrainerCallback {
  readonly #path: string;
  readonly #before: number;
  #start: number | undefined;
  readonly #until: number;
  #stop: () => void = () => {};

  /** @param until the update after which a training ends before its end */
  constructor(folder: string, until: number = Number.POSITIVE_INFINITY) {
    this.#until = until;
    this.#path = join(folder, 'seconds.json');
    this.#before = existsSync(this.#path) ? Number(readFileSync(this.#path, 'utf8')) : 0;
  }

  get seconds(): number {
    return this.#before + (this.#start === undefined ? 0 : (performance.now() - this.#start) / 1000);
  }

  step({ step, steps, loss }: { step: number; steps: number; loss: number }): void {
    if (step >= this.#until) this.#stop();
    if (step % 10 === 0) {
      process.stdout.write(`${step}/${steps} loss ${loss.toFixed(3)}, ${this.seconds.toFixed(0)} s\n`);
    }
  }

  /** Starts counting, unless there is nothing to do. @returns whether there is something to do */
  watch(trainer: { step: number; steps: number; stop(): void }): boolean {
    this.#stop = () => trainer.stop();
    const open = trainer.step < Math.min(this.#until, trainer.steps);
    if (open) this.#start = performance.now();
    return open;
  }

  validated({ step, metrics }: { step: number; metrics: Record<string, number> }): void {
    process.stdout.write(`${step} validation ${JSON.stringify(metrics)}\n`);
  }

  async saved(): Promise<void> {
    await writeFile(this.#path, String(this.seconds));
  }
}

/**
 * Trains from where an earlier run of the same ended.
 *
 * @returns the parameters of the best validation, which are the trainer's, and the updates made
 */
export async function trained<Params, Example, Batch, Frozen>(
  trainer: Trainer<Params, Example, Batch, Frozen>,
  clock: Clock,
): Promise<{ params: Params; madeSteps: number }> {
  await trainer.resume();
  const { step } = clock.watch(trainer) ? await trainer.train() : trainer;
  return { params: trainer.bestParams, madeSteps: step };
}

/** Writes what is beside the model: numbers, model card and checksums. */
export async function describe(
  name: string,
  metrics: CheckpointMetrics,
  card: string,
  others: Record<string, object> = {},
): Promise<void> {
  const folder = checkpointPath(name);
  await mkdir(folder, { recursive: true });
  const json = { ...others, 'metrics.json': metrics };
  for (const [file, content] of Object.entries(json)) {
    await replace(join(folder, file), `${JSON.stringify(content, null, 2)}\n`);
  }
  await replace(join(folder, 'README.md'), card);
  const files = (await readdir(folder)).filter((file) => !/^(README\.md|SHA256SUMS|\..*)$/.test(file)).sort();
  const sums = await Promise.all(
    files.map(async (file) => {
      const sum = createHash('sha256').update(await readFile(join(folder, file)));
      return `${sum.digest('hex')}  ${file}\n`;
    }),
  );
  await replace(join(folder, 'SHA256SUMS'), sums.join(''));
}

/** For `check.py`: what transformers gets, and the loss and token ids that it has to give. */
export interface Reference {
  inputs: Record<string, unknown>;
  labels: unknown;
  loss: number;
  text?: string;
  ids?: number[];
}

/** Writes what `check.py` compares, where git ignores it. */
export async function keepReference(name: string, reference: Reference): Promise<void> {
  await mkdir(statePath(name), { recursive: true });
  await replace(join(statePath(name), 'reference.json'), JSON.stringify(reference));
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.partial`, text);
  await rename(`${path}.partial`, path);
}
