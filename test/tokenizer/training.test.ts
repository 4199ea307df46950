import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  byteLevelAlphabet,
  loadTokenizer,
  saveTokenizer,
  Tokenizer,
  type TokenizerConfig,
  trainBpe,
  trainUnigram,
  trainWordLevel,
  trainWordPiece,
} from '@quire/tokenizer';
import { afterAll, describe, expect, inject, test } from 'vitest';

const { python } = inject('environment');
const script = fileURLToPath(new URL('load.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quire-tokenizer-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Loaded {
  ids: number[][];
  decoded: string[];
  size: number;
}

function loaded(paths: string[], texts: string[]): Loaded[] {
  const answer = execFileSync('path' in python ? python.path : '', [script], {
    input: JSON.stringify({ paths, texts }),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(answer) as Loaded[];
}

function rows(path: string, column: number): string[] {
  const text = readFileSync(new URL(`../../datasets/${path}`, import.meta.url), 'utf8');
  return text.split('\n').flatMap((row) => row.split('\t')[column] || []);
}

const TEXTS = [...rows('king-james/test.txt', 1).slice(0, 200), ...rows('udhr/text/zh.tsv', 2).slice(1, 40)];
const CORPUS = [
  ...rows('king-james/train.txt', 1).slice(0, 1500),
  ...rows('udhr/text/zh.tsv', 2).slice(1),
  ...rows('udhr/text/de.tsv', 2).slice(1),
];

const TRAININGS: Record<string, () => Promise<TokenizerConfig>> = {
  'BPE of bytes': () =>
    trainBpe(CORPUS, {
      vocabSize: 2000,
      preTokenizer: { type: 'ByteLevel', add_prefix_space: false },
      initialAlphabet: byteLevelAlphabet(),
      specialTokens: ['<|endoftext|>'],
      postProcessor: { type: 'ByteLevel' },
    }),
  'BPE of characters, with a suffix': () =>
    trainBpe(CORPUS, {
      vocabSize: 3000,
      normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, { type: 'Strip' }] },
      preTokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Whitespace' }, { type: 'Digits' }] },
      endOfWordSuffix: '</w>',
      specialTokens: ['<unk>'],
      unkToken: '<unk>',
    }),
  WordPiece: () =>
    trainWordPiece(CORPUS, {
      vocabSize: 3000,
      normalizer: { type: 'BertNormalizer' },
      preTokenizer: { type: 'BertPreTokenizer' },
      specialTokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', { content: '[MASK]', lstrip: true }],
      postProcessor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
    }),
  Unigram: () =>
    trainUnigram(CORPUS, {
      vocabSize: 2000,
      normalizer: { type: 'NFKC' },
      preTokenizer: { type: 'Metaspace' },
      specialTokens: ['<s>', '</s>'],
      unkToken: '<unk>',
    }),
  WordLevel: () =>
    trainWordLevel(CORPUS, {
      vocabSize: 2000,
      preTokenizer: {
        type: 'Sequence',
        pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Punctuation' }],
      },
      specialTokens: ['<unk>'],
      unkToken: '<unk>',
    }),
};

describe.skipIf('missing' in python)('a tokenizer trained here, saved, and loaded in Python', () => {
  for (const [name, train] of Object.entries(TRAININGS)) {
    test(`${name}: the same ids and texts`, async () => {
      const config = await train();
      const path = join(folder, `${name}.json`);
      const tokenizer = new Tokenizer(config);
      await saveTokenizer(path, tokenizer);
      const [reference] = loaded([path], TEXTS) as [Loaded];
      expect(tokenizer.vocabularySize).toBe(reference.size);
      const ids = TEXTS.map((text) => tokenizer.encodeIds(text));
      expect(ids).toEqual(reference.ids);
      expect(tokenizer.decodeBatch(ids)).toEqual(reference.decoded);
      const again = await loadTokenizer(path);
      expect(TEXTS.map((text) => again.encodeIds(text))).toEqual(ids);
    });
  }

  test('every part of a configuration, where only what it needs is said', async () => {
    const { model } = await trainBpe(CORPUS.slice(0, 50), {
      vocabSize: 300,
      preTokenizer: { type: 'Whitespace' },
    });
    const pattern = { String: 'x' };
    const parts: Partial<TokenizerConfig>[] = [
      { normalizer: { type: 'BertNormalizer' } },
      {
        normalizer: { type: 'Sequence', normalizers: [{ type: 'Strip' }, { type: 'NFC' }, { type: 'Nmt' }] },
      },
      { normalizer: { type: 'Replace', pattern, content: 'y' } },
      { normalizer: { type: 'Prepend', prepend: '▁' } },
      { pre_tokenizer: { type: 'ByteLevel' } },
      { pre_tokenizer: { type: 'Metaspace' } },
      { pre_tokenizer: { type: 'Metaspace', add_prefix_space: false } },
      { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Punctuation' }, { type: 'Digits' }] } },
      { pre_tokenizer: { type: 'Split', pattern, behavior: 'Isolated' } },
      { pre_tokenizer: { type: 'CharDelimiterSplit', delimiter: 'x' } },
      { post_processor: { type: 'ByteLevel' } },
      { post_processor: { type: 'RobertaProcessing', sep: ['a', 1], cls: ['b', 2] } },
      { decoder: { type: 'WordPiece' } },
      { decoder: { type: 'BPEDecoder' } },
      { decoder: { type: 'CTC' } },
      { decoder: { type: 'Metaspace' } },
      { decoder: { type: 'ByteLevel' } },
      {
        decoder: {
          type: 'Sequence',
          decoders: [
            { type: 'Replace', pattern, content: 'y' },
            { type: 'ByteFallback' },
            { type: 'Fuse' },
            { type: 'Strip', content: ' ', start: 1, stop: 0 },
          ],
        },
      },
      { truncation: { max_length: 8 }, padding: { strategy: 'BatchLongest' } },
      { added_tokens: [{ id: 300, content: '<new>' }] },
      { model: { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1 } } },
      { model: { type: 'WordLevel', vocab: { '<unk>': 0, a: 1 } } },
      { model: { type: 'Unigram', vocab: [['a', -1]] } },
    ];
    const paths = await Promise.all(
      parts.map(async (part, i) => {
        const path = join(folder, `part-${i}.json`);
        await saveTokenizer(path, { model, ...part });
        return path;
      }),
    );
    expect(loaded(paths, ['a'])).toHaveLength(parts.length);
  });
});
