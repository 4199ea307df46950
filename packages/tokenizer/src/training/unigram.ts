import type { TokenizerConfig } from '../load/config.ts';
import { type Corpus, countWords } from './corpus.ts';
import { byCodePoint } from './merge-learner.ts';
import {
  charactersOf,
  checkFits,
  checkWhole,
  configAround,
  notByteLevel,
  specialTexts,
  type TrainingOptions,
} from './options.ts';
import { Pace, type TrainingProgress } from './pace.ts';
import { Pieces } from './pieces.ts';
import { flatWords } from './suffixes.ts';

export interface UnigramTrainingOptions extends TrainingOptions {
  /** 8,000 where not given. */
  vocabSize?: number;
  /** Characters to have, whether they occur or not. */
  initialAlphabet?: Iterable<string>;
  /**
   * Stands for characters that have no token. One of `specialTokens`, or put before them with the id 0. Where not
   * given, such characters are errors.
   */
  unkToken?: string;
  /** Which part of the tokens a pruning leaves, at least: 0.75 where not given. */
  shrinkingFactor?: number;
  /** Of tokens, in characters: 16 where not given. */
  maxPieceLength?: number;
  /** How often probabilities are estimated before each pruning: 2 where not given. */
  nSubIterations?: number;
  /** How many tokens to begin with, at most: 1,000,000 where not given. */
  seedSize?: number;
}

/** By which factor more tokens than asked for are kept until the end. */
const RESERVE = { numerator: 11, denominator: 10 };
/** By how much the scores of characters that aren't tokens of the model go up, one after the other. */
const CHARACTER_STEP = 0.0001;

/**
 * A tokenizer of a unigram language model (Kudo 2018, https://arxiv.org/abs/1804.10959), learned from texts as Hugging
 * Face's `UnigramTrainer` does it: from the repeated parts of the words, in turn estimating probabilities and leaving
 * out the tokens that are missed least. Each different word counts once for which parts it begins with, and as often as
 * it occurs for their probabilities.
 *
 * The vocabulary is that trainer's. Its scores differ from run to run in their last digits, and those of characters
 * that are rarely tokens in the fourth, since it numbers them at random; here they are numbered by code points.
 *
 * @returns what `new Tokenizer` and `saveTokenizer` take
 * @throws {Error} where an option is impossible, the corpus has no words, or characters don't fit into `vocabSize`.
 */
export async function trainUnigram(
  corpus: Corpus,
  options: UnigramTrainingOptions = {},
): Promise<TokenizerConfig> {
  const { vocabSize = 8000, shrinkingFactor = 0.75, maxPieceLength = 16, nSubIterations = 2 } = options;
  const { seedSize = 1_000_000, unkToken } = options;
  const pace = new Pace(options);
  const specialTokens = specialTexts(options.specialTokens);
  checkWhole('vocabSize', vocabSize, 1);
  checkWhole('maxPieceLength', maxPieceLength, 1);
  checkWhole('nSubIterations', nSubIterations, 1);
  checkWhole('seedSize', seedSize, 1);
  if (!(shrinkingFactor > 0 && shrinkingFactor < 1)) {
    throw new RangeError(`shrinkingFactor is ${shrinkingFactor}: a number between 0 and 1 was expected.`);
  }
  notByteLevel(options.preTokenizer, 'Unigram');
  const specials =
    unkToken === undefined || specialTokens.includes(unkToken) ? specialTokens : [unkToken, ...specialTokens];
  const alphabet = new Set(charactersOf(options.initialAlphabet));
  const words = await countWords(corpus, options, pace);
  for (const word of words.keys()) for (const character of word) alphabet.add(character);
  const characters = Array.from(alphabet).sort(byCodePoint);
  checkFits(vocabSize, specials.length, characters.length);

  let done = 0;
  let rounds: number | undefined;
  const progress = (): TrainingProgress => ({
    stage: 'learning',
    done,
    total: rounds && Math.max(done, rounds),
  });
  const pieces = await Pieces.from(flatWords(words), { maxPieceLength, seedSize }, pace, progress);
  const reserve = Math.floor((vocabSize * RESERVE.numerator) / RESERVE.denominator);
  const prunings = Math.log(reserve / pieces.count) / Math.log(shrinkingFactor);
  rounds = nSubIterations * (Math.max(0, Math.trunc(prunings)) + 1);
  for (;;) {
    for (let i = 0; i < nSubIterations; i++) {
      await pieces.estimate(pace, progress);
      done++;
    }
    if (pieces.count <= reserve) break;
    await pieces.prune(Math.max(reserve, Math.floor(pieces.count * shrinkingFactor)), pace, progress);
  }
  pace.report({ stage: 'learning', done, total: done });

  const vocab: [token: string, score: number][] = [
    ...specials.map((token): [string, number] => [token, 0]),
    ...chosenPieces(pieces.entries(), characters, new Set(specials), vocabSize - specials.length),
  ];
  const ids = new Map(vocab.map(([token], id) => [token, id]));
  return configAround(
    {
      type: 'Unigram',
      unk_id: unkToken === undefined ? null : specials.indexOf(unkToken),
      vocab,
      byte_fallback: false,
    },
    options,
    (token) => ids.get(token) as number,
  );
}

/** All characters, and of the other pieces the first ones, as many as there is room for; the most probable first. */
function chosenPieces(
  pieces: readonly (readonly [piece: string, score: number])[],
  characters: readonly string[],
  taken: ReadonlySet<string>,
  room: number,
): [string, number][] {
  const scores = new Map(pieces);
  const least = pieces.reduce((min, [, score]) => Math.min(min, score), Number.POSITIVE_INFINITY);
  const chosen = new Map<string, number>();
  let missing = 0;
  for (const character of characters) {
    chosen.set(character, scores.get(character) ?? least + missing++ * CHARACTER_STEP);
  }
  for (const [piece, score] of pieces) {
    if (chosen.size >= room) break;
    if (!chosen.has(piece) && !taken.has(piece)) chosen.set(piece, score);
  }
  return Array.from(chosen).sort(([, a], [, b]) => b - a);
}
