import { describe, inject, test } from 'vitest';
import { CASES } from './cases.ts';
import { checkOp } from './check.ts';

const { webgpu } = inject('environment');
// Vulkan's loader reads it when the first compiled function is loaded.
if ('manifest' in webgpu) process.env.VK_ICD_FILENAMES = webgpu.manifest;
const on = 'manifest' in webgpu ? 'SwiftShader' : "the machine's adapter";

describe.skipIf('missing' in webgpu)(
  `compiled for WebGPU on ${on}, as eager and as finite differences`,
  () => {
    for (const [name, make] of Object.entries(CASES)) {
      test(name, async () => {
        await checkOp(make, 'webgpu', 4);
      });
    }
  },
);
