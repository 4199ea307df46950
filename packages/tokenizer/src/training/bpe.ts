import { toByteLevel } from '../bytes.ts';
import type { TokenizerConfig } from '../load/config.ts';
import { type Corpus, countWords } from './corpus.ts';
import { learnMerges } from './merge-learner.ts';
import {
  charactersOf,
  checkUnknown,
  checkWhole,
  configAround,
  isByteLevel,
  specialTexts,
  type TrainingOptions,
} from './options.ts';
import { Pace } from './pace.ts';

/** Options of trainings that join pairs. */
export interface MergeTrainingOptions extends TrainingOptions {
  /** 30,000 where not given. */
  vocabSize?: number;
  /** How often a pair has to occur to be joined: 0 where not given. */
  minFrequency?: number;
  /** How many different characters to keep, the most frequent ones: all where not given. Words lose the others. */
  limitAlphabet?: number;
  /** Characters to have, whether they occur or not, as `byteLevelAlphabet()`. */
  initialAlphabet?: Iterable<string>;
  /** After the last character of a word: `</w>`. */
  endOfWordSuffix?: string;
}

export interface BpeTrainingOptions extends MergeTrainingOptions {
  /** Before every character of a word but the first: `##`. */
  continuingSubwordPrefix?: string;
  /** Of new tokens, in characters: any where not given. */
  maxTokenLength?: number;
  /** Stands for characters that have no token; one of `specialTokens`. Where not given, they are left out. */
  unkToken?: string;
}

/** The characters that stand for bytes: as `initialAlphabet`, no text has unknown ones. */
export function byteLevelAlphabet(): string[] {
  return Array.from(toByteLevel(Uint8Array.from({ length: 256 }, (_, byte) => byte)));
}

/** @throws {RangeError} where a number isn't a possible one. */
export function checkMergeOptions({ minFrequency, limitAlphabet }: MergeTrainingOptions): void {
  if (minFrequency !== undefined) checkWhole('minFrequency', minFrequency, 0);
  if (limitAlphabet !== undefined) checkWhole('limitAlphabet', limitAlphabet, 0);
}

/**
 * A tokenizer of byte pair encoding, learned from texts: the vocabulary and merges of Hugging Face's `BpeTrainer`. What
 * that leaves to chance is by code points here: which of equally frequent characters `limitAlphabet` keeps, and the ids
 * of characters with prefix or suffix.
 *
 * @returns what `new Tokenizer` and `saveTokenizer` take
 * @throws {Error} where an option is impossible, the corpus has no words, or characters don't fit into `vocabSize`.
 */
export async function trainBpe(corpus: Corpus, options: BpeTrainingOptions = {}): Promise<TokenizerConfig> {
  const { vocabSize = 30_000, minFrequency = 0, limitAlphabet, maxTokenLength, unkToken } = options;
  const { continuingSubwordPrefix, endOfWordSuffix } = options;
  const pace = new Pace(options);
  const specialTokens = specialTexts(options.specialTokens);
  checkWhole('vocabSize', vocabSize, 1);
  checkMergeOptions(options);
  const initialAlphabet = charactersOf(options.initialAlphabet);
  if (maxTokenLength !== undefined) checkWhole('maxTokenLength', maxTokenLength, 1);
  checkUnknown(unkToken, specialTokens);
  if (isByteLevel(options.preTokenizer) && (continuingSubwordPrefix || endOfWordSuffix)) {
    throw new Error(
      'Words as bytes (ByteLevel) take neither continuingSubwordPrefix nor endOfWordSuffix: a space is part of the word.',
    );
  }
  const { tokens, merges } = await learnMerges(
    {
      words: await countWords(corpus, options, pace),
      vocabSize,
      minFrequency,
      specialTokens,
      initialAlphabet,
      limitAlphabet,
      continuingPrefix: continuingSubwordPrefix,
      wordSuffix: endOfWordSuffix,
      maxTokenLength,
    },
    pace,
  );
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return configAround(
    {
      type: 'BPE',
      dropout: null,
      unk_token: unkToken ?? null,
      continuing_subword_prefix: continuingSubwordPrefix ?? null,
      end_of_word_suffix: endOfWordSuffix ?? null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
    options,
    (token) => vocab[token] as number,
  );
}
