import { tidy } from '../tidy.ts';
import { pair, replaceTrained } from './flat.ts';
import { requireRange } from './optimizer.ts';

/**
 * An exponential moving average of parameters (Polyak and Juditsky 1992): decay average + (1 - decay) params. Begin with
 * the parameters themselves.
 *
 * @throws {RangeError} where the decay isn't in [0, 1), or the structures differ.
 */
export function movingAverage<Params>(average: Params, params: Params, decay = 0.999): Params {
  requireRange('decay', decay, 0, 1);
  return tidy(() =>
    replaceTrained(
      params,
      pair(average, params).map(({ parameter, gradient: before }) =>
        before.add(parameter.sub(before).mul(1 - decay)),
      ),
    ),
  );
}
