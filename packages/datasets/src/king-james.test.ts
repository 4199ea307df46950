import { expect, test } from 'vitest';
import { withDamagedCopy } from './damaged-copy.ts';
import { DatasetError } from './dataset-error.ts';
import { loadKingJames } from './king-james.ts';

test('the verses of all splits come with their book, kind and text', async () => {
  const verses = await loadKingJames();
  const counts = (split: string) => verses.filter((verse) => verse.split === split).length;
  expect([counts('train'), counts('validation'), counts('test')]).toEqual([7334, 903, 795]);
  expect(verses[0]).toEqual({
    reference: 'Genesis 1:1',
    book: 'Genesis',
    chapter: 1,
    verse: 1,
    kind: 'narrative',
    split: 'train',
    text: 'In the beginning God created the heaven and the earth.',
  });
  expect(new Set(verses.map(({ reference }) => reference)).size).toBe(verses.length);
});

test('no chapter is in two splits', async () => {
  const splits = new Map<string, Set<string>>();
  for (const { book, chapter, split } of await loadKingJames()) {
    const key = `${book} ${chapter}`;
    splits.set(key, (splits.get(key) ?? new Set()).add(split));
  }
  expect([...splits.values()].every((set) => set.size === 1)).toBe(true);
});

test('one split is loaded alone', async () => {
  const verses = await loadKingJames({ split: 'validation' });
  expect(verses.length).toBe(903);
  expect(verses.every(({ chapter }) => chapter % 10 === 5)).toBe(true);
});

test('a line without a reference is named, with what was expected', async () => {
  const damage = (text: string) => text.replace('Genesis 10:2\t', 'Genesis\t');
  await withDamagedCopy('king-james', 'test.txt', damage, async (options) => {
    const error = await loadKingJames(options).catch((reason) => reason);
    expect(error).toBeInstanceOf(DatasetError);
    expect(error).toMatchObject({ set: 'king-james', file: 'test.txt', line: 2 });
    expect(error.message).toContain(
      'datasets/king-james/test.txt, line 2: expected a reference such as Genesis 1:1',
    );
    expect(error.message).toContain('node datasets/king-james/build.mjs');
  });
});
