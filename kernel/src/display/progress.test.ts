import { describe, expect, it } from 'vitest';
import { clockTime, createProgress, progressLine } from './progress.ts';
import type { DisplayData, DisplaySink } from './types.ts';

function setup(rich = true) {
  let time = 0;
  const shown: DisplayData[] = [];
  const text: string[] = [];
  const sink: DisplaySink = {
    display: (output) => shown.push(output),
    update: (output) => shown.push(output),
    clear: () => {},
    stream: (_, piece) => text.push(piece),
  };
  const progress = createProgress(sink, { now: () => time, rich });
  const lines = () => shown.map(({ data }) => data['text/plain'] as string);
  return { progress, shown, text, lines, pass: (ms: number) => (time += ms) };
}

describe('progress', () => {
  it('counts the turns of a loop and gives its items', () => {
    const { progress, lines, pass } = setup();
    const seen: string[] = [];
    for (const item of progress(['a', 'b', 'c', 'd'])) {
      seen.push(item);
      pass(500);
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
    expect(lines()[0]).toMatch(/^ {2}0%\|/);
    expect(lines()[2]).toBe(' 50%|█████     | 2/4 [00:01<00:01, 2.00it/s]');
    expect(lines().at(-1)).toBe('100%|██████████| 4/4 [00:02<00:00, 2.00it/s]');
  });

  it('updates one output, at most four times a second', () => {
    const { progress, shown, pass } = setup();
    for (const _ of progress(Array.from({ length: 1000 }))) pass(1);
    expect(new Set(shown.map(({ displayId }) => displayId)).size).toBe(1);
    expect(shown.length).toBeLessThanOrEqual(6);
  });

  it('closes when the loop is left early, by break or by an error', () => {
    const { progress, lines } = setup();
    for (const item of progress([1, 2, 3])) if (item === 2) break;
    expect(lines().at(-1)).toMatch(/ 1\/3 /);
    expect(() => {
      for (const _ of progress([1])) throw new Error('stop');
    }).toThrow('stop');
    expect(lines()).toHaveLength(4);
  });

  it('goes over async iterables', async () => {
    const { progress, lines } = setup();
    async function* numbers() {
      yield 1;
      yield 2;
    }
    let sum = 0;
    for await (const n of progress(numbers(), { total: 2 })) sum += n;
    expect(sum).toBe(3);
    expect(lines().at(-1)).toMatch(/2\/2/);
  });

  it('is moved by hand for a total, with description and values', () => {
    const { progress, lines, pass } = setup();
    const bar = progress(10, { description: 'train', unit: 'step' });
    bar.setPostfix({ loss: 0.123456, epoch: 2 });
    pass(1000);
    bar.update(5);
    bar.close();
    expect(lines().at(-1)).toBe(
      'train:  50%|█████     | 5/10 [00:01<00:01, 5.00step/s, loss=0.1235, epoch=2]',
    );
  });

  it('escapes what is shown as HTML and tells assistive technology its value', () => {
    const { progress, shown } = setup();
    progress(4, { description: '<b>"x"' }).set(1);
    expect(shown[0]?.data['text/html']).toContain('aria-label="&lt;b&gt;&quot;x&quot;"');
    expect(shown[0]?.data['text/html']).toContain('role="progressbar"');
    expect(shown[0]?.data['text/html']).not.toContain('<b>');
  });

  it('is a line on stderr where outputs cannot be replaced', () => {
    const { progress, text, shown } = setup(false);
    for (const _ of progress([1, 2])) {
      // Nothing to do but count.
    }
    expect(shown).toEqual([]);
    expect(text[0]).toMatch(/^\r {2}0%/);
    expect(text.at(-1)).toMatch(/2\/2.*\n$/);
  });

  it('refuses what it cannot count', () => {
    const { progress } = setup();
    expect(() => progress(-1)).toThrow(RangeError);
    expect(() => progress({} as never)).toThrow(TypeError);
  });
});

describe('progressLine', () => {
  it('is tqdm’s, also without a total and with slow items', () => {
    const state = {
      count: 3,
      total: undefined,
      seconds: 6,
      rate: 0.5,
      description: '',
      unit: 'it',
      postfix: '',
    };
    expect(progressLine(state)).toBe('3it [00:06, 2.00s/it]');
    expect(clockTime(3723)).toBe('1:02:03');
  });
});
