import { describe, expect, it } from 'vitest';
import { segments } from './segment.ts';

describe('segments', () => {
  it.each([
    ['words', 'word', 'Hello, world! Don’t 3.14 😀👍🏽 naïve\r\n'.repeat(300)],
    ['sentences', 'sentence', 'This is one. And this (3.5 of them) another? Yes.\n'.repeat(300)],
    ['Thai words', 'word', 'สวัสดีชาวโลก ผมรักคุณ '.repeat(300)],
  ] as const)('of a long text are those of the whole: %s', (_, granularity, text) => {
    const whole = [...new Intl.Segmenter('en', { granularity }).segment(text)].map(({ segment }) => segment);
    const parts = [...segments(text, { granularity, language: 'en' })];
    expect(parts.map((part) => part.text)).toEqual(whole);
    expect(parts.every((part) => text.slice(part.start, part.end) === part.text)).toBe(true);
  });

  it('can be longer than any window', () => {
    const text = `a ${'b'.repeat(100_000)} c`;
    expect(
      [...segments(text, { granularity: 'word', language: 'en' })].map((part) => part.text.length),
    ).toEqual([1, 1, 100_000, 1, 1]);
  });

  it('refuse what is no language', () => {
    expect(() => [...segments('a', { granularity: 'word', language: '!' })]).toThrow('language is "!"');
  });
});
