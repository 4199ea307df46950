import { digamma } from './digamma.ts';
import { Lattice } from './lattice.ts';
import type { Pace, TrainingProgress } from './pace.ts';
import { BOUNDARY, type FlatWords, type SuffixTree, suffixTree } from './suffixes.ts';

/** How much less probable than the least probable piece an unknown character is, as in SentencePiece. */
const UNKNOWN_PENALTY = 10;
/** Pieces that are expected less often are left out. */
const LEAST_EXPECTED = 0.5;
/** The piece of characters that have none. In tables of pieces it stands for none, too. */
const UNKNOWN = 0;

/** What each piece is: where in the text it is found, and how many code points it has. */
interface PieceTable {
  places: Int32Array;
  lengths: Int32Array;
  /** Natural logarithms of probabilities. */
  scores: Float64Array;
  /** The longest other piece that it begins with. */
  shorter: Int32Array;
}

/**
 * The pieces of a unigram language model in training, and where in the words they are. A place in the text knows the
 * longest piece that begins there, and each piece knows the next shorter one: lattices need no search.
 */
export class Pieces {
  readonly #words: FlatWords;
  readonly #table: PieceTable;
  /** For each place in the text the longest piece that begins there. */
  readonly #longest: Int32Array;
  /** All pieces but the unknown one, shorter ones first. */
  readonly #byLength: Int32Array;
  /** The pieces that are left, the unknown one first. */
  #left: Int32Array;
  readonly #lattice = new Lattice();

  private constructor(words: FlatWords, table: PieceTable, longest: Int32Array) {
    const { lengths } = table;
    this.#words = words;
    this.#table = table;
    this.#longest = longest;
    this.#left = Int32Array.from(lengths, (_, piece) => piece);
    this.#byLength = this.#left.slice(1).sort((a, b) => (lengths[a] as number) - (lengths[b] as number));
  }

  /**
   * The pieces to begin with: the characters, by how often they occur; and the parts of words that occur more than once
   * and go on differently, by their number of characters in all of the different words.
   */
  static async from(
    words: FlatWords,
    { maxPieceLength, seedSize }: { maxPieceLength: number; seedSize: number },
    pace: Pace,
    progress: () => TrainingProgress,
  ): Promise<Pieces> {
    const { text } = words;
    const tree = await suffixTree(text, maxPieceLength, pace, progress);
    const { places, depths, frequencies, orders, parents, deepest } = tree;
    const weight = (node: number): number => (frequencies[node] as number) * (depths[node] as number);
    const characters = charactersOf(words);
    const nodes = partsOf(tree, text, maxPieceLength)
      .sort((a, b) => weight(b) - weight(a) || (orders[b] as number) - (orders[a] as number))
      .slice(0, Math.max(1, seedSize - characters.length));
    const firstNode = 1 + characters.length;
    const pieceOfPoint = new Map(characters.map(({ point }, i) => [point, 1 + i]));
    const pieceOfNode = new Int32Array(depths.length);
    nodes.forEach((node, i) => {
      pieceOfNode[node] = firstNode + i;
    });
    /** The longest piece that a node's string, found at `place`, begins with. */
    const pieceAt = (node: number, place: number): number => {
      let current = node;
      while (current > 0 && pieceOfNode[current] === 0) current = parents[current] as number;
      return (current > 0 ? pieceOfNode[current] : pieceOfPoint.get(text[place] as number)) ?? UNKNOWN;
    };
    const table: PieceTable = {
      places: new Int32Array(firstNode + nodes.length),
      lengths: new Int32Array(firstNode + nodes.length).fill(1),
      scores: new Float64Array(firstNode + nodes.length),
      shorter: new Int32Array(firstNode + nodes.length),
    };
    characters.forEach(({ place, count }, i) => {
      table.places[1 + i] = place;
      table.scores[1 + i] = count;
    });
    nodes.forEach((node, i) => {
      const place = places[node] as number;
      table.places[firstNode + i] = place;
      table.lengths[firstNode + i] = depths[node] as number;
      table.scores[firstNode + i] = weight(node);
      table.shorter[firstNode + i] = pieceAt(parents[node] as number, place);
    });
    const sum = Math.log(table.scores.reduce((total, each) => total + each, 0));
    table.scores = table.scores.map((each) => Math.log(each) - sum);
    return new Pieces(words, table, deepest.map(pieceAt));
  }

  /** How many there are, the unknown one included. */
  get count(): number {
    return this.#left.length;
  }

  /** The pieces with their scores, without the unknown one. */
  entries(): [piece: string, score: number][] {
    const { places, lengths, scores } = this.#table;
    return Array.from(this.#left.subarray(1), (piece) => {
      const place = places[piece] as number;
      const points = this.#words.text.subarray(place, place + (lengths[piece] as number));
      return [String.fromCodePoint(...points), scores[piece] as number];
    });
  }

  /**
   * One round of expectation maximization, with a prior for few pieces (Liang and Klein 2007,
   * https://cs.stanford.edu/~pliang/papers/tutorial-acl2007-talk.pdf). Leaves out pieces that are expected less than
   * every other time.
   */
  async estimate(pace: Pace, progress: () => TrainingProgress): Promise<void> {
    const { starts, lengths, counts } = this.#words;
    const { scores } = this.#table;
    const expected = new Float64Array(scores.length);
    const unknown = this.#unknownScore();
    for (let word = 0; word < starts.length; word++) {
      if (pace.due) await pace.rest(progress());
      this.#fill(starts[word] as number, lengths[word] as number, unknown);
      this.#lattice.addExpected(counts[word] as number, expected);
    }
    const kept = this.#left.filter(
      (piece) => piece === UNKNOWN || (expected[piece] as number) >= LEAST_EXPECTED,
    );
    const known = kept.subarray(1);
    const sum = digamma(known.reduce((total, piece) => total + (expected[piece] as number), 0));
    for (const piece of known) scores[piece] = digamma(expected[piece] as number) - sum;
    this.#keep(kept);
  }

  /** Leaves out pieces that no best division has, and of the others those that are missed least, down to `size`. */
  async prune(size: number, pace: Pace, progress: () => TrainingProgress): Promise<void> {
    const { starts, lengths, counts } = this.#words;
    const unknown = this.#unknownScore();
    const frequencies = new Float64Array(this.#table.scores.length);
    let words = 0;
    for (let word = 0; word < starts.length; word++) {
      if (pace.due) await pace.rest(progress());
      this.#fill(starts[word] as number, lengths[word] as number, unknown);
      const count = counts[word] as number;
      words += count;
      for (const piece of this.#lattice.best().pieces) {
        frequencies[piece] = (frequencies[piece] as number) + count;
      }
    }
    const sum = this.#left.reduce((total, piece) => total + (frequencies[piece] as number), 0);
    const kept = [UNKNOWN];
    const candidates: { piece: number; loss: number }[] = [];
    for (const piece of this.#left.subarray(1)) {
      if (pace.due) await pace.rest(progress());
      const own = frequencies[piece] as number;
      const alternative = this.#alternative(piece, unknown);
      if (alternative === 'none' || alternative === 'better') {
        if (own > 0 || alternative === 'none') kept.push(piece);
      } else if (own > 0) {
        // The likelihood that is lost if each occurrence becomes the alternative. Where SentencePiece adds the pieces of
        // this alternative to the sum, the reference adds as many as there are of all pieces.
        const before = Math.log(own) - Math.log(sum);
        const sumAfter = Math.log(sum + own * (this.#left.length - 1));
        let after = 0;
        for (const each of alternative) after += Math.log((frequencies[each] as number) + own) - sumAfter;
        candidates.push({ piece, loss: (own / words) * (before - after) });
      }
    }
    candidates.sort((a, b) => b.loss - a.loss);
    const best = candidates.slice(0, Math.max(0, size - kept.length)).map(({ piece }) => piece);
    this.#keep(Int32Array.from([...kept, ...best]));
  }

  /** How a piece is best divided into others; `'better'` where that is more probable than the piece. */
  #alternative(piece: number, unknown: number): 'none' | 'better' | number[] {
    const { places, lengths, scores } = this.#table;
    if (lengths[piece] === 1) return 'none';
    this.#fill(places[piece] as number, lengths[piece] as number, unknown, piece);
    const { pieces, score } = this.#lattice.best();
    return score > (scores[piece] as number) ? 'better' : pieces.reverse();
  }

  /** The lattice of a part of the text, without the piece `except`. */
  #fill(start: number, length: number, unknown: number, except = UNKNOWN): void {
    const { lengths, scores, shorter } = this.#table;
    const lattice = this.#lattice;
    lattice.begin(length);
    for (let place = 0; place < length; place++) {
      lattice.at(place);
      let single = false;
      let piece = this.#longest[start + place] as number;
      for (; piece !== UNKNOWN; piece = shorter[piece] as number) {
        const end = place + (lengths[piece] as number);
        if (end > length || piece === except) continue;
        lattice.add(place, end, piece, scores[piece] as number);
        single = end === place + 1;
      }
      if (!single) lattice.add(place, place + 1, UNKNOWN, unknown);
    }
  }

  #unknownScore(): number {
    const { scores } = this.#table;
    let least = Number.POSITIVE_INFINITY;
    for (const piece of this.#left.subarray(1)) least = Math.min(least, scores[piece] as number);
    return least - UNKNOWN_PENALTY;
  }

  #keep(left: Int32Array): void {
    if (left.length === this.#left.length) {
      this.#left = left;
      return;
    }
    const { shorter } = this.#table;
    const isLeft = new Uint8Array(shorter.length);
    for (const piece of left) isLeft[piece] = 1;
    /** For each piece the longest one left that it begins with: itself, or a shorter one. */
    const nearest = new Int32Array(shorter.length);
    for (const piece of this.#byLength) {
      shorter[piece] = nearest[shorter[piece] as number] as number;
      nearest[piece] = isLeft[piece] === 1 ? piece : (shorter[piece] as number);
    }
    const longest = this.#longest;
    for (let place = 0; place < longest.length; place++) {
      longest[place] = nearest[longest[place] as number] as number;
    }
    this.#left = left;
  }
}

/** The different code points, the most frequent first, of equal ones the largest, each with a place where it is. */
function charactersOf({ text, starts, lengths, counts }: FlatWords): {
  point: number;
  place: number;
  count: number;
}[] {
  const characters = new Map<number, { point: number; place: number; count: number }>();
  for (let word = 0; word < starts.length; word++) {
    const start = starts[word] as number;
    const end = start + (lengths[word] as number);
    for (let place = start; place < end; place++) {
      const point = text[place] as number;
      if (point === BOUNDARY) continue;
      const known = characters.get(point);
      if (known) known.count += counts[word] as number;
      else characters.set(point, { point, place, count: counts[word] as number });
    }
  }
  return Array.from(characters.values()).sort((a, b) => b.count - a.count || b.point - a.point);
}

/** The nodes whose strings are parts of words, of two code points or more. */
function partsOf(tree: SuffixTree, text: Int32Array, maxLength: number): Int32Array {
  const { places, depths } = tree;
  return Int32Array.from(depths, (_, node) => node).filter((node) => {
    const depth = depths[node] as number;
    // A boundary can only be the last.
    return depth >= 2 && depth <= maxLength && text[(places[node] as number) + depth - 1] !== BOUNDARY;
  });
}
