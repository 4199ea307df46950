import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jit, random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { loadPretrained } from '../checkpoints/load.ts';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import * as clip from './clip.ts';
import { difference, differences, fixture } from './parity.ts';

describe('CLIP', () => {
  it.each([
    ['clip', {}],
    ['clip-legacy', { interpolatePositions: true }],
  ])('%s gives the numbers of transformers', async (name, settings) => {
    const { outputs, gradients } = await differences(name, clip, { settings });
    // Four of both, of each tower the last state, three others and two attentions.
    expect(Object.keys(outputs)).toHaveLength(4 + 2 * 6 + (name === 'clip' ? 1 : 0));
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(0, ...Object.values(gradients))).toBeLessThan(1e-3);
  });

  it('gives them op by op too', async () => {
    const { outputs } = await differences('clip', clip, { eager: true });
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
  });

  it('gives the features of texts alone and of pictures alone', async () => {
    const { params, config } = await loadPretrained(fixture('clip'), { architecture: clip });
    const reference = await SafetensorsFile.open(`${fixture('clip')}/reference.safetensors`);
    const read = (key: string) => reference.read(key) as Promise<Float32Array>;
    const ints = async (key: string) => tf.tensor2d(Array.from(await read(key)), [3, 8], 'int32');
    const inputIds = await ints('input.input_ids');
    const attentionMask = await ints('input.attention_mask');
    const pixelValues = tf.tensor4d(await read('input.pixel_values'), [3, 3, 16, 16]);
    const run = jit((params: clip.ClipParameters, inputs: clip.ClipBatch) => {
      const texts = clip.textFeatures(params, inputs, config);
      const images = clip.imageFeatures(params, inputs, config);
      return { texts, images, logits: clip.similarities(params, texts, images) };
    });
    const made = await run(params, { inputIds, attentionMask, pixelValues });
    const off = async (tensor: tf.Tensor, key: string) =>
      difference((await tensor.data()) as Float32Array, await read(key));
    expect(await off(made.texts, 'features.text')).toBeLessThan(1e-4);
    expect(await off(made.images, 'features.image')).toBeLessThan(1e-4);
    expect(await off(made.logits, 'logits_per_text')).toBeLessThan(1e-4);
    await run.release();
    await reference.close();
    tf.dispose([params, made, inputIds, attentionMask, pixelValues] as never);
  });

  it('starts a new model with the scale of the paper, and reads back the configuration that it writes', async () => {
    const config = clip.config({
      text: { width: 24, layers: 1, heads: 2, vocabularySize: 50, contextLength: 6, eosTokenId: 49 },
      vision: { width: 16, layers: 1, heads: 2, imageSize: [8, 16], patchSize: 4, channels: 1 },
      projectionWidth: 8,
    });
    expect(config.text.innerWidth).toBe(96);
    expect(clip.readConfig(clip.writeConfig(config), 'contrastive')).toEqual(config);
    const key = random.key(1);
    const params = await clip.init(config, key);
    const scale = (await params.logit_scale.exp().data())[0];
    expect(scale).toBeCloseTo(1 / 0.07, 2);
    const batch = {
      inputIds: tf.tensor2d(
        [
          [3, 4, 49, 0],
          [5, 49, 0, 0],
          [6, 7, 8, 49],
        ],
        undefined,
        'int32',
      ),
      pixelValues: tf.randomNormal<tf.Rank.R4>([3, 1, 8, 16], 0, 1, 'float32', 1),
    };
    const loss = tf.tidy(() => clip.loss(params, batch, config).dataSync()[0] as number);
    expect(loss).toBeGreaterThan(0.3);
    expect(loss).toBeLessThan(6);
    const fewer = { ...batch, inputIds: batch.inputIds.slice([0, 0], [2, 4]) };
    expect(() => tf.tidy(() => clip.loss(params, fewer, config))).toThrow(
      'Each text needs its picture: there are 2 texts and 3 pictures.',
    );
    tf.dispose([params, batch, fewer, key] as never);
  });

  it('reads what older checkpoints have more: positions that are counted, and configurations twice', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'quire-clip-')), 'old');
    cpSync(fixture('clip'), folder, { recursive: true });
    const path = join(folder, 'config.json');
    const json = JSON.parse(readFileSync(path, 'utf8'));
    json.text_config_dict = json.text_config;
    json.text_config = { ...json.text_config, hidden_size: 512 };
    writeFileSync(path, JSON.stringify(json));
    expect(clip.ignoredNames.test('text_model.embeddings.position_ids')).toBe(true);
    const { params, config, dropped } = await loadPretrained(folder, { architecture: clip });
    expect(config.text.width).toBe(16);
    expect(dropped).toEqual([]);
    tf.dispose(params as never);
    rmSync(join(folder, '..'), { recursive: true });
  });
});
