export { DatasetError } from './dataset-error.ts';
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
export { alignUdhr, loadUdhr, loadUdhrLanguages, type UdhrArticle, type UdhrLanguage } from './udhr.ts';
