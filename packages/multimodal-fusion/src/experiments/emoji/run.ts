/**
 * Measures what the models of emoji reach on held-out emoji: `node --conditions=built dist/experiments/emoji/run.js` in the
 * package's folder takes the seeds 0 to 4 and writes README.md beside the source. With seeds as arguments, such as `7 8`,
 * it takes these, prints what they give, and writes nothing.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
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

const LEFT_OUT: Language = 'pt';
const K = 10;

interface Measured {
  /** Of the most frequent group of the training. */
  majority: number;
  /** On test by the modalities that were seen, joined by `+`. */
  accuracies: Record<string, number>;
  shapley: Record<Modality, number>;
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

function report(all: readonly Measured[], seeds: readonly number[], tested: string): string {
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
)}

Seeds ${seeds.join(', ')}; ${tested} held-out emoji.`;
}

await device.use('cpu');
const asked = process.argv.slice(2).map(Number);
const seeds = asked.length > 0 ? asked : [0, 1, 2, 3, 4];
const began = performance.now();
const { rows, groups } = await loadEmojiRows({ spoken: 'names' });
const all: Measured[] = [];
const sizes: number[] = [];
for (const seed of seeds) {
  const split = splitByFamily(rows, seed);
  const measured = await measure(split, groups.length, seed);
  console.log(seed, JSON.stringify(measured));
  all.push(measured);
  sizes.push(split.test.length);
}
if (seeds.length > 1) {
  const text = report(all, seeds, [...new Set(sizes)].join(' or '));
  console.log(text);
  if (asked.length === 0) {
    const minutes = (kind: number): string => (kind / 60).toFixed(0);
    const { user, system } = process.cpuUsage();
    const path = fileURLToPath(new URL('../../../src/experiments/emoji/README.md', import.meta.url));
    writeFileSync(
      `${path}.partial`,
      `# Measured on emoji

Written by \`node --conditions=built dist/experiments/emoji/run.js\` in the package's folder on ${new Date().toISOString().slice(0, 10)}: ${minutes((user + system) / 1e6)} minutes of processor time, ${minutes((performance.now() - began) / 1000)} minutes beside other work on ${cpus().length} cores (${cpus()[0]!.model}).

Means of ${seeds.length} seeds ± half of the 95% confidence interval by Student's t. A seed changes the split, the initialization, the order of examples and all draws. A fifth of the emoji is held out, a tenth is for choices and temperatures; emoji of one family (gender, direction, colour, number, or pictures that hardly differ) are on one side. Settings were chosen on the validation emoji of another seed.

${text}
`,
    );
    renameSync(`${path}.partial`, path);
  }
}
