// Writes train.txt, validation.txt, test.txt and SHA256SUMS beside this script, from Debian's packages bible-kjv and
// bible-kjv-text (4.38): `apt-get install bible-kjv`, then `node build.mjs`. `node build.mjs --check` writes nothing and
// fails where the committed files differ.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

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
const { status, stdout, error } = spawnSync('bible', ['-f', 'gen1:1-rev22:21'], { encoding: 'latin1', maxBuffer: 2 ** 26 });
if (error || status !== 0) throw new Error(`bible did not run (${error?.message ?? status}); apt-get install bible-kjv`);

const names = new Map(BOOKS.map(([abbreviation, name]) => [abbreviation, name]));
const splits = { train: [], validation: [], test: [] };
const counts = new Map();
for (const line of stdout.split('\n')) {
  const [, abbreviation, chapter, verse, text] = /^(\d?[A-Z][A-Za-z]*)(\d+):(\d+) (.+)$/.exec(line) ?? [];
  const name = names.get(abbreviation);
  if (name === undefined) continue;
  splits[splitOf(Number(chapter))].push(`${name} ${chapter}:${verse}\t${text.trim()}\n`);
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
for (const [, name, verses] of BOOKS) {
  if (counts.get(name) !== verses) throw new Error(`${name} has ${counts.get(name)} verses, not ${verses}`);
}

const files = Object.entries(splits).map(([split, lines]) => [`${split}.txt`, lines.join('')]);
const sums = files.map(([file, text]) => `${createHash('sha256').update(text).digest('hex')}  ${file}\n`).join('');
for (const [file, text] of [...files, ['SHA256SUMS', sums]]) {
  const url = new URL(file, import.meta.url);
  if (!process.argv.includes('--check')) writeFileSync(url, text);
  else if (readFileSync(url, 'utf8') !== text) throw new Error(`${file} differs from what this script makes`);
}
