import { random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { loadPretrained } from '../checkpoints/load.ts';
import { differences, fixture } from './parity.ts';
import * as vit from './vit.ts';

describe('ViT', () => {
  it.each([
    ['vit', {}],
    ['vit-base', {}],
    ['vit-masked', {}],
    ['vit-regression', { interpolatePositions: true }],
  ])('%s gives the numbers of transformers', async (name, settings) => {
    const { outputs, gradients } = await differences(name, vit, { settings });
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(0, ...Object.values(gradients))).toBeLessThan(1e-3);
  });

  it('gives them op by op too', async () => {
    const { outputs } = await differences('vit-masked', vit, { eager: true });
    expect(Object.keys(outputs).length).toBeGreaterThan(5);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
  });

  it('refuses images of another size unless it is told to interpolate', async () => {
    const { params, config } = await loadPretrained(fixture('vit'), { architecture: vit });
    const pixelValues = tf.zeros<tf.Rank.R4>([1, 3, 32, 24]);
    expect(() => vit.forward(params, { pixelValues }, config)).toThrow(
      new RangeError(
        'Images of 32x24 are given to a model of 16x24: resize them, or say { interpolatePositions: true }.',
      ),
    );
    tf.tidy(() => {
      const { hidden } = vit.forward(params, { pixelValues }, config, { interpolatePositions: true });
      expect(hidden.shape).toEqual([1, 1 + 4 * 3, 32]);
    });
    tf.dispose([params as never, pixelValues]);
  });

  it('drops what the configuration says while it is trained, another part with each key', async () => {
    const keys = [1, 1, 2].map((seed) => random.key(seed));
    for (const dropouts of [{ hiddenDropout: 0.3 }, { attentionDropout: 0.3 }]) {
      const { params, config } = await loadPretrained(fixture('vit'), {
        architecture: vit,
        config: dropouts,
      });
      const pixelValues = tf.ones<tf.Rank.R4>([1, 3, 16, 24]);
      const made = [undefined, ...keys].map((dropoutKey) =>
        tf.tidy(() => {
          const options = dropoutKey ? { dropoutKey } : {};
          return `${vit.forward(params, { pixelValues }, config, options).logits?.dataSync()}`;
        }),
      );
      expect(made[1]).toBe(made[2]);
      expect(new Set(made).size).toBe(3);
      tf.dispose([params as never, pixelValues]);
    }
    tf.dispose(keys as never);
  });

  it('starts a new model which predicts as if by chance, and reads back the configuration that it writes', async () => {
    const config = vit.config({
      ...{ imageSize: [16, 8], patchSize: 4, width: 32, layers: 2, heads: 4, channels: 1 },
      labels: ['a', 'b', 'c'],
    });
    expect(vit.readConfig(vit.writeConfig(config), 'imageClassification')).toEqual(config);
    const key = random.key(1);
    const params = await vit.init(config, key);
    const loss = tf.tidy(() => {
      const pixelValues = tf.randomNormal<tf.Rank.R4>([5, 1, 16, 8], 0, 1, 'float32', 1);
      const labels = tf.tensor1d([0, 1, 2, 1, 0], 'int32');
      return vit.loss(params, { pixelValues, labels }, config).dataSync()[0] as number;
    });
    expect(Math.abs(loss - Math.log(3))).toBeLessThan(0.2);
    tf.dispose([params as never, key]);
  });

  it('hides patches only where it has learned what hidden ones are', async () => {
    const { params, config } = await loadPretrained(fixture('vit'), { architecture: vit });
    const inputs = {
      pixelValues: tf.ones<tf.Rank.R4>([1, 3, 16, 24]),
      boolMaskedPos: tf.ones<tf.Rank.R2>([1, 6], 'int32'),
    };
    expect(() => tf.tidy(() => void vit.forward(params, inputs, config))).toThrow(/maskedImageModel/);
    tf.dispose([params as never, inputs as never]);
  });
});
