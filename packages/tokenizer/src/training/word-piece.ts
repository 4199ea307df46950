import type { TokenizerConfig } from '../load/config.ts';
import { checkMergeOptions, type MergeTrainingOptions } from './bpe.ts';
import { type Corpus, countWords } from './corpus.ts';
import { learnMerges } from './merge-learner.ts';
import {
  charactersOf,
  checkUnknown,
  checkWhole,
  configAround,
  notByteLevel,
  specialTexts,
} from './options.ts';
import { Pace } from './pace.ts';

export interface WordPieceTrainingOptions extends MergeTrainingOptions {
  /** Before every character of a word but the first: `##` where not given. */
  continuingSubwordPrefix?: string;
  /** What unknown words become, one of `specialTokens`: `[UNK]` where not given. */
  unkToken?: string;
}

/**
 * A tokenizer that takes the longest token that fits, with a vocabulary learned from texts as Hugging Face's
 * `WordPieceTrainer` does it: by joining frequent pairs, as for BPE. That numbers the characters that continue words
 * at random, and with it which of equally frequent pairs is joined first; here they are numbered by code points.
 *
 * @returns what `new Tokenizer` and `saveTokenizer` take
 * @throws {Error} where an option is impossible, the corpus has no words, or characters don't fit into `vocabSize`.
 */
export async function trainWordPiece(
  corpus: Corpus,
  options: WordPieceTrainingOptions = {},
): Promise<TokenizerConfig> {
  const { vocabSize = 30_000, minFrequency = 0, limitAlphabet, unkToken = '[UNK]' } = options;
  const { continuingSubwordPrefix = '##', endOfWordSuffix } = options;
  const pace = new Pace(options);
  const specialTokens = specialTexts(options.specialTokens);
  checkWhole('vocabSize', vocabSize, 1);
  checkMergeOptions(options);
  const initialAlphabet = charactersOf(options.initialAlphabet);
  checkUnknown(unkToken, specialTokens);
  notByteLevel(options.preTokenizer, 'WordPiece');
  const { tokens } = await learnMerges(
    {
      words: await countWords(corpus, options, pace),
      vocabSize,
      minFrequency,
      specialTokens,
      initialAlphabet,
      limitAlphabet,
      continuingPrefix: continuingSubwordPrefix,
      wordSuffix: endOfWordSuffix,
    },
    pace,
  );
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return configAround(
    {
      type: 'WordPiece',
      unk_token: unkToken,
      continuing_subword_prefix: continuingSubwordPrefix,
      max_input_chars_per_word: 100,
      vocab,
    },
    options,
    (token) => vocab[token] as number,
  );
}
