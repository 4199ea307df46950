/** Making things before they are asked for. */

export interface LookAheadOptions<Made> {
  /** How many are being made, side by side, while the one before them is used; 1 where not given. */
  count?: number;
  /** Frees one that nobody took. */
  dispose?: (made: Made) => void;
}

/**
 * What `make` makes of each item, in the order of the items, with the next `count` already being made, such as batches of
 * pictures that are decoded while a model trains on the one before. Items are taken only as far. An error comes at its
 * turn; one that leaves the loop early waits for what is being made, and disposes it.
 *
 * @throws {RangeError} where count isn't a whole number from 1 on.
 */
export async function* lookAhead<Item, Made>(
  items: Iterable<Item>,
  make: (item: Item, index: number) => Promise<Made>,
  { count = 1, dispose }: LookAheadOptions<Made> = {},
): AsyncGenerator<Made, void, undefined> {
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new RangeError(`lookAhead: count has to be a whole number from 1 on, and is ${count}.`);
  }
  const source = items[Symbol.iterator]();
  const pending: Promise<Made>[] = [];
  let index = 0;
  let ended = false;
  const fill = (): void => {
    while (!ended && pending.length < count) {
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
    fill();
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const made = await next;
      fill();
      yield made;
    }
  } finally {
    if (!ended) source.return?.();
    for (const result of await Promise.allSettled(pending)) {
      if (result.status === 'fulfilled') dispose?.(result.value);
    }
  }
}
