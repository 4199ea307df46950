import { describe, expect, it } from 'vitest';
import { expectClose, readFixture } from './fixtures.ts';
import { rouge1, rouge2, rougeL, rougeN } from './rouge.ts';

type Score = [precision: number, recall: number, f1: number];
interface Case {
  hypothesis: string;
  references: string[];
  rouge1: Score;
  rouge2: Score;
  rouge3: Score;
  rougeL: Score;
}

describe('rouge-score agrees on ROUGE', () => {
  it.each(readFixture<Case[]>('rouge'))('of $hypothesis', (example) => {
    const { hypothesis, references } = example;
    expectClose(Object.values(rouge1(hypothesis, references)), example.rouge1, 'ROUGE-1');
    expectClose(Object.values(rouge2(hypothesis, references)), example.rouge2, 'ROUGE-2');
    expectClose(Object.values(rougeN(hypothesis, references, { n: 3 })), example.rouge3, 'ROUGE-3');
    expectClose(Object.values(rougeL(hypothesis, references)), example.rougeL, 'ROUGE-L');
  });
});

describe('ROUGE', () => {
  it('sees no Chinese with its own tokenizer, and does with another', () => {
    expect(rouge1('我喜欢读书', '我喜欢读书').f1).toBe(0);
    expect(rougeL('我喜欢读书', '他喜欢看书', { tokenize: (text) => [...text] }).recall).toBe(3 / 5);
  });

  it('refuses what it cannot score', () => {
    expect(() => rouge1('a', [])).toThrow('references is empty');
    expect(() => rougeL('a', [])).toThrow('rougeL: references is empty');
    expect(() => rougeN('a', 'a', { n: 0 })).toThrow('n is 0');
  });
});
