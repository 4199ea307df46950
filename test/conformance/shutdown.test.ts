/** Shutdown and restart: in order, and with nothing left behind. */
import { afterEach, expect, test } from 'vitest';
import { conformance, Kernel, type Process, sleep, stopped } from './kernel.ts';

conformance('shutdown and restart', () => {
  let kernel: Kernel | undefined;
  afterEach(async () => {
    await stopped(kernel);
    kernel = undefined;
  });

  /** A kernel whose language server runs. */
  async function start(): Promise<Kernel> {
    kernel = await Kernel.start();
    await kernel.run('const checked: number[] = [1, 2].map((n) => n + 1);');
    expect((await kernel.processes()).length, 'the kernel and its language server').toBeGreaterThan(1);
    return kernel;
  }

  /** Waits until none of `processes` is left. */
  async function gone(from: Kernel, processes: Process[], seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    let left = await from.living(processes);
    while (left.length > 0 && Date.now() < deadline) {
      await sleep(50);
      left = await from.living(processes);
    }
    expect(left, `left after ${seconds} s`).toEqual([]);
  }

  test('a shutdown request is answered, and every process ends', async () => {
    const one = await start();
    const processes = await one.processes();
    const request = await one.request('shutdown_request', { restart: false }, 'control');
    await request.until('a reply', () => request.messages.some(({ channel }) => channel === 'control'), 3);
    expect(request.reply).toEqual({ status: 'ok', restart: false });
    await gone(one, processes, 3);
  });

  test.each([
    ['spins', 'for (;;) {}'],
    ['awaits', 'await new Promise(() => {});'],
    [
      'has left timers and servers',
      "setInterval(() => {}, 10); (await import('node:http')).createServer().listen(0, '127.0.0.1'); await new Promise(() => {});",
    ],
    ['asks for input', "await input('?');"],
    [
      'ignores signals',
      "process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); process.on('exit', () => { for (const end = Date.now() + 300; Date.now() < end; ); }); await new Promise(() => {});",
    ],
  ])('while a cell %s', async (_, code) => {
    const one = await start();
    await one.running(code, { allowStdin: true });
    const processes = await one.processes();
    const request = await one.request('shutdown_request', { restart: false }, 'control');
    await request.until('a reply', () => request.messages.some(({ channel }) => channel === 'control'), 3);
    await gone(one, processes, 5);
  });

  test('the children that cells started end with it', async () => {
    const one = await start();
    await one.run(
      "import { spawn } from 'node:child_process';\nspawn('sleep', ['300']);\nspawn('sh', ['-c', 'sleep 300; true']);",
    );
    const shell = await one.begin('!sleep 300');
    await sleep(300);
    const processes = await one.processes();
    expect(processes.filter(({ command }) => command.includes('300')).length).toBeGreaterThanOrEqual(3);
    expect(shell.ended).toBe(false);
    await one.perform('shutdown');
    await gone(one, processes, 5);
  });

  test('a restart gives a fresh session to the same client', async () => {
    const one = await start();
    await one.run('const before = 1;');
    const processes = await one.processes();
    await one.restart();
    await gone(one, processes, 3);
    const request = await one.run('1 + 1');
    expect(request.text).toBe('2');
    expect(request.reply.execution_count).toBe(1);
    expect((await one.execute('before')).status).toBe('error');
    expect(one.violations).toEqual([]);
  });

  test('a restart while a cell spins', async () => {
    const one = await start();
    await one.running('for (;;) {}');
    const processes = await one.processes();
    await one.restart();
    await gone(one, processes, 3);
    expect((await one.run('1 + 1')).text).toBe('2');
  });

  test('many restarts leave nothing behind', async () => {
    const one = await start();
    const all: Process[] = [];
    for (let i = 0; i < 5; i++) {
      all.push(...(await one.processes()));
      await one.restart();
      expect((await one.run('[1].map((n) => n + 1)')).text).toBe('[ 2 ]');
    }
    await gone(one, all, 3);
  });

  test.each([
    ['SIGTERM', 15],
    ['SIGKILL', 9],
  ])('after %s no process is left', async (_, number) => {
    const one = await start();
    const processes = await one.processes();
    await one.perform('signal', { number });
    await gone(one, processes, 5);
  });

  test('SIGTERM ends a kernel that computes', async () => {
    const one = await start();
    await one.running('for (;;) {}');
    const processes = await one.processes();
    await one.perform('signal', { number: 15 });
    await gone(one, processes, 5);
  });
});
