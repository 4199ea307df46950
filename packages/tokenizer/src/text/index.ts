export { type RemoveAccentsOptions, removeAccents } from './accents.ts';
export {
  type CapitalizeOptions,
  capitalizePronoun,
  capitalizeSentences,
  sentenceCase,
} from './capitalize.ts';
export { type CaseOptions, foldCase, lowerCase, upperCase } from './case.ts';
export { type SegmentChineseOptions, segmentChinese } from './chinese.ts';
export { spaceCjk } from './cjk-spacing.ts';
export { type DetokenizeOptions, detokenize } from './detokenize.ts';
export { decodeEntities, htmlToText } from './html.ts';
export { type RemoveInvisibleOptions, removeInvisible } from './invisible.ts';
export {
  extractJson,
  parseRepairedJson,
  partialJson,
  type RepairJsonOptions,
  repairJson,
} from './json-repair.ts';
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
export {
  type Finding,
  type FindPersonalDataOptions,
  findPersonalData,
  type PersonalDataKind,
  passesLuhn,
  type RedactOptions,
  redact,
} from './redact.ts';
export { findSentences, type SentenceOptions, splitSentences } from './sentences.ts';
export type { Span } from './span.ts';
export { type CutText, cutAtStop, type StopFilter, stopFilter, untilStop } from './stop-sequences.ts';
export {
  removeStopWords,
  type StopWordOptions,
  stopWordLanguages,
  stopWords,
  stopWordTest,
} from './stop-words.ts';
export { type CollapseWhitespaceOptions, collapseWhitespace } from './whitespace.ts';
export { findWords, splitWords, type WordOptions } from './words.ts';
