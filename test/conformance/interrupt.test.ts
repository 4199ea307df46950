/** Interrupting a cell: at once, with its variables kept, and the kernel as good as before. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { conformance, Kernel, type Request, revived, sleep, stopped } from './kernel.ts';

const LIMIT = 0.5;

const CELLS: [what: string, code: string][] = [
  ['an empty loop', 'while (true) {}'],
  [
    'a loop that catches everything',
    'while (true) { try { while (true) turns++; } catch {} finally { turns++; } }',
  ],
  ['a loop after an await', 'await new Promise((done) => setTimeout(done, 20)); for (;;) turns++;'],
  [
    'a loop in a function that was awaited',
    'const spin = async (): Promise<never> => { await null; for (;;) turns++; };\nawait spin();',
  ],
  ['an await that never ends', 'turns++; await new Promise(() => {});'],
  [
    'an await of many sleeps, which catches everything',
    'for (;;) { try { turns++; await new Promise((done) => setTimeout(done, 10)); } catch {} }',
  ],
  ['awaits that leave no time for anything else', 'for (;;) { turns++; await null; }'],
  [
    'an endless async generator',
    'async function* endless(): AsyncGenerator<number> { for (;;) yield turns++; }\nfor await (const _ of endless()) {}',
  ],
  ['a regular expression that backtracks', "turns++; /^(a+)+$/.test('a'.repeat(60) + 'b');"],
  [
    'a long sort',
    'const list = Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 300_007);\nfor (;;) { turns++; [...list].sort((a, b) => b - a); }',
  ],
  [
    'a recursion',
    'const fib = (n: number): number => { turns++; return n < 2 ? n : fib(n - 1) + fib(n - 2); };\nfib(90);',
  ],
  ['a loop that prints', "for (;;) { turns++; console.log('x'); }"],
  [
    'a loop where no stack is left',
    'const fall = (): void => { try { fall(); } catch { for (;;) turns++; } };\nfall();',
  ],
  ['a callback of a timer', 'setTimeout(() => { for (;;) turns++; }, 20); await new Promise(() => {});'],
];

conformance('interrupting', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
  });
  beforeEach(async () => {
    kernel = await revived(kernel);
  });
  afterAll(() => stopped(kernel));

  /** Checks that the cell ended soon after `sent`, that its variables are kept and that the next cell is normal. */
  async function endedWell(request: Request, sent: number): Promise<void> {
    await request.end(5);
    expect(request.status).toBe('error');
    const idle = request.iopub('status').find(({ content }) => content.execution_state === 'idle')!;
    expect(Math.max(request.replyMessage.at, idle.at) - sent).toBeLessThan(LIMIT);
    expect(request.error.ename).not.toBe('');

    const next = await kernel.run(
      'console.log(kept.join());\nawait new Promise((done) => setTimeout(done, 5));\nturns',
    );
    expect(next.stdout).toBe('1,2,3\n');
    expect(next.seconds).toBeLessThan(1);
    expect(await kernel.value('kept.length')).toBe(3);
  }

  /** Interrupts the cell and checks that nothing of it prints any more, under it or under the next one. */
  async function printsNothingMore(request: Request): Promise<void> {
    await kernel.interrupt();
    await request.end();
    const printed = request.stdout;
    const next = await kernel.run('await new Promise((done) => setTimeout(done, 400)); 1');
    expect(request.stdout).toBe(printed);
    expect(next.stdout).toBe('');
  }

  describe.each(['message', 'signal'] as const)('by %s', (mode) => {
    test.each(CELLS)('%s', async (_, code) => {
      await kernel.run('const kept = [1, 2, 3];\nlet turns = 0;');
      const request = await kernel.running(code);
      const { sent } = await kernel.perform<{ sent: number }>('interrupt', { mode });
      await endedWell(request, sent);
    });
  });

  test('the request is answered, and what was done before stays done', async () => {
    await kernel.run('let steps = 0;');
    const request = await kernel.running('for (;;) { steps++; }');
    const interrupt = await (await kernel.interrupt()).end();
    expect(interrupt.replyMessage.header.msg_type).toBe('interrupt_reply');
    expect(interrupt.status).toBe('ok');
    await request.end();
    expect(Number((await kernel.run('steps')).text)).toBeGreaterThan(0);
  });

  test('with nothing running an interrupt changes nothing', async () => {
    const interrupt = await (await kernel.interrupt()).end();
    expect(interrupt.status).toBe('ok');
    await kernel.perform('interrupt', { mode: 'signal' });
    await sleep(100);
    expect((await kernel.run('1 + 1')).text).toBe('2');
    expect(await kernel.alive()).toBe(true);
  });

  test('the cell after an interrupted one can be interrupted too, many times over', async () => {
    await kernel.run('const kept = [1, 2, 3];\nlet turns = 0;');
    for (let i = 0; i < 10; i++) {
      const request = await kernel.running(i % 2 ? 'for (;;) turns++;' : 'await new Promise(() => {});');
      await endedWell(request, (await kernel.interrupt()).sent);
    }
  });

  test('a cell is over even where the word of its end is lost', async () => {
    // The kernel's own work on the end of the cell takes long, and is what the interrupt ends.
    const request = await kernel.running(
      `const { delete: remove } = Map.prototype;
Map.prototype.delete = function (key: unknown): boolean {
  const end = Date.now() + 200;
  while (Date.now() < end);
  return remove.call(this, key);
};
await new Promise(() => {});`,
    );
    await kernel.interrupt();
    await request.end(5);
    expect(request.error.ename).toBe('Interrupted');
    await kernel.run('Map.prototype.delete = remove;', { seconds: 5 });
    expect((await kernel.run('1 + 1')).text).toBe('2');
  });

  test('interrupts end cells at any moment, on a machine that has no time for them', async () => {
    const busy = [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;);']));
    try {
      const waiting = ['!echo up; sleep 300 & sleep 300', "console.log('up'); await new Promise(() => {});"];
      for (let i = 0; i < 24; i++) {
        const request = await kernel.begin(waiting[i % 2] as string);
        await request.until('output', () => request.stdout === 'up\n');
        await sleep((i * 7) % 31);
        await kernel.interrupt();
        await request.end(10);
        expect(request.error.ename).toBe('Interrupted');
        expect((await kernel.run('1 + 1', { seconds: 10 })).text).toBe('2');
      }
    } finally {
      for (const child of busy) child.kill('SIGKILL');
    }
  });

  test('cells queued behind the interrupted one are aborted', async () => {
    const request = await kernel.running('for (;;) {}');
    const queued = await kernel.begin("console.log('must not run')");
    await kernel.interrupt();
    await request.end();
    await queued.end();
    expect(queued.status).toBe('aborted');
    expect(queued.stdout).toBe('');
  });

  test('code of an interrupted cell that goes on in the background prints nothing more', async () => {
    const request = await kernel.begin(
      "const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));\nfor (;;) { await pause(50); console.log('x'); }",
    );
    await request.until('output', () => request.stdout.includes('x'));
    await printsNothingMore(request);
  });

  test('neither does a loop in a function that catches errors, nor its timers', async () => {
    const request =
      await kernel.begin(`const again = async (): Promise<void> => { for (;;) { try { await new Promise((done) => setTimeout(done, 20)); console.log('zombie'); } catch {} } };
setInterval(() => console.log('tick'), 20);
await again();`);
    await request.until('output', () => request.stdout.includes('zombie') && request.stdout.includes('tick'));
    await printsNothingMore(request);
  });

  test('quire.signal is aborted', async () => {
    await kernel.run('const reasons: unknown[] = [];');
    const request = await kernel.running(
      "quire.signal.addEventListener('abort', () => reasons.push(quire.signal.reason));\nawait new Promise(() => {});",
    );
    await kernel.interrupt();
    await request.end();
    expect(await kernel.value('reasons.length')).toBe(1);
  });

  test('quire.signal ends what was given it, and the next cell has one of its own', async () => {
    await kernel.run(
      "import { setTimeout as wait } from 'node:timers/promises';\nimport { once, EventEmitter } from 'node:events';\nlet ending = '';",
    );
    const request = await kernel.running(
      "await Promise.all([wait(60_000, null, { signal: quire.signal }).catch((error: Error) => { ending = error.name; throw error; }), once(new EventEmitter(), 'never', { signal: quire.signal })]);",
    );
    const { sent } = await kernel.interrupt();
    await request.end();
    expect(request.replyMessage.at - sent).toBeLessThan(LIMIT);
    expect(await kernel.value('quire.signal.aborted')).toBe(false);
    await kernel.run('await wait(5, null, { signal: quire.signal });');
  });

  test('a timer that spins after its cell has ended is stopped', async () => {
    await kernel.run('setTimeout(() => { for (;;) {} }, 50);');
    await sleep(200);
    await kernel.interrupt();
    const next = await kernel.run('"free again"', { seconds: 5 });
    expect(next.text).toContain('free again');
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
