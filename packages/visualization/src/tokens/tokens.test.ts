import { describe, expect, it } from 'vitest';
import { DISPLAY, type Drawing, diff, generation, setTheme, tokens } from '../index.ts';

const hostile = '<img src=x onerror=hit()>"\'&';
const html = async (drawing: Drawing): Promise<string> => (await drawing[DISPLAY]())['text/html'] as string;

describe('text is escaped', () => {
  it('in the page and in the picture, wherever it comes from', async () => {
    const drawings = [
      tokens([hostile, 'b'], { values: [1, -1], valueTitle: hostile, title: hostile }),
      generation(
        [{ token: hostile, probability: 0.5, alternatives: [{ token: hostile + 2, probability: 0.1 }] }],
        {
          prompt: hostile,
          title: hostile,
        },
      ),
      diff(hostile, `${hostile} more`),
      diff([hostile], ['b']),
    ];
    for (const drawing of drawings) {
      for (const text of [await html(drawing), await drawing.toSvg(), await drawing.toHtml()]) {
        expect(text).not.toContain('<img');
        expect(text).toContain('&lt;img');
        expect(text).not.toMatch(/<script/);
      }
    }
  });

  it('and what XML cannot hold is left out of the picture', async () => {
    const svg = await tokens(['\u0000\u001b[0m', '\ud800', '\ufffe']).toSvg();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML can't hold
    expect(svg).not.toMatch(/[\u0000-\u0008\u001b\ufffe]/);
    expect(svg).toContain('\\x00\\x1b[0m');
    expect((await tokens(['\u0000', '\ud800']).toPng()).length).toBeGreaterThan(500);
  });
});

describe('tokens', () => {
  it('are stronger the farther their value is from 0, orange above and blue below', async () => {
    const page = await html(tokens(['a', 'b', 'c'], { values: [1, -0.5, 0] }));
    expect(page).toContain('background-color:rgba(213,94,0,0.62)');
    expect(page).toContain('background-color:rgba(0,114,178,0.31)');
    expect(page.match(/<span style="white-space:pre-wrap[^>]*background-color/g)).toHaveLength(2);
  });

  it('tell their place, their text, their number in the vocabulary and their value', async () => {
    const page = await html(tokens([' a'], { values: [0.25], ids: [257], valueTitle: 'saliency' }));
    expect(page).toContain('title="0: &quot; a&quot;\nid 257\nsaliency 0.25"');
  });

  it('without a value are underlined with dots', async () => {
    expect(await html(tokens(['a', 'b'], { values: [Number.NaN, 1] }))).toContain('underline dotted');
  });

  it('are described by the strongest', () => {
    expect(tokens(['a', 'b', '\n'], { values: [0.1, -3, 2] }).alt).toBe(
      'Text of 3 tokens, coloured by value; strongest: "b" -3, "\\\\n" 2, "a" 0.1.',
    );
  });

  it('are wrapped in the picture', async () => {
    const short = tokens(['word ']);
    const long = tokens(Array.from({ length: 100 }, () => 'word '));
    expect(long.height).toBeGreaterThan(4 * short.height);
    const xs = [...(await long.toSvg()).matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"/g)];
    for (const [, x, width] of xs) expect(Number(x) + Number(width)).toBeLessThanOrEqual(700 - 16);
  });

  it('have the page’s colours, or those of the theme', async () => {
    expect(await html(tokens(['a']))).not.toContain('#15191e');
    expect(await html(tokens(['a'], { theme: 'dark' }))).toContain('background:#15191e');
    setTheme('dark');
    expect(await tokens(['a']).toSvg()).toContain('<rect width="100%" height="100%" fill="#15191e"/>');
    setTheme('auto');
    expect(await tokens(['a']).toSvg()).toContain('fill="#ffffff"');
  });
});

describe('a generation', () => {
  it('has a token’s alternatives, the likeliest first, and the token itself even if it was unlikely', async () => {
    const page = await html(
      generation(
        [
          {
            token: 'x',
            probability: 0.01,
            alternatives: ['a', 'b', 'c'].map((token, i) => ({ token, probability: 0.1 + i / 10 })),
          },
        ],
        { alternatives: 1 },
      ),
    );
    const names = [...page.matchAll(/text-align:right">(.)<\/span>/g)].map(([, name]) => name);
    expect(names).toEqual(['c', 'b', 'x']);
  });

  it('is described by its perplexity and its least likely token', () => {
    const drawing = generation([
      { token: 'a', probability: 0.5 },
      { token: 'b', probability: 0.125 },
    ]);
    expect(drawing.alt).toBe('Generated text of 2 tokens, perplexity 4.00; least likely: "b", 13%.');
  });
});

describe('a diff', () => {
  it('holds what was added and what was removed, and nothing else', async () => {
    const page = await html(diff('a b c', 'a x c'));
    expect(page.match(/<del[^>]*>b<\/del>/)).not.toBeNull();
    expect(page.match(/<ins[^>]*>x<\/ins>/)).not.toBeNull();
    expect(diff('a b c', 'a x c').alt).toBe('Comparison of two texts: 1 word removed, 1 word added.');
    expect(diff('same', 'same').alt).toBe('Comparison of two texts: No difference.');
  });

  it('compares tokens, characters and lines', () => {
    expect(diff(['a', 'b'], ['a']).alt).toContain('1 token removed, 0 tokens added');
    expect(diff('abc', 'axc', { by: 'character' }).alt).toContain('1 character removed, 1 character added');
    expect(diff('a\nb\n', 'a\nc\nd\n', { by: 'line' }).alt).toContain('1 line removed, 2 lines added');
  });
});

describe('bad input', () => {
  it('is refused with what was wrong and where', () => {
    const cases: [() => unknown, string | RegExp][] = [
      [() => tokens([]), 'tokens: there is no token.'],
      [() => tokens(['a'], { values: [1, 2] }), 'tokens: there are 1 tokens and 2 values.'],
      [() => tokens(['a', 1 as never]), 'tokens: pieces has to hold texts; at 1 it holds 1.'],
      [() => tokens(['a'], { values: [1], most: 0 }), /most has to be a number above 0/],
      [() => generation([]), 'generation: there is no token.'],
      [
        () => generation([{ token: 'a', probability: Number.NaN }]),
        'generation: the probability of step 0 has to be from 0 to 1, not NaN.',
      ],
      [
        () => generation([{ token: 'a', probability: 1, alternatives: [{ token: 'b', probability: 2 }] }]),
        /alternative 0 of step 0 has to be from 0 to 1, not 2/,
      ],
      [() => diff('a', ['a']), /both texts or both lists of tokens/],
      [() => diff('a', 'b', { by: 'page' as never }), /by is 'word', 'character' or 'line'/],
    ];
    for (const [make, message] of cases) expect(make).toThrow(message);
  });
});
