import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../evaluator/analyze.ts';
import { Language, toCodePoints, toUtf16 } from './language.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'quire-test-')));
const logged: string[] = [];
const language = new Language({
  log: (text) => logged.push(text),
  properties: async (path) =>
    path.join('.') === 'anything.inner' ? [{ name: 'found', kind: 'instance' }] : [],
});
language.moveTo(folder);
afterAll(() => language.close());

const check = async (source: string): Promise<string | undefined> =>
  (await language.check(source, analyze(source), 'In [1]'))?.evalue;
const run = (source: string, succeeded = true): void => language.executed(source, analyze(source), succeeded);
const complete = async (code: string): Promise<string[]> =>
  (await language.complete(code, [...code].length)).matches as string[];

describe('types between cells', () => {
  it('flow on, and follow a name that is bound anew', async () => {
    run('const shared = 1; interface Shape { side: number }');
    expect(await check('const s: string = shared')).toBe(
      "In [1]:1:7 - error TS2322: Type 'number' is not assignable to type 'string'.",
    );
    expect(await check('const shape: Shape = { side: shared }')).toBeUndefined();
    run("const shared = 'now text'");
    expect(await check('const s: string = shared')).toBeUndefined();
    expect(await check('const s: number = shared')).toMatch(/TS2322/);
  });

  it('point at the line and column of the cell', async () => {
    expect(await check('\n  let x: number =\n    "a"')).toMatch(/^In \[1\]:2:7 - error TS2322/);
  });

  it('let an empty list take its type from what is put into it, and parameters have none', async () => {
    expect(await check('const list = []; list.push(1); const s: string = list[0]')).toMatch(/TS2322/);
    expect(
      await check('const list = []; for (const x of [1]) list.push(x); list.map((n) => n.toFixed())'),
    ).toBeUndefined();
    expect(await check('function loose(a, { b }) { return a + b }')).toBeUndefined();
    run('const losses = []');
    run('for (const x of [1]) losses.push(x)');
    expect(await check('losses.map((loss) => loss.toFixed())')).toBeUndefined();
  });

  it('know what this Node.js has', async () => {
    const present = 'groupBy' in Map;
    expect((await check('Map.groupBy([1], (x) => x % 2)')) === undefined).toBe(present);
    expect(await check('using none = null; [1].toSorted()')).toBeUndefined();
  });

  it('see a local file again when it changed', async () => {
    writeFileSync(join(folder, 'local.ts'), 'export const value = 1;');
    expect(await check("import { value } from './local'; value.toFixed()")).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(join(folder, 'local.ts'), "export const value = 'text';");
    expect(await check("import { value } from './local'; value.toFixed()")).toMatch(/toFixed/);
  });

  it('see a file that was not there before', async () => {
    expect(await check("import { late } from './late'")).toMatch(/TS2307/);
    writeFileSync(join(folder, 'late.ts'), 'export const late = 1;');
    expect(await check("import { late } from './late'; late")).toBeUndefined();
  });
});

describe('completion and inspection', () => {
  it('come from types, with the kind of each', async () => {
    const answer = await language.complete('Math.ma', 7);
    expect(answer).toMatchObject({ matches: ['max'], cursor_start: 5, cursor_end: 7 });
    expect(answer.metadata).toMatchObject({
      _jupyter_types_experimental: [{ text: 'max', type: 'method', start: 5, end: 7 }],
    });
  });

  it('count code points', async () => {
    expect(await language.complete("'😀😀'; Math.ma", 13)).toMatchObject({
      matches: ['max'],
      cursor_start: 11,
      cursor_end: 13,
    });
    expect(toUtf16('😀a', 1)).toBe(2);
    expect(toCodePoints('😀a', 2)).toBe(1);
  });

  it('ask the running kernel where the type is any', async () => {
    run('const anything: any = JSON.parse("{}")');
    expect(await complete('anything.inner.')).toEqual(['found']);
  });

  it('offer names in scope: of the session, of the cell, and globals', async () => {
    run('const sessionName = 1');
    expect(await complete('sessionN')).toContain('sessionName');
    expect(await complete('const cellName = 1; cellN')).toContain('cellName');
    expect(await complete('displ')).toContain('display');
  });

  it('offer files, modules and magics', async () => {
    expect(await complete("import x from './loc")).toEqual(['local.ts']);
    expect(await complete("import x from 'node:pat")).toContain('node:path');
    expect(await complete('%timei')).toEqual(['%timeit']);
  });

  it('describe a name with its signature and documentation', async () => {
    run('/** Doubles a number. */\nfunction double(x: number): number { return 2 * x }');
    const { found, data } = await language.inspect('double(', 7, 0);
    expect(found).toBe(true);
    expect((data as Record<string, string>)['text/plain']).toMatch(
      /double: \(x: number\) => number[\s\S]*Doubles a number\./,
    );
    expect((await language.inspect('nothing_here', 3, 0)).found).toBe(false);
  });
});
