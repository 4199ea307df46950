export {
  accuracy,
  type Encoded,
  encodeRows,
  type FusedModel,
  fuseLate,
  MODALITIES,
  type Modality,
  type ModalityModel,
  type Models,
  SUBSETS,
  trainModality,
} from './classifier.ts';
export { type RetrievalModel, recallByLanguage, trainRetrieval } from './retrieval.ts';
export {
  type EmojiRow,
  type EmojiRows,
  type EmojiRowsOptions,
  families,
  LANGUAGES,
  type Language,
  loadEmojiRows,
  type Split,
  splitByFamily,
} from './rows.ts';
export { type Interval, meanInterval } from './statistics.ts';
