import type { DatasetOptions } from './folder.ts';
import { readTableWithoutHeader } from './read.ts';
import type { Split } from './split.ts';

/** Kinds of text, by book. */
const KINDS = {
  Genesis: 'narrative',
  '1 Samuel': 'narrative',
  Psalms: 'poetry',
  Proverbs: 'poetry',
  Isaiah: 'prophecy',
  Luke: 'gospel',
  Romans: 'letter',
  '1 Corinthians': 'letter',
} as const;

export type KingJamesBook = keyof typeof KINDS;
export type KingJamesKind = (typeof KINDS)[KingJamesBook];

/** A verse of the King James Bible. */
export interface Verse {
  /** Such as `1 Samuel 3:4`. */
  reference: string;
  book: KingJamesBook;
  chapter: number;
  verse: number;
  kind: KingJamesKind;
  split: Split;
  text: string;
}

/**
 * Verses of eight books of the King James Bible, in order, split by whole chapters: 7,334 to train on, 903 to validate
 * with, 795 to test with. See `datasets/king-james/README.md`.
 *
 * @param options `split`: one of the three; default all, train first.
 * @throws DatasetError where a file is missing or damaged.
 */
export async function loadKingJames(options: DatasetOptions & { split?: Split } = {}): Promise<Verse[]> {
  const splits: readonly Split[] = options.split ? [options.split] : ['train', 'validation', 'test'];
  const parts = await Promise.all(
    splits.map((split) =>
      readTableWithoutHeader(
        'king-james',
        `${split}.txt`,
        ['reference', 'text'],
        options,
        (cells, fail): Verse => {
          const [reference, text] = cells as [string, string];
          const [, book, chapter, verse] = /^(.+) (\d+):(\d+)$/.exec(reference) ?? [];
          if (book === undefined || !(book in KINDS)) fail('a reference such as Genesis 1:1');
          if (text === '') fail('the text of a verse');
          const known = book as KingJamesBook;
          return {
            reference,
            book: known,
            chapter: Number(chapter),
            verse: Number(verse),
            kind: KINDS[known],
            split,
            text,
          };
        },
      ),
    ),
  );
  return parts.flat();
}
