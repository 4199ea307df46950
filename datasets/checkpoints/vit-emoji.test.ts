import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointFolder } from '@quire/datasets';
import { loadPretrained, type Pretrained, vit } from '@quire/model';
import { tf } from '@quire/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mean } from './measure.ts';
import type { CheckpointMetrics } from './run.ts';
import { majorityAccuracy, NAME, pictures, vitResults } from './vit-emoji.ts';

let model: Pretrained<typeof vit>;
let metrics: CheckpointMetrics;

beforeAll(async () => {
  const folder = await checkpointFolder(NAME);
  metrics = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')) as CheckpointMetrics;
  model = await loadPretrained(folder, { architecture: vit });
});

afterAll(() => tf.dispose(model.params as never));

describe('the ViT of emoji', () => {
  it('tells the groups of pictures that it was not trained on as its card says, far above the majority', async () => {
    const [{ rows, labels }, training] = [await pictures('test'), await pictures('train')];
    expect(model.config.labels).toEqual(labels);
    const { loss, accuracy } = await vitResults(model, rows);
    expect(mean(loss)).toBeLessThan((metrics.test.loss as number) + 0.05);
    expect(mean(accuracy)).toBeGreaterThan((metrics.test.accuracy as number) - 0.02);
    expect(mean(accuracy)).toBeGreaterThan(2 * majorityAccuracy(training.rows, rows));
  });
});
