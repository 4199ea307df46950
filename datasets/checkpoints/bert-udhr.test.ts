import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointFolder } from '@quire/datasets';
import { bert, loadPretrained, type Pretrained } from '@quire/model';
import { tf } from '@quire/runtime';
import type { Tokenizer } from '@quire/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bertBaselines, bertResults, heldOutRows, NAME, trainingRows } from './bert-udhr.ts';
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

let results: ReturnType<typeof measure> | undefined;

/** By row of the test articles, measured once. */
function measured(): ReturnType<typeof measure> {
  results ??= measure();
  return results;
}

async function measure() {
  const rows = await heldOutRows(tokenizer, 'test');
  const { loss, accuracy } = await bertResults(model, rows);
  const baselines = bertBaselines(await trainingRows(tokenizer), rows, tokenizer.vocabularySize);
  return {
    loss,
    accuracy,
    all: baselines.map(({ unigramLoss }) => unigramLoss),
    own: baselines.map(({ languageUnigramLoss }) => languageUnigramLoss),
    guessed: baselines.map(({ mostFrequentAccuracy }) => mostFrequentAccuracy),
    languages: rows.map(({ language }) => language),
  };
}

afterAll(() => tf.dispose(model.params as never));

describe('the multilingual BERT', () => {
  it("fills masks in articles that it was not trained on as its card says, and better than the language's frequencies do", async () => {
    const { loss, accuracy, all, own, guessed, languages } = await measured();
    expect(new Set(languages).size).toBeGreaterThan(120);
    expect(Math.abs(mean(loss) - (metrics.test.loss as number))).toBeLessThan(0.01);
    expect(mean(own)).toBeLessThan(mean(all) - 2);
    expect(mean(loss)).toBeLessThan(mean(own) - 0.5);
    expect(mean(accuracy)).toBeGreaterThan(mean(guessed) + 0.05);
  }, 60_000);

  it('is less surprised by hidden tokens than the frequencies of their language in nearly all languages', async () => {
    const { loss, own, languages } = await measured();
    const of = (values: readonly number[], language: string) =>
      mean(values.filter((_, i) => languages[i] === language));
    const better = [...new Set(languages)].filter((language) => of(loss, language) < of(own, language));
    expect(better.length).toBeGreaterThan(0.95 * new Set(languages).size);
  });

  it('has a tokenizer that keeps texts of all scripts as they are, between [CLS] and [SEP]', () => {
    const text = 'Alle Menschen, 人人生而自由, सभी मनुष्यों, كل الناس';
    const ids = tokenizer.encodeIds(text);
    expect(ids[0]).toBe(tokenizer.idOf('[CLS]'));
    expect(ids.at(-1)).toBe(tokenizer.idOf('[SEP]'));
    expect(tokenizer.decode(ids)).toBe(text);
  });
});
