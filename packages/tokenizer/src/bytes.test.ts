import { expect, test } from 'vitest';
import { writeUtf8 } from './bytes.ts';

test('a word is written in the bytes that Node.js gives it, lone surrogates as U+FFFD', () => {
  const edges = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff];
  const words = [
    '',
    'plain',
    'Grüße aus 東京 😀',
    String.fromCodePoint(...edges),
    'a\ud83d',
    '\ude00b',
    '\ud83d\ud83d\ude00',
    '\ude00\ud83d',
  ];
  for (const word of words) {
    const into = new Int32Array(3 * word.length);
    const count = writeUtf8(word, into);
    expect(Array.from(into.subarray(0, count))).toEqual(Array.from(Buffer.from(word, 'utf8')));
  }
});
