import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { withDamagedCopy } from './damaged-copy.ts';
import { EMOJI_LANGUAGES, loadEmoji, loadEmojiPictures } from './emoji.ts';

test('every emoji has a group, and a name in every language', async () => {
  const emoji = await loadEmoji();
  expect(emoji.length).toBe(1911);
  expect(new Set(emoji.map(({ hexcode }) => hexcode)).size).toBe(1911);
  expect(new Set(emoji.map(({ group }) => group)).size).toBe(10);
  expect(new Set(emoji.map(({ subgroup }) => subgroup)).size).toBe(99);
  for (const { names } of emoji) expect(Object.keys(names)).toEqual([...EMOJI_LANGUAGES]);
});

test('chosen languages are loaded alone', async () => {
  const emoji = await loadEmoji({ languages: ['en', 'zh'] });
  expect(emoji.find((each) => each.emoji === '🐶')).toEqual({
    emoji: '🐶',
    hexcode: '1F436',
    group: 'animals-nature',
    subgroup: 'animal-mammal',
    names: { en: 'dog face', zh: '狗脸' },
    keywords: {
      en: ['adorbs', 'animal', 'dog', 'face', 'pet', 'puppies', 'puppy'],
      zh: expect.arrayContaining(['宠物']),
    },
  });
  const wanted = ['tlh'] as unknown as ['en'];
  await expect(loadEmoji({ languages: wanted })).rejects.toThrow('emoji has no language tlh; it has ar, bn,');
});

test('a picture is the one that the hexcode names', async () => {
  const pictures = await loadEmojiPictures();
  const mean = (hexcode: string) => {
    const sums = [0, 0, 0, 0];
    const pixels = pictures.rgba(hexcode);
    expect(pixels.length).toBe(64 * 64 * 4);
    for (let i = 0; i < pixels.length; i += 4) {
      const alpha = pixels[i + 3]! / 255;
      for (let c = 0; c < 3; c++) sums[c]! += pixels[i + c]! * alpha;
      sums[3]! += alpha;
    }
    return sums.map((sum, c) => (c < 3 ? sum / sums[3]! : sum / 4096));
  };
  const [red, green, blue, cover] = mean('1F7E5') as [number, number, number, number]; // red square
  expect(red).toBeGreaterThan(2 * Math.max(green, blue));
  expect(cover).toBeGreaterThan(0.7);
  const leaf = mean('1F340') as [number, number, number, number]; // four leaf clover
  expect(leaf[1]).toBeGreaterThan(1.3 * Math.max(leaf[0], leaf[2]));
  const flag = pictures.rgba('1F1EB-1F1F7'); // blue, white and red stripes
  const at = (x: number) => [...flag.subarray((32 * 64 + x) * 4, (32 * 64 + x) * 4 + 3)];
  expect(at(8)[2]).toBeGreaterThan(2 * at(8)[0]!);
  expect(Math.min(...at(32))).toBeGreaterThan(200);
  expect(at(55)[0]).toBeGreaterThan(2 * at(55)[2]!);
  expect(() => pictures.rgba('1F436-1F436')).toThrow('emoji has no picture of 1F436-1F436');
});

test('pictures differ from each other', async () => {
  const [emoji, pictures] = await Promise.all([loadEmoji({ languages: ['en'] }), loadEmojiPictures()]);
  const sums = emoji.map(({ hexcode }) => createHash('sha1').update(pictures.rgba(hexcode)).digest('hex'));
  expect(new Set(sums).size).toBe(1911);
});

test('a damaged picture file is found before it is decoded', async () => {
  const damage = (text: string) => `${text.slice(0, 5000)}x${text.slice(5001)}`;
  await withDamagedCopy('emoji', 'emoji.webp', damage, async (options) => {
    await expect(loadEmojiPictures(options)).rejects.toThrow('datasets/emoji/emoji.webp: its SHA-256 is');
  });
});

test('names that are not in the order of the emoji are found, with their line', async () => {
  const damage = (text: string) => text.replace(/^1F603\t.*\n/m, '');
  await withDamagedCopy('emoji', 'annotations/fr.tsv', damage, async (options) => {
    await expect(loadEmoji(options)).rejects.toMatchObject({ file: 'annotations/fr.tsv', line: 3 });
    await expect(loadEmoji(options)).rejects.toThrow('expected the hexcode 1F603, as emoji.tsv has it');
  });
});
