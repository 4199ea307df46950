import { describe, expect, it } from 'vitest';
import { expectClose, readFixture } from './fixtures.ts';
import {
  bitsPerByte,
  bitsPerCharacter,
  crossEntropy,
  perplexity,
  perplexityFromTotals,
} from './perplexity.ts';

interface Case {
  text: string;
  logProbabilities: number[];
  entropyBits: number;
  perplexity: number;
  bytes: number;
  characters: number;
}

describe('NLTK’s bigram model agrees', () => {
  it.each(readFixture<Case[]>('perplexity'))('on $text', (example) => {
    const { text, logProbabilities } = example;
    const bits = example.entropyBits * logProbabilities.length;
    expectClose(perplexity(logProbabilities), example.perplexity, 'perplexity');
    expectClose(crossEntropy(logProbabilities), example.entropyBits * Math.LN2, 'cross-entropy');
    expectClose(bitsPerByte(logProbabilities, text), bits / example.bytes, 'bits per byte');
    expectClose(bitsPerByte(logProbabilities, example.bytes), bits / example.bytes, 'bits per byte');
    expectClose(bitsPerCharacter(logProbabilities, text), bits / example.characters, 'bits per character');
    const nats = bits * Math.LN2;
    expectClose(perplexityFromTotals(nats, logProbabilities.length), example.perplexity, 'from totals');
  });
});

describe('perplexity', () => {
  it('of a fair choice among n is n', () => {
    expect(perplexity([Math.log(1 / 65), Math.log(1 / 65)])).toBeCloseTo(65, 9);
    expect(perplexity([0, 0, 0])).toBe(1);
  });

  it('takes rounding above a log-probability of 0 as 0', () => {
    expect(perplexity([1e-8])).toBe(1);
  });

  it('counts an emoji as one character of four bytes', () => {
    expect(bitsPerCharacter([-Math.LN2], '😀')).toBe(1);
    expect(bitsPerByte([-Math.LN2], '😀')).toBe(0.25);
  });

  it('refuses what has no finite answer', () => {
    expect(() => perplexity([])).toThrow('logProbabilities is empty');
    expect(() => perplexity([-1, -Infinity])).toThrow(
      'logProbabilities[1] is -Infinity, so the model gave that token probability 0',
    );
    expect(() => crossEntropy([Number.NaN])).toThrow('logProbabilities[0] is NaN');
    expect(() => crossEntropy([0.5])).toThrow('logProbabilities[0] is 0.5');
    expect(() => bitsPerByte([-1], '')).toThrow('text is empty');
    expect(() => bitsPerCharacter([-1], Number.NaN)).toThrow('the length of text is NaN');
    expect(() => perplexityFromTotals(-1, 3)).toThrow('nats is -1');
    expect(() => perplexityFromTotals(1, 0)).toThrow('tokenCount is 0');
  });
});
