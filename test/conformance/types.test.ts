/** Type checking of cells, by TypeScript's own checker. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { conformance, Kernel, type Request, stopped } from './kernel.ts';

conformance('type checking', () => {
  const folder = temporaryFolder({
    'package.json': '{ "name": "notebook", "private": true, "type": "module" }',
    'shape.ts':
      'export interface Shape { sides: number }\nexport const sides = (shape: Shape): number => shape.sides;\n',
  });
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start({ cwd: folder.path });
  });
  afterAll(() => stopped(kernel));

  /** Runs a cell that must not run, and gives what was shown. */
  async function refused(code: string): Promise<string> {
    const request = await kernel.execute(code);
    expect(request.status, `${code}\nwas run, and showed: ${request.everything}`).toBe('error');
    expect(request.reply).toMatchObject({ ename: expect.any(String), evalue: expect.any(String) });
    return request.error.traceback;
  }

  test('the very first cell of a fresh kernel is checked', async () => {
    const fresh = await Kernel.start({ cwd: folder.path });
    try {
      const request = await fresh.execute("console.log('must not run');\nconst n: number = 'text';");
      expect(request.status).toBe('error');
      expect(request.error.traceback).toContain('TS2322');
      expect(request.stdout).toBe('');
    } finally {
      await fresh.stop();
    }
  });

  test('a cell with a type error does not run, and shows it as tsc would: line, code and message', async () => {
    const request = await kernel.execute(
      "console.log('must not run');\nconst fine = 1;\nconst wrong: number = 'text';",
    );
    expect(request.status).toBe('error');
    expect(request.stdout).toBe('');
    const { traceback } = request.error;
    expect(traceback).toContain("error TS2322: Type 'string' is not assignable to type 'number'.");
    expect(traceback).toMatch(/:3:7\b/);
    expect(traceback).toContain("const wrong: number = 'text';");
    expect(`${request.error.ename} ${request.error.evalue}`).toMatch(/TS2322|type/i);
  });

  test('the names of a cell that was refused are not declared', async () => {
    await refused("const neverRun = 1;\nconst wrong: number = 'text';");
    expect(await refused('neverRun + 1')).toContain('TS2304');
  });

  test('several errors are all shown, each in its line', async () => {
    const traceback = await refused("const a: number = 'a';\nconst b: string = 1;\n\nmissing();");
    for (const code of ['TS2322', 'TS2304']) expect(traceback).toContain(code);
    for (const line of [1, 2, 4]) expect(traceback).toMatch(new RegExp(`:${line}:\\d+`));
  });

  test('lines and columns are the cell’s own, after other cells and after emoji', async () => {
    await kernel.run('const first = 1;\nconst second = 2;\nconst third = 3;');
    const traceback = await refused("const face = '😀'; const bad: number = face;");
    expect(traceback).toMatch(/:1:\d+/);
    expect(traceback).toContain("const face = '😀'; const bad: number = face;");
    expect(await refused('\n\n  third.nothing;')).toMatch(/:3:9\b/);
  });

  test('related places and suggestions are shown, as a missing member’s near name', async () => {
    expect(await refused("'text'.toUpercase();")).toMatch(/TS2551.*Did you mean 'toUpperCase'/);
  });

  test('types flow from cell to cell', async () => {
    await kernel.run(
      'interface User { name: string; age?: number }\nconst ada: User = { name: "Ada" };\nconst map = <T, U>(list: T[], f: (x: T) => U): U[] => list.map(f);',
    );
    expect(
      (await kernel.run('const names: string[] = map([ada], (user) => user.name);\nnames')).text,
    ).toContain('Ada');
    expect(await refused('ada.nam')).toContain('TS2551');
    expect(await refused('const numbers: number[] = map([ada], (user) => user.name);')).toContain('TS2322');
    expect(await refused('ada.age.toFixed();')).toMatch(/TS(18048|2532)/);
  });

  test('the checker sees earlier cells as they now stand', async () => {
    await kernel.run('let value = 1;\nfunction use(): number { return value; }');
    await kernel.run('value.toFixed();');
    await kernel.run("let value = 'text';");
    await kernel.run('value.toUpperCase();');
    expect(await refused('value.toFixed();')).toMatch(/TS(2339|2551)/);
    await kernel.run('function use(): string { return value; }\nconst used: string = use();');
  });

  test('a type declared again is the new one', async () => {
    await kernel.run('interface Config { old: number }\nconst config: Config = { old: 1 };');
    await kernel.run('interface Config { fresh: string }');
    await kernel.run("const next: Config = { fresh: 'yes' };");
    expect(await refused('const wrong: Config = { old: 1 };')).toMatch(/TS(2353|2741|2561)/);
  });

  test('what a cell awaited has its type', async () => {
    await kernel.run('const awaited = await Promise.resolve({ n: 5 });');
    await kernel.run('awaited.n.toFixed();');
    expect(await refused('awaited.then();')).toContain('TS2339');
  });

  test('a cell that threw has declared what stands before', async () => {
    await kernel.execute("const beforeError = 'text';\nthrow new Error('stop');");
    await kernel.run('beforeError.toUpperCase();');
  });

  test('the types of imports flow on', async () => {
    await kernel.run(
      "import { sides, type Shape } from './shape.ts';\nimport { readFileSync } from 'node:fs';",
    );
    await kernel.run('const square: Shape = { sides: 4 };\nsides(square);');
    expect(await refused('sides({ sides: "four" });')).toContain('TS2322');
    expect(await refused('readFileSync(1, 2, 3);')).toMatch(/TS\d+/);
  });

  test('a local file’s change of type is seen by the next cell', async () => {
    folder.write(
      'shape.ts',
      'export interface Shape { sides: number; name: string }\nexport const sides = (shape: Shape): string => shape.name;\n',
    );
    await kernel.run(
      "import { sides, type Shape } from './shape.ts';\nconst named: Shape = { sides: 3, name: 'triangle' };\nsides(named).toUpperCase();",
    );
    expect(await refused('const unnamed: Shape = { sides: 3 };')).toContain('TS2741');
  });

  test('the kernel’s own globals and Node’s are typed', async () => {
    await kernel.run(`const signal: AbortSignal = quire.signal;
const aborted: boolean = signal.aborted;
const size: number = Buffer.from('abc').length;
const id: number = process.pid;
display({ aborted, size, id });`);
    expect(await refused('const wrong: string = quire.signal;')).toContain('TS2322');
    expect(await refused('display();')).toMatch(/TS2554/);
    expect(await refused("updateDisplay(1, { displayIdentifier: 'x' });")).toMatch(/TS\d+/);
    expect(await refused('const typed: number = await input("?");')).toContain('TS2322');
  });

  test('checking is strict, and does not mind unused names or parameters without a type', async () => {
    await kernel.run(
      'const unused = 1;\nfunction unusedToo(parameter: number): void {}\nfunction loose(a) { return a + 1; }\nloose(1);',
    );
    expect(await refused('const nothing: string = null;')).toContain('TS2322');
  });

  test('Node’s own types are known where packages are looked for elsewhere too, as under a package manager', async () => {
    folder.write(
      'elsewhere/@types/node/package.json',
      '{ "name": "@types/node", "version": "20.0.0", "types": "index.d.ts" }',
    );
    folder.write('elsewhere/@types/node/index.d.ts', '');
    const other = await Kernel.start({ cwd: folder.path, env: { NODE_PATH: `${folder.path}/elsewhere` } });
    try {
      await other.run('console.log(process.pid + [1].length);');
    } finally {
      await other.stop();
    }
  });

  test('@ts-expect-error and @ts-ignore are honoured', async () => {
    await kernel.run("// @ts-expect-error a text on purpose\nconst onPurpose: number = 'text';");
    await kernel.run("// @ts-ignore\nconst ignored: number = 'text';");
    expect(await refused('// @ts-expect-error nothing is wrong below\nconst right: number = 1;')).toContain(
      'TS2578',
    );
  });

  test('// @ts-nocheck lets one cell run unchecked', async () => {
    const request = await kernel.run("// @ts-nocheck\nconst unchecked: number = 'text';\nunchecked");
    expect(request.text).toContain('text');
    expect(await refused("const checked: number = 'text';")).toContain('TS2322');
  });

  test('%%js cells are not checked', async () => {
    expect((await kernel.run("%%js\nlet free = 1; free = 'text'; free")).text).toContain('text');
  });

  test('%typecheck warn runs the cell and shows the diagnostics', async () => {
    await kernel.run('%typecheck warn');
    const request = await kernel.run("const warned: number = 'text';\nconsole.log('has run', warned);");
    expect(request.stdout).toBe('has run text\n');
    expect(request.everything).toContain('TS2322');
    expect(request.everything).toMatch(/:1:7\b/);
  });

  test('%typecheck off runs the cell and shows nothing', async () => {
    await kernel.run('%typecheck off');
    const request = await kernel.run("const unseen: number = 'text';\nconsole.log('has run');");
    expect(request.stdout).toBe('has run\n');
    expect(request.everything).not.toContain('TS2322');
  });

  test('%typecheck error is back for the cell that says so', async () => {
    const request: Request = await kernel.execute("%typecheck error\nconst again: number = 'text';");
    expect(request.status).toBe('error');
    expect(request.error.traceback).toContain('TS2322');
    expect(request.error.traceback).toMatch(/:2:7\b/);
  });

  test('%typecheck with something else says what there is', async () => {
    const traceback = await refused('%typecheck sometimes');
    for (const word of ['off', 'warn', 'error']) expect(traceback).toContain(word);
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
