/** What a front end asks while the user types: completion, help, whether a cell is whole, and the history. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { conformance, Kernel, plain, type Request, stopped } from './kernel.ts';

interface TypedMatch {
  text: string;
  type: string;
  start: number;
  end: number;
  signature?: string;
}

const typed = ({ reply }: Request): TypedMatch[] => reply.metadata._jupyter_types_experimental;

conformance('completion', () => {
  const folder = temporaryFolder({
    'package.json': '{ "name": "notebook", "private": true, "type": "module" }',
    'library.ts': 'export function greet(): string { return "hi"; }\nexport const greatness = 1;\n',
    'folder/below.ts': 'export const below = true;\n',
    'node_modules/a-package/package.json':
      '{ "name": "a-package", "version": "1.0.0", "main": "index.js", "types": "index.d.ts" }',
    'node_modules/a-package/index.js': 'exports.packaged = 1;\n',
    'node_modules/a-package/index.d.ts': 'export const packaged: number;\n',
  });
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start({ cwd: folder.path });
    await kernel.run(`interface Account { owner: string; balance: number; close(): void }
const account: Account = { owner: 'Ada', balance: 3, close() {} };
const loose: any = { alpha: 1, beta(): void {}, inner: { gamma: 2 } };
let looked = 0;
const trap: any = { get watched() { looked++; return { never: 1 }; } };`);
  });
  afterAll(() => stopped(kernel));

  test('members, with the range that they replace', async () => {
    const { reply } = await kernel.complete('Math.fl');
    expect(reply).toMatchObject({ status: 'ok', cursor_start: 5, cursor_end: 7 });
    expect(reply.matches).toContain('floor');
    expect(reply.matches).not.toContain('max');
  });

  test('each match has its type and range in the metadata, in the same order', async () => {
    const request = await kernel.complete('Math.');
    const matches = typed(request);
    expect(matches.map(({ text }) => text)).toEqual(request.reply.matches);
    for (const { start, end } of matches)
      expect([start, end]).toEqual([request.reply.cursor_start, request.reply.cursor_end]);
    expect(matches.find(({ text }) => text === 'floor')?.type).toMatch(/^(method|function)$/);
    expect(matches.find(({ text }) => text === 'PI')?.type).toMatch(
      /^(property|constant|const|instance|variable)$/,
    );
  });

  test('members of an earlier cell’s values', async () => {
    const { reply } = await kernel.complete('account.');
    expect(reply.matches).toEqual(expect.arrayContaining(['owner', 'balance', 'close']));
    expect(reply.matches).not.toContain('toFixed');
  });

  test('names of earlier lines of the same cell, and of a cell that is not whole', async () => {
    const { reply } = await kernel.complete('const localName = { first: 1 };\nif (true) {\n  localName.');
    expect(reply.matches).toContain('first');
    expect(
      (await kernel.complete('function f(parameterName: string) {\n  return param')).reply.matches,
    ).toContain('parameterName');
  });

  test('names of globals, of the kernel and of earlier cells', async () => {
    expect((await kernel.complete('conso')).reply.matches).toContain('console');
    expect((await kernel.complete('acco')).reply.matches).toContain('account');
    expect((await kernel.complete('updateDis')).reply.matches).toContain('updateDisplay');
  });

  test('in the middle of a cell', async () => {
    const code = 'const a = Math.ma;\nconst b = 1;';
    const { reply } = await kernel.complete(code, 'const a = Math.ma'.length);
    expect(reply).toMatchObject({ cursor_start: 15, cursor_end: 17 });
    expect(reply.matches).toContain('max');
  });

  test('cursor positions are counted in code points', async () => {
    const code = "const faces = '😀👩‍🚀🎉'; Math.fl";
    const request = await kernel.complete(code);
    const end = [...code].length;
    expect(request.reply).toMatchObject({ cursor_start: end - 2, cursor_end: end });
    expect(request.reply.matches).toContain('floor');
    expect(typed(request)[0]).toMatchObject({ start: end - 2, end });
  });

  test('what a value of type any has at run time', async () => {
    expect((await kernel.complete('loose.')).reply.matches).toEqual(
      expect.arrayContaining(['alpha', 'beta', 'inner']),
    );
    expect((await kernel.complete('loose.al')).reply.matches).toEqual(['alpha']);
    expect((await kernel.complete('loose.inner.')).reply.matches).toContain('gamma');
  });

  test('no getter runs for a completion', async () => {
    await kernel.complete('trap.');
    await kernel.complete('trap.watched.');
    expect(await kernel.value('looked')).toBe(0);
  });

  test('paths, built-in modules and packages in import strings', async () => {
    const matches = async (code: string): Promise<string> =>
      (await kernel.complete(code)).reply.matches.join('\n');
    expect(await matches("import { greet } from './lib")).toMatch(/library/);
    expect(await matches("import { below } from './folder/")).toMatch(/below/);
    expect(await matches("import fs from 'node:f")).toMatch(/node:fs|^fs/m);
    expect(await matches("import { packaged } from 'a-p")).toMatch(/a-package/);
    expect(await matches("await import('./lib")).toMatch(/library/);
  });

  test('names that a module exports, within the braces of an import', async () => {
    const code = "import { gre } from './library.ts';";
    const { reply } = await kernel.complete(code, 'import { gre'.length);
    expect(reply.matches).toEqual(expect.arrayContaining(['greet', 'greatness']));
  });

  test('where nothing fits, nothing is offered', async () => {
    const { reply } = await kernel.complete('account.zzzz');
    expect(reply).toMatchObject({ status: 'ok', matches: [] });
  });

  test('an empty cell, a comment and a position beyond the end', async () => {
    for (const [code, cursor] of [
      ['', 0],
      ['// comment', 10],
      ['Math.', 500],
    ] as const) {
      expect((await kernel.complete(code, cursor)).status).toBe('ok');
    }
  });

  test('completion leaves no trace in the session', async () => {
    await kernel.complete('const invented = 1;\ninvented.');
    expect((await kernel.execute('invented')).status).toBe('error');
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});

conformance('inspection', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
    await kernel.run(`/**
 * Adds two numbers.
 * @param a the first
 */
function add(a: number, b: number): number { return a + b; }
interface Point { x: number; y: number }
const origin: Point = { x: 0, y: 0 };`);
  });
  afterAll(() => stopped(kernel));

  const text = ({ reply }: Request): string => plain(reply.data['text/plain'] as string);

  test('a function shows its signature and documentation', async () => {
    const request = await kernel.inspect('add(1, 2)', 2);
    expect(request.reply.found).toBe(true);
    expect(text(request)).toMatch(/add:? ?\(a: number, b: number\)(:| =>) number/);
    expect(text(request)).toContain('Adds two numbers.');
  });

  test('built-in functions and members too', async () => {
    const request = await kernel.inspect('Math.max(1, 2)', 7);
    expect(text(request)).toMatch(/max:? ?\(\.\.\.values: number\[\]\)(:| =>) number/);
    expect(text(request)).toMatch(/larger|largest|maximum/i);
  });

  test('a value shows its type, a type its name', async () => {
    expect(text(await kernel.inspect('origin', 3))).toContain('origin: Point');
    expect(text(await kernel.inspect('let p: Point', 11))).toMatch(/interface\)? Point/);
  });

  test('names of the very cell, and positions after emoji', async () => {
    expect(text(await kernel.inspect('const mine = 1 as 1 | 2;\nmine'))).toContain('mine');
    expect(text(await kernel.inspect("const faces = '😀🎉'; add"))).toContain('Adds two numbers.');
  });

  test('within the brackets of a call the function is shown', async () => {
    expect(text(await kernel.inspect('add('))).toContain('Adds two numbers.');
  });

  test('where nothing is known, nothing is found', async () => {
    const { reply } = await kernel.inspect('nothingOfTheSort');
    expect(reply).toMatchObject({ status: 'ok', found: false, data: {}, metadata: {} });
  });

  test.each(['add?', '?add', 'Math.max?', 'origin?'])('%s shows the same as help of a cell', async (code) => {
    const request = await kernel.run(code);
    const name = code.replace('?', '').split('.').at(-1) as string;
    expect(request.everything).toContain(name);
    expect(request.everything).toMatch(/number|Point/);
    if (name === 'add') expect(request.everything).toContain('Adds two numbers.');
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});

conformance('is_complete', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
  });
  afterAll(() => stopped(kernel));

  test.each([
    '1 + 1',
    'const a = 1;',
    'if (true) {\n  console.log(1);\n}',
    '`a template\nof two lines`',
    'interface A { x: number }',
    '%pwd',
    '!ls',
    '%%html\n<b>',
    'await fetch("x")',
    '// only a comment',
    '',
  ])('%j is complete', async (code) => {
    expect((await kernel.ask('is_complete_request', { code })).reply.status).toBe('complete');
  });

  test.each([
    'function f() {',
    'const a =',
    'call(1,',
    '[1, 2,',
    '`an open template',
    '/* an open comment',
    'class A {\n  x = 1;',
    'if (true) {\n  while (false) {',
    'const f = () =>',
    'a.b.',
    '1 +',
  ])('%j is incomplete', async (code) => {
    expect((await kernel.ask('is_complete_request', { code })).reply.status).toBe('incomplete');
  });

  test.each(['const = 3', ')', 'let 1a = 2', 'function () {}}', '%nosuchmagic'])(
    '%j is invalid',
    async (code) => {
      expect((await kernel.ask('is_complete_request', { code })).reply.status).toBe('invalid');
    },
  );

  test('the indent of the next line follows the open brackets', async () => {
    const indent = async (code: string): Promise<string> =>
      (await kernel.ask('is_complete_request', { code })).reply.indent;
    const one = await indent('function f() {');
    expect(one).toMatch(/^( {2,4}|\t)$/);
    expect(await indent(`function f() {\n${one}if (true) {`)).toBe(one + one);
    expect(await indent(`function f() {\n${one}const a = 1;`)).toBe(one);
    expect(await indent('/* an open comment')).toBe('');
  });
});

conformance('history', () => {
  let kernel: Kernel;
  const cells = ['const a = 1;', 'a + 1', "console.log('three');", 'a + 1', '"five"'];
  beforeAll(async () => {
    kernel = await Kernel.start();
    for (const code of cells) await kernel.run(code);
  });
  afterAll(() => stopped(kernel));

  type Entry = [session: number, line: number, input: string | [string, string | null]];
  const history = async (content: Record<string, unknown>): Promise<Entry[]> =>
    (await kernel.ask('history_request', { output: false, raw: true, ...content })).reply.history;

  test('the tail has the last cells, the oldest first', async () => {
    const found = await history({ hist_access_type: 'tail', n: 3 });
    expect(found.map(([, line, input]) => [line, input])).toEqual([
      [3, cells[2]],
      [4, cells[3]],
      [5, cells[4]],
    ]);
    expect(await history({ hist_access_type: 'tail', n: 100 })).toHaveLength(cells.length);
  });

  test('with outputs, where they are asked for', async () => {
    const found = await history({ hist_access_type: 'tail', n: 2, output: true });
    expect(found.map(([, , entry]) => entry)).toEqual([
      ['a + 1', '2'],
      ['"five"', expect.stringContaining('five')],
    ]);
  });

  test('a range of this session’s lines, its end left out', async () => {
    const found = await history({ hist_access_type: 'range', session: 0, start: 2, stop: 4 });
    expect(found.map(([, line, input]) => [line, input])).toEqual([
      [2, cells[1]],
      [3, cells[2]],
    ]);
    expect(await history({ hist_access_type: 'range', session: 0, start: 4 })).toHaveLength(2);
  });

  test('a search by pattern, the last n, each once where that is asked for', async () => {
    const inputs = async (content: Record<string, unknown>): Promise<unknown[]> =>
      (await history({ hist_access_type: 'search', ...content })).map(([, , input]) => input);
    expect(await inputs({ pattern: 'a *' })).toEqual(['a + 1', 'a + 1']);
    expect(await inputs({ pattern: 'a *', n: 1 })).toEqual(['a + 1']);
    expect(await inputs({ pattern: 'a *', unique: true })).toEqual(['a + 1']);
    expect(await inputs({ pattern: '*thr??*' })).toEqual([cells[2]]);
    expect(await inputs({ pattern: 'nothing like it' })).toEqual([]);
    expect(await inputs({ pattern: '*log(*' })).toEqual([cells[2]]);
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
