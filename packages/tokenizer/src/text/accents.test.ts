import { describe, expect, it } from 'vitest';
import { removeAccents } from './accents.ts';

describe('removing accents', () => {
  it('takes them from Latin, Greek and Cyrillic letters', () => {
    expect(removeAccents('Crème brûlée, Ångström, Việt Nam, ñ')).toBe('Creme brulee, Angstrom, Viet Nam, n');
    expect(removeAccents('e\u0301\u0323 Ελλάδα ёж')).toBe('e Ελλαδα еж');
  });

  it('leaves the marks of other scripts', () => {
    for (const text of ['हिन्दी', 'ภาษาไทย', 'شَدَّة', 'שָׁלוֹם', 'がぎぐ', '한국어', 'தமிழ்', '1️⃣ 👨‍👩‍👧']) {
      expect(removeAccents(text)).toBe(text.normalize('NFC'));
    }
  });

  it('keeps the letters that are asked for, however they are written', () => {
    expect(removeAccents('Über señor café', { keep: 'ñüÜ' })).toBe('Über señor cafe');
    expect(removeAccents('sen\u0303or', { keep: 'n\u0303' })).toBe('señor');
  });

  it('replaces letters without a decomposition where asked', () => {
    const text = 'Łódź, smørrebrød, Straße, Æsir, Þór';
    expect(removeAccents(text)).toBe('Łodz, smørrebrød, Straße, Æsir, Þor');
    expect(removeAccents(text, { letters: true })).toBe('Lodz, smorrebrod, Strasse, AEsir, THor');
    expect(removeAccents(text, { letters: true, keep: 'ø' })).toBe('Lodz, smørrebrød, Strasse, AEsir, THor');
  });
});
