import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { DISPLAY } from '../display.ts';
import type { Drawing } from '../drawing.ts';
import type { Figure } from '../figure.ts';
import type { Panels } from '../panels.ts';
import { smooth } from '../training/smoothing.ts';
import { CONTROLS_SCRIPT } from './controls.ts';
import type { ImageValue } from './events.ts';
import { readEvents, readRuns, type TagSeries } from './reader.ts';
import { crc32c, frame, records } from './records.ts';
import { reduced } from './scalars.ts';
import { tensorboard } from './tensorboard.ts';
import { EventWriter, histogramOf } from './writer.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/tensorboard/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quire-tensorboard-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** The run of one event file, as TensorBoard's own reader was asked to tell it. */
function told(file: string): unknown {
  const logdir = mkdtempSync(join(folder, 'one-'));
  cpSync(file, join(logdir, 'events.out.tfevents.1'));
  const [run] = readRuns(logdir);
  const plain = <T>(tags: Map<string, TagSeries<T>>, own: (value: T) => unknown) =>
    Object.fromEntries(
      [...tags].map(([tag, series]) => [tag, { ...series, values: series.values.map(own) }]),
    );
  return {
    scalars: plain(run!.scalars, (value) => (Number.isNaN(value) ? null : value)),
    histograms: plain(run!.histograms, (value) => value),
    texts: plain(run!.texts, (value) => value),
    images: plain(run!.images, ({ width, height, bytes }: ImageValue) => [width, height, bytes.length]),
  };
}

interface Told {
  scalars: unknown;
  histograms: Record<string, { values: unknown[] }>;
  texts: unknown;
  images: unknown;
}

const expected = (name: string): Told =>
  JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8')) as Told;

describe('records', () => {
  it('have the checksum of RFC 3720, appendix B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  it('are read as they were framed; one that isn’t whole is left out', () => {
    const data = [new Uint8Array([1, 2, 3]), new Uint8Array(), new Uint8Array(1000).fill(7)];
    const bytes = Buffer.concat(data.map(frame));
    expect([...records(bytes, 'f')].map((record) => [...record])).toEqual(data.map((record) => [...record]));
    for (const cut of [1, 5, 999, 1012]) {
      expect([...records(bytes.subarray(0, bytes.length - cut), 'f')]).toHaveLength(2);
    }
  });

  it('say where they are damaged', () => {
    const bytes = Buffer.concat([frame(new Uint8Array([1])), frame(new Uint8Array([2]))]);
    bytes[17 + 12] = 9;
    expect(() => [...records(bytes, 'f')]).toThrow('f: the data of the record at byte 17 is damaged.');
    expect(() => [...records(Buffer.from('not an event file'), 'f')]).toThrow(
      /record at byte 0 is damaged, or this is no/,
    );
  });
});

describe('events that TensorBoard wrote', () => {
  it('are read as TensorBoard reads them, in both of its forms', () => {
    const { scalars, histograms, texts, images } = told(join(fixtures, 'python.tfevents')) as Told;
    const theirs = expected('python');
    expect({ scalars, texts, images }).toEqual({
      scalars: theirs.scalars,
      texts: theirs.texts,
      images: theirs.images,
    });
    expect(histograms.weights).toEqual(theirs.histograms.weights);
    // TensorFlow 2's form: its rows are lower limit, upper limit and count.
    const rows = theirs.histograms.gradients!.values as [number, number, number][][];
    expect(histograms.gradients!.values).toEqual(
      rows.map((own) =>
        expect.objectContaining({
          least: own[0]![0],
          greatest: own.at(-1)![1],
          count: 100,
          limits: own.map(([, high]) => high),
          counts: own.map(([, , count]) => count),
        }),
      ),
    );
  });
});

/** What `quire.tfevents` holds. */
function write(logdir: string): string {
  let time = 1.7e9;
  const writer = new EventWriter(logdir, {
    now: () => {
      time += 0.25;
      return time;
    },
  });
  for (let step = 0; step < 3; step++) {
    writer.scalars({ 'loss/train': 1 / (step + 1), accuracy: 0.5 }, step);
    writer.histogram(
      'weights',
      Float32Array.from({ length: 50 }, (_, i) => Math.fround(Math.sin(i + step))),
      step,
    );
    writer.text('sample', `*step* ${step}: naïve 日本`, step);
  }
  writer.image('picture', { width: 1, height: 1, bytes: PNG }, 7e9);
  writer.scalar('loss/train', Number.NaN, 7e9);
  writer.close();
  return writer.path;
}

describe('events that are written here', () => {
  it('are those that TensorBoard was given, byte for byte', () => {
    const path = write(join(folder, 'written', 'run'));
    expect(basename(path)).toMatch(/^events\.out\.tfevents\.1700000000\..+\.\d+\.\d+$/);
    expect(readFileSync(path).equals(readFileSync(join(fixtures, 'quire.tfevents')))).toBe(true);
  });

  it('are read by TensorBoard as what was written', () => {
    const theirs = expected('quire');
    expect(told(join(fixtures, 'quire.tfevents'))).toEqual(theirs);
    expect(theirs.scalars).toMatchObject({
      'loss/train': { steps: [0, 1, 2, 7e9], values: [1, 0.5, Math.fround(1 / 3), null] },
    });
    expect(theirs.texts).toMatchObject({
      sample: { values: ['*step* 0: naïve 日本', '*step* 1: naïve 日本', '*step* 2: naïve 日本'] },
    });
    expect(theirs.images).toMatchObject({ picture: { values: [[1, 1, PNG.length]] } });
  });

  it('are never written over, nor after the end', () => {
    const writer = new EventWriter(join(folder, 'closed'));
    expect(() => writer.scalar('a', 1, 0.5)).toThrow('a step is a whole number, not 0.5');
    expect(() => writer.histogram('a', [Number.NaN], 0)).toThrow('no finite number');
    writer.close();
    writer.close();
    expect(() => writer.scalar('a', 1, 0)).toThrow(/is closed/);
    expect(readEvents(writer.path)).toHaveLength(1);
  });

  it('count every value of a histogram', () => {
    expect(histogramOf([1, 2, 3, Number.NaN])).toMatchObject({
      least: 1,
      greatest: 3,
      count: 3,
      sum: 6,
      sumOfSquares: 14,
    });
    for (const values of [
      [5, 5, 5],
      [0, 1e-300],
      [-1, 0, 1],
      Array.from({ length: 1000 }, (_, i) => i / 7),
    ]) {
      const { counts, limits, greatest } = histogramOf(values);
      expect(counts.reduce((a, b) => a + b)).toBe(values.length);
      expect(limits.at(-1)!).toBeGreaterThanOrEqual(greatest);
    }
  });
});

describe('tensorboard', () => {
  const logdir = join(folder, 'runs');
  const a = write(join(logdir, 'a'));
  mkdirSync(join(logdir, 'b', 'deep'), { recursive: true });
  cpSync(join(fixtures, 'python.tfevents'), join(logdir, 'b', 'deep', 'events.out.tfevents.2'));
  writeFileSync(join(logdir, 'notes.txt'), 'not events');

  const plot = (panels: Panels, title: string): Figure =>
    panels.panels.find((panel) => panel.title === title)!.content as Figure;
  const drawing = (panels: Panels, title: string): Drawing =>
    panels.panels.find((panel) => panel.title === title)!.content as Drawing;
  const names = (figure: Figure): string[] =>
    (figure.layout.annotations as { text: string }[]).map(({ text }) => text);

  it('shows all that was logged, the first of each kind open', () => {
    expect(tensorboard(logdir).panels.map(({ title, isOpen }) => [title, isOpen])).toEqual([
      ['Scalars', true],
      ['Histograms · a', true],
      ['Histograms · b/deep', false],
      ['Images · a', true],
      ['Images · b/deep', false],
      ['Text · a', true],
      ['Text · b/deep', false],
    ]);
    expect(tensorboard(logdir, { kinds: ['texts'], runs: ['a'] }).panels).toHaveLength(1);
  });

  it('shows each scalar as a plot and each run as a curve, as logged and smoothed', () => {
    const figure = plot(tensorboard(logdir, { smoothing: 0.5 }), 'Scalars');
    expect(figure.data.map(({ name, xaxis, meta }) => [name, xaxis, meta])).toEqual([
      ['a', 'x', undefined],
      ['a', 'x', 1],
      ['b/deep', 'x', undefined],
      ['b/deep', 'x', 1],
      ['a', 'x2', undefined],
      ['a', 'x2', 1],
      ['b/deep', 'x2', undefined],
      ['b/deep', 'x2', 1],
    ]);
    const third = Math.fround(1 / 3);
    expect(figure.data[4]).toMatchObject({ x: [0, 1, 2, 7e9], y: [1, 0.5, third, Number.NaN] });
    expect(figure.data[5]!.y).toEqual(smooth([1, 0.5, third, Number.NaN], 0.5));
    expect(names(figure)).toEqual(['accuracy', 'loss/train']);
  });

  it('smooths in the page as here', () => {
    // The page's own function, out of the script that stands in it.
    const [source] = /const smooth = [\s\S]*?\n};/.exec(CONTROLS_SCRIPT)!;
    const inPage = new Function(`${source}\nreturn smooth;`)() as typeof smooth;
    const values = [3, 1, Number.NaN, 2, 5];
    for (const weight of [0, 0.6, 0.99]) expect(inPage(values, weight)).toEqual(smooth(values, weight));
  });

  it('follows a run that is still written', () => {
    const writer = new EventWriter(dirname(a));
    writer.scalar('loss/train', 0.25, 8e9);
    appendFileSync(writer.path, new Uint8Array(5));
    const shown = plot(tensorboard(logdir, { runs: ['a'], tags: ['loss/train'] }), 'Scalars');
    expect(shown.data.map(({ y }) => (y as number[]).at(-1))).toEqual([0.25, expect.any(Number)]);
    writer.close();
  });

  it('shows histograms, a plot for each tag and a distribution for each step', () => {
    const figure = plot(tensorboard(logdir, { runs: ['a'] }), 'Histograms · a');
    expect(figure.data.map(({ name, xaxis }) => [name, xaxis])).toEqual([
      ['0', 'x'],
      ['1', 'x'],
      ['2', 'x'],
    ]);
    expect(names(figure).at(-1)).toBe('weights');
    for (const { customdata } of figure.data) {
      expect((customdata as number[]).reduce((sum, count) => sum + count, 0)).toBe(50);
    }
    expect(plot(tensorboard(logdir, { tags: ['gradients'] }), 'Histograms · b/deep').data).toHaveLength(3);
  });

  it('shows pictures by step and texts as typed, and nothing of them runs', async () => {
    const own = join(folder, 'hostile');
    const hostile = '</script><script>hit()</script><img src=x onerror=hit()>';
    const writer = new EventWriter(join(own, '<b>run'));
    for (let step = 0; step < 30; step++) {
      writer.text(`t${hostile}`, `${step} ${hostile}`, step);
      writer.image(`i${hostile}`, { width: 1, height: 1, bytes: PNG }, step);
    }
    writer.image('script', { width: 1, height: 1, bytes: Buffer.from(`<svg onload="hit()"/>`) }, 0);
    writer.scalar(`s${hostile}`, 1, 0);
    writer.close();
    const panels = tensorboard(own, { title: hostile });
    const shown = await panels[DISPLAY]();
    const html = shown['text/html'] as string;
    const scripts = [...html.matchAll(/<script>/g)].length;
    // That of the figure of scalars, and that of the controls.
    expect(scripts).toBe(2);
    expect(html.match(/<(?:img src=x|b>|svg onload)/g)).toBeNull();
    expect(html.match(/<\/script>/g)).toHaveLength(scripts);
    const pictures = await drawing(panels, 'Images').toSvg();
    expect(pictures.match(/<image /g)).toHaveLength(10);
    expect(pictures).toContain('10 of 30 steps');
    expect(pictures).toContain('1 picture that is no PNG, JPEG, GIF or WebP');
    // The last one is on top.
    expect(html.indexOf('29 &lt;/script')).toBeGreaterThan(0);
    expect(html.indexOf('29 &lt;/script')).toBeLessThan(html.indexOf('28 &lt;/script'));
    expect(html).toContain('… and 20 earlier');
    const png = await panels.toPng({ scale: 1 });
    expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  }, 60_000);

  it('keeps many tags apart by what stands before the slash', () => {
    const own = join(folder, 'many');
    const writer = new EventWriter(own);
    for (let i = 0; i < 12; i++) writer.scalars({ [`loss/${i}`]: i, [`rate/${i % 3}`]: i, step: i }, i);
    writer.close();
    const { panels } = tensorboard(own);
    expect(panels.map(({ title, isOpen }) => [title, isOpen])).toEqual([
      ['Scalars · loss 1 of 2', true],
      ['Scalars · loss 2 of 2', false],
      ['Scalars · rate', false],
      ['Scalars', false],
    ]);
    expect(panels.flatMap(({ content }) => names(content as Figure)).sort()).toHaveLength(16);
  });

  it('says what isn’t there', () => {
    expect(() => tensorboard(logdir, { tags: ['f1'] })).toThrow(/has no tag "f1"\. It has "accuracy", /);
    expect(() => tensorboard(logdir, { runs: ['c'] })).toThrow(/has no run "c"\. It has "a", "b\/deep"/);
    expect(() => tensorboard(logdir, { smoothing: 1 })).toThrow(/from 0 to below 1, not 1/);
    expect(() => tensorboard(logdir, { kinds: ['graphs' as 'texts'] })).toThrow(
      /kinds are "scalars", .* not "graphs"/,
    );
    expect(() => tensorboard(join(folder, 'none'))).toThrow(/ENOENT/);
    expect(() => tensorboard(mkdtempSync(join(folder, 'empty-')))).toThrow(
      /there are no scalars or .* below/,
    );
  });

  it('keeps every extreme of a long curve', () => {
    const y = Array.from({ length: 50_000 }, (_, i) => (i === 31_234 ? 100 : Math.sin(i)));
    const short = reduced(
      y.map((_, i) => i),
      y,
    );
    expect(short.x.length).toBeLessThanOrEqual(1000);
    expect(short.y).toContain(100);
    expect(short.x.every((value, i) => i === 0 || value > short.x[i - 1]!)).toBe(true);
  });
});
