import { describe, test } from 'vitest';
import { CASES } from './cases.ts';
import { checkOp } from './check.ts';

describe('compiled for the CPU, values and gradients are those of eager ops and of finite differences', () => {
  for (const [name, make] of Object.entries(CASES)) {
    test(name, async () => {
      for (const seed of [1, 2, 3]) await checkOp(make, 'cpu', seed);
    });
  }
});
