export type { AlignedText } from './aligned.ts';
export type { DecodeStream } from './decode-stream.ts';
export { compareTokenizers, TokenizerComparison, type TokenizerResult } from './display/compare.ts';
export type { Piece } from './display/pieces.ts';
export type { Encoding, OffsetUnit } from './encoding.ts';
export type * from './load/config.ts';
export {
  gpt2Config,
  type LoadOptions,
  loadTokenizer,
  TOKENIZER_FILES,
  wordPieceConfig,
} from './load/files.ts';
export { sentencePieceConfig } from './load/sentence-piece.ts';
export { rankedConfig, type TiktokenEncoding, tiktokenConfig } from './load/tiktoken.ts';
export type { Model, Word } from './models/model.ts';
export type { AddedToken } from './steps/added-tokens.ts';
export * as text from './text/index.ts';
export { type DecodeOptions, type EncodeOptions, type PaddingOptions, Tokenizer } from './tokenizer.ts';
export { type BpeTrainingOptions, byteLevelAlphabet, trainBpe } from './training/bpe.ts';
export type { Corpus } from './training/corpus.ts';
export type { SpecialToken } from './training/options.ts';
export type { TrainingProgress } from './training/pace.ts';
export { saveTokenizer } from './training/save.ts';
export { trainUnigram, type UnigramTrainingOptions } from './training/unigram.ts';
export { trainWordLevel, type WordLevelTrainingOptions } from './training/word-level.ts';
export { trainWordPiece, type WordPieceTrainingOptions } from './training/word-piece.ts';
export type { Padding, Truncation } from './windows.ts';
