import { augment, mfcc, soundAugment, whisperFeatures } from '@quire/multimodal-fusion';
import { jit, random, tf, valueAndGradients } from '@quire/runtime';
import { describe, expect, inject, test } from 'vitest';

const { webgpu } = inject('environment');
// Vulkan's loader reads it when the first compiled function is loaded.
if ('manifest' in webgpu) process.env.VK_ICD_FILENAMES = webgpu.manifest;
const on = 'manifest' in webgpu ? 'SwiftShader' : "the machine's adapter";

const MEL = { sampleRate: 16_000, fftSize: 256, hopLength: 128, mels: 32 } as const;

/** A rising tone of half a second, and one of half of its loudness. */
const waves = (): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from({ length: 16_000 }, (_, i) => {
      const t = (i % 8000) / 16_000;
      return (
        (i < 8000 ? 0.5 : 0.25) * Math.sin(2 * Math.PI * (300 * t + 2000 * t * t)) + 0.01 * Math.sin(i * i)
      );
    }),
    [2, 8000],
  );

const features = (key: random.Key, x: tf.Tensor2D): Record<string, tf.Tensor> => {
  const { value, gradients } = valueAndGradients((x: tf.Tensor2D) => mfcc(x, MEL).square().mean(), x);
  const mels = whisperFeatures(x);
  const mixed = augment.cutMix(key, x.reshape([2, 1, 80, 100]), tf.eye(2));
  return {
    value,
    gradients,
    mels,
    masked: soundAugment.specAugment(key, mels, { maxFrames: 20 }),
    noisy: soundAugment.addNoise(key, x, 10),
    shifted: soundAugment.timeShift(key, x, 500),
    mixed: mixed.pixels,
    labels: mixed.labels,
  };
};

describe.skipIf('missing' in webgpu)(`compiled for WebGPU on ${on}`, () => {
  test('features of sound, their gradients and augmentations are those of the processor', {
    timeout: 120_000,
  }, async () => {
    const [key, x] = [random.key(3), waves()];
    const [cpu, gpu] = (['cpu', 'webgpu'] as const).map((device) => jit(features, { device }));
    const [expected, got] = [await cpu!(key, x), await gpu!(key, x)];
    for (const [name, tensor] of Object.entries(expected)) {
      const [a, b] = [Float64Array.from(await tensor.data()), Float64Array.from(await got[name]!.data())];
      const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const apart = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
      expect(scale, name).toBeGreaterThan(0);
      expect(apart / scale, name).toBeLessThan(1e-4);
    }
    tf.dispose([key, x, expected, got] as never);
  });
});
