import { jit, tf } from '@quire/runtime';
import { describe, expect, inject, test } from 'vitest';
import { CASES } from './cases.ts';
import { checkOp } from './check.ts';

const { webgpu } = inject('environment');
// Vulkan's loader reads it when the first compiled function is loaded.
if ('manifest' in webgpu) process.env.VK_ICD_FILENAMES = webgpu.manifest;
const on = 'manifest' in webgpu ? 'SwiftShader' : "the machine's adapter";

describe.skipIf('missing' in webgpu)(
  `compiled for WebGPU on ${on}, as eager and as finite differences`,
  () => {
    test('state stays on the device from step to step, and is read from there', async () => {
      const step = jit((state: tf.Tensor, change: tf.Tensor) => state.add(change), {
        device: 'webgpu',
        donate: ['state'],
      });
      const change = tf.tensor1d([1, -1, 0.5]);
      let state: tf.Tensor = tf.zeros([3]);
      for (let i = 0; i < 4; i++) state = await step(state, change);
      expect(() => state.dataSync()).toThrow(/on 'webgpu', where reading has to be waited for/);
      expect(Array.from(await state.data())).toEqual([4, -4, 2]);
      tf.dispose([state, change]);
    });

    for (const [name, make] of Object.entries(CASES)) {
      test(name, async () => {
        await checkOp(make, 'webgpu', 4);
      });
    }
  },
);
