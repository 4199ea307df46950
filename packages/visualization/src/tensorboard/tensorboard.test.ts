import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { ImageValue } from './events.ts';
import { tensorboardHistograms } from './histograms.ts';
import { readEvents, readRuns, type TagSeries } from './reader.ts';
import { crc32c, frame, records } from './records.ts';
import { reduced, tensorboard } from './tensorboard.ts';
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

  it('shows each tag as a plot and each run as a curve', () => {
    const { data, layout } = tensorboard(logdir, { smoothing: 0 });
    expect(data.map(({ name, xaxis, x, y }) => [name, xaxis, x, y])).toEqual([
      ['a', 'x', [0, 1, 2], [0.5, 0.5, 0.5]],
      ['b/deep', 'x', [0, 1, 2], [0.5, Math.fround(0.51), Math.fround(0.52)]],
      ['a', 'x2', [0, 1, 2, 7e9], [1, 0.5, Math.fround(1 / 3), Number.NaN]],
      ['b/deep', 'x2', [0, 1, 2, 7e9], [1, 0.5, Math.fround(1 / 3), Number.NaN]],
    ]);
    expect((layout.annotations as { text: string }[]).map(({ text }) => text)).toEqual([
      'accuracy',
      'loss/train',
    ]);
  });

  it('smooths, leaves out, and follows a run that is still written', () => {
    expect(tensorboard(logdir, { runs: ['a'], tags: ['loss/train'] }).data).toHaveLength(2);
    const writer = new EventWriter(dirname(a));
    writer.scalar('loss/train', 0.25, 8e9);
    appendFileSync(writer.path, new Uint8Array(5));
    const [run] = readRuns(logdir);
    expect(run!.scalars.get('loss/train')!.values.at(-1)).toBe(0.25);
    writer.close();
  });

  it('shows histograms, a plot for each tag and a curve for each step', () => {
    const { data, layout } = tensorboardHistograms(logdir, { runs: ['a'] });
    expect(data.map(({ name, xaxis }) => [name, xaxis])).toEqual([
      ['0', 'x'],
      ['1', 'x'],
      ['2', 'x'],
    ]);
    expect((layout.annotations as { text: string }[]).at(-1)!.text).toBe('a: weights');
    for (const { customdata } of data) {
      expect((customdata as number[]).reduce((sum, count) => sum + count, 0)).toBe(50);
    }
    expect(tensorboardHistograms(logdir, { tags: ['gradients'] }).data).toHaveLength(3);
    expect(() => tensorboardHistograms(logdir, { tags: ['f1'] })).toThrow(/no such histograms below/);
  });

  it('says what isn’t there', () => {
    expect(() => tensorboard(logdir, { tags: ['f1'] })).toThrow(
      /has no scalar "f1"\. It has "accuracy", "loss\/train"/,
    );
    expect(() => tensorboard(logdir, { runs: ['c'] })).toThrow(/has no run "c"\. It has "a", "b\/deep"/);
    expect(() => tensorboard(join(folder, 'none'))).toThrow(/ENOENT/);
    expect(() => tensorboard(mkdtempSync(join(folder, 'empty-')))).toThrow(/there are no scalars below/);
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
