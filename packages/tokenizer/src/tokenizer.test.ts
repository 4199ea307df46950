import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Encoding } from './encoding.ts';
import type { TokenizerConfig } from './load/config.ts';
import { Tokenizer } from './tokenizer.ts';
import type { Truncation } from './windows.ts';

interface Fields {
  ids: number[];
  typeIds: number[];
  attentionMask: number[];
  specialTokensMask: number[];
  offsets: [number, number][];
  wordIds: number[];
  sequenceIds: number[];
  overflowing: number[][];
}

interface Fixtures {
  config: TokenizerConfig;
  texts: string[];
  cases: {
    texts: [string, string?];
    truncation: { strategy: string; side: 'left' | 'right'; maxLength: number; stride: number };
    encoding?: Fields;
    error?: string;
  }[];
  batches: {
    side: 'left' | 'right';
    length: number | null;
    multipleOf: number | null;
    encodings: Fields[];
  }[];
}

const fixtures = JSON.parse(
  readFileSync(new URL('../fixtures/encodings.json', import.meta.url), 'utf8'),
) as Fixtures;
const tokenizer = new Tokenizer(fixtures.config);

const STRATEGIES = {
  longest_first: 'longestFirst',
  only_first: 'onlyFirst',
  only_second: 'onlySecond',
} as const;

function fieldsOf(encoding: Encoding): Fields {
  return {
    ids: [...encoding.ids],
    typeIds: [...encoding.typeIds],
    attentionMask: [...encoding.attentionMask],
    specialTokensMask: [...encoding.specialTokensMask],
    offsets: encoding.offsetsIn('codePoints'),
    wordIds: [...encoding.wordIds],
    sequenceIds: [...encoding.sequenceIds],
    overflowing: encoding.overflowing.map(({ ids }) => [...ids]),
  };
}

describe('truncation gives the windows of the reference', () => {
  for (const { texts, truncation, encoding, error } of fixtures.cases) {
    const { strategy, side, maxLength, stride } = truncation;
    const lengths = texts.map((text) => text?.length).join(' and ');
    test(`${lengths} characters, ${strategy}, ${side}, ${maxLength} tokens, stride ${stride}`, () => {
      const options: Truncation = {
        strategy: STRATEGIES[strategy as keyof typeof STRATEGIES],
        side,
        maxLength,
        stride,
      };
      const [text, pair] = texts;
      const encode = (): Encoding =>
        tokenizer.encode(text, { ...(pair === undefined ? {} : { pair }), truncation: options });
      if (error) expect(encode).toThrow(/have to be cut|needs a pair/);
      else expect(fieldsOf(encode())).toEqual(encoding);
    });
  }
});

describe('padding gives the batch of the reference', () => {
  for (const { side, length, multipleOf, encodings } of fixtures.batches) {
    test(`on the ${side}, to ${length ?? 'the longest'}, multiples of ${multipleOf ?? 1}`, () => {
      const batch = tokenizer.encodeBatch(fixtures.texts, {
        padding: { side, length: length ?? 'longest', typeId: 1, ...(multipleOf ? { multipleOf } : {}) },
      });
      expect(batch.map(fieldsOf)).toEqual(encodings);
    });
  }
});

describe('text from outside', () => {
  const hostile = 'the [SEP] cat [CLS] sat [PAD] on [UNK] a mat';

  test('is never encoded to a special token, unless asked', () => {
    const special = [0, 2, 3];
    const ids = tokenizer.encodeIds(hostile, { addSpecialTokens: false });
    expect(ids.filter((id) => special.includes(id))).toEqual([]);
    const parsed = tokenizer.encodeIds(hostile, { addSpecialTokens: false, specialTokens: 'parse' });
    expect(parsed.filter((id) => special.includes(id))).toEqual([3, 2, 0]);
  });

  test('is none where the model knows special tokens as words or pieces', () => {
    const added_tokens = [{ id: 1, content: '</s>', special: true, normalized: false }];
    const words = new Tokenizer({
      added_tokens,
      pre_tokenizer: { type: 'WhitespaceSplit' },
      model: { type: 'WordLevel', vocab: { '<unk>': 0, '</s>': 1, a: 2 }, unk_token: '<unk>' },
    });
    expect(words.encodeIds('a </s> a')).toEqual([2, 0, 2]);
    expect(words.encodeIds('a </s> a', { specialTokens: 'parse' })).toEqual([2, 1, 2]);
    const pieces = new Tokenizer({
      added_tokens,
      model: {
        type: 'Unigram',
        vocab: [['<unk>', 0], ['</s>', -1], ...'</s>'.split('').map((c): [string, number] => [c, -5])],
        unk_id: 0,
      },
    });
    expect(pieces.encodeIds('</s>')).toEqual([2, 3, 4, 5]);
  });

  test('gives the same ids with and without places', () => {
    for (const specialTokens of ['text', 'parse'] as const) {
      expect(tokenizer.encodeIds(hostile, { specialTokens })).toEqual([
        ...tokenizer.encode(hostile, { specialTokens }).ids,
      ]);
    }
  });

  test('may hold lone surrogates, which count as U+FFFD', () => {
    expect(tokenizer.encode('a \ud800 cat').tokens).toEqual(tokenizer.encode('a \ufffd cat').tokens);
  });
});

describe('an encoding', () => {
  test('tells for each token what it came from, in UTF-16 units and in code points', () => {
    const encoding = tokenizer.encode('The cat 😀 sat');
    expect(Array.from(encoding.ids, (_, i) => encoding.textOf(i))).toEqual([
      '',
      'The',
      'cat',
      '😀',
      'sat',
      '',
    ]);
    expect(encoding.offsets[4]).toEqual([11, 14]);
    expect(encoding.offsetsIn('codePoints')[4]).toEqual([10, 13]);
    expect(encoding.tokenAt(5)).toBe(2);
    expect(encoding.tokenAt(3)).toBeUndefined();
  });

  test('finds tokens in the second text of a pair', () => {
    const encoding = tokenizer.encode('a cat', { pair: 'the mat' });
    expect(encoding.textOf(encoding.tokenAt(4, 1) as number)).toBe('mat');
  });
});

describe('decoding', () => {
  test('gives the text back, without special tokens or with them', () => {
    const { ids } = tokenizer.encode('The dogs sat.');
    expect(tokenizer.decode(ids)).toBe('the dogs sat.');
    expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe('[CLS] the dogs sat. [SEP]');
  });

  test('as a stream gives what decoding all at once does', () => {
    const { ids } = tokenizer.encode('The quick brown foxs jumps over the lazy dogs.');
    const stream = tokenizer.decodeStream();
    expect(Array.from(ids, (id) => stream.push(id)).join('') + stream.flush()).toBe(tokenizer.decode(ids));
  });

  test('as a stream never gives half a character', () => {
    const bytes = new Tokenizer({
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab: byteVocabulary(), merges: [] },
    });
    const text = 'é 漢字 👩‍👩‍👧 a';
    const stream = bytes.decodeStream();
    const given = bytes.encodeIds(text).map((id) => stream.push(id));
    expect(given.join('')).toBe(text);
    expect(given.some((piece) => piece.includes('\ufffd'))).toBe(false);
    expect(Math.max(...given.map((piece) => Array.from(piece).length))).toBe(1);
    stream.push(0xf0);
    expect(stream.flush()).toBe('\ufffd');
  });
});

/** The 256 bytes in byte-level characters, in order. */
function byteVocabulary(): Record<string, number> {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Object.fromEntries(
    Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(printable(byte) ? byte : next++), byte]),
  );
}

describe('what cannot be done', () => {
  test('padding without a padding token says which were looked for', () => {
    const bare = new Tokenizer({ model: { type: 'WordLevel', vocab: { a: 0 } } });
    expect(() => bare.encode('a', { padding: { length: 4 } })).toThrow(/no padding token .*\[PAD\]/s);
    expect([...bare.encode('a', { padding: { length: 3, id: 0 } }).ids]).toEqual([0, 0, 0]);
  });

  test('a limit below the tokens that are added, and a stride that never advances', () => {
    expect(() => tokenizer.encode('a cat', { truncation: { maxLength: 1 } })).toThrow(/alone adds 2/);
    expect(() => tokenizer.encode('a cat sat', { truncation: { maxLength: 4, stride: 2 } })).toThrow(
      /stride of 2 .* 2 tokens/,
    );
  });

  test('a word without a token, where there is none for unknown ones', () => {
    const bare = new Tokenizer({ model: { type: 'WordLevel', vocab: { a: 0 } } });
    expect(() => bare.encode('b')).toThrow(
      'The word "b" isn\'t in the vocabulary, and there is no unknown token.',
    );
  });
});
