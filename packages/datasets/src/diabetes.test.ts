import { mulberry32 } from '@quire/evaluation';
import { expect, test } from 'vitest';
import { withDamagedCopy } from './damaged-copy.ts';
import { loadDiabetes } from './diabetes.ts';

test('442 patients come with their measures', async () => {
  const patients = await loadDiabetes();
  expect(patients.length).toBe(442);
  expect(patients[0]).toEqual({
    age: 59,
    sex: 2,
    bodyMassIndex: 32.1,
    bloodPressure: 101,
    totalCholesterol: 157,
    ldl: 93.2,
    hdl: 38,
    cholesterolRatio: 4,
    logTriglycerides: 4.8598,
    glucose: 87,
    progression: 151,
    trueProgression: 151,
    outlier: false,
  });
  const progressions = patients.map(({ progression }) => progression);
  expect([Math.min(...progressions), Math.max(...progressions)]).toEqual([25, 346]);
});

test('outliers are marked, far off, and the same for the same seed', async () => {
  const outliers = () => ({ fraction: 0.1, size: 4, random: mulberry32(7) });
  const first = await loadDiabetes({ outliers: outliers() });
  const changed = first.filter(({ outlier }) => outlier);
  expect(changed.length).toBe(44);
  // The standard deviation of the progression is 77.0.
  for (const { progression, trueProgression } of changed) {
    expect(Math.abs(progression - trueProgression)).toBeCloseTo(4 * 77.005, 1);
  }
  expect(new Set(changed.map((row) => Math.sign(row.progression - row.trueProgression))).size).toBe(2);
  expect(first.filter((row) => !row.outlier).every((row) => row.progression === row.trueProgression)).toBe(
    true,
  );
  expect(await loadDiabetes({ outliers: outliers() })).toEqual(first);
  expect(await loadDiabetes({ outliers: { ...outliers(), random: mulberry32(8) } })).not.toEqual(first);
});

test('a fraction that is none is an error', async () => {
  await expect(loadDiabetes({ outliers: { fraction: 5, random: mulberry32(1) } })).rejects.toThrow(
    'outliers.fraction is 5: give 0 to 1',
  );
});

test('a cell that is no number is found, with its line and column', async () => {
  const damage = (text: string) => text.replace('\t21.6\t', '\tmany\t');
  await withDamagedCopy('diabetes', 'diabetes.tsv', damage, async (options) => {
    await expect(loadDiabetes(options)).rejects.toThrow(
      'datasets/diabetes/diabetes.tsv, line 3: expected a number as bodyMassIndex, found "48\\t1\\tmany',
    );
  });
});
