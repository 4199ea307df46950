/** Errors: shown in the user's own lines, and never the end of the kernel. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { conformance, Kernel, plain, sleep, stopped } from './kernel.ts';

/** What only the kernel's own frames hold. */
const OWN_FRAMES =
  /kernel\/(dist|src)|kernel\.js|worker\.js|node:internal|\(node:|at node:|evalmachine|__quire|quire-cell|Runtime\.evaluate|<anonymous>:\d/;

conformance('errors', () => {
  const folder = temporaryFolder({
    'package.json': '{ "name": "notebook", "private": true, "type": "module" }',
    'lib.ts':
      'export interface Options {\n  deep: boolean;\n}\n\nexport function explode(options: Options): never {\n  throw new TypeError(`exploded ${options.deep}`);\n}\n',
    'broken.ts': 'export const fine = 1;\nexport const = 2;\n',
  });
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start({ cwd: folder.path });
  });
  afterAll(() => stopped(kernel));

  describe('the traceback', () => {
    test('error message and reply carry the same name, message and traceback, and the count', async () => {
      const request = await kernel.execute("throw new RangeError('out of bounds')");
      expect(request.status).toBe('error');
      const { ename, evalue, traceback } = request.iopub('error')[0]!.content;
      expect({ ename, evalue }).toEqual({ ename: 'RangeError', evalue: 'out of bounds' });
      expect(request.reply).toMatchObject({ ename, evalue, traceback });
      expect(request.reply.execution_count).toBe(request.iopub('execute_input')[0]!.content.execution_count);
      expect(plain(traceback as string[])).toContain('RangeError: out of bounds');
    });

    test('places are those of the TypeScript that was typed, and the line is shown', async () => {
      const { error } = await kernel.execute(`interface Point {
  x: number;
}
enum Kind { A, B }

function fail(point: Point, kind: Kind = Kind.B): never {
  throw new RangeError(\`bad \${point.x} \${kind}\`);
}

fail({ x: 1 });`);
      expect(error.evalue).toBe('bad 1 1');
      expect(error.traceback).toMatch(/fail.*:7:9\b/);
      expect(error.traceback).toMatch(/:10:1\b/);
      expect(error.traceback).toContain('throw new RangeError(`bad ${point.x} ${kind}`);');
      expect(error.traceback).not.toMatch(OWN_FRAMES);
    });

    test('frames of several cells each name their cell and their line', async () => {
      const first = await kernel.run(
        '\n\nfunction inFirst(): never {\n  throw new Error("from the first");\n}',
      );
      const second = await kernel.run('// second\nfunction inSecond(): never {\n  return inFirst();\n}');
      const third = await kernel.execute('const a = 1;\ninSecond();');
      const { traceback } = third.error;
      const place = (request: { reply: { execution_count: number } }, line: number): RegExp =>
        new RegExp(`\\b${request.reply.execution_count}\\]?:${line}:\\d+`);
      expect(traceback).toMatch(place(first, 4));
      expect(traceback).toMatch(place(second, 3));
      expect(traceback).toMatch(place(third, 2));
      expect(traceback).toContain('throw new Error("from the first")');
      expect(traceback).not.toMatch(OWN_FRAMES);
    });

    test('a local file’s frames are in its own TypeScript lines', async () => {
      const { error } = await kernel.execute("import { explode } from './lib.ts';\nexplode({ deep: true });");
      expect(error).toMatchObject({ ename: 'TypeError', evalue: 'exploded true' });
      expect(error.traceback).toMatch(/lib\.ts:6:9\b/);
      expect(error.traceback).toContain('throw new TypeError(`exploded ${options.deep}`);');
      expect(error.traceback).toMatch(/:2:1\b/);
      expect(error.traceback).not.toMatch(OWN_FRAMES);
    });

    test('an error after an await keeps its lines, through async functions', async () => {
      const { error } = await kernel.execute(`type Wait = number;
async function slowly(ms: Wait): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
  throw new Error('late');
}
async function caller(): Promise<void> {
  await slowly(10);
}
await caller();`);
      expect(error.traceback).toMatch(/slowly.*:4:9\b/);
      expect(error.traceback).toMatch(/caller.*:7:\d+/);
      expect(error.traceback).toContain("throw new Error('late');");
      expect(error.traceback).not.toMatch(OWN_FRAMES);
    });

    test('an error thrown in a callback of a built-in function points at the callback', async () => {
      const { error } = await kernel.execute(
        "type N = number;\n[1, 2].map((n: N): N => {\n  if (n === 2) throw new Error('second');\n  return n;\n});",
      );
      expect(error.traceback).toMatch(/:3:22\b/);
      expect(error.traceback).toMatch(/:2:8\b/);
    });

    test('the cause is unfolded, with its own line', async () => {
      const { error } = await kernel.execute(`try {
  JSON.parse('{ not json');
} catch (cause) {
  throw new Error('the settings could not be read', { cause });
}`);
      expect(error.evalue).toBe('the settings could not be read');
      expect(error.traceback).toMatch(/Caused by/i);
      expect(error.traceback).toMatch(/SyntaxError: .*JSON/);
      expect(error.traceback).toMatch(/:2:\d+/);
      expect(error.traceback).not.toMatch(OWN_FRAMES);
    });

    test('causes of causes are unfolded, and a circle of them ends', async () => {
      const { error } = await kernel.execute(
        "const low = new Error('low');\nconst mid = new Error('mid', { cause: low });\nconst top = new Error('top', { cause: mid });\nlow.cause = top;\nthrow top;",
      );
      for (const message of ['top', 'mid', 'low']) expect(error.traceback).toContain(`Error: ${message}`);
      expect(error.traceback.length).toBeLessThan(10_000);
    });

    test('an AggregateError shows each of its errors', async () => {
      const { error } = await kernel.execute(
        "await Promise.any([Promise.reject(new TypeError('first way')), Promise.reject(new RangeError('second way'))]);",
      );
      expect(error.ename).toBe('AggregateError');
      expect(error.traceback).toContain('TypeError: first way');
      expect(error.traceback).toContain('RangeError: second way');
    });

    test('subclasses and properties of an error are shown', async () => {
      const { error } = await kernel.execute(
        "class HttpError extends Error {\n  override name = 'HttpError';\n  constructor(readonly status: number) { super(`status ${status}`); }\n}\nthrow new HttpError(404);",
      );
      expect(error).toMatchObject({ ename: 'HttpError', evalue: 'status 404' });
      expect(error.traceback).toContain('404');
      const { error: missing } = await kernel.execute(
        "import { readFileSync } from 'node:fs';\n\nreadFileSync('nowhere.txt');",
      );
      expect(missing.traceback).toContain('ENOENT');
      expect(missing.traceback).toMatch(/:3:\d+/);
    });

    test.each([
      ["throw 'a text'", 'a text'],
      ['throw { code: 7 }', 'code: 7'],
      ['throw null', 'null'],
      ['throw undefined', 'undefined'],
      ['throw Symbol("sign")', 'Symbol(sign)'],
      ['throw 0', '0'],
    ])('%s is reported', async (code, shown) => {
      const request = await kernel.execute(code);
      expect(request.status).toBe('error');
      expect(`${request.error.evalue}\n${request.error.traceback}`).toContain(shown);
      expect(request.error.ename).not.toBe('');
    });

    test('text that is no TypeScript is a SyntaxError at its line, and nothing runs', async () => {
      const request = await kernel.execute("console.log('must not run');\nconst = 3;");
      expect(request.error.ename).toBe('SyntaxError');
      expect(request.error.traceback).toContain('const = 3;');
      expect(request.error.traceback).toMatch(/\bline 2\b|:2:\d/);
      expect(request.stdout).toBe('');
    });

    test('a name declared twice in one cell is an error at its line', async () => {
      const request = await kernel.execute('const twice = 1;\nconst twice = 2;');
      expect(request.status).toBe('error');
      expect(request.error.traceback).toContain('twice');
      expect(request.error.traceback).toMatch(/\bline [12]\b|:[12]:\d/);
    });

    test('a local file that is no TypeScript is named with its line', async () => {
      await kernel.run('%typecheck off');
      const request = await kernel.execute("import { fine } from './broken.ts';");
      await kernel.run('%typecheck error');
      expect(request.status).toBe('error');
      expect(request.everything).toMatch(/broken\.ts:2\b/);
    });

    test('console.error of an error shows the user’s lines too', async () => {
      const { stderr } = await kernel.run("type A = 1;\n\nconsole.error(new Error('only shown'));");
      expect(plain(stderr)).toMatch(/only shown[\s\S]*:3:15\b/);
      expect(stderr).not.toMatch(OWN_FRAMES);
    });
  });

  describe('what does not end the kernel', () => {
    /** Waits until the cell that `code` was shows `text`, and checks that the kernel goes on. */
    async function reportedUnderItsCell(code: string, text: string, line: RegExp): Promise<void> {
      const { pid } = kernel;
      const request = await kernel.execute(code);
      // Another cell runs when it happens, so that the report has to find its own.
      const other = await kernel.run('await new Promise((done) => setTimeout(done, 400)); "other"');
      await request.until(`a report of "${text}"`, () => request.everything.includes(text), 5);
      expect(request.everything).toMatch(line);
      expect(request.everything).not.toMatch(OWN_FRAMES);
      expect(other.everything).not.toContain(text);
      expect((await kernel.run('"still here"')).text).toContain('still here');
      expect(kernel.pid).toBe(pid);
      expect(await kernel.alive()).toBe(true);
    }

    test('a rejection that nobody handles is reported under its cell', async () => {
      await reportedUnderItsCell(
        "let untouched = 1;\nvoid Promise.reject(new Error('left alone'));\nuntouched;",
        'left alone',
        /:2:\d+/,
      );
    });

    test('a rejection in the background, while another cell runs', async () => {
      await reportedUnderItsCell(
        "void (async () => {\n  await new Promise((done) => setTimeout(done, 150));\n  throw new Error('lost in the background');\n})();",
        'lost in the background',
        /:3:\d+/,
      );
    });

    test('an error in a timer', async () => {
      await reportedUnderItsCell(
        "setTimeout(() => {\n  throw new Error('from a timer');\n}, 150);",
        'from a timer',
        /:2:\d+/,
      );
    });

    test('an error in setImmediate, in a microtask and in process.nextTick', async () => {
      await reportedUnderItsCell(
        "setImmediate(() => { throw new Error('from an immediate'); });",
        'from an immediate',
        /:1:\d+/,
      );
      await reportedUnderItsCell(
        "setTimeout(() => queueMicrotask(() => { throw new Error('from a microtask'); }), 100);",
        'from a microtask',
        /:1:\d+/,
      );
      await reportedUnderItsCell(
        "setTimeout(() => process.nextTick(() => { throw new Error('from the next tick'); }), 100);",
        'from the next tick',
        /:1:\d+/,
      );
    });

    test('an error event that nobody listens for', async () => {
      await reportedUnderItsCell(
        "import { EventEmitter } from 'node:events';\nconst emitter = new EventEmitter();\nsetTimeout(() => emitter.emit('error', new Error('unheard')), 100);",
        'unheard',
        /:3:\d+/,
      );
    });

    test('a rejection with no error in it', async () => {
      const request = await kernel.execute("void Promise.reject('only a text');");
      await request.until('a report', () => request.everything.includes('only a text'), 5);
      expect((await kernel.run('1')).text).toBe('1');
    });

    test('process.exit() in a cell, in a timer and in a function of a package', async () => {
      const { pid } = kernel;
      const request = await kernel.execute("console.log('before');\nprocess.exit(3);\nconsole.log('after');");
      expect(request.status).toBe('error');
      expect(request.stdout).toBe('before\n');
      expect(request.error.traceback).toContain('process.exit');
      expect(request.error.traceback).toMatch(/:2:\d+/);
      await kernel.execute('setTimeout(() => process.exit(), 50);');
      await sleep(300);
      expect((await kernel.run('"alive"')).text).toContain('alive');
      await kernel.execute('process.abort();');
      await kernel.execute("process.kill(process.pid, 'SIGINT');");
      expect((await kernel.run('"alive"')).text).toContain('alive');
      expect(kernel.pid).toBe(pid);
      expect(await kernel.alive()).toBe(true);
    });

    test.each([
      ['a throwing toString', "({ toString(): string { throw new Error('no text'); } })"],
      ['a throwing toJSON', "({ toJSON(): string { throw new Error('no json'); } })"],
      ['a throwing getter', "({ get value(): string { throw new Error('no value'); } })"],
      [
        'a throwing own inspection',
        "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no inspection'); } })",
      ],
      [
        'a throwing display method',
        "({ [Symbol.for('Jupyter.display')]() { throw new Error('no display'); } })",
      ],
      [
        'a rejecting display method',
        "({ async [Symbol.for('Jupyter.display')]() { throw new Error('no display later'); } })",
      ],
      [
        'a proxy that refuses everything',
        "new Proxy({}, { get() { throw new Error('no get'); }, ownKeys() { throw new Error('no keys'); }, getPrototypeOf() { throw new Error('no prototype'); }, has() { throw new Error('no has'); } })",
      ],
      ['an object without a prototype', 'Object.create(null)'],
      ['a circle', '(() => { const a: { self?: unknown } = {}; a.self = a; return a; })()'],
    ])('a result with %s', async (_, expression) => {
      const request = await kernel.execute(expression);
      expect(['ok', 'error']).toContain(request.status);
      expect(request.everything).not.toBe('');
      await kernel.execute(`console.log(${expression})`);
      expect((await kernel.run('"goes on"')).text).toContain('goes on');
    });

    test('an error whose own text throws', async () => {
      const codes = [
        "const e = new Error('x'); Object.defineProperty(e, 'message', { get() { throw new Error('no message'); } }); throw e;",
        "const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { throw new Error('no stack'); } }); throw e;",
        "throw { toString() { throw new Error('no text'); }, get name(): string { throw new Error('no name'); } };",
        "throw new Proxy(new Error('behind'), { get() { throw new Error('no get'); } });",
        "class Odd extends Error { override get name(): string { throw new Error('no name'); } } throw new Odd('odd');",
      ];
      for (const code of codes) {
        const request = await kernel.execute(code);
        expect(request.status, code).toBe('error');
        expect(request.error.traceback, code).not.toBe('');
      }
      expect((await kernel.run('"goes on"')).text).toContain('goes on');
    });

    test('a recursion without end', async () => {
      const { error } = await kernel.execute(
        'const down = (n: number): number => down(n + 1) + 1;\ndown(0);',
      );
      expect(error.ename).toBe('RangeError');
      expect(error.traceback.length).toBeLessThan(20_000);
      expect((await kernel.run('1')).text).toBe('1');
    });

    test('replaced globals', async () => {
      const fresh = await Kernel.start();
      try {
        await fresh.run(
          "%%js\nglobalThis.setTimeout = null;\nglobalThis.setImmediate = null;\nJSON.stringify = () => { throw new Error('no json') };\nconsole.log = undefined;",
        );
        expect((await fresh.run('1 + 1')).text).toBe('2');
        const printing = await fresh.run("process.stdout.write('printed');");
        expect(printing.stdout).toBe('printed');
      } finally {
        await fresh.stop();
      }
    });
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
