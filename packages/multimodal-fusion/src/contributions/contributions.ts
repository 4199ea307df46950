import { bar, type Figure, type FigureOptions } from '@quire/visualization';

/** What one modality contributes to a score, in the score's unit. */
export interface Contribution {
  modality: string;
  /** The score with this modality alone. */
  alone: number;
  /** What the score of all loses without this one. */
  ablation: number;
  /** The Shapley value: what it adds, averaged over all orders in which modalities come. */
  shapley: number;
}

export interface Contributions {
  /** Of a model that sees nothing. */
  none: number;
  /** Of a model that sees all: `none` and the sum of Shapley values. */
  all: number;
  /** In the order that was given. */
  modalities: Contribution[];
  /** By the modalities that were there, joined by `+` in the order that was given; `''` for none. */
  scores: Map<string, number>;
}

const MOST = 12;

/**
 * What each modality contributes to a score such as the accuracy on held-out examples: alone, by ablation, and by exact
 * Shapley values over all 2ⁿ subsets (Shapley 1953, https://doi.org/10.1515/9781400881970-018; for features of models
 * Štrumbelj and Kononenko 2010, https://www.jmlr.org/papers/v11/strumbelj10a.html). A model that is asked for subsets it
 * never saw in training (see `modalityDropout`) says more about that than about the modalities.
 *
 * @param modalities their names
 * @param score of the model where only these modalities are there, from none to all
 * @throws {RangeError} where there are none, more than 12, or two of one name, or a score isn't finite.
 */
export async function contributions(
  modalities: readonly string[],
  score: (present: readonly string[]) => number | Promise<number>,
): Promise<Contributions> {
  const n = modalities.length;
  if (n < 1 || n > MOST || new Set(modalities).size !== n) {
    throw new RangeError(
      `contributions: 1 to ${MOST} different modalities are needed, not ${modalities.join(', ')}.`,
    );
  }
  const values: number[] = [];
  const scores = new Map<string, number>();
  for (let subset = 0; subset < 2 ** n; subset++) {
    const present = modalities.filter((_, i) => subset & (1 << i));
    const value = await score(present);
    if (!Number.isFinite(value)) {
      throw new RangeError(`contributions: the score of ${present.join(' + ') || 'nothing'} is ${value}.`);
    }
    values.push(value);
    scores.set(present.join('+'), value);
  }
  const full = 2 ** n - 1;
  const weights = shapleyWeights(n);
  return {
    none: values[0]!,
    all: values[full]!,
    modalities: modalities.map((modality, i) => {
      let shapley = 0;
      for (let subset = 0; subset <= full; subset++) {
        if (subset & (1 << i)) continue;
        shapley += weights[sizeOf(subset)]! * (values[subset | (1 << i)]! - values[subset]!);
      }
      return {
        modality,
        alone: values[1 << i]!,
        ablation: values[full]! - values[full & ~(1 << i)]!,
        shapley,
      };
    }),
    scores,
  };
}

/** By the size s of a subset s! (n - 1 - s)! / n!, which is 1 / (n (n - 1 over s)). */
function shapleyWeights(n: number): number[] {
  let choices = 1;
  return Array.from({ length: n }, (_, s) => {
    if (s > 0) choices = (choices * (n - s)) / s;
    return 1 / (n * choices);
  });
}

function sizeOf(subset: number): number {
  let size = 0;
  for (let rest = subset; rest > 0; rest >>= 1) size += rest & 1;
  return size;
}

/** Ablation and Shapley value of each modality as bars beside each other. */
export function plotContributions({ modalities }: Contributions, options: FigureOptions = {}): Figure {
  const rows = modalities.flatMap(({ modality, ablation, shapley }) => [
    { modality, measure: 'ablation', contribution: ablation },
    { modality, measure: 'Shapley value', contribution: shapley },
  ]);
  return bar(rows, { ...options, x: 'modality', y: 'contribution', color: 'measure' });
}
