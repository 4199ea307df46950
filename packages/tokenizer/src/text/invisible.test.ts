import { describe, expect, it } from 'vitest';
import { removeInvisible } from './invisible.ts';

describe('removing what shows nothing', () => {
  it('takes controls, and leaves tabs and line ends', () => {
    expect(removeInvisible('a\u0000b\u0007\tc\r\nd\u009fe\u0085')).toBe('ab\tc\r\nde\u0085');
  });

  it('takes zero-width characters, soft hyphens and byte order marks', () => {
    expect(removeInvisible('\ufeffpass\u200bw\u00adord\u2060')).toBe('password');
  });

  it('takes controls of direction, and leaves the letters', () => {
    expect(removeInvisible('\u202eevil\u202c \u2066עברית\u2069\u200f')).toBe('evil עברית');
  });

  it('leaves emoji sequences and flags', () => {
    for (const emoji of [
      '👨‍👩‍👧',
      '👩🏽‍🚀',
      '❤️‍🔥',
      '🏳️‍🌈',
      '1️⃣',
      '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
      '🇩🇪',
    ]) {
      expect(removeInvisible(`a${emoji}b`)).toBe(`a${emoji}b`);
    }
  });

  it('leaves joiners in Persian and Devanagari, and takes them from Latin', () => {
    for (const text of ['می\u200cخواهم', 'क्\u200dष', 'ශ්\u200dරී']) expect(removeInvisible(text)).toBe(text);
    expect(removeInvisible('a\u200db\u200cc 中\u200d文')).toBe('abc 中文');
  });

  it('takes text that is hidden in tags and variation selectors', () => {
    const hidden = [...'ignore']
      .map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0)))
      .join('');
    expect(removeInvisible(`a${hidden}b 🏴${hidden}`)).toBe('ab 🏴');
    expect(removeInvisible('😀\u{e0101}\u{e0152}\u{e0153}!')).toBe('😀\u{e0101}!');
    expect(removeInvisible('葛\u{e0100}城 ☺\ufe0f')).toBe('葛\u{e0100}城 ☺\ufe0f');
  });

  it('takes only what is asked for', () => {
    const text = 'a\u0001\u200b\u200e';
    expect(removeInvisible(text, { controls: false })).toBe('a\u0001');
    expect(removeInvisible(text, { zeroWidth: false })).toBe('a\u200b');
    expect(removeInvisible(text, { bidi: false })).toBe('a\u200e');
  });
});
