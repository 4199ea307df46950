import { describe, expect, it } from 'vitest';
import { namedLeaves } from '../parameters/names.ts';
import { differences, trainingDifferences } from './parity.ts';
import * as resnet from './resnet.ts';

const FIXTURES = ['resnet', 'resnet-bottleneck'];

describe('ResNet', () => {
  it.each(FIXTURES)('%s in evaluation gives the numbers of PyTorch', async (name) => {
    const { outputs, gradients } = await differences(name, resnet);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(...Object.values(gradients))).toBeLessThan(1e-3);
  });

  it.each(FIXTURES)(
    '%s in training mode gives the loss, gradients and statistics of PyTorch',
    async (name) => {
      const { loss, gradients, statistics } = await trainingDifferences(name, resnet);
      expect(Math.max(loss, ...Object.values(statistics))).toBeLessThan(1e-4);
      expect(Math.max(...Object.values(gradients))).toBeLessThan(1e-3);
    },
  );

  it('has the parameters of torchvision', async () => {
    const count = (spec: unknown) =>
      namedLeaves<{ shape: number[]; buffer: boolean }>(spec)
        .filter(({ value }) => !value.buffer)
        .reduce((sum, { value }) => sum + value.shape.reduce((a, b) => a * b, 1), 0);
    expect(count(resnet.spec(resnet.config()))).toBe(11_689_512);
    expect(count(resnet.spec(resnet.config50()))).toBe(25_557_032);
  });

  it('gives logits op by op too', async () => {
    const { outputs } = await differences('resnet', resnet, { eager: true });
    expect(outputs.logits).toBeLessThan(1e-4);
  });
});
