import { describe, expect, it } from 'vitest';
import { normalizeUnicode, replaceLoneSurrogates } from './normalize-unicode.ts';

describe('normalizing', () => {
  it('composes by default, and decomposes and replaces where asked', () => {
    expect(normalizeUnicode('e\u0301')).toBe('é');
    expect(normalizeUnicode('é', 'NFD')).toBe('e\u0301');
    expect(normalizeUnicode('ﬁ²Ａｶﾞ', 'NFKC')).toBe('fi2Aガ');
    expect(normalizeUnicode('한', 'NFKD')).toBe('\u1112\u1161\u11ab');
    expect(normalizeUnicode('𝒜𝟙', 'NFKC')).toBe('A1');
  });

  it('leaves a hundred marks on a letter as they are', () => {
    const text = `a${'\u0315\u0300'.repeat(50)}`;
    expect(normalizeUnicode(text)).toBe(text.normalize('NFC'));
  });

  it('makes longer runs stream-safe', () => {
    const result = normalizeUnicode(`a${'\u0315\u0300'.repeat(500)}b`, 'NFD');
    expect(result).not.toMatch(/(?:(?!\u034f)\p{M}){31}/u);
    expect(result.replaceAll('\u034f', '')).toHaveLength(1002);
  });

  it('refuses another form', () => {
    expect(() => normalizeUnicode('a', 'nfc' as never)).toThrow('form is nfc; give NFC, NFD, NFKC or NFKD');
  });
});

describe('lone surrogates', () => {
  it('become U+FFFD, and pairs stay', () => {
    expect(replaceLoneSurrogates('a\ud83d\ude00\ud83d')).toBe('a😀\ufffd');
  });
});
