/** Which parts of words can be tokens: those that occur more than once and go on differently. */
import type { WordCounts } from './corpus.ts';
import type { Pace, TrainingProgress } from './pace.ts';

/** Ends each word in `FlatWords.text`. */
export const BOUNDARY = 0;

/** Different words one after the other, as code points. */
export interface FlatWords {
  /** Each word's code points and `BOUNDARY`. */
  text: Int32Array;
  /** For each word the place of its first code point. */
  starts: Int32Array;
  /** For each word its number of code points. */
  lengths: Int32Array;
  /** For each word how often it occurs. */
  counts: Float64Array;
}

export function flatWords(words: WordCounts): FlatWords {
  const entries = Array.from(words, ([word, count]) => ({
    points: Array.from(word, (character) => character.codePointAt(0) as number),
    count,
  }));
  const starts = new Int32Array(entries.length);
  let total = 0;
  entries.forEach(({ points }, i) => {
    starts[i] = total;
    total += points.length + 1;
  });
  const text = new Int32Array(total).fill(BOUNDARY);
  for (const [i, { points }] of entries.entries()) text.set(points, starts[i]);
  return {
    text,
    starts,
    lengths: Int32Array.from(entries, ({ points }) => points.length),
    counts: Float64Array.from(entries, ({ count }) => count),
  };
}

/**
 * The tree of the repeated beginnings of suffixes, down to a depth: its nodes are the substrings that occur more than
 * once and are followed by different code points. Node 0 is the root, the empty string.
 */
export interface SuffixTree {
  /** For each node a place in the text where its string is, and how many code points it has. */
  places: Int32Array;
  depths: Int32Array;
  /** For each node how often its string occurs. */
  frequencies: Int32Array;
  /** For each node its place among the others in the order of code points, where a string comes before its continuations. */
  orders: Int32Array;
  /** For each node the one of its longest beginning; -1 for the root. */
  parents: Int32Array;
  /** For each place in the text the node of the longest string there. */
  deepest: Int32Array;
}

/**
 * The suffix tree of a text down to strings of `depth`; strings with `BOUNDARY` in them, and longer ones, may be among
 * its nodes too. Suffixes are sorted by doubling (Manber and Myers 1993, https://doi.org/10.1137/0222058), and nodes
 * are the intervals of equal beginnings (Abouelhoda et al. 2004, https://doi.org/10.1016/S1570-8667(03)00065-0).
 */
export async function suffixTree(
  text: Int32Array,
  depth: number,
  pace: Pace,
  progress: () => TrainingProgress,
): Promise<SuffixTree> {
  const { length } = text;
  const suffixes = await sortedSuffixes(text, depth + 1, pace, progress);
  /** Common code points of two suffixes, as far as they matter; a word's end is the last that does. */
  const common = (a: number, b: number): number => {
    let n = 0;
    while (n <= depth && a + n < length && b + n < length && text[a + n] === text[b + n]) {
      if (text[a + n++] === BOUNDARY) break;
    }
    return n;
  };
  const places = new Int32Array(length + 1);
  const depths = new Int32Array(length + 1);
  const frequencies = new Int32Array(length + 1);
  const parents = new Int32Array(length + 1).fill(-1);
  const firsts = new Int32Array(length + 1);
  const deepest = new Int32Array(length);
  let nodes = 1;
  const stack = [0];
  for (let i = 1; i <= length; i++) {
    const depthHere = i < length ? common(suffixes[i - 1] as number, suffixes[i] as number) : 0;
    let top = stack[stack.length - 1] as number;
    const before = top;
    let first = i - 1;
    let last = -1;
    while ((depths[top] as number) > depthHere) {
      frequencies[top] = i - (firsts[top] as number);
      first = firsts[top] as number;
      last = top;
      stack.pop();
      top = stack[stack.length - 1] as number;
      parents[last] = top;
    }
    if ((depths[top] as number) < depthHere) {
      depths[nodes] = depthHere;
      firsts[nodes] = first;
      places[nodes] = suffixes[first] as number;
      if (last >= 0) parents[last] = nodes;
      parents[nodes] = top;
      stack.push(nodes++);
    }
    const deeper = depthHere > (depths[before] as number) ? (stack[stack.length - 1] as number) : before;
    deepest[suffixes[i - 1] as number] = deeper;
  }
  frequencies[0] = length;
  const byOrder = Int32Array.from({ length: nodes }, (_, node) => node).sort(
    (a, b) => (firsts[a] as number) - (firsts[b] as number) || (depths[a] as number) - (depths[b] as number),
  );
  const orders = new Int32Array(nodes);
  byOrder.forEach((node, order) => {
    orders[node] = order;
  });
  return {
    places: places.slice(0, nodes),
    depths: depths.slice(0, nodes),
    frequencies: frequencies.slice(0, nodes),
    orders,
    parents: parents.slice(0, nodes),
    deepest,
  };
}

/** The places of a text's suffixes, sorted by at least their first `depth` code points. */
async function sortedSuffixes(
  text: Int32Array,
  depth: number,
  pace: Pace,
  progress: () => TrainingProgress,
): Promise<Int32Array> {
  const { length } = text;
  const alphabet = Array.from(new Set(text)).sort((a, b) => a - b);
  const rankOf = new Map(alphabet.map((point, rank) => [point, rank]));
  let ranks = text.map((point) => rankOf.get(point) as number);
  let nextRanks = new Int32Array(length);
  const suffixes = new Int32Array(length);
  const bySecond = new Int32Array(length).map((_, i) => i);
  /** Sorts `bySecond` by rank, keeping the order of equal ones. */
  const sortByRank = (different: number): void => {
    const nexts = new Int32Array(different + 1);
    for (let i = 0; i < length; i++) {
      const after = (ranks[i] as number) + 1;
      nexts[after] = (nexts[after] as number) + 1;
    }
    for (let rank = 1; rank < different; rank++) {
      nexts[rank] = (nexts[rank] as number) + (nexts[rank - 1] as number);
    }
    for (let i = 0; i < length; i++) {
      const suffix = bySecond[i] as number;
      const rank = ranks[suffix] as number;
      const next = nexts[rank] as number;
      suffixes[next] = suffix;
      nexts[rank] = next + 1;
    }
  };
  let different = alphabet.length;
  sortByRank(different);
  for (let sorted = 1; sorted < depth && different < length; sorted *= 2) {
    if (pace.due) await pace.rest(progress());
    let n = 0;
    for (let i = Math.max(0, length - sorted); i < length; i++) bySecond[n++] = i;
    for (let i = 0; i < length; i++) {
      const suffix = suffixes[i] as number;
      if (suffix >= sorted) bySecond[n++] = suffix - sorted;
    }
    sortByRank(different);
    different = 0;
    for (let i = 0; i < length; i++) {
      const suffix = suffixes[i] as number;
      const previous = i > 0 ? (suffixes[i - 1] as number) : -1;
      // One that ends before its second half comes first, and is equal to no other.
      const same =
        previous >= 0 &&
        ranks[suffix] === ranks[previous] &&
        suffix + sorted < length &&
        previous + sorted < length &&
        ranks[suffix + sorted] === ranks[previous + sorted];
      if (!same) different++;
      nextRanks[suffix] = different - 1;
    }
    [ranks, nextRanks] = [nextRanks, ranks];
  }
  return suffixes;
}
