import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointFolder } from '@quire/datasets';
import { generate, gpt2, loadPretrained, type Pretrained } from '@quire/model';
import { tf } from '@quire/runtime';
import type { Tokenizer } from '@quire/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chapters, gptLoss, NAME, predicted, rowsOf } from './gpt-king-james.ts';
import { mean, unigramSurprise } from './measure.ts';
import type { CheckpointMetrics } from './run.ts';

let model: Pretrained<typeof gpt2>;
let tokenizer: Tokenizer;
let metrics: CheckpointMetrics;

beforeAll(async () => {
  const folder = await checkpointFolder(NAME);
  metrics = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')) as CheckpointMetrics;
  model = await loadPretrained(folder, { architecture: gpt2 });
  if (!model.tokenizer) throw new Error(`${folder} has no tokenizer.`);
  tokenizer = model.tokenizer;
});

afterAll(() => tf.dispose(model.params as never));

describe('the GPT of the King James Bible', () => {
  it('predicts chapters that it was not trained on as its card says, and far better than unigrams', async () => {
    const rows = rowsOf(tokenizer, await chapters('test'));
    const some = rows.filter((_, i) => i % 8 === 0);
    const loss = await gptLoss(model, some);
    const surprise = unigramSurprise(
      rowsOf(tokenizer, await chapters('train')).flatMap((row) => [...row]),
      tokenizer.vocabularySize,
    );
    expect(loss).toBeLessThan((metrics.test.loss as number) + 0.15);
    expect(loss).toBeLessThan(mean(predicted(some).map((token) => surprise[token] as number)) - 1);
  });

  it('goes on from a prompt, the same way from the same seed', async () => {
    const go = (seed: number) =>
      generate(model, 'And God said', { temperature: 0.8, topP: 0.9, maxNewTokens: 30, seed }).result();
    const [one, again, other] = [await go(1), await go(1), await go(2)];
    expect(again.text).toBe(one.text);
    expect(other.text).not.toBe(one.text);
    expect(one.text).toMatch(/[a-z]{2,} [a-z]{2,}/);
  });

  it('has a tokenizer that keeps every text as it is', () => {
    const text = 'And the LORD spake unto 東京, “Grüße” 🙂';
    expect(tokenizer.decode(tokenizer.encodeIds(text))).toBe(text);
  });
});
