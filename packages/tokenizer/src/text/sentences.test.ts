import { describe, expect, it } from 'vitest';
import { findSentences, splitSentences } from './sentences.ts';

/** The sentences of each case, written with | between. */
const cases: [language: string, text: string][] = [
  ['en', 'Hello world. | How are you? | Fine!'],
  ['en', 'Mr. and Mrs. Smith met Dr. Who at 5 p.m. on Monday. | They talked.'],
  ['en', 'J. S. Bach and J. R. R. Tolkien never met. | He (Bach, that is) died in 1750.'],
  ['en', 'Use a tool, e.g. Quire, i.e. this one. | See Fig. 3, vol. 2, pp. 5-7.'],
  ['en', 'The U.S. Government paid. | He moved to the U.S. | The end.'],
  ['en', 'Apples, pears, etc. | They cost $3.50 each. | Visit example.com today. | Yes.'],
  ['en', '“Who is there?” she asked. | “Me!” he said. | “Oh.” | Silence.'],
  ['en', 'Is it No. 5? | No. | It was Acme Inc. Chairman Bob who spoke.'],
  ['en', '1. First things first. | 2. Then the rest.'],
  ['en', 'So did I. | Then we left... | And so on.'],
  ['de', 'Am 3. Oktober kam Hr. Dr. Müller, z. B. mit dem Zug. | Er blieb bis zum 5. | Dann ging er.'],
  ['de', 'Das sind ca. 20 Prozent bzw. mehr. | Gut, usw. | Die Straße ist lang.'],
  ['fr', 'M. Dupont et Mme. Durand sont là. | Oui ! | Vraiment ?'],
  ['es', 'El Sr. García llegó. | ¿Cómo está la Sra. López? | ¡Bien!'],
  ['ru', 'Он живёт в г. Москва на ул. Ленина. | Это далеко.'],
  ['zh', '你好。| 今天天气怎么样？| 很好！'],
  ['ja', '吾輩は猫である。| 名前はまだ無い。| 彼は「はい。」と言った。'],
  ['hi', 'यह एक वाक्य है। | यह दूसरा है।'],
  ['ar', 'هل أنت بخير؟ | نعم.'],
];

describe('sentences', () => {
  it.each(cases)('of %s: %s', (language, text) => {
    const expected = text.split(/ ?\| ?/);
    const joined = /^(zh|ja)$/.test(language) ? expected.join('') : expected.join(' ');
    expect(splitSentences(joined, { language })).toEqual(expected);
  });

  it('go on over a single line break, and end at a blank line', () => {
    const text = 'One line\r\nand another. Two\n\nA title\n \nThree.';
    expect(splitSentences(text)).toEqual(['One line\r\nand another.', 'Two', 'A title', 'Three.']);
    expect(splitSentences('milk\nbread and\nbutter', { lineBreaks: 'end' })).toEqual([
      'milk',
      'bread and',
      'butter',
    ]);
  });

  it('say where they are', () => {
    const text = '  😀 One. \n\n Two of\nthem? ';
    expect(findSentences(text)).toEqual([
      { start: 2, end: 9, text: '😀 One.' },
      { start: 13, end: 25, text: 'Two of\nthem?' },
    ]);
    expect(findSentences(' \n ')).toEqual([]);
  });

  it('refuse what is no language', () => {
    expect(() => splitSentences('a', { language: 'x' })).toThrow('language is "x", no BCP 47 language tag');
  });
});
