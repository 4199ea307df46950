import { expect, test } from 'vitest';
import { withDamagedCopy } from './damaged-copy.ts';
import { loadWages, type Worker } from './wages.ts';

const meanWage = (workers: readonly Worker[]) =>
  workers.reduce((sum, { wage }) => sum + wage, 0) / workers.length;

test('534 people come with wage, gender and race', async () => {
  const workers = await loadWages();
  expect(workers.length).toBe(534);
  expect(workers[0]).toEqual({
    wage: 5.1,
    education: 8,
    experience: 21,
    age: 35,
    gender: 'female',
    race: 'hispanic',
    south: false,
    married: true,
    union: false,
    occupation: 'other',
    sector: 'manufacturing',
  });
  expect(meanWage(workers)).toBeCloseTo(9.024, 3);
});

test('members of unions are 96 and earn more, and 350 are married and older', async () => {
  const workers = await loadWages();
  const members = workers.filter(({ union }) => union);
  expect(members.length).toBe(96);
  expect(meanWage(members)).toBeGreaterThan(meanWage(workers) + 1);
  const age = (rows: readonly Worker[]) => rows.reduce((sum, row) => sum + row.age, 0) / rows.length;
  const married = workers.filter((worker) => worker.married);
  expect(married.length).toBe(350);
  expect(age(married)).toBeGreaterThan(age(workers.filter((worker) => !worker.married)) + 5);
});

test('an unknown occupation is found, with its line', async () => {
  const damage = (text: string) => text.replace('other\tmanufacturing', 'pilot\tmanufacturing');
  await withDamagedCopy('wages', 'wages.tsv', damage, async (options) => {
    await expect(loadWages(options)).rejects.toThrow(
      'datasets/wages/wages.tsv, line 2: expected management or sales or clerical or service or professional or other',
    );
  });
});
