import { describe, expect, it } from 'vitest';
import { type BleuOptions, type BleuSmoothing, corpusBleu, sentenceBleu } from './bleu.ts';
import { expectClose, readFixture } from './fixtures.ts';

interface Case {
  hypotheses: string[][];
  references: string[][][];
  scores: (number | 'error')[];
}
const [{ options }, ...cases] = readFixture<[{ options: BleuOptions[] }, ...Case[]]>('bleu');

describe.each(options)('NLTK agrees on BLEU with %j', (option) => {
  it.each(cases)('of $hypotheses', ({ hypotheses, references, scores }) => {
    const expected = scores[options.indexOf(option)];
    const score = () =>
      hypotheses.length === 1
        ? sentenceBleu(hypotheses[0]!, references[0]!, option)
        : corpusBleu(hypotheses, references, option);
    if (expected === 'error') expect(score).toThrow('smoothing method 6 needs a matching trigram');
    else expectClose(score(), expected);
  });
});

describe('BLEU', () => {
  it('refuses what it cannot score', () => {
    expect(() => sentenceBleu(['a'], [])).toThrow('sentenceBleu: references is empty');
    expect(() => corpusBleu([], [])).toThrow('corpusBleu: hypotheses is empty');
    expect(() => corpusBleu([['a']], [[['a']], [['b']]])).toThrow(
      'hypotheses has length 1 and references has length 2',
    );
    expect(() => corpusBleu([['a'], ['b']], [[['a']], []])).toThrow('references[1] is empty');
    expect(() => sentenceBleu(['a'], [['a']], { weights: [1, Number.NaN] })).toThrow('weights[1] is NaN');
    expect(() => sentenceBleu(['a'], [['a']], { weights: [] })).toThrow('weights is empty');
    expect(() => sentenceBleu(['a'], [['a']], { smoothing: 8 as BleuSmoothing })).toThrow('smoothing is 8');
  });
});
