import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KERNEL_ENTRY, kernelCommand } from '../launch.ts';
import type { Message } from '../transport/wire.ts';
import { KernelClient } from './client.ts';
import { KernelDied } from './process.ts';

const built = existsSync(KERNEL_ENTRY);

test('a kernel that ends before it answers is an error', async () => {
  const command = (): [string, ...string[]] => [process.execPath, '-e', 'process.exit(7)'];
  await expect(KernelClient.start({ command, folder: tmpdir() })).rejects.toThrow(/ended with status 7/);
});

test('a start can be given up', async () => {
  const command = (): [string, ...string[]] => [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
  const signal = AbortSignal.timeout(200);
  await expect(KernelClient.start({ command, folder: tmpdir() }, signal)).rejects.toThrow(/timeout/);
});

describe.skipIf(!built)('with a kernel', () => {
  let client: KernelClient;
  beforeAll(async () => {
    client = await KernelClient.start({ command: kernelCommand, folder: tmpdir() });
  });
  afterAll(() => client.shutdown());

  async function outputs(code: string): Promise<{ status: string; messages: Message[] }> {
    const messages: Message[] = [];
    const { status } = await client.execute(code, { onOutput: (message) => messages.push(message) });
    return { status, messages };
  }

  test('a cell has put out everything when its answer is there', async () => {
    const { status, messages } = await outputs('for (let i = 0; i < 20_000; i++) console.log(i); "end"');
    const text = messages
      .filter(({ header }) => header.msg_type === 'stream')
      .map(({ content }) => content.text);
    expect(text.join('').split('\n')).toHaveLength(20_001);
    expect(messages.at(-1)?.header.msg_type).toBe('execute_result');
    expect(status).toBe('ok');
  });

  test('an error is an answer', async () => {
    const reply = await client.execute('throw new RangeError("too far")');
    expect(reply).toMatchObject({ status: 'error', ename: 'RangeError', evalue: 'too far' });
    expect(await client.request('kernel_info_request')).toMatchObject({ status: 'ok' });
  });

  test('a loop is interrupted while the heart beats', async () => {
    const running = client.execute('let turns = 0; while (true) turns++');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await client.beats()).toBe(true);
    await client.interrupt();
    expect((await running).status).toBe('error');
    expect((await outputs('turns > 0')).messages.at(-1)?.content.data).toMatchObject({
      'text/plain': 'true',
    });
  });

  test.each([
    ['prints', 'for (;;) console.log("x")'],
    ['shows', 'for (;;) quire.display("x")'],
  ])('a loop that %s without a pause is interrupted, and what comes after it is heard', async (_, code) => {
    let begun = (): void => {};
    const output = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const running = client.execute(code, {
      onOutput: (message) => message.header.msg_type !== 'execute_input' && begun(),
    });
    await output;
    await client.interrupt();
    expect(await running).toMatchObject({ status: 'error', ename: 'Interrupted' });
    const { messages } = await outputs('console.log("y".repeat(3_000_000))');
    const text = messages
      .filter(({ header }) => header.msg_type === 'stream')
      .map(({ content }) => content.text);
    expect(text.join('')).toHaveLength(3_000_001);
  });

  test('the end of a kernel ends what waits for it', async () => {
    const dying = await KernelClient.start({ command: kernelCommand, folder: tmpdir() });
    const running = dying.execute('await new Promise(() => {})');
    setTimeout(() => void dying.kill(), 200);
    await expect(running).rejects.toThrow(KernelDied);
    expect(await dying.beats()).toBe(false);
  });
});
