import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UsageError } from './arguments.ts';
import { firstLine } from './progress.ts';
import { planJobs } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'quire-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function outputs(notebooks: string[], output?: string): string[] {
  return planJobs(notebooks, { output, inPlace: false }).map((job) => job.output);
}

test('a notebook is written beside itself unless another place is named', () => {
  expect(outputs(['a/b.ipynb'])).toEqual([resolve('a/b.executed.ipynb')]);
  expect(outputs(['a/b.ipynb'], 'build/c.ipynb')).toEqual([resolve('build/c.ipynb')]);
  expect(planJobs(['a/b.ipynb'], { inPlace: true })[0]?.output).toBe(resolve('a/b.ipynb'));
});

test('the place is a folder where it is one, ends as one, or several notebooks go there', () => {
  expect(outputs(['a/b.ipynb'], folder)).toEqual([join(folder, 'b.ipynb')]);
  expect(outputs(['a/b.ipynb'], 'build/')).toEqual([resolve('build/b.ipynb')]);
  expect(outputs(['a/b.ipynb', 'c.ipynb'], 'build')).toEqual([
    resolve('build/b.ipynb'),
    resolve('build/c.ipynb'),
  ]);
});

test('no notebook, two places, or one place for two notebooks is wrong usage', () => {
  expect(() => planJobs([], { inPlace: false })).toThrow(UsageError);
  expect(() => planJobs(['a.ipynb'], { output: 'b.ipynb', inPlace: true })).toThrow(UsageError);
  expect(() => outputs(['a/x.ipynb', 'b/x.ipynb'], 'build')).toThrow(/Two of the notebooks/);
  expect(() => planJobs(['a.ipynb', './a.ipynb'], { inPlace: true })).toThrow(/Two of the notebooks/);
});

test('a cell is named by its first line that has text', () => {
  expect(firstLine('\n\n  const x = 1;\nx')).toBe('const x = 1;');
  expect(firstLine('')).toBe('');
});
