/** Making things before they are asked for. */

export interface LookAheadOptions<Made> {
  /**
   * How many are being made, side by side, while the one before them is used; 1 where not given. With 0 each is made when
   * it is asked for.
   */
  count?: number;
  /** Frees one that nobody took. */
  dispose?: (made: Made) => void;
}

/**
 * What `make` makes of each item, in the order of the items, with the next `count` already being made, such as batches of
 * pictures that are decoded while a model trains on the one before. Items are taken only as far. An error comes at its
 * turn; one that leaves the loop early waits for what is being made, and disposes it.
 *
 * @throws {RangeError} where count isn't a whole number from 0 on.
 */
export async function* lookAhead<Item, Made>(
  items: Iterable<Item>,
  make: (item: Item, index: number) => Promise<Made>,
  { count = 1, dispose }: LookAheadOptions<Made> = {},
): AsyncGenerator<Made, void, undefined> {
  if (!(Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`lookAhead: count has to be a whole number from 0 on, and is ${count}.`);
  }
  const source = items[Symbol.iterator]();
  const pending: Promise<Made>[] = [];
  let index = 0;
  let ended = false;
  const fill = (wanted: number): void => {
    while (!ended && pending.length < wanted) {
      const { value, done } = source.next();
      ended = done === true;
      if (ended) return;
      const made = make(value as Item, index++);
      // Asked for when its turn comes.
      made.catch(() => {});
      pending.push(made);
    }
  };
  try {
    for (;;) {
      fill(Math.max(1, count));
      const next = pending.shift();
      if (next === undefined) return;
      const made = await next;
      fill(count);
      yield made;
    }
  } finally {
    if (!ended) source.return?.();
    for (const result of await Promise.allSettled(pending)) {
      if (result.status === 'fulfilled') dispose?.(result.value);
    }
  }
}
