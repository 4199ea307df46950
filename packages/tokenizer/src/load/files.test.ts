import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadTokenizer } from './files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-tokenizer-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

describe('a folder', () => {
  test('with a tokenizer.json', async () => {
    await write({ 'tokenizer.json': JSON.stringify({ model: { type: 'WordLevel', vocab: { a: 0 } } }) });
    expect((await loadTokenizer(folder)).encodeIds('a')).toEqual([0]);
  });

  test("with GPT-2's vocab.json and merges.txt", async () => {
    await write({
      'vocab.json': JSON.stringify({ a: 0, b: 1, ab: 2, Ġ: 3, '<|endoftext|>': 4 }),
      'merges.txt': '#version: 0.2\na b\n',
    });
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.encodeIds('ab b')).toEqual([2, 3, 1]);
    expect(tokenizer.encodeIds('a<|endoftext|>', { specialTokens: 'parse' })).toEqual([0, 4]);
  });

  test("with BERT's vocab.txt, in lower case or not", async () => {
    await write({ 'vocab.txt': '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n##s\nThe\n' });
    expect((await loadTokenizer(folder)).encode('The cats').tokens).toEqual([
      '[CLS]',
      'the',
      'cat',
      '##s',
      '[SEP]',
    ]);
    const cased = await loadTokenizer(folder, { lowercase: false });
    expect(cased.encode('The cats').tokens).toEqual(['[CLS]', 'The', 'cat', '##s', '[SEP]']);
  });

  test('without a tokenizer says what was looked for', async () => {
    await expect(loadTokenizer(folder)).rejects.toThrow(
      /has no tokenizer: tokenizer\.json, .* were looked for/,
    );
  });
});

describe('a .tiktoken file', () => {
  const line = (bytes: string, rank: number): string => `${Buffer.from(bytes).toString('base64')} ${rank}\n`;

  test('joins what makes a token of the lowest rank first', async () => {
    await write({ 'x.tiktoken': line('a', 0) + line('b', 1) + line('ab', 2) + line('abb', 3) });
    const tokenizer = await loadTokenizer(join(folder, 'x.tiktoken'), { encoding: 'cl100k_base' });
    expect(tokenizer.encodeIds('abba')).toEqual([3, 0]);
    expect(tokenizer.decode([3, 0])).toBe('abba');
  });

  test('needs an encoding, and names the line that is damaged', async () => {
    await write({ 'x.tiktoken': `${line('a', 0)}nonsense\n` });
    const path = join(folder, 'x.tiktoken');
    await expect(loadTokenizer(path)).rejects.toThrow(/encoding: 'cl100k_base'/);
    await expect(loadTokenizer(path, { encoding: 'o200k_base' })).rejects.toThrow(/line 2 is "nonsense"/);
  });
});

describe('a damaged file', () => {
  const cases: [name: string, content: string | Uint8Array, message: RegExp][] = [
    ['tokenizer.json', '{"model": ', /JSON/],
    ['tokenizer.json', '[]', /merges\.txt|holds no/],
    ['tokenizer.json', '{"model": {"type": "Magic"}}', /model Magic isn't known/],
    [
      'tokenizer.json',
      '{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}',
      /merge of "a" and "b" needs the token "b"/,
    ],
    ['tokenizer.json', '{"model": {"type": "WordLevel", "vocab": {"a": -1}}}', /"a" the id -1/],
    [
      'tokenizer.json',
      '{"normalizer": {"type": "Odd"}, "model": {"type": "WordLevel", "vocab": {"a": 0}}}',
      /normalizer Odd isn't known/,
    ],
    [
      'tokenizer.json',
      '{"pre_tokenizer": {"type": "ByteLevel"}, "model": {"type": "WordLevel", "vocab": {"a": 0}}}',
      /ByteLevel is only known with BPE, and the model is WordLevel/,
    ],
    [
      'tokenizer.json',
      '{"pre_tokenizer": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "</w>"}}',
      /without continuing_subword_prefix and end_of_word_suffix/,
    ],
    ['vocab.txt', 'the\ncat\n', /has no \[CLS\]/],
    ['tokenizer.model', new Uint8Array([0x0a, 0xff, 0xff, 0x01, 0x02]), /isn't a SentencePiece model/],
    ['tokenizer.model', new Uint8Array(), /no pieces/],
  ];
  test.each(cases)('%s holding %s is refused with its path and a reason', async (name, content, message) => {
    await write({ [name]: content });
    const error = await loadTokenizer(folder).catch((error: Error) => error);
    expect((error as Error).message).toContain(join(folder, name));
    expect((error as Error).message).toMatch(message);
  });
});
