export {
  type AdmissionsGroup,
  type Applicant,
  berkeleyApplicants,
  loadBerkeleyAdmissions,
} from './berkeley-admissions.ts';
export { CHECKPOINTS, type Checkpoint, checkpointFolder } from './checkpoints.ts';
export {
  COUNTRY_RELATIONS,
  type Country,
  type CountryEntity,
  type CountryRelation,
  type CountryTriple,
  loadCountries,
} from './countries.ts';
export { DatasetError } from './dataset-error.ts';
export { type DiabetesPatient, loadDiabetes, type OutlierOptions } from './diabetes.ts';
export { type Digit, loadDigits } from './digits.ts';
export {
  EMOJI_LANGUAGES,
  type Emoji,
  type EmojiLanguage,
  type EmojiPictures,
  loadEmoji,
  loadEmojiPictures,
} from './emoji.ts';
export { type DatasetOptions, datasetFolder } from './folder.ts';
export { type KingJamesBook, type KingJamesKind, loadKingJames, type Verse } from './king-james.ts';
export type { Split } from './split.ts';
export { loadSpokenWords, type SpokenWord, type SpokenWordsOptions } from './spoken-words.ts';
export { alignUdhr, loadUdhr, loadUdhrLanguages, type UdhrArticle, type UdhrLanguage } from './udhr.ts';
export { loadWages, type Worker } from './wages.ts';
export {
  loadWordNet,
  type Synset,
  WORDNET_RELATIONS,
  type WordNetRelation,
  type WordNetTriple,
} from './wordnet.ts';
