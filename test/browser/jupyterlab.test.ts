/** JupyterLab 4 with this kernel, as a user sees it in a browser. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { FLAGS, type JupyterLab, startJupyterLab } from './jupyterlab.ts';

const environment = inject('environment');
const pictures = fileURLToPath(new URL('../../build/', import.meta.url));
const packages = fileURLToPath(new URL('../node_modules', import.meta.url));
const missing = [environment.python, environment.chromium].flatMap((found) =>
  'missing' in found ? [found.missing] : [],
);

const TITLE = `# A first look

TypeScript in JupyterLab: types are checked as \`tsc\` would, and the kernel answers while a cell runs.`;

const CELLS = {
  table: `interface Word { word: string; count: number; share: string }

const text = 'the cat saw the dog and the dog saw the cat';
const counts = new Map<string, number>();
for (const word of text.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);

const words: Word[] = [...counts]
  .map(([word, count]) => ({ word, count, share: \`\${((100 * count) / 11).toFixed(1)} %\` }))
  .sort((a, b) => b.count - a.count);
words`,
  picture: `const bars = words.map(({ word, count }, i) => \`
  <rect x="90" y="\${i * 26 + 4}" width="\${count * 90}" height="18" fill="#3178c6"/>
  <text x="80" y="\${i * 26 + 18}" text-anchor="end" font-family="sans-serif">\${word}</text>\`);
svg(\`<svg xmlns="http://www.w3.org/2000/svg" width="480" height="134">\${bars.join('')}</svg>\`)`,
  progress: `let total = 0;
for (const n of progress(Array.from({ length: 40 }, (_, i) => i))) {
  total += n;
  await new Promise((done) => setTimeout(done, 75));
}
total`,
  tensors: "import * as tf from '@tensorflow/tfjs-core';",
  loop: `let turns = 0;
while (true) turns++;`,
  after: 'turns > 0',
  typing: '',
};
type CellName = keyof typeof CELLS;

const suite = missing.length === 0 ? describe : describe.skip;

suite(`JupyterLab${missing.length > 0 ? ` (${missing.join(' ')})` : ''}`, () => {
  let lab: JupyterLab;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    if ('missing' in environment.python || 'missing' in environment.chromium) return;
    mkdirSync(pictures, { recursive: true });
    lab = await startJupyterLab(environment.python.path, environment.jupyterPath);
    const cells = Object.entries(CELLS).map(([id, source]) => ({
      id,
      cell_type: 'code',
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    }));
    // The notebook's folder has TensorFlow.js installed.
    symlinkSync(packages, join(lab.files, 'node_modules'), 'dir');
    writeFileSync(
      join(lab.files, 'a-first-look.ipynb'),
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: {
          kernelspec: { name: environment.kernelName, display_name: 'TypeScript', language: 'typescript' },
        },
        cells: [{ id: 'title', cell_type: 'markdown', metadata: {}, source: TITLE }, ...cells],
      }),
    );
    browser = await chromium.launch({ executablePath: environment.chromium.path, args: FLAGS });
    page = await browser.newPage({ viewport: { width: 1200, height: 1080 } });
    await page.goto(`${lab.url}/lab/tree/a-first-look.ipynb`);
    await page.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 60_000 });
    await page.locator('#jp-main-statusbar', { hasText: '| Idle' }).waitFor({ timeout: 30_000 });
    // The list of files makes room for the notebook.
    await page.keyboard.press('Control+b');
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  const cell = (name: CellName): Locator =>
    page.locator('.jp-Notebook .jp-CodeCell').nth(Object.keys(CELLS).indexOf(name));
  const output = (name: CellName): Locator => cell(name).locator('.jp-OutputArea-output');
  const prompt = (name: CellName): Locator => cell(name).locator('.jp-InputArea-prompt');
  const save = (name: string): Promise<unknown> => page.screenshot({ path: join(pictures, `${name}.png`) });

  async function begin(name: CellName): Promise<void> {
    await cell(name).locator('.cm-content').click();
    await page.keyboard.press('Control+Enter');
  }

  const ended = (name: CellName): Promise<void> =>
    prompt(name)
      .filter({ hasText: /\[\d+\]/ })
      .waitFor();

  /** Types `text` into the last cell, presses Tab and waits until each of `names` is offered: long lists come in pieces. */
  async function completes(text: string, ...names: string[]): Promise<void> {
    const editor = cell('typing').locator('.cm-content');
    await editor.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
    for (const name of names) {
      await page
        .locator('.jp-Completer-match')
        .filter({ hasText: new RegExp(`^${name}$`) })
        .waitFor({ state: 'attached', timeout: 10_000 });
    }
  }

  test('cells run: an array of records is a table', async () => {
    await begin('table');
    await ended('table');
    const rows = output('table').locator('table tr');
    expect(await rows.first().innerText()).toMatch(/word\s+count\s+share/);
    expect(await rows.count()).toBe(6);
    expect(await rows.filter({ hasText: 'the' }).first().innerText()).toMatch(/the\s+4\s+36\.4 %/);
  });

  test('TypeScript’s own keywords are highlighted', async () => {
    // CodeMirror wraps in an element of its own what it gives a colour.
    const colored = await cell('table').locator('.cm-line span').allInnerTexts();
    expect(colored).toEqual(expect.arrayContaining(['interface', 'const']));
  });

  test('a picture is seen', async () => {
    await begin('picture');
    await ended('picture');
    const picture = output('picture').locator('svg, img').first();
    await picture.waitFor();
    expect(await picture.boundingBox()).toMatchObject({ width: 480 });
  });

  test('a progress bar moves in place, and ends', async () => {
    await begin('progress');
    const bar = output('progress').first();
    await bar.filter({ hasText: /\d+\s*%/ }).waitFor();
    const seen = new Set<string>();
    while (!(await prompt('progress').innerText()).match(/\[\d+\]/)) {
      seen.add((await bar.innerText()).trim());
      await page.waitForTimeout(100);
    }
    expect(seen.size).toBeGreaterThan(2);
    expect(await bar.innerText()).toMatch(/40\s*\/\s*40/);
    // The bar and the result.
    expect(await output('progress').count()).toBe(2);
    expect(await output('progress').last().innerText()).toContain('780');
    await save('jupyterlab');
  });

  test('completion is offered while a cell runs', async () => {
    await begin('tensors');
    await ended('tensors');
    await begin('loop');
    await page.locator('#jp-main-statusbar', { hasText: '| Busy' }).waitFor();
    await completes('tf.', 'matMul', 'tensor', 'tidy');
    await save('completion');
    expect(await prompt('loop').innerText()).toContain('[*]');
    await page.keyboard.press('Escape');
    await completes('words[0]!.', 'count', 'share', 'word');
    await page.keyboard.press('Escape');
  });

  test('a loop is interrupted by the button, and its variables are kept', async () => {
    expect(await prompt('loop').innerText()).toContain('[*]');
    await page
      .locator(
        'jp-button[data-command="notebook:interrupt-kernel"], [data-jp-item-name="interrupt"] jp-button',
      )
      .first()
      .click();
    await ended('loop');
    await output('loop')
      .filter({ hasText: /interrupt/i })
      .waitFor();
    await begin('after');
    await ended('after');
    expect(await output('after').innerText()).toContain('true');
  });

  test('help is shown for the name at the cursor', async () => {
    const editor = cell('typing').locator('.cm-content');
    await editor.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Math.max');
    await page.keyboard.press('Shift+Tab');
    await page
      .locator('.jp-Tooltip', { hasText: /max:? ?\(\.\.\.values: number\[\]\)(:| =>) number/ })
      .waitFor();
    await page.keyboard.press('Escape');
  });

  test('the notebook is saved with its outputs', async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+s');
    const contents = async (): Promise<string> =>
      (await fetch(`${lab.url}/api/contents/a-first-look.ipynb`)).text();
    for (let i = 0; i < 50 && !(await contents()).includes('36.4 %'); i++) await page.waitForTimeout(100);
    const { content } = JSON.parse(await contents()) as { content: { metadata: { language_info: unknown } } };
    expect(content.metadata.language_info).toMatchObject({ name: 'typescript', file_extension: '.ts' });
  });
});
