/** Everything but cells is answered while a cell runs, whatever it does. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conformance, Kernel, type Request, revived, stopped } from './kernel.ts';

const AT_ONCE = 0.5;

const REQUESTS: [
  what: string,
  type: string,
  content: Record<string, unknown>,
  check: (request: Request) => void,
][] = [
  [
    'completion',
    'complete_request',
    { code: 'Math.fl', cursor_pos: 7 },
    ({ reply }) => expect(reply.matches).toContain('floor'),
  ],
  [
    'completion of an earlier cell’s names',
    'complete_request',
    { code: 'earlier.', cursor_pos: 8 },
    ({ reply }) => expect(reply.matches).toEqual(expect.arrayContaining(['size', 'label'])),
  ],
  [
    'inspection',
    'inspect_request',
    { code: 'Math.max', cursor_pos: 6, detail_level: 0 },
    ({ reply }) => expect(reply.found).toBe(true),
  ],
  [
    'is_complete',
    'is_complete_request',
    { code: 'if (true) {' },
    ({ reply }) => expect(reply.status).toBe('incomplete'),
  ],
  ['kernel_info', 'kernel_info_request', {}, ({ reply }) => expect(reply.implementation).toBeTruthy()],
  [
    'history',
    'history_request',
    { hist_access_type: 'tail', n: 1, output: false, raw: true },
    ({ reply }) => expect(reply.history).toHaveLength(1),
  ],
  ['comm_info', 'comm_info_request', {}, ({ reply }) => expect(reply.comms).toEqual({})],
];

const CELLS: [what: string, code: string][] = [
  ['spins', 'for (;;) {}'],
  ['spins after an await', 'await null; for (;;) {}'],
  ['prints without end', 'for (let i = 0; ; i++) { if (i % 100_000 === 0) console.log(i); }'],
  ['awaits', 'await new Promise(() => {});'],
  ['waits for a child process', "(await import('node:child_process')).execSync('sleep 20');"],
];

conformance('while a cell runs', () => {
  let kernel: Kernel;
  let running: Request | undefined;

  beforeAll(async () => {
    kernel = await Kernel.start();
  });
  afterAll(() => stopped(kernel));

  describe.each(CELLS)('that %s', (what, code) => {
    beforeAll(async () => {
      kernel = await revived(kernel);
      await kernel.run("const earlier = { size: 1, label: 'one' };");
      // The language server has read its libraries.
      await kernel.complete('Math.');
      running = await kernel.running(code);
    });
    afterAll(async () => {
      if (!running || running.ended) return;
      if (what.includes('child')) {
        for (const { pid, command } of await kernel.processes())
          if (command[0] === 'sleep') process.kill(pid);
      } else await kernel.interrupt();
      await running.end(5);
      expect((await kernel.run('1 + 1')).text).toBe('2');
    });

    describe.each(['shell', 'control'] as const)('on %s', (channel) => {
      test.each(REQUESTS)('%s is answered at once', async (_, type, content, check) => {
        const request = await kernel.request(type, content, channel);
        await request.end(5);
        expect(running?.ended).toBe(false);
        expect(
          request.status === 'error',
          request.status === 'error' ? JSON.stringify(request.reply) : '',
        ).toBe(false);
        expect(request.seconds).toBeLessThan(AT_ONCE);
        check(request);
      });
    });

    test('the heartbeat is answered at once', async () => {
      const { seconds, echo } = await kernel.perform<{ seconds: number; echo: boolean }>('ping');
      expect(echo).toBe(true);
      expect(seconds).toBeLessThan(0.25);
      expect(await kernel.perform('beating')).toBe(true);
      expect(running?.ended).toBe(false);
    });

    test('the kernel’s last state is busy', async () => {
      await kernel.ask('kernel_info_request');
      const deadline = Date.now() + 2000;
      const last = (): unknown =>
        kernel.messages.filter(({ header }) => header.msg_type === 'status').at(-1)?.content.execution_state;
      while (last() !== 'busy' && Date.now() < deadline) await new Promise((done) => setTimeout(done, 20));
      expect(last()).toBe('busy');
    });
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
