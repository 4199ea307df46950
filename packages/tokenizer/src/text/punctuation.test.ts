import { describe, expect, it } from 'vitest';
import { normalizePunctuation, removePunctuation } from './punctuation.ts';

describe('removing punctuation', () => {
  it('takes the punctuation of every script', () => {
    expect(removePunctuation('Hello, “world”! ¿Qué? 你好，世界。 مرحبا؟ नमस्ते।')).toBe(
      'Hello world Qué 你好世界 مرحبا नमस्ते',
    );
  });

  it('leaves what is inside a word or number', () => {
    expect(removePunctuation("'Don't' be well-known - 3.14, l’été 12:30. 𝐚-𝐛")).toBe(
      "Don't be well-known  3.14 l’été 12:30 𝐚-𝐛",
    );
    expect(removePunctuation("don't 3.14", { insideWords: true })).toBe('dont 314');
  });

  it('leaves symbols and emoji', () => {
    expect(removePunctuation('1 + 1 = 2 € 😀 a_b')).toBe('1 + 1 = 2 € 😀 ab');
  });

  it('keeps what is asked for, and puts a replacement', () => {
    expect(removePunctuation('#one, @two!?', { keep: '#@' })).toBe('#one @two');
    expect(removePunctuation('a...b!#?c', { keep: '#', replacement: ' ' })).toBe('a b # c');
  });
});

describe('ASCII punctuation', () => {
  it('stands for typographic', () => {
    expect(normalizePunctuation('“It’s” – «well»… 5−3')).toBe('"It\'s" - "well"... 5-3');
  });
});
