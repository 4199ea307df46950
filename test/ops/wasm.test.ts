import { device } from '@quire/runtime';
import { beforeAll, describe, test } from 'vitest';
import { CASES } from './cases.ts';
import { checkEager } from './check.ts';

beforeAll(async () => {
  await device.use('cpu', { eager: 'wasm' });
});

describe('on TensorFlow.js’s WebAssembly backend, values and gradients are those of plain JavaScript', () => {
  for (const [name, make] of Object.entries(CASES)) {
    test(name, async () => {
      await checkEager(make, 'wasm', 3);
    });
  }
});
