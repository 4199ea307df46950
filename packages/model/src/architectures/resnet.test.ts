import { jit, tf, valueAndGradients } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { loadPretrained } from '../checkpoints/load.ts';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import { namedLeaves } from '../parameters/names.ts';
import { merge, partition, trainable } from '../parameters/partition.ts';
import { differences, fixture } from './parity.ts';
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
      const { params, config } = await loadPretrained(fixture(name), { architecture: resnet });
      const reference = await SafetensorsFile.open(`${fixture(name)}/reference.safetensors`);
      const read = async (key: string) => (await reference.read(key)) as Float32Array;
      const pixelValues = tf.tensor4d(await read('input.pixel_values'), [3, 3, 40, 40]);
      const labels = tf.tensor1d(Array.from(await reference.read('input.labels')), 'int32');
      const [trained, buffers] = partition(params, trainable(resnet.spec(config)));
      const step = jit((trained: object, buffers: object, pixelValues: tf.Tensor4D, labels: tf.Tensor1D) =>
        valueAndGradients(
          (trained) =>
            resnet.lossAndStatistics(
              merge(params, trained as never, buffers as never),
              { pixelValues, labels },
              config,
            ),
          trained,
        ),
      );
      const { value, gradients, also } = (await step(trained, buffers, pixelValues, labels)) as never as {
        value: tf.Tensor;
        gradients: object;
        also: Record<string, tf.Tensor>;
      };
      const compare = async (key: string, tensor: tf.Tensor, tolerance: number) => {
        const wanted = await read(key);
        const found = await tensor.data();
        const largest = wanted.reduce((most, each) => Math.max(most, Math.abs(each)), 1);
        const off = Array.from(found, (each, i) => Math.abs(each - (wanted[i] as number)) / largest);
        expect(found.length).toBe(wanted.length);
        expect(Math.max(...off), key).toBeLessThan(tolerance);
      };
      await compare('training.loss', value, 1e-4);
      const named = namedLeaves(gradients);
      const keys = [...reference.tensors.keys()];
      expect(named).toHaveLength(keys.filter((key) => key.startsWith('training.gradients.')).length);
      for (const { name, value } of named) await compare(`training.gradients.${name}`, value, 1e-3);
      expect(Object.keys(also)).toHaveLength(
        keys.filter((key) => key.startsWith('training.statistics.')).length,
      );
      for (const [name, value] of Object.entries(also))
        await compare(`training.statistics.${name}`, value, 1e-4);
      tf.dispose([params, value, gradients, also, pixelValues, labels] as never);
      await step.release();
      await reference.close();
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
