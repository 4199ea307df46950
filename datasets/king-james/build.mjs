// Writes train.txt, validation.txt, test.txt and SHA256SUMS beside this script, from Debian's packages bible-kjv and
// bible-kjv-text (4.38): `apt-get install bible-kjv`, then `node build.mjs`. `node build.mjs --check` writes nothing and
// fails where the committed files differ.
import { run, writeSet } from '../tools.mjs';

/** The books kept: the package's abbreviation, the name, and how many verses it must have. */
const BOOKS = [
  ['Ge', 'Genesis', 1533],
  ['1Sm', '1 Samuel', 810],
  ['Psa', 'Psalms', 2461],
  ['Prv', 'Proverbs', 915],
  ['Isa', 'Isaiah', 1292],
  ['Luke', 'Luke', 1151],
  ['Rom', 'Romans', 433],
  ['1Cor', '1 Corinthians', 437],
];

/** Whole chapters: every tenth is test, the one halfway between is validation. */
const splitOf = (chapter) => (chapter % 10 === 0 ? 'test' : chapter % 10 === 5 ? 'validation' : 'train');

// With -f, `bible` writes one verse a line, such as "Ge1:1 In the beginning …".
const hint = '(apt-get install bible-kjv)';
const printed = run('bible', ['-f', 'gen1:1-rev22:21'], { encoding: 'latin1', hint });

const names = new Map(BOOKS.map(([abbreviation, name]) => [abbreviation, name]));
const splits = { train: [], validation: [], test: [] };
const counts = new Map();
for (const line of printed.split('\n')) {
  const [, abbreviation, chapter, verse, text] = /^(\d?[A-Z][A-Za-z]*)(\d+):(\d+) (.+)$/.exec(line) ?? [];
  const name = names.get(abbreviation);
  if (name === undefined) continue;
  splits[splitOf(Number(chapter))].push(`${name} ${chapter}:${verse}\t${text.trim()}\n`);
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
for (const [, name, verses] of BOOKS) {
  if (counts.get(name) !== verses) throw new Error(`${name} has ${counts.get(name)} verses, not ${verses}`);
}

writeSet(
  import.meta.url,
  Object.entries(splits).map(([split, lines]) => [`${split}.txt`, lines.join('')]),
);
