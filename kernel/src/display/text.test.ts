import { describe, expect, it } from 'vitest';
import { bounded, columns, grouped, more, oneLine, pad, shorten } from './text.ts';

describe('columns', () => {
  it.each([
    ['abc', 3],
    ['', 0],
    ['日本語', 6],
    ['ｶﾅ', 2],
    ['한국어', 6],
    ['각', 2],
    ['e\u0301', 1],
    ['é', 1],
    ['Ελλ', 3],
    ['😀', 2],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['✔', 1],
    ['✔️', 2],
    ['©', 1],
    ['—…│█', 4],
    ['a\u200bb', 2],
    ['𠀀', 2],
  ])('gives %s as many as a terminal does', (text, width) => {
    expect(columns(text)).toBe(width);
  });
});

describe('text', () => {
  it('is filled to a width on either side', () => {
    expect(pad('日', 4)).toBe('日  ');
    expect(pad('ab', 4, 'left')).toBe('  ab');
    expect(pad('abcde', 4)).toBe('abcde');
  });

  it('is cut without halving a character, and says so', () => {
    expect(shorten('abcdef', 4)).toBe('abc…');
    expect(shorten('abcd', 4)).toBe('abcd');
    expect(shorten('a😀bc', 3)).toBe('a…');
    expect(bounded('a'.repeat(1500), 100)).toBe(`${'a'.repeat(100)}… 1,400 more characters`);
  });

  it('is put on one line', () => {
    expect(oneLine('a\n\tb\u0007c')).toBe('a b c');
  });

  it('counts', () => {
    expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([more(1, 'row'), more(2, 'row')]).toEqual(['1 more row', '2 more rows']);
  });
});
