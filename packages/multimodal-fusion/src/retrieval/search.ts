import { tf } from '@quire/runtime';
import { type Drawing, type ImageGridOptions, imageGrid } from '@quire/visualization';
import type { Picture } from '../pictures/picture.ts';

/** An item that was found. */
export interface Found {
  /** Its place among the items. */
  index: number;
  score: number;
}

/**
 * The items whose dot product with each query is greatest, the best first; of equal ones the earlier. With vectors of
 * length 1 that is cosine similarity. Texts, pictures and sounds may be either side.
 *
 * @param queries float32 (Q, C)
 * @param items float32 (N, C)
 * @param k how many for each query; all where there are fewer
 * @throws {RangeError} where widths differ, or k isn't a whole number from 1 on.
 */
export function search(queries: tf.Tensor2D, items: tf.Tensor2D, k: number): Found[][] {
  if (queries.shape[1] !== items.shape[1]) {
    throw new RangeError(`Queries have ${queries.shape[1]} numbers, and items ${items.shape[1]}.`);
  }
  checkK(k);
  const scores = tf.tidy(() => queries.matMul(items, false, true).dataSync()); // (Q, N)
  const count = items.shape[0];
  return Array.from({ length: queries.shape[0] }, (_, q) => {
    const own = scores.subarray(q * count, (q + 1) * count);
    const order = Array.from(own.keys()).sort((a, b) => own[b]! - own[a]! || a - b);
    return order.slice(0, k).map((index) => ({ index, score: own[index]! }));
  });
}

export interface Recall {
  /** The share of queries that have a right item among their first k. */
  recall: number;
  /** What an order drawn at random gives. */
  chance: number;
}

/**
 * Recall@k as in retrieval of pictures and captions: how often one of a query's right items is among the first k.
 *
 * @param found by query, as `search` gives it for this k or a greater one
 * @param relevant by query the places of its right items, one at least
 * @param items how many there are to choose from
 * @throws {RangeError} where numbers don't fit.
 */
export function recallAtK(
  found: readonly (readonly Found[])[],
  relevant: readonly (readonly number[])[],
  { k, items }: { k: number; items: number },
): Recall {
  checkK(k);
  if (found.length !== relevant.length || found.length === 0) {
    throw new RangeError(
      `${found.length} queries need as many lists of right items, not ${relevant.length}.`,
    );
  }
  const short = found.find((list) => list.length < Math.min(k, items));
  if (short)
    throw new RangeError(`Recall@${k} needs ${k} found items a query, and there are ${short.length}.`);
  const hits = found.filter((list, q) => list.slice(0, k).some(({ index }) => relevant[q]!.includes(index)));
  const chances = relevant.map((right, q) => {
    if (right.length === 0) throw new RangeError(`Query ${q} has no right item.`);
    let missed = 1; // All k are among the wrong ones.
    for (let i = 0; i < Math.min(k, items); i++)
      missed *= Math.max(0, items - right.length - i) / (items - i);
    return 1 - missed;
  });
  return {
    recall: hits.length / found.length,
    chance: chances.reduce((sum, chance) => sum + chance, 0) / chances.length,
  };
}

export interface RetrievalGridOptions extends Omit<ImageGridOptions, 'labels' | 'columns' | 'rowLabels'> {
  /** By query what was asked: stands before its row. */
  queries?: readonly string[];
}

/**
 * What was found as pictures with their scores, a row for each query.
 *
 * @param found by query, as `search` gives it
 * @param pictures of all items, of one size and number of channels
 * @throws {RangeError} where pictures differ in size, queries have different numbers of them, or `queries` are more or fewer.
 */
export function pictureGrid(
  found: readonly (readonly Found[])[],
  pictures: readonly Picture[],
  { queries, ...options }: RetrievalGridOptions = {},
): Drawing {
  const columns = found[0]?.length ?? 0;
  if (columns === 0 || found.some((list) => list.length !== columns)) {
    throw new RangeError('pictureGrid: all queries need the same number of found pictures, one at least.');
  }
  const shown = found.flat().map(({ index }) => {
    const picture = pictures[index];
    if (!picture) throw new RangeError(`pictureGrid: there is no picture ${index}.`);
    return picture;
  });
  const { height, width, channels } = shown[0]!;
  if (shown.some((each) => each.height !== height || each.width !== width || each.channels !== channels)) {
    throw new RangeError('pictureGrid: pictures have to be of one size and number of channels.');
  }
  const size = height * width * channels;
  const data = new Uint8Array(shown.length * size);
  shown.forEach((picture, i) => {
    data.set(picture.data, i * size);
  });
  const labels = found.flatMap((list) => list.map(({ score }) => score.toFixed(2)));
  const shape = [shown.length, height, width, channels] as const;
  return imageGrid(
    { shape, data },
    {
      most: shown.length,
      range: [0, 255],
      ...options,
      labels,
      columns,
      ...(queries && { rowLabels: queries }),
    },
  );
}

function checkK(k: number): void {
  if (!(Number.isInteger(k) && k >= 1))
    throw new RangeError(`k must be a whole number from 1 on, and is ${k}.`);
}
