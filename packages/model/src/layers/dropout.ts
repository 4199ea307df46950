import { random, type tf } from '@quire/runtime';

/** Random zeros while a model is trained (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html). */
export interface Dropout {
  rate: number;
  key: random.Key;
}

/** Keys for one use after another of a model's dropouts; without a key it does nothing, as in evaluation. */
export class Dropouts {
  readonly #key: random.Key | undefined;
  #uses = 0;

  constructor(key: random.Key | undefined) {
    this.#key = key;
  }

  /** What `attend` takes; undefined where nothing is dropped. */
  next(rate: number): Dropout | undefined {
    if (!this.#key || rate === 0) return undefined;
    return { rate, key: random.foldIn(this.#key, this.#uses++) };
  }

  apply<T extends tf.Tensor>(x: T, rate: number): T {
    const dropout = this.next(rate);
    return dropout ? random.dropout(dropout.key, x, dropout.rate) : x;
  }
}
