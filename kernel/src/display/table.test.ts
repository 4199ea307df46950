import { describe, expect, it } from 'vitest';
import { formatValue } from './format.ts';
import { isTable } from './table.ts';

const table = (value: unknown): { html: string; text: string } => {
  const bundle = formatValue(value) as Record<string, string>;
  return { html: bundle['text/html']!, text: bundle['text/plain']! };
};

describe('a table', () => {
  it('has a column for every key, numbers on the right', () => {
    const { html, text } = table([
      { name: 'Ada', score: 1.5, tags: ['a', 'b'] },
      { name: 'Zoë', score: 10, more: { deep: { deeper: {} } } },
    ]);
    expect(text.split('\n')).toEqual(
      [
        'name  score  tags          more',
        '────  ─────  ────────────  ──────────────────────────',
        "Ada     1.5  [ 'a', 'b' ]",
        'Zoë      10                { deep: { deeper: {} } }',
      ].map((line, i) => (i === 1 ? expect.stringMatching(/^[─ ]+$/) : line)),
    );
    expect(html).toMatch(
      /^<table class="dataframe"><thead><tr><th scope="col" style="text-align:left">name<\/th>/,
    );
    expect(html).toContain('<td style="text-align:right">1.5</td>');
    expect(html).toContain('<td style="text-align:left">[ &#39;a&#39;, &#39;b&#39; ]</td>');
  });

  it('escapes everything, and keeps to a line what is on several', () => {
    const { html, text } = table([
      { '<img onerror=x>': '<script>alert(1)</script>', b: 'one\ntwo\u001b[31m', c: ['"><svg onload=x>'] },
    ]);
    expect(html.replace(/<\/?(table|thead|tbody|tr|th|td)\b[^<>]*>/g, '')).not.toMatch(/[<>]/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text.split('\n')).toHaveLength(3);
    expect(text).not.toContain('\u001b');
  });

  it('leaves out the rows in the middle and the last columns, and says how many', () => {
    const wide = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`c${i}`, i]));
    const { html, text } = table(Array.from({ length: 1000 }, (_, i) => ({ i, ...wide })));
    expect(text).toMatch(/\n… 940 more rows, 21 more columns$/);
    expect(text.split('\n')).toHaveLength(1 + 1 + 60 + 1 + 1);
    expect(text.split('\n')[32]).toBe('…');
    expect(html.match(/<tr>/g)).toHaveLength(62);
    expect(html).toContain('>999<');
    expect(html).toContain('<p><small>… 940 more rows, 21 more columns</small></p>');
    expect(table(Array.from({ length: 61 }, (_, i) => ({ i }))).text).toMatch(/… 1 more row$/);
  });

  it('abbreviates what is long, as a cell and as a heading', () => {
    const { html, text } = table([
      {
        ['k'.repeat(1e6)]: 'v'.repeat(1e6),
        vocabulary: new Map(Array.from({ length: 1e5 }, (_, i) => [i, i])),
      },
    ]);
    expect(html.length).toBeLessThan(2000);
    expect(text.length).toBeLessThan(500);
  });

  it('aligns wide characters', () => {
    const { text } = table([
      { word: '日本語', n: 1 },
      { word: 'ab', n: 22 },
    ]);
    expect(text.split('\n')).toEqual(['word     n', '──────  ──', '日本語   1', 'ab      22']);
  });

  it('runs no getter, and lets a cell fail by itself', () => {
    let ran = false;
    const { text } = table([
      Object.defineProperty({ ok: 1 } as object, 'a', {
        enumerable: true,
        get: () => {
          ran = true;
        },
      }),
      {
        ok: 2,
        a: {
          [Symbol.for('nodejs.util.inspect.custom')]: () => {
            throw new Error('inspect');
          },
        },
      },
    ]);
    expect(text).toMatch(/\n 1 {2}\[getter\]\n 2 {2}<Object>$/);
    expect(ran).toBe(false);
  });

  it('shows odd names, missing values and halves of characters', () => {
    const { html, text } = table([
      JSON.parse('{"__proto__": 1, "": null}'),
      { '': '\ud83d', constructor: undefined },
    ]);
    expect(text.split('\n')[0]).toMatch(/^__proto__ +constructor$/);
    expect(html).toContain('<td style="text-align:left">null</td>');
    expect(html.isWellFormed()).toBe(true);
  });
});

describe('isTable', () => {
  it('is for arrays of plain objects that have a key in common', () => {
    expect(isTable([{ a: 1 }])).toBe(true);
    expect(isTable([{ a: 1 }, { a: 2, b: 3 }])).toBe(true);
    for (const other of [
      [],
      [{}],
      [1, 2],
      [{ a: 1 }, 2],
      [{ a: 1 }, { b: 1 }],
      [{ a: 1 }, undefined],
      [[1], [2]],
      [new Date(0)],
      // biome-ignore lint/suspicious/noSparseArray: a hole is no row
      [{ a: 1 }, , { a: 2 }],
      { length: 1, 0: { a: 1 } },
      [Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, i]))],
    ]) {
      expect(isTable(other)).toBe(false);
    }
  });
});
