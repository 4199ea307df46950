import { describe, expect, it } from 'vitest';
import { removeStopWords, stopWordLanguages, stopWords, stopWordTest } from './stop-words.ts';

describe('stop words', () => {
  it('are there in more than fifty languages', () => {
    expect(stopWordLanguages().length).toBeGreaterThan(50);
    for (const language of stopWordLanguages()) expect(stopWords(language).size).toBeGreaterThan(20);
  });

  it('are found by a tag with a region, and Norwegian by its own', () => {
    expect(stopWords('pt-BR')).toBe(stopWords('pt'));
    expect(stopWords('nb').has('ikke')).toBe(true);
  });

  it('are removed whatever their case, with the space after them', () => {
    expect(removeStopWords('The cat and THE dog don’t sleep, do they?')).toBe('cat dog sleep, ?');
    expect(removeStopWords('Der Hund und die Katze', { language: 'de' })).toBe('Hund Katze');
    expect(removeStopWords('我和你的书', { language: 'zh' })).toBe('书');
    expect(removeStopWords('')).toBe('');
  });

  it('can be added and kept', () => {
    expect(removeStopWords('This is not a Movie', { keep: ['not'], add: ['movie'] })).toBe('not');
    expect(stopWordTest({ keep: ['NOT'] })('not')).toBe(false);
  });

  it('refuse a language without a list', () => {
    expect(() => stopWords('tlh')).toThrow('there is no list for "tlh"; there is one for af, ar');
    expect(() => stopWords('constructor')).toThrow('there is no list');
  });
});
