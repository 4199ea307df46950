/** OpenAI's tokenizers: a list of byte sequences in order of rank, and how text is split into words. */
import { toByteLevel } from '../bytes.ts';
import type { TokenizerConfig } from './config.ts';

const GPT2 = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const CL100K =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
const O200K = [
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}*${LOWER}+${CONTRACTION}`,
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}+${LOWER}*${CONTRACTION}`,
  '\\p{N}{1,3}',
  ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*',
  '\\s*[\\r\\n]+',
  '\\s+(?!\\S)',
  '\\s+',
].join('|');

const ENCODINGS = {
  gpt2: { words: GPT2, special: { '<|endoftext|>': 50256 } },
  r50k_base: { words: GPT2, special: { '<|endoftext|>': 50256 } },
  p50k_base: { words: GPT2, special: { '<|endoftext|>': 50256 } },
  cl100k_base: {
    words: CL100K,
    special: {
      '<|endoftext|>': 100257,
      '<|fim_prefix|>': 100258,
      '<|fim_middle|>': 100259,
      '<|fim_suffix|>': 100260,
      '<|endofprompt|>': 100276,
    },
  },
  o200k_base: { words: O200K, special: { '<|endoftext|>': 199999, '<|endofprompt|>': 200018 } },
} as const;

/** Named as in `tiktoken` (https://github.com/openai/tiktoken). */
export type TiktokenEncoding = keyof typeof ENCODINGS;

export function isTiktokenEncoding(name: string): name is TiktokenEncoding {
  return Object.hasOwn(ENCODINGS, name);
}

/**
 * @param text lines of a token's bytes in base64 and its rank
 * @throws {Error} for a line that is none.
 */
export function tiktokenConfig(text: string, encoding: TiktokenEncoding): TokenizerConfig {
  const ranks: [Uint8Array, number][] = [];
  text.split('\n').forEach((line, i) => {
    if (line === '') return;
    const [base64, rank] = line.split(' ');
    if (!base64 || !/^\d+$/.test(rank ?? '')) {
      throw new Error(
        `line ${i + 1} is ${JSON.stringify(line.slice(0, 40))}: base64 and a rank were expected`,
      );
    }
    ranks.push([Buffer.from(base64, 'base64'), Number(rank)]);
  });
  return rankedConfig(ranks, encoding);
}

/** A tokenizer of byte sequences with their ranks. */
export function rankedConfig(
  ranks: Iterable<readonly [Uint8Array, number]>,
  encoding: TiktokenEncoding,
): TokenizerConfig {
  const { words, special } = ENCODINGS[encoding];
  return {
    added_tokens: Object.entries(special).map(([content, id]) => ({
      id,
      content,
      normalized: false,
      special: true,
    })),
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: words }, behavior: 'Isolated' },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    },
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(Array.from(ranks, ([bytes, rank]) => [toByteLevel(bytes), rank])),
      merges: 'implied',
    },
  };
}
