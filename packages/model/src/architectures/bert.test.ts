import { describe, expect, it } from 'vitest';
import * as bert from './bert.ts';
import { differences } from './parity.ts';

const FIXTURES = [
  'bert',
  'bert-masked',
  'bert-long',
  'bert-pre-training',
  'bert-next-sentence',
  'bert-classifier',
  'bert-multi',
  'bert-regression',
  'bert-tokens',
];

describe('BERT', () => {
  it.each(FIXTURES)('%s gives the numbers of transformers', async (name) => {
    const { outputs, gradients } = await differences(name, bert);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(0, ...Object.values(gradients))).toBeLessThan(1e-3);
  });
});
