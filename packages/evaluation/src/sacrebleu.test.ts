import { describe, expect, it } from 'vitest';
import { expectClose, readFixture } from './fixtures.ts';
import { corpusSacreBleu, type SacreBleuOptions, sentenceSacreBleu } from './sacrebleu.ts';

interface Case {
  hypotheses: string[];
  references: string[][];
  scores: [number, number[], number[], number[], number, number, number][];
}
const [{ options }, ...cases] = readFixture<[{ options: SacreBleuOptions[] }, ...Case[]]>('sacrebleu');

describe.each(options)('sacreBLEU agrees with %j', (option) => {
  it.each(cases)('on $hypotheses', ({ hypotheses, references, scores }) => {
    const [score, precisions, matches, totals, penalty, hypothesisLength, referenceLength] =
      scores[options.indexOf(option)]!;
    const actual = corpusSacreBleu(hypotheses, references, option);
    expectClose(actual.score, score, 'score');
    expectClose(actual.precisions, precisions, 'precisions');
    expectClose(actual.matches, matches, 'matches');
    expectClose(actual.totals, totals, 'totals');
    expectClose(actual.brevityPenalty, penalty, 'brevityPenalty');
    expect([actual.hypothesisLength, actual.referenceLength]).toEqual([hypothesisLength, referenceLength]);
    if (option.effectiveOrder && hypotheses.length === 1) {
      expect(sentenceSacreBleu(hypotheses[0]!, references[0]!, option)).toEqual(actual);
    }
  });
});

describe('sacreBLEU', () => {
  it('counts only the orders that a short sentence has, unless told otherwise', () => {
    expect(sentenceSacreBleu('yes', ['yes']).score).toBeCloseTo(100, 9);
    expect(sentenceSacreBleu('yes', ['yes'], { effectiveOrder: false }).score).toBe(0);
  });

  it('takes a tokenizer of one’s own', () => {
    expect(sentenceSacreBleu('a|b|c|d', ['a|b|c|d'], { tokenize: (text) => text.split('|') }).totals).toEqual(
      [4, 3, 2, 1],
    );
  });

  it('refuses what it cannot score', () => {
    expect(() => sentenceSacreBleu('a', [])).toThrow('sentenceSacreBleu: references is empty');
    expect(() => corpusSacreBleu(['a'], [])).toThrow('hypotheses has length 1 and references has length 0');
    expect(() => sentenceSacreBleu('a', ['a'], { maxOrder: 0 })).toThrow(
      'maxOrder is 0; give a whole number of at least 1',
    );
    expect(() => sentenceSacreBleu('a', ['a'], { smoothing: 'x' as 'exp' })).toThrow('smoothing is "x"');
    expect(() => sentenceSacreBleu('a', ['a'], { tokenize: 'x' as '13a' })).toThrow('tokenize is "x"');
    expect(() => sentenceSacreBleu('a', ['a'], { smoothing: 'floor', smoothingValue: Number.NaN })).toThrow(
      'smoothingValue is NaN',
    );
  });
});
