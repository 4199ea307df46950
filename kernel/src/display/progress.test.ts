import { describe, expect, it } from 'vitest';
import { createProgress } from './progress.ts';
import type { DisplayData, DisplaySink } from './types.ts';

function setup(rich = true) {
  let time = 0;
  let timer: { at: number; show: () => void } | undefined;
  const shown: DisplayData[] = [];
  const calls: string[] = [];
  const text: string[] = [];
  const sink: DisplaySink = {
    display: (output) => {
      calls.push('display');
      shown.push(output);
    },
    update: (output) => {
      calls.push('update');
      shown.push(output);
    },
    clear: () => {},
    stream: (name, piece) => text.push(`${name === 'stderr' ? '' : name}${piece}`),
  };
  const progress = createProgress(sink, {
    now: () => time,
    rich,
    later: (show, ms) => {
      const mine = { at: time + ms, show };
      timer = mine;
      return () => {
        if (timer === mine) timer = undefined;
      };
    },
  });
  const lines = () => shown.map(({ data }) => data['text/plain'] as string);
  const html = () => shown.map(({ data }) => data['text/html'] as string);
  /** Time that a computation takes: no timer fires. */
  const pass = (ms: number) => (time += ms);
  /** Time in which the event loop is free. */
  const wait = (ms: number) => {
    pass(ms);
    if (timer && timer.at <= time) {
      const { show } = timer;
      timer = undefined;
      show();
    }
  };
  return { progress, shown, calls, text, lines, html, pass, wait, timers: () => (timer ? 1 : 0) };
}

describe('progress over an iterable', () => {
  it('gives its items and counts the turns', () => {
    const { progress, lines, pass } = setup();
    const seen: string[] = [];
    for (const item of progress(['a', 'b', 'c', 'd'])) {
      seen.push(item);
      pass(500);
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
    expect(lines()[0]).toBe('  0%|          | 0/4 [00:00<?, ?it/s]');
    expect(lines()[2]).toBe(' 50%|█████     | 2/4 [00:01<00:01,  2.00it/s]');
    expect(lines().at(-1)).toBe('100%|██████████| 4/4 [00:02<00:00,  2.00it/s]');
  });

  it('updates one output, at most four times a second', () => {
    const { progress, shown, calls, pass } = setup();
    for (const _ of progress(Array.from({ length: 1000 }), { minInterval: 0.01 })) pass(1);
    expect(new Set(shown.map(({ displayId }) => displayId)).size).toBe(1);
    expect(calls.filter((call) => call === 'display')).toHaveLength(1);
    expect(shown.length).toBeLessThanOrEqual(6);
  });

  it('waits longer between updates when told to', () => {
    const { progress, shown, pass } = setup();
    for (const _ of progress(Array.from({ length: 30 }), { minInterval: 2 })) pass(100);
    expect(shown).toHaveLength(4);
  });

  it('knows the length of arrays, typed arrays, strings, maps and sets, and none of generators', () => {
    const { progress, lines } = setup();
    const totals = [[1, 2], new Uint8Array(2), 'ab', new Map([[1, 2]]), new Set([1])].map((items) => {
      for (const _ of progress(items as Iterable<unknown>));
      return / (\d\/\d) /.exec(lines().at(-1) as string)?.[1];
    });
    expect(totals).toEqual(['2/2', '2/2', '2/2', '1/1', '1/1']);
    for (const _ of progress([1, 2, 3].values()));
    expect(lines().at(-1)).toMatch(/^3it \[/);
    for (const _ of progress([1, 2, 3].values(), { total: 3 }));
    expect(lines().at(-1)).toMatch(/ 3\/3 /);
  });

  it('closes where it stood when the loop is left by break, return or an error', () => {
    const { progress, lines, html } = setup();
    let returned = 0;
    const source = {
      *[Symbol.iterator]() {
        try {
          yield* [1, 2, 3];
        } finally {
          returned++;
        }
      },
    };
    for (const item of progress(source, { total: 3 })) if (item === 2) break;
    expect(lines().at(-1)).toMatch(/ 1\/3 /);
    expect(html().at(-1)).toContain('--jp-error-color1');
    expect(() => {
      for (const _ of progress(source)) throw new Error('stop');
    }).toThrow('stop');
    const first = () => {
      for (const item of progress(source)) return item;
      return undefined;
    };
    expect(first()).toBe(1);
    expect(returned).toBe(3);
  });

  it('closes when the source throws, and lets the error through', () => {
    const { progress, lines } = setup();
    function* failing() {
      yield 1;
      throw new Error('source');
    }
    expect(() => [...progress(failing(), { total: 5 })]).toThrow('source');
    expect(lines().at(-1)).toMatch(/ 1\/5 /);
  });

  it('goes over async iterables, also when left early', async () => {
    const { progress, lines } = setup();
    async function* numbers() {
      yield 1;
      yield 2;
    }
    let sum = 0;
    for await (const n of progress(numbers(), { total: 2 })) sum += n;
    expect(sum).toBe(3);
    expect(lines().at(-1)).toMatch(/2\/2/);
    for await (const _ of progress(numbers(), { total: 2 })) break;
    expect(lines().at(-1)).toMatch(/0\/2/);
  });

  it('shows nothing before the loop begins, and a bar for each time that it is gone over', () => {
    const { progress, calls } = setup();
    const twice = progress([1, 2]);
    expect(calls).toEqual([]);
    expect([...twice, ...twice]).toEqual([1, 2, 1, 2]);
    expect(calls.filter((call) => call === 'display')).toHaveLength(2);
  });

  it('takes a description and values from within the loop', () => {
    const { progress, lines, pass } = setup();
    const epochs = progress([1, 2]);
    for (const epoch of epochs) {
      pass(300);
      epochs.setDescription(`epoch ${epoch}`);
      epochs.setPostfix({ loss: 1 / epoch });
    }
    expect(lines().at(-1)).toMatch(/^epoch 2: 100%.*, loss=0.5\]$/);
  });

  it('nests, each bar in an output of its own', () => {
    const { progress, shown } = setup();
    for (const _ of progress([1, 2], { description: 'outer' })) {
      for (const _ of progress([1, 2, 3], { description: 'inner', leave: false }));
    }
    const last = new Map(shown.map(({ displayId, data }) => [displayId, data['text/plain']]));
    expect([...last.values()]).toEqual([expect.stringMatching(/^outer: 100%.* 2\/2 /), '', '']);
  });
});

describe('a bar moved by hand', () => {
  it('has a description and values', () => {
    const { progress, lines, pass } = setup();
    const bar = progress(10, { description: 'train', unit: 'step' });
    bar.setPostfix({ loss: 0.123456, epoch: 2 });
    pass(1000);
    bar.update(5);
    bar.close();
    expect(lines().at(-1)).toBe(
      'train:  50%|█████     | 5/10 [00:01<00:01,  5.00step/s, loss=0.1235, epoch=2]',
    );
    expect(bar.count).toBe(5);
  });

  it('shows that it is full at once, and is not told again', () => {
    const { progress, lines, html } = setup();
    const bar = progress(2);
    bar.update();
    bar.update();
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toMatch(/^100%/);
    expect(html()[1]).toContain('--jp-success-color1');
    bar.setPostfix({ a: 1 });
    expect(lines()).toHaveLength(2);
  });

  it('shows its last state after a pause, though nobody closes it', () => {
    const { progress, lines, wait, timers } = setup();
    const bar = progress(10);
    bar.update();
    bar.update();
    expect(lines()).toHaveLength(1);
    wait(250);
    expect(lines()[1]).toMatch(/ 2\/10 /);
    expect(timers()).toBe(0);
    bar.update();
    expect(timers()).toBe(1);
    bar.close();
    expect(timers()).toBe(0);
  });

  it('does nothing once closed, and is closed by using', () => {
    const { progress, lines } = setup();
    const bar = progress(3);
    bar.update();
    bar[Symbol.dispose]();
    const count = lines().length;
    bar.update();
    bar.setDescription('late');
    bar.close();
    expect(lines()).toHaveLength(count);
  });

  it('goes back when set to less, and becomes a count when there are more than the total', () => {
    const { progress, lines, pass } = setup();
    const bar = progress(4);
    for (const count of [3, 1, 6]) {
      pass(1000);
      bar.set(count);
    }
    expect(lines()[2]).toMatch(/ 1\/4 /);
    bar.close();
    expect(lines().at(-1)).toMatch(/^6it \[/);
  });

  it('writes large counts short', () => {
    const { progress, lines, pass } = setup();
    const bar = progress(2_000_000, { unit: 'B', unitScale: true });
    pass(1000);
    bar.update(500_000);
    expect(lines().at(-1)).toBe(' 25%|██▌       | 500k/2.00M [00:01<00:03, 500kB/s]');
  });
});

describe('the bar as HTML', () => {
  it('is escaped, and tells assistive technology its value', () => {
    const { progress, html } = setup();
    const bar = progress(4, { description: '<b>"x|y|"', unit: '<i>' });
    bar.setPostfix({ '<img src=x onerror=alert(1)>': '</span>\n<script>' });
    bar.set(4);
    const shown = html().at(-1) as string;
    expect(shown).toContain('role="progressbar"');
    expect(shown).toContain('aria-label="&lt;b&gt;&quot;x|y|&quot;"');
    expect(shown).toContain('value="4" max="4" aria-valuemin="0" aria-valuemax="4" aria-valuenow="4"');
    expect(shown.replace(/<\/?(div|progress|span)\b[^<>]*>/g, '')).not.toMatch(/[<>]/);
  });

  it('moves without end while the total is unknown, and no longer when closed', () => {
    const { progress, html } = setup();
    for (const _ of progress([1].values()));
    expect(html()[0]).not.toMatch(/ value=|aria-valuenow/);
    expect(html().at(-1)).toContain(' value="1" max="1"');
  });
});

describe('the bar as a line on stderr', () => {
  it('is written over, and ended', () => {
    const { progress, text, shown } = setup(false);
    for (const _ of progress([1, 2]));
    expect(shown).toEqual([]);
    expect(text[0]).toBe('\r  0%|          | 0/2 [00:00<?, ?it/s]');
    expect(text.at(-2)).toMatch(/^\r100%.*2\/2/);
    expect(text.at(-1)).toBe('\n');
  });

  it('leaves nothing of a longer line, nor of a bar that does not stay', () => {
    const { progress, text, pass } = setup(false);
    const bar = progress(2, { description: '日本語', leave: false });
    const width = 6 + 2 + '  0%|          | 0/2 [00:00<?, ?it/s]'.length;
    pass(300);
    bar.setDescription('');
    expect(text.at(-1)).toBe(`\r${'  0%|          | 0/2 [00:00<?, ?it/s]'.padEnd(width)}`);
    bar.close();
    expect(text.at(-2)).toMatch(/^\r {37}$/);
    expect(text.at(-1)).toBe('\r');
  });

  it('keeps to its line, whatever is in it', () => {
    const { progress, text } = setup(false);
    progress(1, { description: 'a\nb\r\u001b[2Jc' });
    expect(text).toEqual(['\ra b [2Jc:   0%|          | 0/1 [00:00<?, ?it/s]']);
  });

  it('nests as tqdm does: below the outer bar, and the cursor back up', () => {
    const { progress, text } = setup(false);
    for (const _ of progress([1], { description: 'outer' })) {
      for (const _ of progress([1], { description: 'in', leave: false }));
    }
    expect(text).toEqual([
      '\router:   0%|          | 0/1 [00:00<?, ?it/s]',
      '\n\rin:   0%|          | 0/1 [00:00<?, ?it/s]\u001b[A',
      '\n\rin: 100%|██████████| 1/1 [00:00<?, ?it/s]\u001b[A',
      `\n\r${' '.repeat(41)}\u001b[A`,
      '\router: 100%|██████████| 1/1 [00:00<?, ?it/s]',
      '\router: 100%|██████████| 1/1 [00:00<?, ?it/s]',
      '\n',
    ]);
  });
});

describe('progress', () => {
  it('refuses what it cannot count', () => {
    const { progress } = setup();
    expect(() => progress(-1)).toThrow(RangeError);
    expect(() => progress(Number.NaN)).toThrow(RangeError);
    for (const wrong of [{}, null, undefined, true]) {
      expect(() => progress(wrong as never)).toThrow(TypeError);
    }
  });
});
