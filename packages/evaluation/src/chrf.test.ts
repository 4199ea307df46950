import { describe, expect, it } from 'vitest';
import { type ChrfOptions, corpusChrf, sentenceChrf } from './chrf.ts';
import { expectClose, readFixture } from './fixtures.ts';

interface Case {
  hypotheses: string[];
  references: string[][];
  scores: number[];
}
const [{ options }, ...cases] = readFixture<[{ options: ChrfOptions[] }, ...Case[]]>('chrf');

describe.each(options)('sacreBLEU agrees on chrF with %j', (option) => {
  it.each(cases)('of $hypotheses', ({ hypotheses, references, scores }) => {
    const expected = scores[options.indexOf(option)];
    expectClose(corpusChrf(hypotheses, references, option), expected);
    if (hypotheses.length === 1) expectClose(sentenceChrf(hypotheses[0]!, references[0]!, option), expected);
  });
});

describe('chrF', () => {
  it('refuses what it cannot score', () => {
    expect(() => sentenceChrf('a', [])).toThrow('sentenceChrf: references is empty');
    expect(() => corpusChrf([], [])).toThrow('corpusChrf: hypotheses is empty');
    expect(() => sentenceChrf('a', ['a'], { characterOrder: 0 })).toThrow('wordOrder is 0');
    expect(() => sentenceChrf('a', ['a'], { beta: -1 })).toThrow('beta is -1; give a number of at least 0');
  });
});
