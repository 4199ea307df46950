import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { foldCase, lowerCase, upperCase } from './case.ts';

const { folded } = JSON.parse(
  readFileSync(new URL('./fixtures/case-folding.json', import.meta.url), 'utf8'),
) as { folded: Record<string, string> };

describe('case', () => {
  it('is of no language by default', () => {
    expect(lowerCase('IİŞ ΟΔΟΣ 𐐀')).toBe('ii̇ş οδος 𐐨');
    expect(upperCase('iıß ﬁ')).toBe('IISS FI');
  });

  it('is of a language where asked', () => {
    expect(lowerCase('IĞDIR İZMİR', { locale: 'tr' })).toBe('ığdır izmir');
    expect(upperCase('istanbul', { locale: 'az' })).toBe('İSTANBUL');
    expect(upperCase('Άνθρωπος', { locale: 'el' })).toBe('ΑΝΘΡΩΠΟΣ');
  });

  it('refuses what is no language tag', () => {
    expect(() => lowerCase('a', { locale: 'not a tag' })).toThrow('lowerCase: locale is "not a tag"');
    expect(() => upperCase('a', { locale: '' })).toThrow('give one such as tr or pt-BR');
  });
});

describe('case folding', () => {
  it('is the one of Unicode for every character that it changes', () => {
    expect(Object.keys(folded).length).toBeGreaterThan(1400);
    for (const [character, expected] of Object.entries(folded)) expect(foldCase(character)).toBe(expected);
  });

  it('changes nothing else', () => {
    const changed: number[] = [];
    for (let block = 0; block < 0x20000; block += 256) {
      const codes = Array.from({ length: 256 }, (_, i) => block + i);
      const unfolded = codes
        .map((code) => String.fromCodePoint(code))
        .filter((character) => !(character in folded));
      if (foldCase(unfolded.join(' ')) === unfolded.join(' ')) continue;
      changed.push(...unfolded.filter((each) => foldCase(each) !== each).map((each) => each.codePointAt(0)!));
    }
    // Letters that later versions of Unicode added.
    const added = (code: number): boolean =>
      code === 0x1c89 ||
      (code >= 0xa7cb && code <= 0xa7dc) ||
      (code >= 0x10d50 && code <= 0x10d65) ||
      code >= 0x16ea0;
    expect(changed.filter((code) => !added(code) || code > 0x16eb8)).toEqual([]);
  });

  it('makes words equal that differ in case', () => {
    expect(foldCase('STRASSE')).toBe(foldCase('straße'));
    expect(foldCase('ΟΔΟΣ ΟΔΟΣ')).toBe(foldCase('οδος οδος'));
    expect(foldCase('Iıi ᎠᏸꭰX')).toBe('iıi ᎠᏰᎠx');
  });
});
