import { describe, expect, it } from 'vitest';
import { capitalizePronoun, capitalizeSentences, sentenceCase } from './capitalize.ts';

describe('capitalizing sentences', () => {
  it('writes their first letter large', () => {
    expect(capitalizeSentences('hello there. how are you? "fine!" (thanks.) ok')).toBe(
      'Hello there. How are you? "Fine!" (Thanks.) Ok',
    );
    expect(capitalizeSentences('one\n\ntwo\nthree... four 3.5 e.g. five')).toBe(
      'One\n\nTwo\nthree... Four 3.5 e.g. five',
    );
  });

  it('does so in other scripts and by the rules of a language', () => {
    expect(capitalizeSentences('привет. как дела?')).toBe('Привет. Как дела?');
    expect(capitalizeSentences('¿qué? ¡élla!')).toBe('¿Qué? ¡Élla!');
    expect(capitalizeSentences('istanbul. ılık.', { language: 'tr' })).toBe('İstanbul. Ilık.');
    expect(capitalizeSentences('ijs. ik', { language: 'nl' })).toBe('IJs. Ik');
    expect(capitalizeSentences('𐐨𐐩. e\u0301te\u0301. ǆep. ßa. ﬁn')).toBe(
      '𐐀𐐩. E\u0301te\u0301. ǅep. Ssa. Fin',
    );
    expect(capitalizeSentences('你好。hello')).toBe('你好。Hello');
  });

  it('leaves abbreviations and words such as iPhone', () => {
    expect(capitalizeSentences('see dr. who, i.e. him. iPhone sales. eBay')).toBe(
      'See dr. who, i.e. him. iPhone sales. eBay',
    );
    expect(capitalizeSentences('123 apples. 😀 ok')).toBe('123 apples. 😀 ok');
  });
});

describe('the pronoun I', () => {
  it('is large, with its contractions', () => {
    expect(capitalizePronoun("so i think i'm sure i’ll, and i, i. i")).toBe(
      "so I think I'm sure I’ll, and I, I. I",
    );
  });

  it('is not a letter in a formula, a list or a word', () => {
    for (const text of ['i.e. this', 'for i = 0', 'hi it is', 'i) one', 'x_i y', 'wi-fi', 'naïve', "l'i"]) {
      expect(capitalizePronoun(text)).toBe(text);
    }
  });

  it('is English', () => {
    expect(sentenceCase("yes. i'm here and i know NASA")).toBe("Yes. I'm here and I know NASA");
    expect(sentenceCase('sì. i gatti e i cani', { language: 'it' })).toBe('Sì. I gatti e i cani');
  });
});
