import { expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.ts';
import { trainWordLevel } from './word-level.ts';

const options = {
  preTokenizer: { type: 'WhitespaceSplit' },
  specialTokens: ['<unk>'],
  unkToken: '<unk>',
} as const;

test('the most frequent words are tokens, equally frequent ones by code points', async () => {
  const { model } = await trainWordLevel('b a c c b \u{1f600} \ufb01', { ...options, vocabSize: 5 });
  expect(model).toEqual({
    type: 'WordLevel',
    vocab: { '<unk>': 0, b: 1, c: 2, a: 3, '\ufb01': 4 },
    unk_token: '<unk>',
  });
});

test('words that are too rare or didn’t fit are unknown', async () => {
  const tokenizer = new Tokenizer(await trainWordLevel('a a b', { ...options, minFrequency: 2 }));
  expect(tokenizer.encodeIds('a b c')).toEqual([1, 0, 0]);
});

test('special tokens alone have to fit', async () => {
  await expect(
    trainWordLevel('a', { ...options, specialTokens: ['<unk>', '<s>'], vocabSize: 1 }),
  ).rejects.toThrow('vocabSize is 1');
});
