/** A curve of any length in bounded memory: neighbours are merged when there are too many. */

/** Even. */
const MOST = 512;

export interface Curve {
  /** The mean step of each bucket, ascending. */
  steps: number[];
  mean: number[];
  least: number[];
  greatest: number[];
}

/**
 * Steps and values as they come. Up to 512 are kept as they are; beyond, each bucket holds a power of two of them, and
 * is drawn as their mean with their least and greatest. Adding costs a constant time.
 */
export class DecimatedCurve {
  readonly #steps = new Float64Array(MOST);
  readonly #sums = new Float64Array(MOST);
  readonly #least = new Float64Array(MOST);
  readonly #greatest = new Float64Array(MOST);
  readonly #counts = new Float64Array(MOST);
  #length = 0;
  #perBucket = 1;
  /** The first step at which the value was NaN or infinite, and that value. */
  broken: { step: number; value: number } | undefined;
  last: number | undefined;

  add(step: number, value: number): void {
    this.last = value;
    if (!Number.isFinite(value)) {
      this.broken ??= { step, value };
      return;
    }
    let at = this.#length - 1;
    if (at < 0 || this.#counts[at]! >= this.#perBucket) {
      if (this.#length === MOST) this.#halve();
      at = this.#length;
      // After halving, the last bucket may have room.
      if (at > 0 && this.#counts[at - 1]! < this.#perBucket) at--;
      else {
        this.#length++;
        this.#counts[at] = 0;
        this.#sums[at] = 0;
        this.#steps[at] = 0;
        this.#least[at] = Infinity;
        this.#greatest[at] = -Infinity;
      }
    }
    this.#counts[at]! += 1;
    this.#steps[at]! += step;
    this.#sums[at]! += value;
    if (value < this.#least[at]!) this.#least[at] = value;
    if (value > this.#greatest[at]!) this.#greatest[at] = value;
  }

  #halve(): void {
    for (let i = 0; i < MOST / 2; i++) {
      const [a, b] = [2 * i, 2 * i + 1];
      this.#counts[i] = this.#counts[a]! + this.#counts[b]!;
      this.#steps[i] = this.#steps[a]! + this.#steps[b]!;
      this.#sums[i] = this.#sums[a]! + this.#sums[b]!;
      this.#least[i] = Math.min(this.#least[a]!, this.#least[b]!);
      this.#greatest[i] = Math.max(this.#greatest[a]!, this.#greatest[b]!);
    }
    this.#length = MOST / 2;
    this.#perBucket *= 2;
  }

  /** At most `most` buckets of what was added. */
  curve(most = MOST): Curve {
    const per = Math.max(1, Math.ceil(this.#length / most));
    const curve: Curve = { steps: [], mean: [], least: [], greatest: [] };
    for (let i = 0; i < this.#length; i += per) {
      let [count, step, sum, least, greatest] = [0, 0, 0, Infinity, -Infinity];
      for (let k = i; k < Math.min(this.#length, i + per); k++) {
        count += this.#counts[k]!;
        step += this.#steps[k]!;
        sum += this.#sums[k]!;
        least = Math.min(least, this.#least[k]!);
        greatest = Math.max(greatest, this.#greatest[k]!);
      }
      curve.steps.push(step / count);
      curve.mean.push(sum / count);
      curve.least.push(least);
      curve.greatest.push(greatest);
    }
    return curve;
  }
}
