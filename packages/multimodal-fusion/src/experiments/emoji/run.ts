/**
 * Measures what the models of emoji reach on held-out emoji: `node --conditions=built dist/experiments/emoji/run.js` in the
 * package's folder takes the seeds 0 to 4, in as many processes as there are cores, and writes README.md beside the source.
 * With seeds as arguments, such as `7 8`, it prints what these give, and writes nothing.
 */
import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { device, tf } from '@quire/runtime';
import { contributions } from '../../contributions/contributions.ts';
import {
  accuracy,
  encodeRows,
  fuseLate,
  LANGUAGES,
  type Language,
  loadEmojiRows,
  MODALITIES,
  type Modality,
  type Models,
  meanInterval,
  recallByLanguage,
  type Split,
  SUBSETS,
  splitByFamily,
  trainModality,
  trainRetrieval,
} from './index.ts';

const SEEDS = [0, 1, 2, 3, 4];
const LEFT_OUT: Language = 'pt';
const K = 10;

interface Measured {
  /** Of the most frequent group of the training. */
  majority: number;
  /** On test by the modalities that were seen, joined by `+`. */
  accuracies: Record<string, number>;
  shapley: Record<Modality, number>;
  /** What logits are multiplied by where all are seen. */
  weights: Record<Modality, number>;
  /** By the name alone, and with keywords. */
  recalls: Record<Language, { name: number; described: number }>;
  chance: number;
}

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

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function report(all: readonly Measured[]): string {
  const interval = (of: (one: Measured) => number, digits = 3): string => {
    const { mean, margin } = meanInterval(all.map(of));
    return `${mean.toFixed(digits)} ± ${margin.toFixed(digits)}`;
  };
  const of = (seen: readonly Modality[]) => (one: Measured) => one.accuracies[seen.join('+')]!;
  const whole = of(MODALITIES);
  const single = (one: Measured): number => Math.max(...MODALITIES.map((name) => of([name])(one)));
  const seen = [...SUBSETS].sort((a, b) => b.length - a.length);
  return `## The group of an emoji

Accuracy on held-out emoji, of ten groups. The most frequent group is right for ${interval(({ majority }) => majority)}.

${table(
  ['seen', 'accuracy', 'less than with all'],
  seen.map((names) => [
    names.join(' + '),
    interval(of(names)),
    names.length === MODALITIES.length ? '' : interval((one) => whole(one) - of(names)(one)),
  ]),
)}

All three against the best single modality of each seed: **${interval((one) => whole(one) - single(one))}** (by seed ${all.map((one) => (whole(one) - single(one)).toFixed(3)).join(', ')}).

Where all are seen, logits are multiplied by ${MODALITIES.map((name) => `${interval(({ weights }) => weights[name], 2)} (${name})`).join(', ')}.

Shapley values of the accuracy: ${MODALITIES.map((name) => `${name} ${interval(({ shapley }) => shapley[name])}`).join(', ')}.

## Pictures found by names

Recall@${K} on held-out emoji, by the language that is asked in. The training saw no name and no keyword in ${LEFT_OUT}. Chance is ${interval(({ chance }) => chance, 4)}.

${table(
  ['language', 'by the name', 'times chance', 'by name and keywords', 'times chance'],
  LANGUAGES.map((language) => {
    const recall = (by: 'name' | 'described') => (one: Measured) => one.recalls[language][by];
    const times = (by: 'name' | 'described') => (one: Measured) => recall(by)(one) / one.chance;
    return [
      language === LEFT_OUT ? `**${language}, left out**` : language,
      interval(recall('name')),
      interval(times('name'), 1),
      interval(recall('described')),
      interval(times('described'), 1),
    ];
  }),
)}`;
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

interface Line {
  seed: number;
  measured: Measured;
  /** Emoji of the test. */
  held: number;
  /** Of processor time that the process has taken until then. */
  seconds: number;
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
  const seconds = found.reduce((sum, part) => sum + part.at(-1)!.seconds, 0);
  const minutes = (time: number): string => (time / 60).toFixed(0);
  const sizes = [...new Set(lines.map(({ held }) => held))].sort();
  const text = `# Measured on emoji

Written by \`node --conditions=built dist/experiments/emoji/run.js\` in the package's folder on ${new Date().toISOString().slice(0, 10)}: ${minutes(seconds)} minutes of processor time, and ${minutes((performance.now() - began) / 1000)} minutes in ${processes} processes beside other work (${cpus()[0]!.model}).

Means of the seeds ${SEEDS.join(', ')} ± half of the 95% confidence interval by Student's t. A seed changes the split, the initialization, the order of examples and all draws. A fifth of the emoji is held out (${sizes.join(' or ')}), and a tenth is for validation, by which models are kept and temperatures learned. Emoji of one family (gender, direction, colour, number, or pictures that hardly differ) are on one side. Settings were chosen on splits of other seeds.

${report(lines.map(({ measured }) => measured))}
`;
  const path = fileURLToPath(new URL('../../../src/experiments/emoji/README.md', import.meta.url));
  writeFileSync(`${path}.partial`, text);
  renameSync(`${path}.partial`, path);
  console.log(text);
}

const asked = process.argv.slice(2).map(Number);
await (asked.length > 0 ? measureHere(asked) : measureAll());
