import inspector from 'node:inspector';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from './analyze.ts';
import { compileCell, RUNTIME } from './compile.ts';
import { originalPosition, registerScript } from './stacks.ts';

const session = new inspector.Session();
session.connect();
afterAll(() => session.disconnect());

let id = 0;
let result: unknown;
Object.defineProperty(globalThis, RUNTIME, {
  configurable: true,
  value: {
    result: (_: number, value: unknown) => {
      result = value;
    },
    cell: () => id,
    resume: <T>(_: number, value: T) => value,
    use: <T>(_: boolean, value: T) => value,
    import: (specifier: string) => import(/* @vite-ignore */ specifier),
    meta: { url: 'file:///notebook.ts' },
  },
});

/** Compiles cells and runs them in V8's REPL mode; the result of the last. */
async function run(...cells: string[]): Promise<unknown> {
  for (const source of cells) {
    id += 1;
    result = undefined;
    const { code } = await compileCell(source, parse(source), { id });
    await new Promise<void>((resolve, reject) => {
      session.post(
        'Runtime.evaluate',
        { expression: code, replMode: true, awaitPromise: true } as object,
        (error: Error | null, answer?: object) => {
          const details = (answer as { exceptionDetails?: inspector.Runtime.ExceptionDetails })
            ?.exceptionDetails;
          if (error ?? details) reject(error ?? new Error(details?.exception?.description ?? details?.text));
          else resolve();
        },
      );
    });
  }
  return result;
}

describe('a compiled cell', () => {
  it('gives the value of its last expression, and none for a declaration', async () => {
    expect(await run('1 + 1')).toBe(2);
    expect(await run("'use strict'")).toBe('use strict');
    expect(await run('const declared = 5')).toBeUndefined();
    expect(await run('enum Hidden { a }')).toBeUndefined();
    expect(await run('if (true) { 5 }')).toBeUndefined();
  });

  it('may bind a name again as anything', async () => {
    const kinds = [
      'let again = 1',
      'const again = 2',
      'var again = 3',
      'function again() {}',
      'class again {}',
      'enum again { x }',
    ];
    for (const first of kinds) {
      for (const second of kinds) await run(first, second);
    }
    expect(await run('const again = 7', 'again')).toBe(7);
  });

  it('lets a closure see the later value of its name, and a caller the later function', async () => {
    expect(await run('let seen = 1; function look() { return seen }', 'seen = 2', 'look()')).toBe(2);
    expect(
      await run(
        'function inner() { return "old" } function outer() { return inner() }',
        'function inner() { return "new" }',
        'outer()',
      ),
    ).toBe('new');
  });

  it('calls a function before the line that declares it', async () => {
    expect(await run('hoisted(2)\nfunction hoisted(x: number): number { return x * 2 }', 'hoisted(4)')).toBe(
      8,
    );
    expect(await run('function named() {}', 'named.name')).toBe('named');
  });

  it('turns every kind of import into a binding', async () => {
    expect(
      await run(
        "import path, { join as j, type ParsedPath } from 'node:path'; import * as os from 'node:os'; [j('a', 'b'), path.sep, typeof os.cpus]",
      ),
    ).toEqual(['a/b', '/', 'function']);
    expect(await run("(await import('node:path')).basename('/x/y')")).toBe('y');
    expect(await run('import.meta.url')).toBe('file:///notebook.ts');
  });

  it('runs the whole of TypeScript', async () => {
    expect(await run('enum Color { Red, Green = 5 } Color[5]')).toBe('Green');
    expect(await run('namespace Inner { export const value = 3 } Inner.value')).toBe(3);
    expect(
      await run(
        'class Point { constructor(private x: number, readonly y = 2) {} sum() { return this.x + this.y } } new Point(1).sum()',
      ),
    ).toBe(3);
    expect(await run('const point = { x: 1 } satisfies { x: number }; (point as { x: number }).x!')).toBe(1);
    expect(
      await run(
        'function twice(f: Function, _: ClassMethodDecoratorContext) { return function (this: unknown, ...a: unknown[]) { return 2 * f.apply(this, a) } as any }\nclass Decorated { @twice get(x: number) { return x } }\nnew Decorated().get(4)',
      ),
    ).toBe(8);
    expect(await run('class Accessor { accessor z = 4 } new Accessor().z')).toBe(4);
  });

  it('drops exports, so that a module can be pasted', async () => {
    expect(
      await run(
        'export const exported = 1; export default function pasted() { return exported } export { exported as other }',
        'pasted()',
      ),
    ).toBe(1);
  });

  it('awaits at the top level, in loops and in functions', async () => {
    expect(await run('let total = 0; for await (const x of [1, Promise.resolve(2)]) total += x; total')).toBe(
      3,
    );
    expect(
      await run(
        'const later = async (x: number) => (await Promise.resolve(x)) + 1; await later(await later(1))',
      ),
    ).toBe(3);
    expect(
      await run(
        'const object = { async get() { return [await 1, await (await Promise.resolve(async () => 2))()] } }; await object.get()',
      ),
    ).toEqual([1, 2]);
  });

  it('keeps var in loops and blocks visible afterwards', async () => {
    expect(await run('for (var i = 0; i < 3; i++) { var { length } = "ab" } [i, length]')).toEqual([3, 2]);
    expect(await run('for (var key in { only: 1 }); key')).toBe('only');
  });

  it('is strict', async () => {
    await expect(run('undeclared_name = 1')).rejects.toThrow(/undeclared_name is not defined/);
  });

  it('says where the text is not TypeScript', async () => {
    await expect(run('const a = ;')).rejects.toMatchObject({ name: 'SyntaxError', offset: 10 });
  });

  it('maps positions back to the line and column that were typed', async () => {
    const source =
      "import { sep } from 'node:path';\ninterface Gone { a: number }\n\nfunction fail(): never {\n  throw new Error(sep);\n}\nfail()";
    const { code, maps } = await compileCell(source, parse(source), { id: 1 });
    registerScript('test:1', 'In [1]', source, maps);
    const lines = code.split('\n');
    const line = lines.findIndex((text) => text.includes('throw new Error'));
    const column = (lines[line] as string).indexOf('new Error');
    expect(originalPosition('test:1', { line: line + 1, column: column + 1 })).toEqual({
      label: 'In [1]',
      line: 5,
      column: 9,
    });
  });
});
