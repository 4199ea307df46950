/**
 * The ways to divide a word into pieces: edges from each place to later ones, entered in the order of the places where
 * they begin. Used for one word after the other.
 */
export class Lattice {
  #length = 0;
  #edges = 0;
  /** For each place its first edge. */
  #firsts = new Int32Array(64);
  #pieces = new Int32Array(256);
  #ends = new Int32Array(256);
  #scores = new Float64Array(256);
  /** For each place the logarithm of the probability of all ways from the beginning to it, and from it to the end. */
  #before = new Float64Array(64);
  #after = new Float64Array(64);
  /** For each place the last edge of the best way to it. */
  #via = new Int32Array(64);

  /** Begins a word of so many characters. */
  begin(length: number): void {
    this.#length = length;
    this.#edges = 0;
    if (length + 1 <= this.#firsts.length) return;
    const size = 2 * (length + 1);
    this.#firsts = new Int32Array(size);
    this.#before = new Float64Array(size);
    this.#after = new Float64Array(size);
    this.#via = new Int32Array(size);
  }

  /** The edges added from now on begin at `place`. */
  at(place: number): void {
    this.#firsts[place] = this.#edges;
    this.#firsts[place + 1] = this.#edges;
  }

  /** @param score the logarithm of the piece's probability */
  add(place: number, end: number, piece: number, score: number): void {
    if (this.#edges === this.#pieces.length) this.#grow();
    const edge = this.#edges++;
    this.#pieces[edge] = piece;
    this.#ends[edge] = end;
    this.#scores[edge] = score;
    this.#firsts[place + 1] = this.#edges;
  }

  /** Adds to each piece's number how often it is expected in `count` such words. */
  addExpected(count: number, expected: Float64Array): void {
    const length = this.#length;
    const [firsts, ends, scores, pieces] = [this.#firsts, this.#ends, this.#scores, this.#pieces];
    const [before, after] = [this.#before, this.#after];
    before.fill(Number.NEGATIVE_INFINITY, 0, length + 1);
    before[0] = 0;
    for (let place = 0; place < length; place++) {
      const here = before[place] as number;
      const last = firsts[place + 1] as number;
      for (let edge = firsts[place] as number; edge < last; edge++) {
        const end = ends[edge] as number;
        before[end] = logSumExp(before[end] as number, (scores[edge] as number) + here);
      }
    }
    after[length] = 0;
    for (let place = length - 1; place >= 0; place--) {
      const first = firsts[place] as number;
      let sum = Number.NEGATIVE_INFINITY;
      for (let edge = (firsts[place + 1] as number) - 1; edge >= first; edge--) {
        sum = logSumExp(sum, (scores[edge] as number) + (after[ends[edge] as number] as number));
      }
      after[place] = sum;
    }
    const all = before[length] as number;
    for (let place = 0; place < length; place++) {
      const here = before[place] as number;
      const last = firsts[place + 1] as number;
      for (let edge = firsts[place] as number; edge < last; edge++) {
        const total = here + (scores[edge] as number) + (after[ends[edge] as number] as number) - all;
        const piece = pieces[edge] as number;
        expected[piece] = (expected[piece] as number) + count * Math.exp(total);
      }
    }
  }

  /** The most probable way (Viterbi): its pieces from the last to the first, none where there is no way. */
  best(): { pieces: number[]; score: number } {
    const length = this.#length;
    const [firsts, ends, scores] = [this.#firsts, this.#ends, this.#scores];
    const [before, via] = [this.#before, this.#via];
    before.fill(Number.NEGATIVE_INFINITY, 0, length + 1);
    before[0] = 0;
    const from = this.#after;
    for (let place = 0; place < length; place++) {
      const here = before[place] as number;
      const last = firsts[place + 1] as number;
      for (let edge = firsts[place] as number; edge < last; edge++) {
        const end = ends[edge] as number;
        const score = here + (scores[edge] as number);
        if (score <= (before[end] as number)) continue;
        before[end] = score;
        via[end] = edge;
        from[end] = place;
      }
    }
    const score = before[length] as number;
    const pieces: number[] = [];
    if (score === Number.NEGATIVE_INFINITY) return { pieces, score };
    for (let end = length; end > 0; end = from[end] as number) {
      pieces.push(this.#pieces[via[end] as number] as number);
    }
    return { pieces, score };
  }

  #grow(): void {
    const grown = <T extends Int32Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    const size = 2 * this.#pieces.length;
    this.#pieces = grown(this.#pieces, new Int32Array(size));
    this.#ends = grown(this.#ends, new Int32Array(size));
    this.#scores = grown(this.#scores, new Float64Array(size));
  }
}

/** Smaller ones by so much are nothing beside the larger. */
const NEGLIGIBLE = 50;

/** log(exp(x) + exp(y)), as SentencePiece computes it. */
function logSumExp(x: number, y: number): number {
  const [low, high] = x > y ? [y, x] : [x, y];
  return high > low + NEGLIGIBLE ? high : high + Math.log(Math.exp(low - high) + 1);
}
