import { describe, expect, it } from 'vitest';
import { findWords, splitWords } from './words.ts';

describe('words', () => {
  it('are found in many scripts', () => {
    expect(splitWords("Don't stop: 3.14 naïve cafés!")).toEqual(["Don't", 'stop', '3.14', 'naïve', 'cafés']);
    expect(splitWords('שלום עולם, مرحبا بالعالم')).toEqual(['שלום', 'עולם', 'مرحبا', 'بالعالم']);
    expect(splitWords('हिन्दी भाषा')).toEqual(['हिन्दी', 'भाषा']);
    expect(splitWords('สวัสดีชาวโลก', { language: 'th' })).toEqual(['สวัสดี', 'ชาว', 'โลก']);
    expect(splitWords('我来到北京清华大学。', { language: 'zh-Hans' })).toEqual([
      '我',
      '来到',
      '北京',
      '清华大学',
    ]);
  });

  it('say where they are', () => {
    const text = '😀 na\u0303o, 𝐚𝐛!';
    const words = findWords(text);
    expect(words.map((word) => word.text)).toEqual(['na\u0303o', '𝐚𝐛']);
    expect(words.map(({ start, end }) => text.slice(start, end))).toEqual(['na\u0303o', '𝐚𝐛']);
    expect(findWords('中文 字', { language: 'zh' })).toEqual([
      { start: 0, end: 2, text: '中文' },
      { start: 3, end: 4, text: '字' },
    ]);
  });

  it('have punctuation beside them where asked', () => {
    expect(splitWords('Hi, 👍🏽 you!', { punctuation: true })).toEqual(['Hi', ',', '👍🏽', 'you', '!']);
  });
});
