/** @throws {RangeError} where it isn't from 0 to 1. */
export function requireSparsity(sparsity: number): void {
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new RangeError(`The sparsity has to be from 0 to 1, and is ${sparsity}.`);
  }
}

export interface SparsitySchedule {
  /** Sparsity at the beginning: 0 where not given. */
  initial?: number;
  final: number;
  /** The update after which pruning begins: 0 where not given. */
  begin?: number;
  /** The update after which the final sparsity is reached. */
  end: number;
}

/**
 * Sparsity that grows fast at first, while there is much to take, and slower towards the end:
 * s_f + (s_i - s_f)(1 - (t - t_0) / (t_n - t_0))³ (Zhu and Gupta 2017, "To prune, or not to prune",
 * https://arxiv.org/abs/1710.01878).
 *
 * @param step updates made
 */
export function sparsityAt(step: number, { initial = 0, final, begin = 0, end }: SparsitySchedule): number {
  if (step < begin) return 0;
  const left = 1 - Math.min(1, (step - begin) / Math.max(1, end - begin));
  return final + (initial - final) * left ** 3;
}
