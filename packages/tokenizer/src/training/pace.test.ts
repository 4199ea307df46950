import { expect, test } from 'vitest';
import { trainBpe } from './bpe.ts';
import type { TrainingProgress } from './pace.ts';
import { trainUnigram } from './unigram.ts';

const CORPUS = Array.from({ length: 3000 }, (_, i) => (i ** 3).toString(36).repeat(4));

test.each([
  ['trainBpe', trainBpe],
  ['trainUnigram', trainUnigram],
] as const)('%s tells how far it is, and ends at the total', async (_, train) => {
  const seen: TrainingProgress[] = [];
  await train(CORPUS, { vocabSize: 600, onProgress: (progress) => seen.push(progress) });
  const reading = seen.filter(({ stage }) => stage === 'reading');
  expect(reading.at(-1)).toEqual({ stage: 'reading', done: CORPUS.length, total: undefined });
  const learning = seen.slice(reading.length);
  expect(learning.every(({ stage }) => stage === 'learning')).toBe(true);
  const last = learning.at(-1) as TrainingProgress;
  expect(last.done).toBeGreaterThan(0);
  expect(last.total).toBe(last.done);
  const counts = learning.map(({ done }) => done);
  expect(counts).toEqual(counts.slice().sort((a, b) => a - b));
});

test.each([
  ['trainBpe', trainBpe],
  ['trainUnigram', trainUnigram],
] as const)('%s is ended by a signal while it computes', async (_, train) => {
  const controller = new AbortController();
  const training = train(CORPUS, {
    vocabSize: 5000,
    signal: controller.signal,
    onProgress: ({ stage }) => {
      if (stage === 'learning') controller.abort(new Error('enough'));
    },
  });
  await expect(training).rejects.toThrow('enough');
});

test('a signal ends an endless stream, which is closed', async () => {
  const controller = new AbortController();
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield CORPUS;
    } finally {
      closed = true;
    }
  }
  setTimeout(() => controller.abort(), 100);
  await expect(trainBpe(endless(), { signal: controller.signal })).rejects.toThrow('aborted');
  expect(closed).toBe(true);
});

test('a signal that is aborted before anything is read ends at once', async () => {
  let read = false;
  const texts = (function* () {
    read = true;
    yield 'a';
  })();
  await expect(trainBpe(texts, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  expect(read).toBe(false);
});

test('timers run while a training computes', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 10);
  await trainUnigram(CORPUS, { vocabSize: 600 });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(1);
});
