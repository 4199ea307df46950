import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointFolder } from '@quire/datasets';
import { bert, loadPretrained, type Pretrained } from '@quire/model';
import { tf } from '@quire/runtime';
import type { Tokenizer } from '@quire/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bertBaselines, bertResults, heldOutRows, NAME, SHOWN, trainingRows } from './bert-udhr.ts';
import { mean } from './measure.ts';
import type { CheckpointMetrics } from './run.ts';

let model: Pretrained<typeof bert>;
let tokenizer: Tokenizer;
let metrics: CheckpointMetrics;

beforeAll(async () => {
  const folder = await checkpointFolder(NAME);
  metrics = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')) as CheckpointMetrics;
  model = await loadPretrained(folder, { architecture: bert });
  if (!model.tokenizer) throw new Error(`${folder} has no tokenizer.`);
  tokenizer = model.tokenizer;
});

afterAll(() => tf.dispose(model.params as never));

describe('the multilingual BERT', () => {
  it('fills masks in articles that it was not trained on as its card says, and better than frequencies do', async () => {
    const rows = await heldOutRows(tokenizer, 'test', 1);
    const { loss, accuracy } = await bertResults(model, rows);
    const baselines = bertBaselines(await trainingRows(tokenizer), rows, tokenizer.vocabularySize);
    expect(new Set(rows.map(({ language }) => language)).size).toBeGreaterThan(120);
    expect(mean(loss)).toBeLessThan((metrics.test.loss as number) + 0.2);
    expect(mean(loss)).toBeLessThan(mean(baselines.map(({ unigramLoss }) => unigramLoss)) - 1);
    expect(mean(accuracy)).toBeGreaterThan(20 / tokenizer.vocabularySize);
  });

  it.each(SHOWN)('is less surprised by hidden tokens of %s than frequencies are', async (language) => {
    const rows = (await heldOutRows(tokenizer, 'test')).filter((row) => row.language === language);
    const { loss } = await bertResults(model, rows);
    const baselines = bertBaselines(await trainingRows(tokenizer), rows, tokenizer.vocabularySize);
    expect(mean(loss)).toBeLessThan(mean(baselines.map(({ unigramLoss }) => unigramLoss)) - 0.5);
  });

  it('has a tokenizer that keeps texts of all scripts as they are, between [CLS] and [SEP]', () => {
    const text = 'Alle Menschen, 人人生而自由, सभी मनुष्यों, كل الناس';
    const ids = tokenizer.encodeIds(text);
    expect(ids[0]).toBe(tokenizer.idOf('[CLS]'));
    expect(ids.at(-1)).toBe(tokenizer.idOf('[SEP]'));
    expect(tokenizer.decode(ids)).toBe(text);
  });
});
