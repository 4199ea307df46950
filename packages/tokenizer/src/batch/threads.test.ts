import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.ts';
import { Threads, worthThreads } from './threads.ts';

const words = Array.from({ length: 500 }, (_, i) => `word${i}`);
const tokenizer = new Tokenizer({
  added_tokens: [{ id: 0, content: '[PAD]', special: true }],
  pre_tokenizer: { type: 'WhitespaceSplit' },
  model: {
    type: 'WordLevel',
    vocab: Object.fromEntries(['[PAD]', '<unk>', ...words].map((token, id) => [token, id])),
    unk_token: '<unk>',
  },
});
const texts = Array.from({ length: 300 }, (_, i) =>
  Array.from({ length: 1 + (i % 97) }, (_, k) =>
    k % 11 === 0 ? '漢\ud800😀' : words[(i * 31 + k * 7) % 500],
  ).join(' '),
);

/** As many threads as cores allow, one of which is this one. */
const expected = Math.min(7, availableParallelism() - 1);

test('threads find what one thread does', { timeout: 20_000 }, async () => {
  const threads = new Threads(tokenizer);
  const alone = texts.map((text) => tokenizer.tokenize(text, {}));
  const placed = alone.map(({ ids, starts, ends, words }) => ({ ids, starts, ends, words }));
  for (let round = 0; round < 2; round++) expect(threads.tokenize(texts, {})).toEqual(placed);
  await expect.poll(() => threads.ready, { timeout: 15_000 }).toBe(expected);
  for (let round = 0; round < 5; round++) expect(threads.tokenize(texts, {})).toEqual(placed);
});

test('pairs, padding and windows are the same too', async () => {
  const pairs = texts.map((text, i): [string, string] => [text, texts[299 - i] as string]);
  const options = { truncation: { maxLength: 40, stride: 5 }, padding: { length: 'longest' } } as const;
  const together = tokenizer.encodeBatch(pairs, options);
  for (const i of [0, 7, 150, 299]) {
    const [text, pair] = pairs[i] as [string, string];
    const alone = tokenizer.encode(text, { ...options, pair });
    const length = alone.length;
    expect([...(together[i]?.ids ?? [])].slice(0, length)).toEqual([...alone.ids]);
    expect(together[i]?.overflowing.map(({ ids }) => [...ids].slice(0, 40))).toHaveLength(
      alone.overflowing.length,
    );
    expect([...(together[i]?.sequenceIds ?? [])].slice(0, length)).toEqual([...alone.sequenceIds]);
  }
  expect(new Set(together.map(({ length }) => length)).size).toBe(1);
});

test('a text that cannot be encoded is the same error as alone', { timeout: 20_000 }, async () => {
  const threads = new Threads(new Tokenizer({ model: { type: 'WordLevel', vocab: { a: 0 } } }));
  const batch = Array.from({ length: 100 }, (_, i) => (i === 70 ? 'b' : 'a'));
  expect(() => threads.tokenize(batch, {})).toThrow('The word "b" isn\'t in the vocabulary');
  threads.tokenize(Array(131_072).fill('a'), {});
  await expect.poll(() => threads.ready, { timeout: 15_000 }).toBe(expected);
  expect(() => threads.tokenize(batch, {})).toThrow('The word "b" isn\'t in the vocabulary');
});

test('batches of 64 texts use threads, unless they are done in a moment', () => {
  const cores = availableParallelism();
  const worth = (count: number, length: number): boolean =>
    worthThreads(
      count,
      Array.from({ length: count }, () => 'a'.repeat(length)),
    );
  expect(worth(63, 20_000)).toBe(false);
  expect(worth(64, 20_000)).toBe(cores > 1);
  expect(worth(64, 128)).toBe(cores > 1);
  expect(worth(64, 20)).toBe(false);
});

test('threads start when batches have had enough to do', { timeout: 20_000 }, async () => {
  const threads = new Threads(tokenizer);
  const batch = Array.from({ length: 100 }, () => 'word1 '.repeat(100)); // 60,000 units
  threads.tokenize(batch, {});
  threads.tokenize(batch, {});
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(threads.ready).toBe(0);
  threads.tokenize(batch, {});
  await expect.poll(() => threads.ready, { timeout: 15_000 }).toBe(expected);
});
