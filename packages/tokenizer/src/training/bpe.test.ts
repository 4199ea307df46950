import { expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.ts';
import { byteLevelAlphabet, trainBpe } from './bpe.ts';

const words = { preTokenizer: { type: 'Whitespace' } } as const;

function bpe(config: Awaited<ReturnType<typeof trainBpe>>) {
  const { model } = config;
  if (model.type !== 'BPE' || model.merges === 'implied') throw new Error('no merges were learned');
  return {
    tokens: Object.keys(model.vocab),
    merges: model.merges.map(([left, right]) => `${left} ${right}`),
  };
}

test('joins the most frequent pair, of equally frequent ones that of the lowest ids', async () => {
  const corpus =
    'low low low low low lower lower newest newest newest newest newest newest widest widest widest';
  const { tokens, merges } = bpe(await trainBpe(corpus, { ...words, vocabSize: 14 }));
  expect(tokens).toEqual(['d', 'e', 'i', 'l', 'n', 'o', 'r', 's', 't', 'w', 'es', 'est', 'lo', 'low']);
  expect(merges).toEqual(['e s', 'es t', 'l o', 'lo w']);
});

test('learns the same from one text, several, batches, and an async iterable', async () => {
  const texts = ['the cat sat', 'on the mat', 'with the hat'];
  async function* stream() {
    yield texts[0] as string;
    yield texts.slice(1);
  }
  const options = { ...words, vocabSize: 20 };
  const config = await trainBpe(texts, options);
  expect(await trainBpe(texts.join(' '), options)).toEqual(config);
  expect(await trainBpe(new Set(texts), options)).toEqual(config);
  expect(await trainBpe([texts], options)).toEqual(config);
  expect(await trainBpe(stream(), options)).toEqual(config);
});

test('special tokens are the first ids and are kept whole', async () => {
  const config = await trainBpe('a b', {
    ...words,
    vocabSize: 10,
    specialTokens: ['<s>', { content: '<mask>', lstrip: true }],
  });
  expect(config.added_tokens).toMatchObject([
    { id: 0, content: '<s>', special: true, lstrip: false, normalized: false },
    { id: 1, content: '<mask>', special: true, lstrip: true },
  ]);
  const tokenizer = new Tokenizer(config);
  expect(tokenizer.encodeIds('<s>a <mask>', { specialTokens: 'parse' })).toEqual([0, 2, 1]);
});

test('pairs that are rarer than minFrequency stay apart', async () => {
  const { merges } = bpe(await trainBpe('ab ab ab cd cd', { ...words, minFrequency: 3 }));
  expect(merges).toEqual(['a b']);
});

test('limitAlphabet keeps the most frequent characters, and words lose the others', async () => {
  const { tokens } = bpe(await trainBpe('axa axa axa y', { ...words, limitAlphabet: 1 }));
  expect(tokens).toEqual(['a', 'aa']);
});

test('bytes in any text have tokens, and decode to it', async () => {
  const config = await trainBpe('plain words only', {
    preTokenizer: { type: 'ByteLevel', add_prefix_space: false },
    initialAlphabet: byteLevelAlphabet(),
    vocabSize: 260,
  });
  const tokenizer = new Tokenizer(config);
  expect(tokenizer.decode(tokenizer.encodeIds('完全 😀 né'))).toBe('完全 😀 né');
});

test('decodes words with a suffix, and words of a metaspace', async () => {
  const suffixed = new Tokenizer(await trainBpe('some words', { ...words, endOfWordSuffix: '</w>' }));
  expect(suffixed.decode(suffixed.encodeIds('words some'))).toBe('words some');
  const spaced = new Tokenizer(await trainBpe('some words', { preTokenizer: { type: 'Metaspace' } }));
  expect(spaced.decode(spaced.encodeIds('words some'))).toBe('words some');
  const config = await trainBpe('some words', { preTokenizer: { type: 'Metaspace' }, decoder: null });
  expect(config.decoder).toBeNull();
});

test('lone surrogates are replaced, as in encoding', async () => {
  const { tokens } = bpe(await trainBpe('\ud800', words));
  expect(tokens).toEqual(['\ufffd']);
});

test.each([
  ['', 'has no words to learn from'],
  [[], 'it has no texts'],
  [['', '  '], 'its 2 texts are empty, or nothing is left of them'],
])('a corpus without words is an error: %j', async (corpus, message) => {
  await expect(trainBpe(corpus, words)).rejects.toThrow(message);
});

test('what isn’t a text is named with its place', async () => {
  await expect(trainBpe(['a', 5 as unknown as string], words)).rejects.toThrow(
    'Text 2 of the corpus is number: a string was expected.',
  );
  await expect(trainBpe([{} as string], words)).rejects.toThrow('Text 1 of the corpus is a Object');
});

test('a vocabulary that its characters don’t fit into is an error with the numbers', async () => {
  const training = trainBpe('abcdef', { ...words, vocabSize: 5, specialTokens: ['<s>'] });
  await expect(training).rejects.toThrow(
    'vocabSize is 5, and the special tokens (1) and single characters (6) alone are 7.',
  );
});

test('special tokens that are there twice or empty are errors', async () => {
  await expect(trainBpe('a', { specialTokens: ['<s>', '</s>', '<s>'] })).rejects.toThrow(
    'The special token <s> is there twice, as number 1 and 3.',
  );
  await expect(trainBpe('a', { specialTokens: ['<s>', ''] })).rejects.toThrow('Special token 2 is empty.');
});

test('options that are impossible are errors before anything is read', async () => {
  const texts = (function* () {
    yield 'a';
    throw new Error('read');
  })();
  await expect(trainBpe(texts, { vocabSize: 0 })).rejects.toThrow('vocabSize is 0');
  await expect(trainBpe(texts, { minFrequency: 0.5 })).rejects.toThrow('minFrequency is 0.5');
  await expect(trainBpe(texts, { limitAlphabet: -1 })).rejects.toThrow('limitAlphabet is -1');
  await expect(trainBpe(texts, { maxTokenLength: 0 })).rejects.toThrow('maxTokenLength is 0');
  await expect(trainBpe(texts, { initialAlphabet: ['ab'] })).rejects.toThrow('initialAlphabet has "ab"');
  await expect(trainBpe(texts, { unkToken: '<unk>', specialTokens: ['<s>'] })).rejects.toThrow(
    "The unknown token <unk> isn't among specialTokens (<s>).",
  );
  await expect(
    trainBpe(texts, { preTokenizer: { type: 'ByteLevel' }, endOfWordSuffix: '</w>' }),
  ).rejects.toThrow('ByteLevel');
  await expect(trainBpe(texts)).rejects.toThrow('read');
});
