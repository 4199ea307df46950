/** Every kind of figure in JupyterLab, as a user sees it, and the notebook that is left when it is saved. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXAMPLES } from '@quire/visualization/examples';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { FLAGS, type JupyterLab, startJupyterLab } from '../jupyterlab.ts';

const environment = inject('environment');
const pictures = fileURLToPath(new URL('../../../build/visualization/', import.meta.url));
const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));
const missing = [environment.python, environment.chromium].flatMap((found) =>
  'missing' in found ? [found.missing] : [],
);
const suite = missing.length === 0 ? describe : describe.skip;
/** With WebGL by software, for points and surfaces in space. */
const args = [
  ...FLAGS.filter((flag) => flag !== '--disable-gpu'),
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];
const IMPORT = "import * as v from '@quire/visualization';";

suite(`Figures in JupyterLab${missing.length > 0 ? ` (${missing.join(' ')})` : ''}`, () => {
  let lab: JupyterLab;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    if ('missing' in environment.python || 'missing' in environment.chromium) return;
    mkdirSync(pictures, { recursive: true });
    lab = await startJupyterLab(environment.python.path, environment.jupyterPath);
    symlinkSync(packages, join(lab.files, 'node_modules'), 'dir');
    const cells = [IMPORT, ...EXAMPLES.map(({ code }) => code)].map((source, i) => ({
      id: `cell-${i}`,
      cell_type: 'code',
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    }));
    writeFileSync(
      join(lab.files, 'figures.ipynb'),
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: {
          kernelspec: { name: environment.kernelName, display_name: 'TypeScript', language: 'typescript' },
        },
        cells,
      }),
    );
    browser = await chromium.launch({ executablePath: environment.chromium.path, args });
    page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    await open(page);
    await page.keyboard.press('Control+b');
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  async function open(target: Page): Promise<void> {
    target.on('console', (message) => {
      // JupyterLab's own, of every cell that runs without its debugger.
      if (message.type() !== 'error' || message.text().includes('No active debugger session')) return;
      errors.push(message.text());
    });
    target.on('pageerror', (error) => {
      if (!error.message.includes('No active debugger session')) errors.push(String(error));
    });
    await target.goto(`${lab.url}/lab/tree/figures.ipynb`);
    await target.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 60_000 });
    await target.locator('#jp-main-statusbar', { hasText: '| Idle' }).waitFor({ timeout: 30_000 });
    // What JupyterLab itself complains of is no figure's error.
    errors.length = 0;
  }

  const cell = (index: number): Locator => page.locator('.jp-Notebook .jp-CodeCell').nth(index);

  async function run(index: number): Promise<Locator> {
    const editor = cell(index).locator('.cm-content');
    await editor.scrollIntoViewIfNeeded();
    await editor.click();
    await page.keyboard.press('Control+Enter');
    await cell(index)
      .locator('.jp-InputArea-prompt')
      .filter({ hasText: /\[\d+\]/ })
      .waitFor();
    const output = cell(index).locator('.jp-OutputArea');
    // A figure is drawn when it comes into view.
    const shown = output.locator('.jp-OutputArea-output').first();
    if ((await shown.count()) > 0) await shown.scrollIntoViewIfNeeded();
    return output;
  }

  test('the package is imported', async () => {
    await run(0);
    expect(await cell(0).locator('.jp-OutputArea-output').count()).toBe(0);
  });

  test.each(EXAMPLES.map((kind, i) => [kind.name, i + 1] as const))('%s is drawn', async (name, index) => {
    const output = await run(index);
    const { marks } = EXAMPLES[index - 1]!;
    for (const [selector, count] of Object.entries(marks)) {
      const found = output.locator(selector);
      await found.first().waitFor({ state: 'attached' });
      expect(await found.count(), `${name}: ${selector}`).toBe(count);
    }
    await output.screenshot({ path: join(pictures, `${name}.png`) });
    expect(errors).toEqual([]);
  });

  test('plotly.js was loaded once', async () => {
    const requests = await page.evaluate(
      () =>
        performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('plotly.min.js')).length,
    );
    expect(requests).toBe(1);
  });

  test('the saved notebook is small, and has each figure for every front end', async () => {
    await page.keyboard.press('Control+s');
    const path = join(lab.files, 'figures.ipynb');
    await expect.poll(() => readFileSync(path, 'utf8').includes('image/png')).toBe(true);
    const text = readFileSync(path, 'utf8');
    expect(text.length).toBeLessThan(3e6);
    console.log(`The notebook of ${EXAMPLES.length} figures has ${text.length} bytes.`);
  });
});
