import type { TokenizerConfig } from '../load/config.ts';
import { type Corpus, countWords } from './corpus.ts';
import { byCodePoint } from './merge-learner.ts';
import {
  checkFits,
  checkUnknown,
  checkWhole,
  configAround,
  notByteLevel,
  specialTexts,
  type TrainingOptions,
} from './options.ts';
import { Pace } from './pace.ts';

export interface WordLevelTrainingOptions extends TrainingOptions {
  /** 30,000 where not given. */
  vocabSize?: number;
  /** How often a word has to occur: 0 where not given. */
  minFrequency?: number;
  /** What unknown words become, one of `specialTokens`. Where not given, they are errors. */
  unkToken?: string;
}

/**
 * A tokenizer whose tokens are the most frequent words, of equally frequent ones the first by code points: the
 * vocabulary of Hugging Face's `WordLevelTrainer`.
 *
 * @returns what `new Tokenizer` and `saveTokenizer` take
 * @throws {Error} where an option is impossible, or the corpus has no words.
 */
export async function trainWordLevel(
  corpus: Corpus,
  options: WordLevelTrainingOptions = {},
): Promise<TokenizerConfig> {
  const { vocabSize = 30_000, minFrequency = 0, unkToken } = options;
  const pace = new Pace(options);
  const specialTokens = specialTexts(options.specialTokens);
  checkWhole('vocabSize', vocabSize, 1);
  checkWhole('minFrequency', minFrequency, 0);
  checkUnknown(unkToken, specialTokens);
  checkFits(vocabSize, specialTokens.length, 0);
  notByteLevel(options.preTokenizer, 'WordLevel');
  const counts = await countWords(corpus, options, pace);
  const words = Array.from(counts)
    .filter(([word, count]) => count >= minFrequency && !specialTokens.includes(word))
    .sort(([a, m], [b, n]) => n - m || byCodePoint(a, b))
    .map(([word]) => word);
  const tokens = [...specialTokens, ...words].slice(0, vocabSize);
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return configAround(
    { type: 'WordLevel', vocab, unk_token: unkToken ?? '<unk>' },
    options,
    (token) => vocab[token] as number,
  );
}
