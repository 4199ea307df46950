import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { countWords } from './corpus.ts';
import { Pace } from './pace.ts';

test('words are normalized, split by every step, and counted in the order in which they come first', async () => {
  const counts = await countWords(
    ['One TWO', 'two-three ONE'],
    {
      normalizer: { type: 'Lowercase' },
      preTokenizer: {
        type: 'Sequence',
        pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Punctuation', behavior: 'Isolated' }],
      },
    },
    new Pace({}),
  );
  expect([...counts]).toEqual([
    ['one', 2],
    ['two', 2],
    ['-', 1],
    ['three', 1],
  ]);
});

test('words of bytes are in byte-level characters', async () => {
  const counts = await countWords(
    'é é',
    { preTokenizer: { type: 'ByteLevel', add_prefix_space: false } },
    new Pace({}),
  );
  expect([...counts]).toEqual([
    ['Ã©', 1],
    ['ĠÃ©', 1],
  ]);
});

test('long texts are let go when their words are counted', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  function* texts() {
    // Each has one word of its own, which must not keep the rest of the text.
    for (let i = 0; i < 100; i++) yield `${'x'.repeat(250_000)} a-long-word-number-${i}`;
  }
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const counts = await countWords(texts(), { preTokenizer: { type: 'WhitespaceSplit' } }, new Pace({}));
  collectGarbage();
  expect(counts.size).toBe(101);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5e6);
});
