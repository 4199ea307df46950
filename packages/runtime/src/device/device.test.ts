import { afterAll, describe, expect, test } from 'vitest';
import { jit } from '../jit/jit.ts';
import * as tf from '../tf.ts';
import { vulkanDriver } from './adapters.ts';
import * as device from './device.ts';

afterAll(() => device.use('cpu', { eager: 'cpu' }));

describe('device', () => {
  test('list says of each device what it is or what is missing', async () => {
    const { devices, eager } = await device.list();
    expect(devices.map(({ name }) => name)).toEqual(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']);
    for (const { available, adapter, missing } of devices) {
      expect(available ? adapter : missing).toMatch(/\w{3}/);
    }
    expect(eager.map(({ name }) => name)).toEqual(['tensorflow', 'wasm', 'cpu']);
    const [cpu] = devices;
    expect(cpu).toMatchObject({ available: true, software: false });
    expect(cpu?.memoryBytes).toBeGreaterThan(1e8);
  });

  test('list and use print themselves', async () => {
    expect(String(await device.list())).toMatch(/✓ cpu .*threads.*GiB/);
    expect(String(await device.use('cpu'))).toMatch(
      /compiled functions on cpu \(.*\): asked for\neager ops on .*: /,
    );
  });

  test('auto chooses hardware, never a software renderer', async () => {
    const { devices } = await device.list();
    const { name, reason } = await device.use('auto');
    const chosen = devices.find((each) => each.name === name);
    expect(chosen).toMatchObject({ available: true, software: false });
    expect(reason).not.toBe('');
    expect(device.current()).toBe(name);
  });

  test.runIf(process.platform === 'linux')(
    'one that is missing is an error that says what to do',
    async () => {
      await expect(device.use('dml')).rejects.toThrow(/'dml' can't be used\. DirectML is a part of Windows/);
      await expect(device.use('coreml')).rejects.toThrow(/part of macOS/);
      await expect(device.use('gpu' as 'cpu')).rejects.toThrow(/choose from cpu, webgpu/);
    },
  );

  test.runIf(process.platform === 'linux')(
    'a Vulkan driver is software where its manifest is a renderer’s',
    () => {
      const { VK_ICD_FILENAMES } = process.env;
      process.env.VK_ICD_FILENAMES = '/nowhere/vk_swiftshader_icd.json';
      expect(vulkanDriver()).toBe('none');
      if (VK_ICD_FILENAMES === undefined) delete process.env.VK_ICD_FILENAMES;
      else process.env.VK_ICD_FILENAMES = VK_ICD_FILENAMES;
    },
  );

  test('memory counts what is alive, and where', async () => {
    await device.use('cpu', { eager: 'cpu' });
    const scaled = jit((x: tf.Tensor) => [x.mul(2), x.sum()]);
    const x = tf.ones([256]);
    const before = device.memory();
    const results = await scaled(x);
    const during = device.memory();
    expect(during.tensors).toBe(before.tensors + 2);
    expect((during.onDevice.cpu?.tensors ?? 0) - (before.onDevice.cpu?.tensors ?? 0)).toBe(2);
    expect((during.onDevice.cpu?.bytes ?? 0) - (before.onDevice.cpu?.bytes ?? 0)).toBe(257 * 4);
    expect(String(during)).toMatch(/\d+ tensors: 2 on cpu with/);
    for (const each of results) each.dispose();
    expect(device.memory().tensors).toBe(before.tensors);
  });
});
