/** The tokenizers that are compared with the reference: vocabularies as npm packages ship them, and trained ones. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import {
  type AddedTokenConfig,
  rankedConfig,
  sentencePieceConfig,
  type TiktokenEncoding,
  type TokenizerConfig,
} from '@quire/tokenizer';
import { FIXTURES } from './lines.ts';

/** Whose numbers count: Python's `tokenizers`, or `sentencepiece` for its own files. */
export type Reference = 'tokenizers' | 'sentencepiece';

export interface ParityTokenizer {
  name: string;
  reference: Reference;
  config: () => Promise<TokenizerConfig>;
}

export const PARITY_TOKENIZERS: readonly ParityTokenizer[] = [
  { name: 'gpt2', reference: 'tokenizers', config: gpt2 },
  { name: 'roberta', reference: 'tokenizers', config: roberta },
  { name: 'cl100k', reference: 'tokenizers', config: async () => ranked('cl100k_base') },
  { name: 'o200k', reference: 'tokenizers', config: async () => ranked('o200k_base') },
  { name: 'llama', reference: 'tokenizers', config: llama },
  ...['bert-uncased', 'bert-chinese', 'bert-multilingual'].map(
    (name): ParityTokenizer => ({
      name,
      reference: 'tokenizers',
      config: async () => JSON.parse((await fixture(`${name}.json.gz`)).toString('utf8')),
    }),
  ),
  { name: 'unigram', reference: 'tokenizers', config: unigram },
  { name: 'sentencepiece-unigram', reference: 'sentencepiece', config: () => sentencePiece('unigram') },
  { name: 'sentencepiece-bpe', reference: 'sentencepiece', config: () => sentencePiece('bpe') },
];

/** @throws {Error} where there is none of the name. */
export function parityTokenizer(name: string): Promise<TokenizerConfig> {
  const found = PARITY_TOKENIZERS.find((each) => each.name === name);
  if (!found)
    throw new Error(
      `No tokenizer ${name}; there are ${PARITY_TOKENIZERS.map((each) => each.name).join(', ')}.`,
    );
  return found.config();
}

export async function fixture(name: string): Promise<Buffer> {
  const content = await readFile(new URL(name, FIXTURES));
  return name.endsWith('.gz') ? gunzipSync(content) : content;
}

async function sentencePiece(model: 'unigram' | 'bpe'): Promise<TokenizerConfig> {
  return sentencePieceConfig(await fixture(`sentencepiece-${model}.model.gz`));
}

/** As T5 and XLM-R use SentencePiece's Unigram: the same model, with words split at spaces and a token at the end. */
async function unigram(): Promise<TokenizerConfig> {
  const { model, added_tokens, normalizer } = await sentencePiece('unigram');
  const map = normalizer?.type === 'Sequence' ? normalizer.normalizers[0] : undefined;
  if (map?.type !== 'Precompiled') throw new Error('no character map');
  const text = { Sequence: { id: 'A', type_id: 0 } } as const;
  const end = { SpecialToken: { id: '</s>', type_id: 0 } } as const;
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true } as const;
  return {
    ...(added_tokens ? { added_tokens } : {}),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Precompiled', precompiled_charsmap: map.precompiled_charsmap },
        { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
      ],
    },
    pre_tokenizer: metaspace,
    post_processor: {
      type: 'TemplateProcessing',
      single: [text, end],
      pair: [text, end, { Sequence: { id: 'B', type_id: 0 } }, end],
      special_tokens: { '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } },
    },
    decoder: metaspace,
    model,
  };
}

/** Tiktoken's ranks and special tokens as the npm package `tiktoken` has them. */
export function ranksOf(encoding: TiktokenEncoding): [bytes: Uint8Array, rank: number][] {
  const { bpe_ranks: lines } = createRequire(import.meta.url)(`tiktoken/encoders/${encoding}.json`) as {
    bpe_ranks: string;
  };
  return lines.split('\n').flatMap((line) => {
    const [, first, ...tokens] = line.split(' ');
    return tokens.map((token, i): [Uint8Array, number] => [Buffer.from(token, 'base64'), Number(first) + i]);
  });
}

function ranked(encoding: TiktokenEncoding): TokenizerConfig {
  return rankedConfig(ranksOf(encoding), encoding);
}

/** As OpenAI published it: with a list of merges. */
async function gpt2(): Promise<TokenizerConfig> {
  const config = withListedMerges(ranked('gpt2'));
  return {
    ...config,
    model: { ...config.model, ignore_merges: false } as TokenizerConfig['model'],
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
  };
}

/** GPT-2's words, with RoBERTa's tokens around and offsets without spaces. */
async function roberta(): Promise<TokenizerConfig> {
  const end: [string, number] = ['<|endoftext|>', 50256];
  return {
    ...(await gpt2()),
    post_processor: {
      type: 'RobertaProcessing',
      sep: end,
      cls: end,
      trim_offsets: true,
      add_prefix_space: false,
    },
  };
}

/**
 * With a list of merges in place of tiktoken's rule: for each token the last two parts that are left of it when only
 * tokens of lower rank may be made. Special tokens are in the vocabulary too, since the reference renumbers those that
 * aren't where ids have gaps.
 */
export function withListedMerges(config: TokenizerConfig): TokenizerConfig {
  if (config.model.type !== 'BPE' || config.model.merges !== 'implied') return config;
  const { vocab } = config.model;
  const tokens = Object.entries(vocab).sort(([, a], [, b]) => a - b);
  const merges = tokens.flatMap(([token, rank]): [string, string][] => {
    const parts = Array.from(token);
    while (parts.length > 2) {
      let best = -1;
      let bestRank = rank;
      for (let i = 0; i + 1 < parts.length; i++) {
        const joined = vocab[`${parts[i]}${parts[i + 1]}`] ?? rank;
        if (joined < bestRank) [best, bestRank] = [i, joined];
      }
      if (best < 0) break;
      parts.splice(best, 2, `${parts[best]}${parts[best + 1]}`);
    }
    return parts.length === 2 ? [[parts[0] as string, parts[1] as string]] : [];
  });
  const special = Object.fromEntries((config.added_tokens ?? []).map(({ content, id }) => [content, id]));
  return {
    ...config,
    model: { ...config.model, vocab: { ...vocab, ...special }, merges, ignore_merges: true },
  };
}

interface LlamaTokenizer {
  vocabById: string[];
  /** Ranks of pairs, written as `left right`. */
  merges: Map<string, number>;
}

/** Llama 2's SentencePiece vocabulary as the npm package `llama-tokenizer-js` has it, as Hugging Face writes it. */
async function llama(): Promise<TokenizerConfig> {
  const { default: tokenizer } = (await import('llama-tokenizer-js')) as unknown as {
    default: LlamaTokenizer;
  };
  const special = (content: string, id: number): AddedTokenConfig => ({
    id,
    content,
    normalized: false,
    special: true,
  });
  const begin = { SpecialToken: { id: '<s>', type_id: 0 } } as const;
  return {
    added_tokens: [special('<unk>', 0), special('<s>', 1), special('</s>', 2)],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [begin, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [begin, { Sequence: { id: 'A', type_id: 0 } }, begin, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokenizer.vocabById.map((token, id) => [token, id])),
      merges: [...tokenizer.merges].sort(([, a], [, b]) => a - b).map(([pair]) => pair),
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
    },
  };
}
