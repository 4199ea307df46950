import { expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.ts';
import { trainWordPiece } from './word-piece.ts';

const options = { preTokenizer: { type: 'Whitespace' }, specialTokens: ['[UNK]'] } as const;

test('characters within words are marked, and joined pairs carry the mark of their first', async () => {
  const { model } = await trainWordPiece('abc abc xbc', { ...options, vocabSize: 9 });
  if (model.type !== 'WordPiece') throw new Error(model.type);
  expect(Object.keys(model.vocab)).toEqual(['[UNK]', 'a', 'b', 'c', 'x', '##b', '##c', '##bc', 'abc']);
});

test('words are encoded with the learned tokens, and decoded', async () => {
  const tokenizer = new Tokenizer(
    await trainWordPiece(['walking talking', 'walked talked'], { ...options, vocabSize: 40 }),
  );
  expect(tokenizer.decode(tokenizer.encodeIds('walking talked'))).toBe('walking talked');
  expect(tokenizer.encodeIds('zebra')).toEqual([0]);
});

test('the unknown token has to be among the special ones', async () => {
  await expect(trainWordPiece('a', { specialTokens: ['[PAD]'] })).rejects.toThrow(
    "The unknown token [UNK] isn't among specialTokens ([PAD]).",
  );
});

test('words as bytes are refused', async () => {
  await expect(trainWordPiece('a', { ...options, preTokenizer: { type: 'ByteLevel' } })).rejects.toThrow(
    'go with BPE, and not with WordPiece',
  );
});
