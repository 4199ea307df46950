/** The playground in JupyterLab, as a user sees it, with the stock widgets. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { FLAGS, type JupyterLab, startJupyterLab } from '../jupyterlab.ts';

const environment = inject('environment');
const pictures = fileURLToPath(new URL('../../../build/playground/', import.meta.url));
const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));
const missing = [environment.python, environment.chromium].flatMap((found) =>
  'missing' in found ? [found.missing] : [],
);
const suite = missing.length === 0 ? describe : describe.skip;

// Colour words in the text, the mean colour of the picture, and how high the sound is make the probabilities of three
// colours.
const SOURCE = `import { playground, type PlaygroundInput } from '@quire/multimodal-fusion';
const colors = ['red', 'green', 'blue'];
await playground({
  modalities: ['text', 'picture', 'sound'],
  predict({ text, picture, sound, weights }: PlaygroundInput) {
    if (text === 'break') throw new Error('<b>no</b> such text');
    const words = colors.map((color) => (text ?? '').split(color).length - 1);
    const pixels = colors.map((_, c) => {
      let sum = 0;
      for (let i = c; picture && i < picture.data.length; i += 3) sum += picture.data[i]!;
      return picture ? sum / (picture.data.length / 3) / 255 : 0;
    });
    let crossings = 0;
    for (let i = 1; sound && i < sound.samples.length; i++) if (sound.samples[i - 1]! < 0 !== sound.samples[i]! < 0) crossings++;
    const hertz = sound ? (crossings / 2 / sound.samples.length) * sound.sampleRate : 0;
    const heard = sound ? (hertz < 300 ? 0 : hertz < 1000 ? 1 : 2) : -1;
    const tones = colors.map((_, c) => (c === heard ? 1 : 0));
    const logits = colors.map((_, c) => 3 * (weights.text! * words[c]! + weights.picture! * pixels[c]! + weights.sound! * tones[c]!));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return {
      predictions: colors.map((label, c) => ({ label, value: Math.exp(logits[c]!) / total })),
      similarities: colors.map((label, c) => ({ label, value: pixels[c]! - 0.5 })),
      attributions: [{ label: 'text', value: Math.max(...words) }, { label: 'picture', value: Math.max(...pixels) }, { label: 'sound', value: Math.max(...tones) }],
    };
  },
});`;

suite(`The playground in JupyterLab${missing.length > 0 ? ` (${missing.join(' ')})` : ''}`, () => {
  let lab: JupyterLab;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    if ('missing' in environment.python || 'missing' in environment.chromium) return;
    mkdirSync(pictures, { recursive: true });
    lab = await startJupyterLab(environment.python.path, environment.jupyterPath);
    symlinkSync(packages, join(lab.files, 'node_modules'), 'dir');
    writeFileSync(
      join(lab.files, 'playground.ipynb'),
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: {
          kernelspec: { name: environment.kernelName, display_name: 'TypeScript', language: 'typescript' },
        },
        cells: [
          { id: 'play', cell_type: 'code', metadata: {}, source: SOURCE, outputs: [], execution_count: null },
          {
            id: 'after',
            cell_type: 'code',
            metadata: {},
            source: '6 * 7',
            outputs: [],
            execution_count: null,
          },
        ],
      }),
    );
    browser = await chromium.launch({
      executablePath: environment.chromium.path,
      // A microphone that beeps.
      args: [...FLAGS, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
    });
    page = await browser.newPage({ viewport: { width: 1100, height: 1250 } });
    await page.goto(`${lab.url}/lab/tree/playground.ipynb`);
    await page.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 90_000 });
    await page.locator('#jp-main-statusbar', { hasText: '| Idle' }).waitFor({ timeout: 60_000 });
    await page.keyboard.press('Control+b');
    await page.locator('.jp-CodeCell .cm-content').first().click();
    await page.keyboard.press('Control+Enter');
    await status().waitFor({ timeout: 60_000 });
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });

  const status = (): Locator => page.locator('.widget-html [aria-live=polite]');
  const says = (text: string | RegExp): Promise<void> =>
    status().filter({ hasText: text }).waitFor({ timeout: 15_000 });
  const drawn = (text: RegExp): Promise<void> =>
    page.locator('.jp-OutputArea svg[aria-label]').and(page.getByLabel(text)).waitFor({ timeout: 15_000 });

  test('what is typed, weighed by the keyboard, and uploaded changes the predictions', async () => {
    await says('Nothing is entered yet.');
    const field = page.locator('.widget-text input');
    await field.focus();
    await page.keyboard.type('a red house');
    await says(/Prediction: red, 90\.9 %/);
    await drawn(/Text: a red house.*Prediction: red, 90\.9 %/);
    // The output is redrawn, and the field keeps the focus.
    expect(await field.and(page.locator(':focus')).count()).toBe(1);

    const handle = page.getByRole('slider').first();
    await handle.focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft');
    await says(/Weight of text: 0\.80\. Prediction: red, 84\.6 %/);
    await drawn(/Weights: text 0\.80, picture 1\.00/);

    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: /Choose a picture/ }).focus();
    await page.keyboard.press('Enter');
    await (await chooser).setFiles({ name: 'blue.svg', mimeType: 'image/svg+xml', buffer: BLUE });
    await says(/Prediction: blue, 6\d\.\d %, then red/);
    await drawn(/Picture: blue\.svg, 40 × 30/);
    await page.screenshot({ path: join(pictures, 'playground.png') });
  }, 90_000);

  test('a sound is chosen and weighed by the keyboard', async () => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: /Choose a sound/ }).focus();
    await page.keyboard.press('Space');
    await (await chooser).setFiles({ name: 'high.wav', mimeType: 'audio/wav', buffer: tone(500) });
    await says(/Prediction: green/);
    await drawn(/Sound: high\.wav, 0\.50 s/);
    const handle = page.getByRole('slider').nth(2);
    await handle.focus();
    await page.keyboard.press('Home');
    await says(/Weight of sound: 0\.00\. Prediction: blue/);
    await page.keyboard.press('End');
    await says(/Weight of sound: 1\.00\. Prediction: green/);
  }, 90_000);

  test('Tab reaches every control, and the accessibility tree has a name for each', async () => {
    const cell = page.locator('.jp-CodeCell').first();
    await cell.locator('.widget-text input').focus();
    const reached: string[] = [];
    const devtools = await page.context().newCDPSession(page);
    // A control that has the focus, as a screen reader is told of it.
    const focused = async (): Promise<string> => {
      const { nodes } = await devtools.send('Accessibility.getFullAXTree');
      const node = nodes.findLast(({ properties }) =>
        properties?.some(({ name, value }) => name === 'focused' && value.value === true),
      );
      return `${node?.role?.value}: ${node?.name?.value}`;
    };
    for (let i = 0; i < 10; i++) {
      reached.push(await focused());
      await page.keyboard.press('Tab');
    }
    expect(reached).toEqual([
      'textbox: Text',
      'button: Choose a picture (1)',
      'button: Choose a sound (WAV) (1)',
      'slider: Weight of text',
      'textbox: Weight of text, as a number',
      'slider: Weight of picture',
      'textbox: Weight of picture, as a number',
      'slider: Weight of sound',
      'textbox: Weight of sound, as a number',
      'button: Record a sound',
    ]);
    // The focus isn't kept.
    expect(reached).not.toContain(await focused());
    const { nodes } = await devtools.send('Accessibility.getFullAXTree');
    const live = nodes.filter(
      ({ ignored, properties }) =>
        !ignored && properties?.some(({ name, value }) => name === 'live' && value.value === 'polite'),
    );
    expect(live.map(({ role }) => role?.value)).toEqual(expect.arrayContaining(['alert', 'status']));
    await devtools.detach();
  }, 60_000);

  test('files are dropped, and those that are neither picture nor sound are refused', async () => {
    const drop = (name: string, type: string, bytes: Buffer): Promise<void> =>
      page.evaluate(`(() => {
        const bytes = Uint8Array.from(atob('${bytes.toString('base64')}'), (c) => c.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], '${name}', { type: '${type}' }));
        for (const kind of ['dragover', 'drop']) {
          const event = new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
          document.querySelector('.widget-text').dispatchEvent(event);
        }
      })()`);
    await drop('low.wav', 'audio/wav', tone(200));
    await drawn(/Sound: low\.wav, 0\.50 s.*Prediction: red/);
    await drop('red.svg', 'image/svg+xml', Buffer.from(String(BLUE).replace('0000ff', 'ff0000')));
    await drawn(/Picture: red\.svg, 40 × 30/);
    await drop('notes.txt', 'text/plain', Buffer.from('text'));
    const note = page
      .getByRole('status')
      .filter({ hasText: 'notes.txt is not taken: drop a picture or a sound.' });
    await note.waitFor({ timeout: 15_000 });
  }, 60_000);

  test('a sound is recorded', async () => {
    await page.getByRole('button', { name: 'Record a sound' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Stop recording' }).waitFor({ timeout: 15_000 });
    await page.waitForTimeout(1500);
    await page.keyboard.press('Enter');
    await drawn(/Sound: recording\.wav, \d\.\d\d s/);
    await page.screenshot({ path: join(pictures, 'recorded.png') });
  }, 60_000);

  test('errors of a file and of the model are shown, and the kernel goes on', async () => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: /Choose a picture/ }).click();
    await (await chooser).setFiles({
      name: 'no.png',
      mimeType: 'image/png',
      buffer: Buffer.from('no picture'),
    });
    await says(/Error \(picture\):.*no\.png/);
    await page.locator('.widget-text input').fill('break');
    await says('<b>no</b> such text');
    await page.locator('.jp-CodeCell .cm-content').nth(1).click();
    await page.keyboard.press('Control+Enter');
    await page.locator('.jp-CodeCell').nth(1).locator('.jp-OutputArea-output', { hasText: '42' }).waitFor();
  }, 60_000);

  test('the saved notebook has the last state as a picture', async () => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: /Choose a picture/ }).click();
    await (await chooser).setFiles({ name: 'blue.svg', mimeType: 'image/svg+xml', buffer: BLUE });
    await page.locator('.widget-text input').fill('a green, green door');
    await drawn(/Text: a green, green door.*Prediction: green/);
    // JupyterLab's own keys don't reach it from a control.
    await page.locator('.jp-CodeCell .cm-content').nth(1).click();
    await page.keyboard.press('Control+s');
    await expect
      .poll(() => readFileSync(join(lab.files, 'playground.ipynb'), 'utf8'), { timeout: 15_000 })
      .toContain('Text: a green, green door');
    const saved = JSON.parse(readFileSync(join(lab.files, 'playground.ipynb'), 'utf8'));
    const outputs = saved.cells[0].outputs as { data: Record<string, string> }[];
    expect(outputs).toHaveLength(3);
    expect(outputs[0]?.data).toHaveProperty(['application/vnd.jupyter.widget-view+json']);
    const png = Buffer.from(String(outputs[2]?.data['image/png']), 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    writeFileSync(join(pictures, 'saved.png'), png);
    expect([outputs[2]?.data['text/plain']].flat().join('')).toMatch(
      /Text: a green, green door.*Prediction: green/,
    );

    // A copy has a kernel of its own, without the widgets.
    writeFileSync(join(lab.files, 'copy.ipynb'), JSON.stringify(saved));
    await page.goto(`${lab.url}/lab/workspaces/copy/tree/copy.ipynb`);
    const picture = page.locator('.jp-OutputArea-output img, .jp-OutputArea-output svg[aria-label]').first();
    await picture.waitFor({ timeout: 30_000 });
    await page.locator('#jp-main-statusbar', { hasText: '| Idle' }).waitFor({ timeout: 30_000 });
    expect((await picture.boundingBox())?.height).toBeGreaterThan(200);
    expect(await page.locator('.widget-text').count()).toBe(0);
    await page.screenshot({ path: join(pictures, 'copy.png') });
  }, 90_000);
});

/** Half a second of a sine, as WAV of 16 bits at 8,000 Hz. */
function tone(hertz: number): Buffer {
  const bytes = Buffer.alloc(44 + 8000);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 8000, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(8000, 40);
  for (let i = 0; i < 4000; i++) {
    bytes.writeInt16LE(Math.round(16_000 * Math.sin((2 * Math.PI * hertz * (i + 0.5)) / 8000)), 44 + 2 * i);
  }
  return bytes;
}

const BLUE = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="#0000ff"/></svg>',
);
