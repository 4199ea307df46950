export { type RemoveAccentsOptions, removeAccents } from './accents.ts';
export { type CaseOptions, foldCase, lowerCase, upperCase } from './case.ts';
export { type SegmentChineseOptions, segmentChinese } from './chinese.ts';
export { decodeEntities, htmlToText } from './html.ts';
export { type RemoveInvisibleOptions, removeInvisible } from './invisible.ts';
export { type IdentifiedLanguage, type LanguageIdentifierOptions, languageIdentifier } from './language.ts';
export {
  estimateJaccard,
  jaccard,
  type MinHashOptions,
  minHash,
  type ShingleOptions,
  shingles,
} from './min-hash.ts';
export {
  findNearDuplicates,
  type NearDuplicate,
  type NearDuplicateOptions,
  removeNearDuplicates,
} from './near-duplicates.ts';
export { normalizeUnicode, replaceLoneSurrogates, type UnicodeForm } from './normalize-unicode.ts';
export {
  type AllStep,
  type EachStep,
  gather,
  type Pipeline,
  PipelineError,
  type PipelineOutput,
  pipeline,
  type Step,
  step,
  type TraceEntry,
} from './pipeline.ts';
export { normalizePunctuation, type RemovePunctuationOptions, removePunctuation } from './punctuation.ts';
export { findSentences, type SentenceOptions, splitSentences } from './sentences.ts';
export type { Span } from './span.ts';
export {
  removeStopWords,
  type StopWordOptions,
  stopWordLanguages,
  stopWords,
  stopWordTest,
} from './stop-words.ts';
export { type CollapseWhitespaceOptions, collapseWhitespace } from './whitespace.ts';
export { findWords, splitWords, type WordOptions } from './words.ts';
