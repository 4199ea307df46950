/**
 * Functional ANOVA of a random forest: how much of the variance of a measure each parameter accounts for (Hutter, Hoos
 * and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance", 2014,
 * https://proceedings.mlr.press/v32/hutter14.html).
 */
import { mulberry32, type Random } from '../random.ts';

/** One parameter of all trials: numbers from 0 to 1, or categories from 0 to `categories` - 1. */
export interface Dimension {
  values: Float64Array;
  /** How many there are; 0 for numbers. */
  categories: number;
}

/** The part of one dimension that a leaf covers: an interval of 0 to 1, or the categories whose bits are set. */
interface Side {
  low: number;
  high: number;
  set: Uint8Array | undefined;
}

export interface Leaf {
  mean: number;
  sides: Side[];
}

const FULL = (categories: number): Side => ({
  low: 0,
  high: 1,
  set: categories > 0 ? new Uint8Array(categories).fill(1) : undefined,
});

interface Split {
  dimension: number;
  /** The least value above it, or the category apart from the others. */
  at: number;
  error: number;
}

/**
 * A regression tree grown to the end on the trials `rows`, as CART does: each split has the least squared error of its
 * two sides; categories are split one against the others.
 */
export function growTree(dimensions: readonly Dimension[], target: Float64Array, rows: Uint32Array): Leaf[] {
  const leaves: Leaf[] = [];
  const grow = (own: Uint32Array, sides: Side[]): void => {
    const split = own.length < 2 ? undefined : bestSplit(dimensions, target, own);
    if (!split) {
      leaves.push({ mean: own.reduce((sum, row) => sum + target[row]!, 0) / own.length, sides });
      return;
    }
    const { values, categories } = dimensions[split.dimension]!;
    const isFirst = (row: number): boolean =>
      categories > 0 ? values[row] === split.at : values[row]! <= split.at;
    const [first, second] = halves(sides[split.dimension]!, split.at);
    const with_ = (side: Side): Side[] => sides.map((old, d) => (d === split.dimension ? side : old));
    grow(own.filter(isFirst), with_(first));
    grow(
      own.filter((row) => !isFirst(row)),
      with_(second),
    );
  };
  grow(
    rows,
    dimensions.map(({ categories }) => FULL(categories)),
  );
  return leaves;
}

function halves(side: Side, at: number): [Side, Side] {
  if (!side.set)
    return [
      { ...side, high: at },
      { ...side, low: at },
    ];
  const only = new Uint8Array(side.set.length);
  only[at] = 1;
  return [
    { ...side, set: only },
    { ...side, set: side.set.map((bit, category) => (category === at ? 0 : bit)) },
  ];
}

function bestSplit(
  dimensions: readonly Dimension[],
  target: Float64Array,
  rows: Uint32Array,
): Split | undefined {
  let [total, squares] = [0, 0];
  for (const row of rows) {
    total += target[row]!;
    squares += target[row]! ** 2;
  }
  const whole = squares - total ** 2 / rows.length;
  // Nothing to tell apart, but for rounding.
  if (whole <= 1e-12 * Math.max(squares, Number.MIN_VALUE)) return undefined;
  let best: Split | undefined;
  const consider = (dimension: number, at: number, sum: number, count: number): void => {
    const rest = rows.length - count;
    if (count === 0 || rest === 0) return;
    const error = squares - sum ** 2 / count - (total - sum) ** 2 / rest;
    if (!best || error < best.error) best = { dimension, at, error };
  };
  dimensions.forEach(({ values, categories }, d) => {
    if (categories > 0) {
      const sums = new Float64Array(categories);
      const counts = new Uint32Array(categories);
      for (const row of rows) {
        sums[values[row]!]! += target[row]!;
        counts[values[row]!]!++;
      }
      for (let category = 0; category < categories; category++) {
        consider(d, category, sums[category]!, counts[category]!);
      }
      return;
    }
    const sorted = rows.slice().sort((a, b) => values[a]! - values[b]!);
    let sum = 0;
    for (let i = 0; i + 1 < sorted.length; i++) {
      sum += target[sorted[i]!]!;
      const [value, next] = [values[sorted[i]!]!, values[sorted[i + 1]!]!];
      if (value < next) consider(d, (value + next) / 2, sum, i + 1);
    }
  });
  return best;
}

/** The share of a dimension that a side covers. */
function share({ low, high, set }: Side): number {
  return set ? set.reduce((sum, bit) => sum + bit, 0) / set.length : high - low;
}

/** The share of a dimension that both sides cover. */
function overlap(a: Side, b: Side): number {
  if (a.set && b.set) {
    let both = 0;
    for (let c = 0; c < a.set.length; c++) both += a.set[c]! & b.set[c]!;
    return both / a.set.length;
  }
  return Math.max(0, Math.min(a.high, b.high) - Math.max(a.low, b.low));
}

/** A tree's predictions over all of the space, which is uniform. */
export class TreeVariance {
  readonly mean: number;
  readonly variance: number;
  readonly #leaves: readonly Leaf[];
  /** Leaves x dimensions. */
  readonly #shares: number[][];

  constructor(leaves: readonly Leaf[]) {
    this.#leaves = leaves;
    this.#shares = leaves.map(({ sides }) => sides.map(share));
    const volumes = this.#shares.map((shares) => shares.reduce((a, b) => a * b, 1));
    this.mean = leaves.reduce((sum, leaf, l) => sum + leaf.mean * volumes[l]!, 0);
    this.variance = leaves.reduce((sum, leaf, l) => sum + (leaf.mean - this.mean) ** 2 * volumes[l]!, 0);
  }

  /** The volume of a leaf in all dimensions but `kept`. */
  #rest(leaf: number, kept: readonly number[]): number {
    return this.#shares[leaf]!.reduce((product, own, d) => (kept.includes(d) ? product : product * own), 1);
  }

  /**
   * The variance of the mean over all other dimensions: the main effects of `kept` and their interaction. It is a sum
   * over pairs of leaves, since two leaves meet in the marginal where they overlap in `kept`.
   */
  marginalVariance(kept: readonly number[]): number {
    const weights = this.#leaves.map(({ mean }, l) => (mean - this.mean) * this.#rest(l, kept));
    let sum = 0;
    for (let a = 0; a < weights.length; a++) {
      for (let b = a; b < weights.length; b++) {
        let both = 1;
        for (const d of kept) {
          both *= overlap(this.#leaves[a]!.sides[d]!, this.#leaves[b]!.sides[d]!);
          if (both === 0) break;
        }
        sum += (a === b ? 1 : 2) * weights[a]! * weights[b]! * both;
      }
    }
    return Math.max(0, sum);
  }

  /** The mean over all other dimensions at a value of dimension `d`. */
  marginal(d: number, at: number): number {
    return this.#leaves.reduce((sum, { mean, sides }, l) => {
      const { low, high, set } = sides[d]!;
      // A boundary belongs to the lower side, as in growing.
      const isIn = set ? set[at] === 1 : at <= high && (at > low || low === 0);
      return isIn ? sum + mean * this.#rest(l, [d]) : sum;
    }, 0);
  }
}

/** Trees on trials drawn with replacement (Breiman, "Random Forests", 2001), all parameters tried at each split. */
export function growForest(
  dimensions: readonly Dimension[],
  target: Float64Array,
  trees: number,
  seed: number,
): TreeVariance[] {
  const random: Random = mulberry32(seed);
  return Array.from({ length: trees }, () => {
    const rows = Uint32Array.from(target, () => Math.floor(random() * target.length));
    return new TreeVariance(growTree(dimensions, target, rows));
  });
}
