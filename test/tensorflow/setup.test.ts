import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { device, tf } from '@quire/runtime';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CASES } from '../ops/cases.ts';
import { checkEager } from '../ops/check.ts';

const { tensorflow } = inject('environment');
const quire = fileURLToPath(new URL('../../kernel/bin/quire.js', import.meta.url));
const data = mkdtempSync(join(tmpdir(), 'quire-tensorflow-'));

async function setup(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [quire, 'setup', 'tensorflow', ...args], {
    env: { ...process.env, QUIRE_DATA: data },
  });
  return stdout;
}

describe.skipIf('missing' in tensorflow)('quire setup tensorflow', () => {
  const before = process.env.QUIRE_DATA;

  beforeAll(async () => {
    process.env.QUIRE_DATA = data;
    const printed = await setup('--cpu');
    expect(printed).toMatch(
      /TensorFlow 2\.\d+\.\d+ works on the CPU, through @tensorflow\/tfjs-node 4\.22\.0\./,
    );
  }, 600_000);

  afterAll(() => {
    if (before === undefined) delete process.env.QUIRE_DATA;
    else process.env.QUIRE_DATA = before;
    rmSync(data, { recursive: true, force: true });
  });

  test('makes the engine that eager ops choose by themselves', async () => {
    const { eager } = await device.list();
    expect(eager.find(({ name }) => name === 'tensorflow')).toMatchObject({ available: true });
    const choice = await device.use('cpu');
    expect(choice.eager.name).toBe('tensorflow');
    expect(choice.eager.version).toMatch(/^4\.22\.0 with TensorFlow 2\./);
    expect(tf.getBackend()).toBe('tensorflow');
  });

  describe('computes what plain JavaScript does, and gradients', () => {
    for (const [name, make] of Object.entries(CASES)) {
      test(name, async () => {
        await checkEager(make, 'tensorflow', 5);
      });
    }
  });

  test('and loses no tensor to padding by numbers or strides of one pixel', async () => {
    await device.use('cpu', { eager: 'tensorflow' });
    const x = tf.ones<tf.Rank.R4>([1, 5, 5, 2]);
    const filter = tf.ones<tf.Rank.R4>([3, 3, 2, 4]);
    const pixel = tf.ones<tf.Rank.R4>([1, 1, 4, 1]);
    const { numTensors } = tf.memory();
    const gradient = tf.tidy(() =>
      tf.grads((x, filter, pixel) => {
        const wide = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 1, 'NHWC', 1, 'floor');
        return tf.conv2d(tf.maxPool(wide, 3, 2, 1, 'floor'), pixel as tf.Tensor4D, 2, 'same');
      })([x, filter, pixel]),
    );
    expect(tf.memory().numTensors).toBe(numTensors + 3);
    tf.dispose(gradient);
  });

  test('takes itself back', async () => {
    expect(existsSync(join(data, 'quire', 'tensorflow'))).toBe(true);
    expect(await setup('--remove')).toMatch(/^Removed /);
    expect(existsSync(join(data, 'quire', 'tensorflow'))).toBe(false);
    const { eager } = await device.list();
    expect(eager.find(({ name }) => name === 'tensorflow')?.missing).toMatch(/quire setup tensorflow/);
  });
});
