/** The lines on which tokenizers are compared with the reference. */
import { readFile } from 'node:fs/promises';
import { loadEmoji, loadKingJames, loadUdhr } from '@quire/datasets';

/** Seen from here, and from where this is compiled to. */
export const FIXTURES = new URL('./fixtures/', import.meta.url.replace('/test/dist/', '/test/'));

/** More than ten thousand, the same each time: prose, 129 languages, emoji with their names, code, and hostile text. */
export async function parityLines(): Promise<string[]> {
  const [verses, articles, emoji, edges] = await Promise.all([
    loadKingJames({ split: 'train' }),
    loadUdhr(),
    loadEmoji(),
    readFile(new URL('edges.json', FIXTURES), 'utf8'),
  ]);
  return [
    ...verses.slice(0, 3600).map(({ text }) => text),
    ...articles.flatMap(({ title, text }, i) => (i % 2 === 0 ? [`${title}: ${text.slice(0, 400)}`] : [])),
    ...emoji.flatMap(({ emoji: picture, names, keywords }, i) => {
      const languages = Object.keys(names) as (keyof typeof names)[];
      const language = languages[i % languages.length] as keyof typeof names;
      return [`${picture} ${names[language]} ${keywords[language]?.join(', ')} ${picture}${picture}`];
    }),
    ...(JSON.parse(edges) as string[]),
    ...randomLines(2500, 20_260_801),
  ];
}

/** Ranges of code points that random lines are drawn from: letters, marks, symbols, controls of many scripts. */
const RANGES = [
  [0x20, 0x7e],
  [0x20, 0x7e],
  [0xa0, 0x2ff],
  [0x300, 0x36f],
  [0x370, 0x52f],
  [0x590, 0x6ff],
  [0x900, 0x97f],
  [0xe00, 0xe7f],
  [0x1100, 0x11ff],
  [0x1e00, 0x20cf],
  [0x2100, 0x27ff],
  [0x3000, 0x30ff],
  [0x4e00, 0x4fff],
  [0xac00, 0xad00],
  [0xd800, 0xdfff],
  [0xfb00, 0xfdff],
  [0xfe00, 0xffff],
  [0x1d400, 0x1d4ff],
  [0x1f300, 0x1f6ff],
  [0x2000, 0x206f],
] as const;

function randomLines(count: number, seed: number): string[] {
  let state = seed;
  /** An integer below `limit`: a linear congruential generator (Numerical Recipes), its upper bits. */
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return Array.from({ length: count }, () => {
    let line = '';
    for (let left = 1 + below(24); left > 0; left--) {
      const [first, last] = RANGES[below(RANGES.length)] as readonly [number, number];
      line += String.fromCodePoint(first + below(last - first + 1));
      if (below(5) === 0) line += ' ';
    }
    return line;
  });
}
