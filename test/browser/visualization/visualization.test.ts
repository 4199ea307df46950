/** Every kind of figure in JupyterLab, as a user sees it, and the notebook that is left when it is saved. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
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

const HOSTILE = `</script><script>window.hit=1</script><img src=x onerror="window.hit=1"><b>b</b>%{x}$x^2$`;

const CELLS: Record<string, string> = {
  import: "import * as v from '@quire/visualization';",
  ...Object.fromEntries(EXAMPLES.map(({ name, code }) => [name, code])),
  hostile: `const hostile = ${JSON.stringify(HOSTILE)};
const rows = [{ [hostile]: 1, y: 2, z: 3, kind: hostile }, { [hostile]: 2, y: 1, z: 1, kind: 'b' }];
for (const figure of [
  v.line(rows, { x: hostile, y: 'y', color: 'kind', title: hostile, height: 240 }),
  v.bar(rows, { x: 'kind', y: ['y', 'z'], title: hostile, height: 240 }),
  v.sankey([{ source: hostile, target: 'b', value: 1 }], { title: hostile, height: 240 }),
  v.parallelCoordinates(rows, { columns: [hostile, 'y', 'kind'], height: 240 }),
  v.scatter3d(rows, { x: hostile, y: 'y', z: 'z', color: 'kind', height: 240 }),
  v.heatmap([[1, 2]], { y: [hostile], x: ['a', hostile], valueTitle: hostile, values: () => hostile, height: 240 }),
]) await display(figure).done;
display(v.table(rows, { title: hostile }));`,
  live: `const curves = v.liveCurves({ title: 'Live' });
for (let step = 0; step < 60; step++) {
  curves.log(step, { 'loss/train': Math.exp(-step / 20), rate: 1e-3 });
  await new Promise((done) => setTimeout(done, 100));
}
await curves.close();`,
  many: `const count = 10_000;
const noise = (i: number) => { const s = Math.sin(i * 12.9898) * 43758.5453; return s - Math.floor(s) - 0.5; };
const places = Float32Array.from({ length: 8 * count }, (_, k) => 2 * noise(k) + (k % 8 === Math.floor(k / 8) % 8 ? 4 : 0));
await v.embedding({ shape: [count, 8], data: places }, {
  color: Array.from({ length: count }, (_, i) => 'class ' + (i % 8)), text: Array.from({ length: count }, (_, i) => 'word ' + i) })`,
};
type CellName = string;

const notebook = (kernelName: string, sources: readonly string[]) =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: kernelName, display_name: 'TypeScript', language: 'typescript' } },
    cells: sources.map((source, i) => ({
      id: `cell-${i}`,
      cell_type: 'code',
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    })),
  });

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
    writeFileSync(join(lab.files, 'figures.ipynb'), notebook(environment.kernelName, Object.values(CELLS)));
    browser = await chromium.launch({ executablePath: environment.chromium.path, args });
    page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    await open(page, 'figures.ipynb');
    await page.locator('#jp-main-statusbar', { hasText: '| Idle' }).waitFor({ timeout: 60_000 });
    await page.keyboard.press('Control+b');
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  async function open(target: Page, name: string, workspace = 'figures'): Promise<void> {
    const note = (text: string): void => {
      // JupyterLab's own, of every cell that runs without its debugger.
      if (!text.includes('No active debugger session')) errors.push(text);
    };
    target.on('console', (message) => message.type() === 'error' && note(message.text()));
    target.on('pageerror', (error) => note(String(error)));
    await target.goto(`${lab.url}/lab/workspaces/${workspace}/tree/${name}`);
    await target.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 60_000 });
    // What JupyterLab complains of while it starts is no figure's error.
    errors.length = 0;
  }

  const cell = (name: CellName): Locator =>
    page.locator('.jp-Notebook .jp-CodeCell').nth(Object.keys(CELLS).indexOf(name));
  const output = (name: CellName): Locator => cell(name).locator('.jp-OutputArea');

  async function begin(name: CellName): Promise<void> {
    const editor = cell(name).locator('.cm-content');
    await editor.scrollIntoViewIfNeeded();
    await editor.click();
    await page.keyboard.press('Control+Enter');
  }

  async function run(name: CellName): Promise<Locator> {
    await begin(name);
    await cell(name)
      .locator('.jp-InputArea-prompt')
      .filter({ hasText: /\[\d+\]/ })
      .waitFor({ timeout: 60_000 });
    // A figure is drawn when it comes into view.
    const shown = output(name).locator('.jp-OutputArea-output').first();
    if ((await shown.count()) > 0) await shown.scrollIntoViewIfNeeded();
    return output(name);
  }

  test('the package is imported', async () => {
    await run('import');
    expect(await output('import').locator('.jp-OutputArea-output').count()).toBe(0);
  });

  for (const { name, marks } of EXAMPLES) {
    test(`${name} is drawn`, { timeout: 120_000 }, async () => {
      const shown = await run(name);
      for (const [selector, count] of Object.entries(marks)) {
        const found = shown.locator(selector);
        await found.first().waitFor({ state: 'attached', timeout: 60_000 });
        expect(await found.count(), `${name}: ${selector}`).toBe(count);
      }
      await shown.screenshot({ path: join(pictures, `${name}.png`) });
      expect(errors).toEqual([]);
    });
  }

  test('text is shown as typed, whatever it holds, and never runs', { timeout: 120_000 }, async () => {
    const shown = await run('hostile');
    const each = shown.locator('.jp-OutputArea-output');
    for (let i = 0; i < 6; i++) {
      await each.nth(i).scrollIntoViewIfNeeded();
      await each.nth(i).locator('.js-plotly-plot .main-svg').first().waitFor({ timeout: 60_000 });
    }
    await shown.screenshot({ path: join(pictures, 'hostile.png') });
    expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false);
    expect(await shown.locator('svg a, svg b, img[src="x"], td b, th b').count()).toBe(0);
    // In titles, axes, legends, categories, nodes, cells, and the table: as typed.
    const texts = await shown
      .locator('svg text, td, th, caption')
      .evaluateAll((elements) => elements.map((element) => element.textContent ?? ''));
    expect(texts.filter((text) => text.includes('window.hit') && !text.includes(HOSTILE))).toEqual([]);
    expect(texts.filter((text) => text.includes(HOSTILE)).length).toBeGreaterThan(15);
    expect(errors.filter((text) => !text.includes('404'))).toEqual([]);
    errors.length = 0;
  });

  test('live curves grow in one place', { timeout: 120_000 }, async () => {
    await begin('live');
    const shown = output('live').locator('.jp-OutputArea-output');
    await shown.first().waitFor({ state: 'attached', timeout: 60_000 });
    await shown.first().scrollIntoViewIfNeeded();
    const line = output('live').locator('.js-plotly-plot path.js-line').first();
    await line.waitFor({ state: 'attached', timeout: 60_000 });
    const seen = new Set<string | null>();
    for (let i = 0; i < 150 && !(await cell('live').innerText()).match(/^\[\d+\]/); i++) {
      seen.add(await line.getAttribute('d', { timeout: 5000 }).catch(() => null));
      await page.waitForTimeout(100);
    }
    expect(seen.size).toBeGreaterThan(2);
    expect(await output('live').locator('.jp-OutputArea-output').count()).toBe(1);
    await expect.poll(() => output('live').locator('path.js-line').count(), { timeout: 20_000 }).toBe(2);
    expect(errors).toEqual([]);
  });

  test('a table is sorted by its headings', async () => {
    const first = output('table').locator('tbody tr').first();
    const heading = output('table').locator('th', { hasText: 'accuracy' });
    await heading.scrollIntoViewIfNeeded();
    await heading.click();
    expect(await first.innerText()).toContain('baseline');
    await heading.press('Enter');
    expect(await first.innerText()).toContain('wider');
  });

  test('curves of event files are smoothed and runs are switched in the page', {
    timeout: 60_000,
  }, async () => {
    const shown = output('tensorboard');
    const slider = shown.locator('input[type=range]');
    await slider.scrollIntoViewIfNeeded();
    const scalars = shown.locator('.quire-panel').first();
    // Of each plot and run, as logged and smoothed.
    const lines = scalars.locator('.scatterlayer path.js-line');
    const drawn = (): Promise<(string | null)[]> =>
      lines.evaluateAll((paths) => paths.map((path) => path.getAttribute('d')));
    await expect.poll(() => lines.count()).toBe(8);
    const before = await drawn();
    expect(before[0]).not.toBe(before[1]);
    await slider.fill('0');
    const isSmooth = async (): Promise<boolean> => {
      const [logged, smoothed] = await drawn();
      return logged !== smoothed;
    };
    await expect.poll(isSmooth).toBe(false);
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(isSmooth).toBe(true);
    await slider.fill('0.6');

    const closed = shown.locator('.quire-panel', { hasText: 'Histograms · wider' });
    const run = shown.locator('.runs input[value="wider"]');
    await run.click();
    await expect.poll(() => lines.count()).toBe(4);
    expect(await closed.isVisible()).toBe(false);
    await run.focus();
    await page.keyboard.press('Space');
    await expect.poll(() => lines.count()).toBe(8);
    await closed.locator('summary').click();
    await closed.locator('.scatterlayer path.js-fill').first().waitFor({ timeout: 20_000 });
    expect(await closed.locator('.scatterlayer path.js-fill').count()).toBe(6);
    expect(errors).toEqual([]);
  });

  test('the layer and the heads of attention are chosen by pointer and keyboard', async () => {
    const shown = output('attention-layers');
    const select = shown.locator('select');
    await select.scrollIntoViewIfNeeded();
    const strokes = (): Promise<string[]> =>
      shown
        .locator('.query path')
        .evaluateAll((paths) => [...new Set(paths.map((path) => path.getAttribute('stroke')!))].sort());
    const lines = (): Promise<string[]> =>
      shown.locator('.query path').evaluateAll((paths) => paths.map((path) => path.outerHTML));
    const first = await lines();
    expect(await strokes()).toHaveLength(1);
    const heads = shown.locator('.switches input');
    await heads.nth(0).click();
    expect(await strokes()).toHaveLength(2);
    await heads.nth(1).focus();
    await page.keyboard.press('Space');
    expect(await strokes()).toHaveLength(3);
    expect(await shown.locator('.query title').nth(3).textContent()).toMatch(/\(head [015]\)/);
    // A double click leaves one head on.
    await shown.locator('.switches label', { hasText: '5' }).locator('span').dblclick();
    expect(await lines()).toEqual(first);
    await select.focus();
    await page.keyboard.press('ArrowUp');
    expect(await select.inputValue()).toBe('0');
    expect(await lines()).not.toEqual(first);
    await select.selectOption('1');
    expect(await lines()).toEqual(first);
    await shown.screenshot({ path: join(pictures, 'attention-switched.png') });
    expect(errors).toEqual([]);
  });

  test('10,000 points are drawn, and follow the pointer', { timeout: 120_000 }, async () => {
    const shown = await run('many');
    const canvas = shown.locator('canvas.gl-canvas-context');
    await canvas.waitFor({ state: 'attached', timeout: 60_000 });
    const plot = shown.locator('.nsewdrag').first();
    const box = (await plot.boundingBox())!;
    /** The share of the plot's pixels that have a colour. */
    const colored = async (): Promise<number> => {
      const png = (await page.screenshot({ clip: box })).toString('base64');
      return page.evaluate<number>(`(async () => {
        const image = await createImageBitmap(await (await fetch('data:image/png;base64,${png}')).blob());
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
        context.drawImage(image, 0, 0);
        const pixels = context.getImageData(0, 0, image.width, image.height).data;
        let seen = 0;
        for (let i = 0; i < pixels.length; i += 4) {
          const color = pixels.slice(i, i + 3);
          if (Math.max(...color) - Math.min(...color) > 40) seen++;
        }
        return (4 * seen) / pixels.length;
      })()`);
    };
    await expect.poll(colored, { timeout: 60_000 }).toBeGreaterThan(0.1);
    expect(await shown.locator('.legend .traces').count()).toBe(8);
    await shown.screenshot({ path: join(pictures, 'many.png') });
    await shown.locator('.modebar-btn[data-title="Pan"]').click();
    const ticks = (): Promise<string[]> => shown.locator('.xtick text').allTextContents();
    const before = await ticks();
    await page.evaluate(`(() => {
      globalThis.frames10k = [];
      const next = (now) => {
        frames10k.push(now);
        if (frames10k.length < 2000) requestAnimationFrame(next);
      };
      requestAnimationFrame(next);
    })()`);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    for (let i = 1; i <= 60; i++) {
      await page.mouse.move(box.x + box.width / 2 + 3 * i, box.y + box.height / 2 + i);
    }
    const frames = await page.evaluate<number[]>('frames10k');
    await page.mouse.up();
    const times = frames.slice(1).map((now, i) => now - frames[i]!);
    times.sort((a, b) => a - b);
    console.log(
      `10,000 points under the pointer: ${times.length} frames, median ${times[times.length >> 1]?.toFixed(0)} ms, ` +
        `longest ${times.at(-1)?.toFixed(0)} ms (WebGL by software).`,
    );
    await expect.poll(ticks).not.toEqual(before);
    expect(await colored()).toBeGreaterThan(0.05);
    // The text of the point under the pointer.
    await page.mouse.move(box.x + 0.7 * box.width + 5, box.y + 0.85 * box.height + 5);
    await page.mouse.move(box.x + 0.7 * box.width, box.y + 0.85 * box.height, { steps: 5 });
    await expect
      .poll(() => shown.locator('.hoverlayer text').allTextContents(), { timeout: 10_000 })
      .toEqual(expect.arrayContaining([expect.stringMatching(/^word \d+$/)]));
    expect(errors).toEqual([]);
  });

  test('plotly.js was loaded once', async () => {
    const requests = await page.evaluate(
      () =>
        performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('plotly.min.js')).length,
    );
    expect(requests).toBe(1);
  });

  test('the saved notebook is small', async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+s');
    const path = join(lab.files, 'figures.ipynb');
    // Not one that JupyterLab saved by itself while the cells ran: every figure is in it.
    type Saved = { cells: { outputs: unknown[] }[] };
    const read = (): Saved => JSON.parse(readFileSync(path, 'utf8')) as Saved;
    const ran = (): number => read().cells.filter(({ outputs }) => outputs.length > 0).length;
    await expect.poll(ran, { timeout: 20_000 }).toBe(Object.keys(CELLS).length - 1);
    const saved = read();
    // Without the cells that are no examples.
    const cells = saved.cells.slice(1, 1 + EXAMPLES.length);
    const size = JSON.stringify({ ...saved, cells }, null, 1).length;
    console.log(`The notebook of all ${EXAMPLES.length} examples has ${size} bytes.`);
    expect(size).toBeLessThan(3e6);
  });

  test('the saved notebook opens with plots, without a kernel that runs it and without a network', {
    timeout: 300_000,
  }, async () => {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
    const elsewhere: string[] = [];
    await context.route('**/*', (route) => {
      if (route.request().url().startsWith(lab.url)) return route.continue();
      elsewhere.push(route.request().url());
      return route.abort();
    });
    const other = await context.newPage();
    await open(other, 'figures.ipynb', 'reopened');
    for (const [i, { name, marks }] of EXAMPLES.entries()) {
      const saved = other.locator('.jp-Notebook .jp-CodeCell').nth(1 + i);
      await saved.scrollIntoViewIfNeeded({ timeout: 60_000 });
      const shown = saved.locator('.jp-OutputArea-output').first();
      await shown.waitFor({ state: 'attached', timeout: 60_000 });
      await shown.scrollIntoViewIfNeeded();
      const [selector] = Object.keys(marks);
      await saved.locator(selector!).first().waitFor({ state: 'attached', timeout: 60_000 });
      expect(await saved.locator(selector!).count(), `${name}: ${selector}`).toBe(marks[selector!]);
    }
    expect(elsewhere).toEqual([]);
    await context.close();
  });

  test('an exported page with plotly.js in it is interactive without a network', {
    timeout: 180_000,
  }, async () => {
    if ('missing' in environment.python) return;
    const path = join(lab.files, 'exported.ipynb');
    writeFileSync(
      path,
      notebook(environment.kernelName, [
        "import * as v from '@quire/visualization';\nv.embedPlotly()",
        CELLS.line!,
        CELLS.bar!,
      ]),
    );
    const quire = fileURLToPath(new URL('../../../kernel/bin/quire.js', import.meta.url));
    execFileSync(process.execPath, [quire, 'run', '--in-place', path], { stdio: 'ignore' });
    execFileSync(environment.python.path, ['-m', 'nbconvert', '--to', 'html', path], { stdio: 'ignore' });
    const context = await browser.newContext({ offline: true, colorScheme: 'dark' });
    const other = await context.newPage();
    await other.goto(pathToFileURL(join(lab.files, 'exported.html')).href, { waitUntil: 'domcontentloaded' });
    await expect
      .poll(() => other.locator('.js-plotly-plot .main-svg').count(), { timeout: 60_000 })
      .toBeGreaterThanOrEqual(2);
    expect(await other.locator('.scatterlayer path.js-line').count()).toBe(2);
    expect(await other.locator('.barlayer .point path').count()).toBe(4);
    await other.screenshot({ path: join(pictures, 'exported.png') });
    await context.close();
  });

  test('a notebook that nobody trusts shows pictures', { timeout: 120_000 }, async () => {
    // As `quire run` left it: no one ran it in JupyterLab.
    const other = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    await open(other, 'exported.ipynb', 'untrusted');
    const image = other.locator('.jp-OutputArea-output img').first();
    await image.waitFor({ timeout: 60_000 });
    const width = await image.evaluate(
      (element) => (element as unknown as { naturalWidth: number }).naturalWidth,
    );
    expect(width).toBeGreaterThanOrEqual(700);
    expect(await other.locator('.js-plotly-plot').count()).toBe(0);
    await other.screenshot({ path: join(pictures, 'untrusted.png') });
    await other.close();
  });
});
