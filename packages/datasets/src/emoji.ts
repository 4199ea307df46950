import type { DatasetOptions } from './folder.ts';
import { readChecked, readTable } from './read.ts';

/** CLDR's codes of the languages that emoji are named in. */
export const EMOJI_LANGUAGES = [
  'ar',
  'bn',
  'de',
  'el',
  'en',
  'es',
  'fa',
  'fr',
  'he',
  'hi',
  'it',
  'ja',
  'ko',
  'pl',
  'pt',
  'ru',
  'sw',
  'ta',
  'th',
  'tr',
  'uk',
  'vi',
  'zh',
] as const;
export type EmojiLanguage = (typeof EMOJI_LANGUAGES)[number];

/** An emoji without skin tones. */
export interface Emoji<Language extends EmojiLanguage = EmojiLanguage> {
  emoji: string;
  /** Code points in hexadecimal, such as `1F468-200D-1F373`. */
  hexcode: string;
  /** Unicode's ten groups, such as `animals-nature`. */
  group: string;
  /** Unicode's hundred subgroups, such as `animal-mammal`. */
  subgroup: string;
  /** The short name by language, in Unicode's normalization form C. */
  names: Record<Language, string>;
  /** Keywords by language; may be empty. */
  keywords: Record<Language, string[]>;
}

/**
 * 1,911 emoji with names and keywords, in Unicode's order. See `datasets/emoji/README.md`.
 *
 * @param options `languages`: which of `EMOJI_LANGUAGES`; default all.
 * @throws DatasetError where a file is missing or damaged.
 * @throws RangeError for a language that the set doesn't have.
 */
export async function loadEmoji<Language extends EmojiLanguage = EmojiLanguage>(
  options: DatasetOptions & { languages?: readonly Language[] } = {},
): Promise<Emoji<Language>[]> {
  const languages = options.languages ?? (EMOJI_LANGUAGES as readonly EmojiLanguage[] as readonly Language[]);
  const unknown = languages.find((language) => !EMOJI_LANGUAGES.includes(language));
  if (unknown !== undefined) {
    throw new RangeError(`emoji has no language ${unknown}; it has ${EMOJI_LANGUAGES.join(', ')}`);
  }
  const rows = await loadTable(options);
  const emoji = rows.map((row) => ({
    ...row,
    names: {} as Record<Language, string>,
    keywords: {} as Record<Language, string[]>,
  }));
  for (const language of languages) {
    let i = 0;
    await readTable(
      'emoji',
      `annotations/${language}.tsv`,
      ['hexcode', 'name', 'keywords'],
      options,
      ([hexcode, name, keywords], fail) => {
        const row = emoji[i++];
        if (row?.hexcode !== hexcode) fail(`the hexcode ${row?.hexcode}, as emoji.tsv has it`);
        if (!name) fail('a name');
        row!.names[language] = name!;
        row!.keywords[language] = keywords === '' ? [] : keywords!.split('|');
      },
    );
  }
  return emoji;
}

function loadTable(options: DatasetOptions) {
  const columns = ['hexcode', 'emoji', 'group', 'subgroup'];
  return readTable('emoji', 'emoji.tsv', columns, options, (cells, fail) => {
    const [hexcode, emoji, group, subgroup] = cells as [string, string, string, string];
    const points = [...emoji].map((each) => each.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0'));
    if (points.join('-') !== hexcode) fail(`the code points of ${hexcode}`);
    return { emoji, hexcode, group, subgroup };
  });
}

/** Pictures of emoji: Google's Noto Emoji. */
export interface EmojiPictures {
  /** Width and height in pixels: 64. */
  readonly size: number;
  /**
   * Pixels of an emoji, (64, 64, 4): rows from the top, each pixel red, green, blue and alpha, not premultiplied, from 0
   * to 255. The array is the caller's own.
   *
   * @throws RangeError for a hexcode that the set doesn't have.
   */
  rgba(hexcode: string): Uint8Array;
}

const SIZE = 64;

/**
 * Decodes the pictures of all emoji, once: keep what it returns. Takes 32 MB of memory.
 *
 * @throws DatasetError where a file is missing or damaged.
 */
export async function loadEmojiPictures(options: DatasetOptions = {}): Promise<EmojiPictures> {
  const [rows, file, { default: sharp }] = await Promise.all([
    loadTable(options),
    readChecked('emoji', 'emoji.webp', options, (bytes) => bytes),
    import('sharp'),
  ]);
  const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const columns = info.width / SIZE;
  const indices = new Map(rows.map(({ hexcode }, i) => [hexcode, i]));
  return {
    size: SIZE,
    rgba(hexcode) {
      const index = indices.get(hexcode);
      if (index === undefined) {
        throw new RangeError(
          `emoji has no picture of ${hexcode}; hexcodes are those of loadEmoji, such as 1F436`,
        );
      }
      const left = (index % columns) * SIZE;
      const top = Math.floor(index / columns) * SIZE;
      const pixels = new Uint8Array(SIZE * SIZE * 4);
      for (let y = 0; y < SIZE; y++) {
        const start = ((top + y) * info.width + left) * 4;
        pixels.set(data.subarray(start, start + SIZE * 4), y * SIZE * 4);
      }
      return pixels;
    },
  };
}
