export interface PlateauOptions {
  /** What the rate is multiplied with: 0.1 where not given. */
  factor?: number;
  /** So many measurements without improvement are borne: 10 where not given. */
  patience?: number;
  /** The part of the best by which a measurement must be better to count: 1e-4 where not given. */
  threshold?: number;
  /** Measurements after a reduction that don't count: 0 where not given. */
  cooldown?: number;
  /** The least learning rate: 0 where not given. */
  minimum?: number;
  /** `'min'` where smaller measurements are better, as losses are; `'max'` for accuracies. */
  mode?: 'min' | 'max';
}

export interface PlateauState {
  learningRate: number;
  best: number;
  /** Measurements since the best. */
  bad: number;
  /** Measurements that won't count. */
  cooling: number;
}

/**
 * Reduces the learning rate when a measurement has stopped improving, as PyTorch's `ReduceLROnPlateau`. What it decides
 * on is a number on the host, so it runs between compiled steps; pass its `learningRate` to them as `tf.scalar`.
 */
export function reduceOnPlateau(
  learningRate: number,
  options: PlateauOptions = {},
): {
  init(): PlateauState;
  /** @throws {TypeError} where the measurement isn't a number. */
  update(measurement: number, state: PlateauState): PlateauState;
} {
  const { factor = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, minimum = 0, mode = 'min' } = options;
  if (!(factor > 0 && factor < 1)) {
    throw new RangeError(`reduceOnPlateau: factor must be between 0 and 1, and is ${factor}.`);
  }
  const isBetter = (measurement: number, best: number): boolean =>
    mode === 'min' ? measurement < best * (1 - threshold) : measurement > best * (1 + threshold);
  return {
    init: () => ({ learningRate, best: mode === 'min' ? Infinity : -Infinity, bad: 0, cooling: 0 }),
    update: (measurement, state) => {
      if (typeof measurement !== 'number') {
        throw new TypeError(`reduceOnPlateau: a number was expected, and ${typeof measurement} came.`);
      }
      const better = isBetter(measurement, state.best);
      const best = better ? measurement : state.best;
      const cooling = Math.max(0, state.cooling - 1);
      const bad = better || state.cooling > 0 ? 0 : state.bad + 1;
      if (bad <= patience) return { ...state, best, bad, cooling };
      return {
        learningRate: Math.max(minimum, state.learningRate * factor),
        best,
        bad: 0,
        cooling: cooldown,
      };
    },
  };
}
