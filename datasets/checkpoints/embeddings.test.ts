import { random, tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import { cooccurrenceEmbeddings } from './embeddings.ts';

it('tokens that are near each other have similar vectors of one length; those that never were counted are random', async () => {
  // Two languages of six tokens each, 2 to 7 and 8 to 13, and 0 and 1 in all rows, which aren't counted.
  const key = random.key(1);
  const draws = random.integers(random.key(2), [40, 12], 0, 6);
  const rows = ((await draws.array()) as number[][]).map((row, i) =>
    Int32Array.from([0, ...row.map((token) => 2 + 6 * (i % 2) + token), 1]),
  );
  const options = { vocabularySize: 15, width: 4, first: 2, deviation: 0.1 };
  const embeddings = await cooccurrenceEmbeddings(rows, options, key);
  const vectors = await embeddings.array();
  tf.dispose([key, draws, embeddings]);
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(0.2, 5);
  const cosine = (a: number, b: number) =>
    vectors[a]!.reduce((sum, value, j) => sum + value * (vectors[b]![j] as number), 0) / 0.04;
  const language = (token: number) => (token < 8 ? 0 : 1);
  const cosines = { same: [] as number[], other: [] as number[] };
  for (let a = 2; a < 14; a++) {
    for (let b = 2; b < a; b++) cosines[language(a) === language(b) ? 'same' : 'other'].push(cosine(a, b));
  }
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  expect(mean(cosines.same)).toBeGreaterThan(mean(cosines.other) + 0.2);
});
