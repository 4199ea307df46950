import { describe, expect, it } from 'vitest';
import { chinesePieces, segmentChinese } from './chinese.ts';

describe('Chinese segmentation', () => {
  it('gives words', () => {
    expect(segmentChinese('我来到北京清华大学')).toEqual(['我', '来到', '北京', '清华大学']);
    expect(segmentChinese('人人生而自由，在尊严和权利上一律平等。')).toEqual([
      '人人',
      '生而自由',
      '，',
      '在',
      '尊严',
      '和',
      '权利',
      '上',
      '一律平等',
      '。',
    ]);
  });

  it('gives the words inside words where asked', () => {
    expect(segmentChinese('清华大学', { mode: 'search' })).toEqual(['清华', '华大', '大学', '清华大学']);
    expect(segmentChinese('清华大学', { mode: 'all' })).toContain('华大');
  });

  it('finds names with the model and not without', () => {
    expect(segmentChinese('他来到了网易杭研大厦')).toContain('杭研');
    expect(segmentChinese('他来到了网易杭研大厦', { unknownWords: false })).not.toContain('杭研');
  });

  it('leaves nothing out', () => {
    const text = '用 GPT-4 处理 100%\n的数据😀𠮷，繁體字。\ud83d';
    expect(chinesePieces(text).join('')).toBe(text.toWellFormed());
    expect(segmentChinese('')).toEqual([]);
  });

  it('refuses another mode', () => {
    expect(() => segmentChinese('中', { mode: 'fast' as never })).toThrow(
      'mode is fast; give precise, search or all',
    );
  });
});
