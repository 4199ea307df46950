import { expect, test } from 'vitest';
import { toByteLevel } from '../bytes.ts';
import { ByteBpe } from './byte-bpe.ts';

/** A seeded generator of whole numbers below `n`. */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Few characters of one to four bytes, some of which begin or end alike, and half a pair of surrogates. */
const ALPHABET = ['a', ' ', 'é', 'è', 'ж', '中', '丮', '国', '囼', '，', '😀', '😁', '\ud83d'];

function textOf(next: (n: number) => number, length: number): string {
  return Array.from({ length }, () => ALPHABET[next(ALPHABET.length)]).join('');
}

type Pair = [left: string, right: string];

/** Joins as the rule says it: of all neighbours the earliest merge, the leftmost of these. */
function joinBytes(word: string, rankOf: (left: string, right: string) => number): string[] {
  const parts = Array.from(toByteLevel(Buffer.from(word, 'utf8')));
  for (;;) {
    const ranks = parts.slice(1).map((right, i) => rankOf(parts[i] as string, right));
    const lowest = Math.min(...ranks);
    if (!Number.isFinite(lowest)) return parts;
    const at = ranks.indexOf(lowest);
    parts.splice(at, 2, `${parts[at]}${parts[at + 1]}`);
  }
}

/** Merges of neighbours that were drawn from random texts, through characters' boundaries as within them. */
function drawnMerges(next: (n: number) => number, count: number): Pair[] {
  const merges: Pair[] = [];
  const known = new Set<string>();
  while (merges.length < count) {
    const ranks = new Map(merges.map((pair, rank) => [pair.join('|'), rank]));
    const parts = joinBytes(textOf(next, 12), (a, b) => ranks.get(`${a}|${b}`) ?? Number.POSITIVE_INFINITY);
    const at = next(parts.length - 1);
    const [left, right] = [parts[at], parts[at + 1]];
    if (left === undefined || right === undefined || known.has(left + right)) continue;
    known.add(left + right);
    merges.push([left, right]);
  }
  return merges;
}

const BYTES = Array.from({ length: 256 }, (_, byte) => toByteLevel(Uint8Array.of(byte)));

test.each([
  ['listed', 1],
  ['listed', 2],
  ['implied', 3],
  ['implied', 4],
])('words of %s merges are joined as from bytes (seed %i)', (kind, seed) => {
  const next = random(seed);
  for (let round = 0; round < 8; round++) {
    const merges = drawnMerges(next, 20 + 20 * round);
    const made = merges.map((pair) => pair.join(''));
    // Out of order, so that parts come after what they make.
    if (round % 4 === 3) made.sort();
    const tokens = [...BYTES, ...made];
    const ids = new Map(tokens.map((token, id) => [token, id]));
    const listed = new Map(merges.map((pair, rank) => [pair.join('|'), rank]));
    const rankOf = (a: string, b: string): number =>
      (kind === 'listed' ? listed.get(`${a}|${b}`) : ids.get(a + b)) ?? Number.POSITIVE_INFINITY;
    const model = new ByteBpe({
      vocabulary: ids,
      wholeWords: false,
      ...(kind === 'listed' ? { merges } : {}),
    });
    for (let i = 0; i < 60; i++) {
      const word = textOf(next, 1 + next(14));
      const found = model.tokenize(word);
      const tokensFound = typeof found === 'number' ? [found] : [...found.ids];
      expect(tokensFound.map((id) => tokens[id])).toEqual(joinBytes(word, rankOf));
    }
  }
});
