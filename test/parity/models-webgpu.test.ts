import { bert, clip, cnn, distilbert, roberta, vit } from '@quire/model';
import { differences } from '@quire/model/parity';
import { describe, expect, inject, test } from 'vitest';

const { webgpu } = inject('environment');
// Vulkan's loader reads it when the first compiled function is loaded.
if ('manifest' in webgpu) process.env.VK_ICD_FILENAMES = webgpu.manifest;
const on = 'manifest' in webgpu ? 'SwiftShader' : "the machine's adapter";

const MODELS = [
  ['bert-pre-training', bert],
  ['distilbert-long', distilbert],
  ['roberta-classifier', roberta],
  ['vit', vit],
  ['clip', clip],
  ['cnn-group', cnn],
] as const;

describe.skipIf('missing' in webgpu)(`compiled for WebGPU on ${on}`, () => {
  // A software renderer takes long to compile its first shaders.
  test.each(MODELS)(
    '%s gives the numbers of its reference',
    { timeout: 120_000 },
    async (name, architecture) => {
      const { outputs, gradients } = await differences(name, architecture, { device: 'webgpu' });
      expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
      expect(Math.max(...Object.values(gradients))).toBeLessThan(1e-3);
    },
  );
});
