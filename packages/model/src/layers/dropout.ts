import { random, tf } from '@quire/runtime';

/** Random zeros while a model is trained (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html). */
export interface Dropout {
  rate: number;
  key: random.Key;
  /** Where given, what is dropped of is the first of so many rows (axis -2), and loses what it does among them. */
  rows?: number;
}

export function drop<T extends tf.Tensor>(x: T, { rate, key, rows }: Dropout): T {
  if (rows === undefined) return random.dropout(key, x, rate);
  const shape = [...x.shape];
  shape[shape.length - 2] = rows;
  const kept = random.dropout(key, tf.ones(shape), rate);
  return x.mul(
    kept.slice(
      shape.map(() => 0),
      x.shape,
    ),
  ); // (…, rows, C) -> (…, 1, C)
}

/** Keys for one use after another of a model's dropouts; without a key it does nothing, as in evaluation. */
export class Dropouts {
  readonly #key: random.Key | undefined;
  readonly #rows: number | undefined;
  #uses: number;

  constructor(key: random.Key | undefined, uses = 0, rows?: number) {
    this.#key = key;
    this.#uses = uses;
    this.#rows = rows;
  }

  /** The same uses from here on once more, of the first of so many rows. */
  ofFirst(rows: number): Dropouts {
    return new Dropouts(this.#key, this.#uses, rows);
  }

  /** What `attend` takes; undefined where nothing is dropped. */
  next(rate: number): Dropout | undefined {
    if (!this.#key || rate === 0) return undefined;
    const key = random.foldIn(this.#key, this.#uses++);
    return { rate, key, ...(this.#rows !== undefined && { rows: this.#rows }) };
  }

  apply<T extends tf.Tensor>(x: T, rate: number): T {
    const dropout = this.next(rate);
    return dropout ? drop(x, dropout) : x;
  }
}
