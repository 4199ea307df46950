import type {
  AddedTokenConfig,
  DecoderConfig,
  ModelConfig,
  PostProcessorConfig,
  PreTokenizerConfig,
  TokenizerConfig,
} from '../load/config.ts';
import type { Splitting } from './corpus.ts';
import type { TrainingControl } from './pace.ts';

/** A token with a meaning for the model, as `[SEP]`: its text, or how it is looked for too. */
export type SpecialToken = string | Omit<AddedTokenConfig, 'id' | 'special'>;

/** What all trainings take. */
export interface TrainingOptions extends Splitting, TrainingControl {
  /** How many tokens to have in the end, special ones and single characters included. */
  vocabSize?: number;
  /** The first tokens of the vocabulary, in this order: none where not given. */
  specialTokens?: readonly SpecialToken[];
  /** None where not given. */
  postProcessor?: PostProcessorConfig | null;
  /** What undoes the pre-tokenizer and the model's marks, where not given; null for none. */
  decoder?: DecoderConfig | null;
}

/**
 * The texts of special tokens.
 * @throws {Error} where one is empty, or there twice.
 */
export function specialTexts(specialTokens: readonly SpecialToken[] = []): string[] {
  const texts = specialTokens.map((token) => (typeof token === 'string' ? token : token.content));
  texts.forEach((text, i) => {
    if (typeof text !== 'string' || text === '') throw new Error(`Special token ${i + 1} is empty.`);
    const first = texts.indexOf(text);
    if (first < i) {
      throw new Error(`The special token ${text} is there twice, as number ${first + 1} and ${i + 1}.`);
    }
  });
  return texts;
}

/** @throws {RangeError} where it isn't a whole number of at least `least`. */
export function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}: a whole number of at least ${least} was expected.`);
  }
}

/** @throws {RangeError} where what has to be in the vocabulary doesn't fit. */
export function checkFits(vocabSize: number, specials: number, characters: number): void {
  if (specials + characters <= vocabSize) return;
  throw new RangeError(
    `vocabSize is ${vocabSize}, and the special tokens (${specials}) and single characters (${characters}) alone are ${specials + characters}. Raise vocabSize, or have fewer characters: normalize more, or split into bytes.`,
  );
}

/** @throws {Error} where the unknown token isn't among the special ones. */
export function checkUnknown(unkToken: string | undefined, specials: readonly string[]): void {
  if (unkToken === undefined || specials.includes(unkToken)) return;
  throw new Error(
    `The unknown token ${unkToken} isn't among specialTokens (${specials.join(', ') || 'none'}). Add it there: it needs an id.`,
  );
}

/** @throws {Error} where an entry isn't one character. */
export function charactersOf(initialAlphabet: Iterable<string> = []): string[] {
  return Array.from(initialAlphabet, (character) => {
    if (Array.from(character).length !== 1) {
      throw new Error(`initialAlphabet has ${JSON.stringify(character)}: single characters were expected.`);
    }
    return character;
  });
}

/** The whole configuration around a trained model. */
export function configAround(
  model: ModelConfig,
  options: TrainingOptions,
  idOf: (token: string) => number,
): TokenizerConfig {
  const { normalizer = null, preTokenizer = null, postProcessor = null, decoder } = options;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: (options.specialTokens ?? []).map((token) => ({
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      ...(typeof token === 'string' ? { content: token } : token),
      id: idOf(typeof token === 'string' ? token : token.content),
      special: true,
    })),
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: postProcessor,
    decoder: decoder === undefined ? decoderFor(model, preTokenizer) : decoder,
    model,
  };
}

function decoderFor(model: ModelConfig, preTokenizer: PreTokenizerConfig | null): DecoderConfig | null {
  if (model.type === 'WordPiece') {
    return { type: 'WordPiece', prefix: model.continuing_subword_prefix ?? '##', cleanup: true };
  }
  if (model.type === 'BPE' && model.end_of_word_suffix) {
    return { type: 'BPEDecoder', suffix: model.end_of_word_suffix };
  }
  const steps = preTokenizer ? flatten(preTokenizer) : [];
  for (const step of steps) if (step.type === 'ByteLevel' || step.type === 'Metaspace') return { ...step };
  return null;
}

function flatten(config: PreTokenizerConfig): PreTokenizerConfig[] {
  return config.type === 'Sequence' ? config.pretokenizers.flatMap(flatten) : [config];
}

/** Whether words go to the model as the bytes of their UTF-8. */
export function isByteLevel(preTokenizer: PreTokenizerConfig | null | undefined): boolean {
  return preTokenizer ? flatten(preTokenizer).some(({ type }) => type === 'ByteLevel') : false;
}

/** @throws {Error} where words are bytes, which only BPE's models take. */
export function notByteLevel(preTokenizer: PreTokenizerConfig | null | undefined, model: string): void {
  if (!isByteLevel(preTokenizer)) return;
  throw new Error(
    `Words as bytes (ByteLevel) go with BPE, and not with ${model}: take another pre-tokenizer.`,
  );
}
