import { describe, expect, it } from 'vitest';
import * as distilbert from './distilbert.ts';
import { differences } from './parity.ts';

const FIXTURES = [
  'distilbert',
  'distilbert-masked',
  'distilbert-long',
  'distilbert-classifier',
  'distilbert-tokens',
];

describe('DistilBERT', () => {
  it.each(FIXTURES)('%s gives the numbers of transformers', async (name) => {
    const { outputs, gradients } = await differences(name, distilbert);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(0, ...Object.values(gradients))).toBeLessThan(1e-3);
  });
});
