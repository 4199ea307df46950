import { expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.ts';
import { trainUnigram } from './unigram.ts';

const options = {
  preTokenizer: { type: 'Metaspace' },
  specialTokens: ['<s>'],
  unkToken: '<unk>',
} as const;
const CORPUS = Array.from(
  { length: 40 },
  (_, i) => `walk${'ing ed er s'.split(' ')[i % 4]} talk${'ing ed er s'.split(' ')[(i * 7) % 4]} number${i}`,
);

test('the vocabulary is special tokens, then pieces from the most probable on', async () => {
  const { model } = await trainUnigram(CORPUS, { ...options, vocabSize: 34 });
  if (model.type !== 'Unigram') throw new Error(model.type);
  expect(model.vocab).toHaveLength(34);
  expect(model.unk_id).toBe(0);
  expect(model.vocab.slice(0, 2)).toEqual([
    ['<unk>', 0],
    ['<s>', 0],
  ]);
  const scores = model.vocab.slice(2).map(([, score]) => score);
  expect(scores).toEqual(scores.slice().sort((a, b) => b - a));
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  expect(total).toBeGreaterThan(0.8);
  expect(total).toBeLessThan(1.1);
  const tokens = model.vocab.map(([token]) => token);
  expect(new Set(tokens).size).toBe(34);
  expect(tokens).toEqual(expect.arrayContaining(['▁number', '▁walk', 'er']));
});

test('all characters of the corpus and of initialAlphabet have tokens', async () => {
  const tokenizer = new Tokenizer(
    await trainUnigram(CORPUS, { ...options, vocabSize: 60, initialAlphabet: ['é', '😀'] }),
  );
  for (const character of new Set(CORPUS.join('').replaceAll(' ', '▁').concat('é😀'))) {
    expect(tokenizer.idOf(character), character).toBeDefined();
  }
  expect(tokenizer.decode(tokenizer.encodeIds('walking talker'))).toBe('walking talker');
});

test('a special unknown token keeps its place, and none is no id', async () => {
  const special = await trainUnigram(CORPUS, { ...options, specialTokens: ['<s>', '<unk>'], vocabSize: 50 });
  expect(special.model).toMatchObject({ unk_id: 1 });
  const none = await trainUnigram(CORPUS, { preTokenizer: { type: 'Metaspace' }, vocabSize: 50 });
  expect(none.model).toMatchObject({ unk_id: null });
  expect(none.added_tokens).toEqual([]);
});

test('no piece is longer than maxPieceLength', async () => {
  const { model } = await trainUnigram(CORPUS, { ...options, vocabSize: 45, maxPieceLength: 3 });
  if (model.type !== 'Unigram') throw new Error(model.type);
  expect(Math.max(...model.vocab.slice(2).map(([token]) => token.length))).toBe(3);
});

test('a corpus with little to divide has fewer pieces than asked for', async () => {
  const { model } = await trainUnigram(['ab', 'ac'], { ...options, vocabSize: 100 });
  if (model.type !== 'Unigram') throw new Error(model.type);
  expect(model.vocab.map(([token]) => token).sort()).toEqual(['<s>', '<unk>', 'a', 'b', 'c', '▁', '▁a']);
});

test('a word that is the name of the unknown token, and one with a null, are only words', async () => {
  const { model } = await trainUnigram(['<UNK>', 'a\0b', 'a\0c'], { vocabSize: 40 });
  if (model.type !== 'Unigram') throw new Error(model.type);
  expect(model.vocab.map(([token]) => token)).toEqual(expect.arrayContaining(['<', '\0', 'b']));
  for (const [token, score] of model.vocab) expect(Number.isFinite(score), token).toBe(true);
});

test('options that are impossible, and characters that don’t fit, are errors', async () => {
  const fails = (more: object, message: string): Promise<void> =>
    expect(trainUnigram(CORPUS, { ...options, ...more })).rejects.toThrow(message);
  await fails({ shrinkingFactor: 1 }, 'shrinkingFactor is 1');
  await fails({ nSubIterations: 0 }, 'nSubIterations is 0');
  await fails({ maxPieceLength: 0 }, 'maxPieceLength is 0');
  await fails({ vocabSize: 20 }, 'vocabSize is 20, and the special tokens (2) and single characters');
  await fails({ specialTokens: ['a', 'a'] }, 'The special token a is there twice');
  await expect(trainUnigram([], options)).rejects.toThrow('it has no texts');
});
