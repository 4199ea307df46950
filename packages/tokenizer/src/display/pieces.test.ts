import { expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.ts';
import { compareTokenizers } from './compare.ts';
import { htmlOfPieces } from './pieces.ts';

const DISPLAY = Symbol.for('Jupyter.display');
const words = new Tokenizer({
  pre_tokenizer: { type: 'Whitespace' },
  model: { type: 'WordLevel', vocab: { '<unk>': 0, cat: 1 }, unk_token: '<unk>' },
});

function shown(value: object): Record<string, string> {
  return (value as { [DISPLAY]: () => Record<string, string> })[DISPLAY]();
}

test('an encoding shows its text in pieces, ids and places on hover, what no token covers between them', () => {
  const html = shown(words.encode('cat  dog'))['text/html'];
  expect(html).toContain('title="cat · id 1 · characters 0 to 3"');
  expect(html).toContain('>dog</span>');
  expect(html?.match(/·<\/span>/g)).toHaveLength(2);
});

test('text, tokens and names from outside are never markup', () => {
  const hostile = '<script>alert(1)</script> " onmouseover="x <b title="';
  const html = `${shown(words.encode(hostile))['text/html']}${shown(compareTokenizers(hostile, { [hostile]: words }))['text/html']}`;
  expect(html).not.toContain('<script');
  for (const tag of html.match(/<[^>]*>/g) ?? [])
    expect(tag).toMatch(/^<\/?[a-z]+( (title|style)="[^"<]*")*>$/);
});

test('a character of several tokens stands in the first of them', () => {
  const piece = (id: number, offset: [number, number]) => ({ id, token: `t${id}`, special: false, offset });
  const html = htmlOfPieces('漢a', [piece(1, [0, 1]), piece(2, [0, 1]), piece(3, [1, 2])]);
  expect(html.replaceAll(/<[^>]*>/g, '')).toBe('漢…a');
});

test('a comparison counts the tokens of the text, and has a row for each tokenizer', () => {
  const comparison = compareTokenizers('cat cat dog', { words, same: words });
  expect(comparison.results.map(({ name, tokens }) => [name, tokens])).toEqual([
    ['words', 3],
    ['same', 3],
  ]);
  expect(comparison.results[0]?.charactersPerToken).toBeCloseTo(11 / 3);
  expect(shown(comparison)['text/html']?.match(/<tr>/g)).toHaveLength(3);
  expect(() => compareTokenizers('cat', {})).toThrow(/at least one tokenizer/);
});
