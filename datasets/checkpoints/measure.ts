import { jit, tf } from '@quire/runtime';

/** Rows at a time. */
const BATCH = 32;

/**
 * What `measures` gives for each row, such as its loss; of a scalar, which is the mean of a batch, that.
 *
 * @param collate makes a batch, nested tensors, of rows; it is disposed here
 * @param measures float32 scalars or (B), in ops that are compiled
 */
export async function measureRows<Params, Row, Batch>(
  params: Params,
  rows: readonly Row[],
  collate: (rows: readonly Row[]) => Batch,
  measures: (params: Params, batch: Batch) => Record<string, tf.Tensor>,
): Promise<Record<string, number[]>> {
  if (rows.length === 0) throw new RangeError('There are no rows to measure.');
  const compiled = jit(measures, { threads: 1 });
  const all: Record<string, number[]> = {};
  try {
    for (let at = 0; at < rows.length; at += BATCH) {
      const own = rows.slice(at, at + BATCH);
      const batch = collate(own);
      const found = (await compiled(params, batch)) as Record<string, tf.Tensor>;
      for (const [name, value] of Object.entries(found)) {
        const numbers = await value.data();
        all[name] = [...(all[name] ?? []), ...own.map((_, i) => numbers[value.rank === 0 ? 0 : i] as number)];
      }
      tf.dispose([batch as never, found as never]);
    }
  } finally {
    await compiled.release();
  }
  return all;
}

export const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

/**
 * A guess of a token without its context: how often it is among `tokens`, each counted `added` times more.
 *
 * @returns its surprise in nats, by token
 */
export function unigramSurprise(tokens: Iterable<number>, vocabularySize: number, added = 1): Float64Array {
  const counts = new Float64Array(vocabularySize).fill(added);
  let all = added * vocabularySize;
  for (const token of tokens) {
    counts[token]!++;
    all++;
  }
  return counts.map((count) => -Math.log(count / all));
}

/** The most frequent label. */
export function mostFrequent(labels: Iterable<number>): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!most) throw new RangeError('There are no labels.');
  return most[0];
}
