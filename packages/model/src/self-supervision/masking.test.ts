import { jit, random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { IGNORED } from '../layers/losses.ts';
import { type MaskingOptions, maskTokens } from './masking.ts';

const options: MaskingOptions = { maskTokenId: 4, vocabularySize: 1000, specialTokenIds: [0, 2, 3] };

/** (64, 100): 2, tokens from 5 up, 3, and padding in odd rows. */
const rows = Array.from({ length: 64 }, (_, row) =>
  Array.from({ length: 100 }, (_, i) => {
    const end = row % 2 ? 60 : 99;
    if (i === 0) return 2;
    return i < end ? 5 + ((i * 37 + row * 101) % 990) : i === end ? 3 : 0;
  }),
);

function masked(seed: number, changes: Partial<MaskingOptions> = {}, ids = rows) {
  const key = random.key(seed);
  const input = tf.tensor2d(ids, undefined, 'int32');
  const result = maskTokens(key, input, { ...options, ...changes });
  const found = { inputIds: result.inputIds.arraySync(), labels: result.labels.arraySync() };
  tf.dispose([key, input, result.inputIds, result.labels]);
  return found;
}

describe('masking', () => {
  it('chooses 15 % of the tokens, hides 80 % of them, replaces 10 %, and never a special one', () => {
    const { inputIds, labels } = masked(1);
    const counts = { open: 0, chosen: 0, hidden: 0, kept: 0, replaced: 0 };
    for (const [row, ids] of rows.entries()) {
      for (const [i, id] of ids.entries()) {
        const [found, label] = [inputIds[row]?.[i], labels[row]?.[i]];
        if (id >= 5) counts.open++;
        if (label === IGNORED) {
          expect(found).toBe(id);
          continue;
        }
        expect(label).toBe(id);
        expect(id).toBeGreaterThanOrEqual(5);
        counts.chosen++;
        if (found === 4) counts.hidden++;
        else if (found === id) counts.kept++;
        else counts.replaced++;
      }
    }
    expect(Math.abs(counts.chosen / counts.open - 0.15)).toBeLessThan(0.02);
    expect(Math.abs(counts.hidden / counts.chosen - 0.8)).toBeLessThan(0.05);
    expect(Math.abs(counts.replaced / counts.chosen - 0.1)).toBeLessThan(0.04);
    expect(Math.abs(counts.kept / counts.chosen - 0.1)).toBeLessThan(0.04);
  });

  it('is decided by the key, compiled as well as not', async () => {
    const first = masked(1);
    expect(masked(1)).toEqual(first);
    expect(masked(2)).not.toEqual(first);
    const compiled = jit((key: random.Key, ids: tf.Tensor2D) => maskTokens(key, ids, options));
    const [key, ids] = [random.key(1), tf.tensor2d(rows, undefined, 'int32')];
    const { inputIds, labels } = await compiled(key, ids);
    expect(await inputIds.array()).toEqual(first.inputIds);
    expect(await labels.array()).toEqual(first.labels);
    await compiled.release();
    tf.dispose([key, ids, inputIds, labels]);
  });

  it('chooses whole words', () => {
    // Words of three tokens; the last token of a row is of none.
    const words = rows.map((ids) => ids.map((id, i) => (id < 5 ? -1 : Math.floor((i - 1) / 3))));
    const { labels } = masked(3, { wordIds: tf.tensor2d(words, undefined, 'int32') });
    let [chosen, all] = [0, 0];
    for (const [row, ids] of labels.entries()) {
      const ofWord = new Map<number, Set<boolean>>();
      for (const [i, label] of ids.entries()) {
        const word = words[row]?.[i] as number;
        if (word < 0) expect(label).toBe(IGNORED);
        else ofWord.set(word, (ofWord.get(word) ?? new Set()).add(label !== IGNORED));
      }
      for (const states of ofWord.values()) {
        expect(states.size).toBe(1);
        all++;
        if (states.has(true)) chosen++;
      }
    }
    expect(Math.abs(chosen / all - 0.15)).toBeLessThan(0.03);
  });

  it('chooses at least one token of a row that has any, and none of one that has none', () => {
    const short = Array.from({ length: 50 }, (_, i) => (i === 7 ? [2, 3, 0, 0] : [2, 17 + i, 30 + i, 3]));
    const { labels, inputIds } = masked(4, { probability: 0.01 }, short);
    const chosen = labels.map((row) => row.filter((label) => label !== IGNORED).length);
    expect(chosen[7]).toBe(0);
    expect(inputIds[7]).toEqual(short[7]);
    expect(Math.min(...chosen.filter((_, i) => i !== 7))).toBe(1);
  });

  it('keeps no tensors', () => {
    const before = tf.memory().numTensors;
    masked(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses probabilities that are none', () => {
    expect(() => masked(1, { probability: 0 })).toThrow('probability');
    expect(() => masked(1, { masked: 0.8, replaced: 0.3 })).toThrow('parts of one whole');
    expect(() => masked(1, { wordIds: tf.zeros([2, 2], 'int32') })).toThrow('wordIds [2,2]');
  });
});
