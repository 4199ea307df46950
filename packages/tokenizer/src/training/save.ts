import { rename, rm, writeFile } from 'node:fs/promises';
import type { TokenizerConfig } from '../load/config.ts';
import { Tokenizer } from '../tokenizer.ts';

/**
 * Writes a tokenizer as a `tokenizer.json` that Hugging Face's `tokenizers` loads. The file is complete or isn't there:
 * it is written under another name first.
 *
 * @throws {Error} where the tokenizer joins tokens by tiktoken's rule, which such files can't say, or the file can't be
 * written.
 */
export async function saveTokenizer(path: string, tokenizer: Tokenizer | TokenizerConfig): Promise<void> {
  const config = tokenizer instanceof Tokenizer ? tokenizer.config : tokenizer;
  const text = tokenizerJson(config);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new Error(`The tokenizer can't be written to ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The text of a `tokenizer.json`, with all that the reference wants to be said. */
function tokenizerJson(config: TokenizerConfig): string {
  if (config.model.type === 'BPE' && config.model.merges === 'implied') {
    throw new Error(
      'This tokenizer joins any two tokens that make a third, as tiktoken does, and tokenizer.json has no words for that.',
    );
  }
  const { truncation, padding } = config;
  const complete = {
    version: '1.0',
    truncation: truncation
      ? { direction: 'Right', strategy: 'LongestFirst', stride: 0, ...truncation }
      : null,
    padding: padding
      ? {
          direction: 'Right',
          pad_to_multiple_of: null,
          pad_id: 0,
          pad_type_id: 0,
          pad_token: '[PAD]',
          ...padding,
        }
      : null,
    added_tokens: (config.added_tokens ?? []).map((token) => ({
      single_word: false,
      lstrip: false,
      rstrip: false,
      special: false,
      normalized: !token.special,
      ...token,
    })),
    normalizer: completed(config.normalizer),
    pre_tokenizer: completed(config.pre_tokenizer),
    post_processor: completed(config.post_processor),
    decoder: completed(config.decoder, { WordPiece: { prefix: '##', cleanup: true }, Strip: {} }),
    model: completed(config.model, {
      WordPiece: { unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
      WordLevel: { unk_token: '<unk>' },
    }),
  };
  return `${JSON.stringify(complete, null, 2)}\n`;
}

/** What is meant where a file doesn't say it. */
const DEFAULTS: Readonly<Record<string, object>> = {
  BertNormalizer: { clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  Strip: { strip_left: true, strip_right: true },
  ByteLevel: { add_prefix_space: true, trim_offsets: true, use_regex: true },
  Punctuation: { behavior: 'Isolated' },
  Digits: { individual_digits: false },
  Split: { invert: false },
  Metaspace: { replacement: '▁', split: true },
  RobertaProcessing: { trim_offsets: true, add_prefix_space: true },
  BPEDecoder: { suffix: '</w>' },
  CTC: { pad_token: '<pad>', word_delimiter_token: '|', cleanup: true },
};

/** The lists of parts in the parts of type `Sequence`. */
const LISTS = ['normalizers', 'pretokenizers', 'processors', 'decoders'];

function completed(
  part: { type: string } | null | undefined,
  defaults: Readonly<Record<string, object>> = {},
): object | null {
  if (!part) return null;
  const entries = Object.entries(part).map(([key, value]: [string, unknown]) => [
    key,
    LISTS.includes(key) ? (value as { type: string }[]).map((each) => completed(each, defaults)) : value,
  ]);
  const given = Object.fromEntries(entries) as Record<string, unknown>;
  if (part.type === 'Metaspace' && given.prepend_scheme === undefined) {
    given.prepend_scheme = given.add_prefix_space === false ? 'never' : 'always';
  }
  return { type: part.type, ...(defaults[part.type] ?? DEFAULTS[part.type]), ...given };
}
