/**
 * Measures what the models of emoji reach on held-out emoji: `node --conditions=built dist/experiments/emoji/run.js` in the
 * package's folder takes the seeds 0 to 4, in as many processes as there are cores, and writes README.md beside the source.
 * With seeds as arguments, such as `7 8`, it prints what these give, and writes nothing.
 */
import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { device, tf } from '@quire/runtime';
import { contributions } from '../../contributions/contributions.ts';
import {
  accuracy,
  encodeRows,
  fuseLate,
  LANGUAGES,
  loadEmojiRows,
  MODALITIES,
  type Modality,
  type Models,
  recallByLanguage,
  type Split,
  splitByFamily,
  trainModality,
  trainRetrieval,
} from './index.ts';
import { K, LEFT_OUT, type Line, type Measured, report } from './report.ts';

const SEEDS = [0, 1, 2, 3, 4];

async function measure(split: Split, groups: number, seed: number): Promise<Measured> {
  const models = {} as Models;
  for (const modality of MODALITIES)
    models[modality] = await trainModality(modality, split, groups, { seed });
  const validation = await encodeRows(models, split.validation);
  const test = await encodeRows(models, split.test);
  const fused = fuseLate(models, validation);
  const majority = majorityAccuracy(split);
  const found = await contributions(MODALITIES, (seen) =>
    seen.length === 0 ? majority : accuracy(fused, test, seen as Modality[]),
  );
  const weights = fused.weights(MODALITIES) as Measured['weights'];
  fused.dispose();
  tf.dispose([validation as never, test as never]);
  for (const model of Object.values(models)) await model.dispose();

  const retrieval = await trainRetrieval(split.train, { seed, leftOut: LEFT_OUT });
  const byName = await recallByLanguage(retrieval, split.test, { k: K });
  const described = await recallByLanguage(retrieval, split.test, { k: K, by: 'name and keywords' });
  await retrieval.dispose();
  return {
    majority,
    accuracies: Object.fromEntries(found.scores),
    shapley: Object.fromEntries(
      found.modalities.map(({ modality, shapley }) => [modality, shapley]),
    ) as Measured['shapley'],
    weights,
    recalls: Object.fromEntries(
      LANGUAGES.map((language) => [
        language,
        { name: byName[language].recall, described: described[language].recall },
      ]),
    ) as Measured['recalls'],
    chance: byName[LEFT_OUT].chance,
  };
}

function majorityAccuracy({ train, test }: Split): number {
  const counts = new Map<number, number>();
  for (const { group } of train) counts.set(group, (counts.get(group) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a)[0]!;
  return test.filter(({ group }) => group === most).length / test.length;
}

/** Measures seeds one after the other, and prints what each gives as a line. */
async function measureHere(seeds: readonly number[]): Promise<void> {
  await device.use('cpu');
  const { rows, groups } = await loadEmojiRows({ spoken: 'names' });
  for (const seed of seeds) {
    const split = splitByFamily(rows, seed);
    const measured = await measure(split, groups.length, seed);
    const { user, system } = process.cpuUsage();
    const line: Line = { seed, measured, held: split.test.length, seconds: (user + system) / 1e6 };
    console.log(JSON.stringify(line));
  }
}

/** The same in a process of its own. */
async function measureApart(seeds: readonly number[]): Promise<Line[]> {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...seeds.map(String)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: Line[] = [];
  for await (const line of createInterface(child.stdout)) {
    console.log(line);
    lines.push(JSON.parse(line) as Line);
  }
  if (lines.length < seeds.length)
    throw new Error(`Seeds ${seeds.join(', ')}: the process ended before its last one.`);
  return lines;
}

async function measureAll(): Promise<void> {
  const began = performance.now();
  const processes = Math.min(SEEDS.length, availableParallelism());
  const parts = Array.from({ length: processes }, (_, p) => SEEDS.filter((_, i) => i % processes === p));
  // The first one makes what isn't there yet.
  await loadEmojiRows({ spoken: 'names' });
  const found = await Promise.all(parts.map(measureApart));
  const lines = found.flat().sort((a, b) => a.seed - b.seed);
  const text = report(lines, {
    processes,
    processorSeconds: found.reduce((sum, part) => sum + part.at(-1)!.seconds, 0),
    seconds: (performance.now() - began) / 1000,
  });
  const path = fileURLToPath(new URL('../../../src/experiments/emoji/README.md', import.meta.url));
  writeFileSync(`${path}.partial`, text);
  renameSync(`${path}.partial`, path);
  console.log(text);
}

const asked = process.argv.slice(2).map(Number);
await (asked.length > 0 ? measureHere(asked) : measureAll());
