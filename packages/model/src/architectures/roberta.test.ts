import { describe, expect, it } from 'vitest';
import { differences } from './parity.ts';
import * as roberta from './roberta.ts';

const FIXTURES = [
  'roberta',
  'roberta-masked',
  'roberta-long',
  'roberta-classifier',
  'roberta-tokens',
  'xlm-roberta',
  'xlm-roberta-tokens',
];

describe('RoBERTa', () => {
  it.each(FIXTURES)('%s gives the numbers of transformers', async (name) => {
    const { outputs, gradients } = await differences(name, roberta);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(0, ...Object.values(gradients))).toBeLessThan(1e-3);
  });
});
