import { describe, expect, it } from 'vitest';
import { spaceCjk } from './cjk-spacing.ts';

describe('spacing of Chinese and Japanese', () => {
  it.each([
    ['当你凝视着bug，bug也凝视着你', '当你凝视着 bug，bug 也凝视着你'],
    ['使用GPT-4模型(v2.0)处理100%的数据', '使用 GPT-4 模型 (v2.0) 处理 100% 的数据'],
    ['日本語とEnglishの混在、123個', '日本語と English の混在、123 個'],
    ['コーヒーはcoffeeです', 'コーヒーは coffee です'],
    ['温度25°C，价格$100元', '温度 25°C，价格 $100 元'],
    ['請使用C++語言', '請使用 C++ 語言'],
    ['角度αβγ和Ж字母', '角度 αβγ 和 Ж 字母'],
    ['café也好', 'café 也好'],
    ['cafe\u0301也好', 'cafe\u0301 也好'],
    ['𠮷野家abc', '𠮷野家 abc'],
  ])('puts spaces into %s', (text, expected) => {
    expect(spaceCjk(text)).toBe(expected);
    expect(spaceCjk(expected)).toBe(expected);
  });

  it('leaves other text as it is', () => {
    for (const text of [
      'Hello, world 123',
      '한국어English',
      '你好，（世界）。',
      '',
      '我 love 你',
      '😀中文😀',
    ]) {
      expect(spaceCjk(text)).toBe(text);
    }
  });
});
