/** Every notebook of the repository, as `quire run` runs it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { cleanEnvironment } from '../clean.ts';

/** What a notebook may take on two cores that do nothing else; where they do, twice as long passes. */
const BUDGET_SECONDS = 60;

const environment = inject('environment');
const quire = fileURLToPath(new URL('../../kernel/bin/quire.js', import.meta.url));
const root = fileURLToPath(new URL('../../notebooks', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quire-notebooks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const notebooks = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ipynb') && !/node_modules|\.ipynb_checkpoints/.test(name))
  .sort();

describe('the notebooks', () => {
  test('there are some', () => {
    expect(notebooks).not.toEqual([]);
  });

  for (const name of notebooks) {
    test(
      `${name} runs`,
      () => {
        const output = join(folder, name.replaceAll(/[\\/]/g, '-'));
        const started = performance.now();
        const { status, stdout, stderr } = spawnSync(
          environment.node ?? process.execPath,
          [quire, 'run', join(root, name), '--output', output],
          { encoding: 'utf8', env: cleanEnvironment(), timeout: 3 * BUDGET_SECONDS * 1000 },
        );
        expect(status, `${stdout}${stderr}`.slice(-5000)).toBe(0);
        expect((performance.now() - started) / 1000).toBeLessThan(2 * BUDGET_SECONDS);
        const { nbformat, cells } = JSON.parse(readFileSync(output, 'utf8')) as {
          nbformat: number;
          cells: unknown[];
        };
        expect(nbformat).toBe(4);
        expect(cells.length).toBeGreaterThan(0);
      },
      (3 * BUDGET_SECONDS + 10) * 1000,
    );
  }
});
