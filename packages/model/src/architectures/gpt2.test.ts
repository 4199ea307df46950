import { describe, expect, it } from 'vitest';
import * as gpt2 from './gpt2.ts';
import { differences } from './parity.ts';

describe('GPT-2', () => {
  it.each(['gpt2', 'gpt2-classifier'])('%s gives the numbers of transformers', async (name) => {
    const { outputs, gradients } = await differences(name, gpt2);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(...Object.values(gradients))).toBeLessThan(1e-3);
  });
});
