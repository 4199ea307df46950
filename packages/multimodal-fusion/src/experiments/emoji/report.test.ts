import { expect, test } from 'vitest';
import { LANGUAGES, MODALITIES, SUBSETS } from './index.ts';
import { LEFT_OUT, type Line, type Measured, report } from './report.ts';

/** Made up: all modalities are right for `whole`, and each subset for as much less as it lacks modalities. */
function measured(whole: number): Measured {
  const of = <Key extends string, T>(keys: readonly Key[], value: (key: Key, i: number) => T) =>
    Object.fromEntries(keys.map((key, i) => [key, value(key, i)])) as Record<Key, T>;
  return {
    majority: 0.125,
    accuracies: {
      '': 0.125,
      ...Object.fromEntries(
        SUBSETS.map((names) => [names.join('+'), whole - 0.25 * (MODALITIES.length - names.length)]),
      ),
    },
    shapley: of(MODALITIES, (_, i) => 0.25 * i),
    weights: of(MODALITIES, (_, i) => i + whole),
    recalls: of(LANGUAGES, (language) => ({ name: language === LEFT_OUT ? 0.25 : 0.5, described: 0.75 })),
    chance: 0.125,
  };
}

const line = (seed: number, whole: number, held: number): Line => ({
  seed,
  measured: measured(whole),
  held,
  seconds: 90,
});
const RUN = { processes: 2, processorSeconds: 180, seconds: 120 };

/** The cells of the row whose first is `name`. */
function row(text: string, name: string): string[] {
  const found = text.split('\n').find((each) => each.startsWith(`| ${name} |`));
  if (found === undefined) throw new Error(`No row of ${name}:\n${text}`);
  return found
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

test('the page has means of the seeds with intervals, and differences seed by seed', () => {
  const text = report([line(3, 0.75, 383), line(4, 0.875, 384)], RUN);
  // Two seeds: half of their distance, by the 12.706 of one degree of freedom.
  expect(row(text, 'picture + text + sound')).toEqual(['0.813 ± 0.794', '']);
  expect(row(text, 'text + sound')).toEqual(['0.563 ± 0.794', '0.250 ± 0.000']);
  expect(row(text, 'sound')).toEqual(['0.313 ± 0.794', '0.500 ± 0.000']);
  expect(text).toContain(
    'All three against the best single modality of each seed: **0.500 ± 0.000** (by seed 0.500, 0.500)',
  );
  expect(text).toContain(
    'Shapley values of the accuracy: picture 0.000 ± 0.000, text 0.250 ± 0.000, sound 0.500 ± 0.000.',
  );
  expect(text).toContain('multiplied by 0.81 ± 0.79 (picture), 1.81 ± 0.79 (text), 2.81 ± 0.79 (sound)');
  expect(text).toContain('The most frequent group is right for 0.125 ± 0.000.');
  for (const part of [
    '3 minutes of processor time, and 2 minutes in 2 processes',
    'the seeds 3, 4 ±',
    '(383 or 384)',
  ])
    expect(text).toContain(part);
});

test('recalls are beside chance, by language, and the one that was left out is told', () => {
  const text = report([line(0, 0.5, 383), line(1, 0.5, 383)], RUN);
  expect(row(text, 'de')).toEqual(['0.500 ± 0.000', '4.0 ± 0.0', '0.750 ± 0.000', '6.0 ± 0.0']);
  expect(row(text, `**${LEFT_OUT}, left out**`).slice(0, 2)).toEqual(['0.250 ± 0.000', '2.0 ± 0.0']);
  for (const language of LANGUAGES) if (language !== LEFT_OUT) expect(row(text, language)).toHaveLength(4);
  expect(text).toContain('(383)');
  // Every table has as many cells in a row as its head.
  const widths = text
    .split('\n')
    .filter((each) => each.startsWith('|'))
    .map((each) => each.split('|').length);
  expect(widths.slice(0, 2 + SUBSETS.length)).toEqual(new Array(2 + SUBSETS.length).fill(5));
  expect(widths.slice(2 + SUBSETS.length)).toEqual(new Array(2 + LANGUAGES.length).fill(7));
});

test('one seed has no interval', () => {
  expect(() => report([line(0, 0.5, 383)], RUN)).toThrow(
    '2 to 10 numbers are needed for an interval, not 1.',
  );
});
