import { describe, expect, it } from 'vitest';
import * as text from './index.ts';

const MEGABYTE = 1_000_000;
const fill = (part: string, length = MEGABYTE): string =>
  part.repeat(Math.ceil(length / part.length)).slice(0, length);

/** Texts of a megabyte for which a careless pattern or a stack takes time quadratic in their length, or worse. */
const HOSTILE = {
  letters: fill('a'),
  'white space': `a${fill(' ')}b`,
  'line breaks': fill('\r\n'),
  digits: fill('1'),
  'digits and spaces': fill('4 '),
  'opened brackets and digits': fill('(1'),
  'local parts': fill('a.'),
  'at signs': fill('a@'),
  colons: fill(':'),
  marks: `a${fill('\u0315\u0300')}`,
  quotes: fill('"x'),
  ideographs: fill('中'),
  'Thai without spaces': fill('สวัสดีชาวโลก'),
  'both scripts': fill('中a'),
  'joined emoji': fill('👨\u200d'),
  'lone surrogates': fill('\ud83d'),
  'right-to-left': fill('שָׁ\u202e'),
  abbreviations: fill('Mr. '),
  'closed sentences': fill('.)'),
  'opened tags': fill('<div>'),
  'half tags': fill('<a b="'),
  comments: fill('<!--'),
  'tags that close nothing': `${fill('<div>', MEGABYTE / 2)}${fill('</x>', MEGABYTE / 2)}`,
  entities: fill('&amp'),
};

type Case = [name: string, run: (value: string) => unknown, texts: readonly (keyof typeof HOSTILE)[]];

const CASES: Case[] = [
  ['normalizeUnicode', text.normalizeUnicode, ['marks']],
  ['foldCase', text.foldCase, ['both scripts']],
  ['removeAccents', (value) => text.removeAccents(value, { keep: 'é', letters: true }), ['letters', 'marks']],
  ['removePunctuation', text.removePunctuation, ['local parts', 'quotes']],
  ['removeInvisible', text.removeInvisible, ['joined emoji', 'right-to-left', 'lone surrogates']],
  ['collapseWhitespace', text.collapseWhitespace, ['white space', 'line breaks']],
  [
    'htmlToText',
    text.htmlToText,
    ['opened tags', 'half tags', 'comments', 'tags that close nothing', 'entities'],
  ],
  ['decodeEntities', text.decodeEntities, ['entities']],
  ['findSentences', text.findSentences, ['letters', 'white space', 'abbreviations', 'closed sentences']],
  ['sentenceCase', text.sentenceCase, ['letters', 'white space', 'abbreviations', 'marks']],
  ['spaceCjk', text.spaceCjk, ['both scripts']],
  ['cutAtStop', (value) => text.cutAtStop(value, ['aaaaaaab', 'aab']), ['letters']],
  ['extractJson', (value) => text.extractJson(value) ?? 'none', ['opened brackets and digits', 'quotes']],
  ['findPersonalData', text.findPersonalData, ['letters', 'at signs', 'colons', 'digits']],
];

/** These do more for each character, so they are given less. */
const SLOWER: Case[] = [
  ['findWords', text.findWords, ['letters', 'ideographs', 'Thai without spaces', 'white space']],
  ['removeStopWords', text.removeStopWords, ['marks', 'white space']],
  ['segmentChinese', text.segmentChinese, ['ideographs', 'lone surrogates']],
  ['detokenize', (value) => text.detokenize(value.match(/..?/gsu) ?? []), ['quotes', 'both scripts']],
  [
    'findPersonalData',
    (value) => text.findPersonalData(value, { country: 'US' }),
    ['digits and spaces', 'local parts'],
  ],
  ['removeNearDuplicates', (value) => text.removeNearDuplicates([value, value]), ['letters', 'marks']],
];

describe('a hostile megabyte', () => {
  it.each(CASES)('is done by %s', (_, run, texts) => {
    for (const name of texts) expect(run(HOSTILE[name])).toBeDefined();
  });
});

describe('hostile fifty kilobytes', () => {
  it.each(SLOWER)('are done by %s', (_, run, texts) => {
    for (const name of texts) expect(run(HOSTILE[name].slice(0, MEGABYTE / 20))).toBeDefined();
  });
});
