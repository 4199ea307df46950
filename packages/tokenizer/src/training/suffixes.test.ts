import { expect, test } from 'vitest';
import { Pace } from './pace.ts';
import { BOUNDARY, flatWords, suffixTree } from './suffixes.ts';

const progress = { stage: 'learning', done: 0, total: undefined } as const;

async function parts(words: readonly string[], longest: number): Promise<Map<string, number>> {
  const { text } = flatWords(new Map(words.map((word) => [word, 1])));
  const tree = await suffixTree(text, longest, new Pace({}), () => progress);
  const found = new Map<string, number>();
  tree.depths.forEach((depth, node) => {
    const place = tree.places[node] as number;
    const points = text.subarray(place, place + depth);
    if (node === 0 || depth > longest || points.includes(BOUNDARY)) return;
    const string = String.fromCodePoint(...points);
    expect(found.has(string)).toBe(false);
    found.set(string, tree.frequencies[node] as number);
    const parent = tree.parents[node] as number;
    expect(string.startsWith(String.fromCodePoint(...points.subarray(0, tree.depths[parent])))).toBe(true);
    expect(tree.orders[parent]).toBeLessThan(tree.orders[node] as number);
  });
  tree.deepest.forEach((node, place) => {
    const depth = tree.depths[node] as number;
    const at = tree.places[node] as number;
    expect(text.slice(place, place + depth)).toEqual(text.slice(at, at + depth));
  });
  return found;
}

/** By looking at every part of every word. */
function counted(words: readonly string[], longest: number): Map<string, number> {
  const next = new Map<string, string[]>();
  for (const word of words) {
    const characters = [...Array.from(word), '\0'];
    for (let from = 0; from + 1 < characters.length; from++) {
      for (let to = from + 1; to < characters.length && to - from <= longest; to++) {
        const part = characters.slice(from, to).join('');
        next.set(part, [...(next.get(part) ?? []), characters[to] as string]);
      }
    }
  }
  return new Map(
    Array.from(next).flatMap(([part, ends]): [string, number][] =>
      new Set(ends).size > 1 ? [[part, ends.length]] : [],
    ),
  );
}

test('the nodes are the parts of words that go on differently, as often as they occur', async () => {
  expect(await parts(['abracadabra'], 16)).toEqual(
    new Map([
      ['a', 5],
      ['abra', 2],
      ['bra', 2],
      ['ra', 2],
    ]),
  );
});

test.each([1, 2, 3, 5, 16])('random words, parts of at most %i characters', async (longest) => {
  let seed = longest;
  const random = (): number => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const alphabet = ['a', 'b', '😀', '\uffff'];
  const words = Array.from({ length: 300 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 12) }, () => alphabet[Math.floor(random() * 4)]).join(''),
  );
  const different = Array.from(new Set(words));
  expect(await parts(different, longest)).toEqual(counted(different, longest));
});
