/** Tokenizers from the files in which they are published. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '../tokenizer.ts';
import type { AddedTokenConfig, TokenizerConfig } from './config.ts';
import { sentencePieceConfig } from './sentence-piece.ts';
import { isTiktokenEncoding, type TiktokenEncoding, tiktokenConfig } from './tiktoken.ts';

export interface LoadOptions {
  /** For `.tiktoken` files, which have neither words nor special tokens: those of one of OpenAI's encodings. */
  encoding?: TiktokenEncoding;
  /** For `vocab.txt`: whether text is put into lower case and loses its accents; true where not given. */
  lowercase?: boolean;
}

/**
 * The tokenizer in a file, or in a folder: `tokenizer.json`; `vocab.json` and `merges.txt` (GPT-2); `vocab.txt` (BERT);
 * a `.tiktoken` file; a SentencePiece `.model`.
 *
 * @throws {Error} where there is none, or the file is damaged, naming the file.
 */
export async function loadTokenizer(path: string, options: LoadOptions = {}): Promise<Tokenizer> {
  const isFolder = (await stat(path)).isDirectory();
  const file = isFolder ? await tokenizerFileIn(path) : path;
  try {
    return new Tokenizer(await configOf(file, options));
  } catch (error) {
    throw new Error(`${file} can't be used as a tokenizer: ${(error as Error).message}`, { cause: error });
  }
}

/** What a folder is searched for, in that order. */
export const TOKENIZER_FILES: readonly string[] = [
  'tokenizer.json',
  'vocab.json',
  'vocab.txt',
  'tokenizer.model',
  'spiece.model',
  'sentencepiece.bpe.model',
];

async function tokenizerFileIn(folder: string): Promise<string> {
  for (const name of TOKENIZER_FILES) {
    const path = join(folder, name);
    if (await stat(path).catch(() => undefined)) return path;
  }
  throw new Error(`${folder} has no tokenizer: ${TOKENIZER_FILES.join(', ')} were looked for.`);
}

async function configOf(file: string, options: LoadOptions): Promise<TokenizerConfig> {
  if (file.endsWith('.txt')) return wordPieceConfig(await readFile(file, 'utf8'), options.lowercase ?? true);
  if (file.endsWith('.tiktoken')) {
    const { encoding } = options;
    if (!encoding || !isTiktokenEncoding(encoding)) {
      throw new Error(
        "say whose words it splits text into: loadTokenizer(path, { encoding: 'cl100k_base' })",
      );
    }
    return tiktokenConfig(await readFile(file, 'utf8'), encoding);
  }
  if (file.endsWith('.model')) return sentencePieceConfig(await readFile(file));
  const content: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (typeof content !== 'object' || content === null) throw new Error('it holds no object');
  if ('model' in content) return content as TokenizerConfig;
  const merges = await readFile(join(file, '..', 'merges.txt'), 'utf8');
  return gpt2Config(content as Record<string, number>, merges);
}

/** GPT-2's `vocab.json` and `merges.txt`. */
export function gpt2Config(vocab: Record<string, number>, merges: string): TokenizerConfig {
  const lines = merges.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));
  return {
    added_tokens: specials(vocab, ['<|endoftext|>'], false),
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    post_processor: { type: 'ByteLevel', trim_offsets: false },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: lines },
  };
}

/** BERT's `vocab.txt`: a token in each line, its id the number of the line. */
export function wordPieceConfig(text: string, lowercase: boolean): TokenizerConfig {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const vocab = Object.fromEntries(lines.map((token, id) => [token, id]));
  const [cls, sep] = ['[CLS]', '[SEP]'].map((token): [string, number] => {
    const id = vocab[token];
    if (id === undefined) throw new Error(`the vocabulary of ${lines.length} lines has no ${token}`);
    return [token, id];
  }) as [[string, number], [string, number]];
  return {
    added_tokens: specials(vocab, ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'], false),
    normalizer: { type: 'BertNormalizer', lowercase },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls, sep },
    decoder: { type: 'WordPiece' },
    model: { type: 'WordPiece', vocab },
  };
}

function specials(
  vocab: Record<string, number>,
  tokens: readonly string[],
  normalized: boolean,
): AddedTokenConfig[] {
  return tokens.flatMap((content) => {
    const id = vocab[content];
    return id === undefined ? [] : [{ id, content, normalized, special: true }];
  });
}
