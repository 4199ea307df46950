/** Running cells: what TypeScript they may hold, what they leave behind, and what the client is told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { conformance, Kernel, stopped } from './kernel.ts';

conformance('executing cells', () => {
  const folder = temporaryFolder({
    'package.json': '{ "name": "notebook", "private": true, "type": "module" }',
    'data.json': '{ "answer": 42, "list": [1, 2, 3] }',
    'greet.ts':
      'export interface Greeting { to: string }\nexport default function greet({ to }: Greeting): string { return `Hello, ${to}!`; }\nexport const loud = (text: string): string => text.toUpperCase();\n',
    'changing.ts': 'export const version = 1;\n',
    'outer.ts': "import { inner } from './inner.ts';\nexport const outer = `outer of ${inner}`;\n",
    'inner.ts': "export const inner = 'first';\n",
    'typed.ts': 'export const half = (x: number): number => x / 2;\n',
    'node_modules/modern/package.json':
      '{ "name": "modern", "version": "1.2.3", "type": "module", "exports": { ".": { "types": "./index.d.ts", "default": "./index.js" }, "./more": { "types": "./more.d.ts", "default": "./more.js" } } }',
    'node_modules/modern/index.js':
      'export default function modern() { return "modern"; }\nexport const version = "1.2.3";\nexport class Thing { size = 3; }\n',
    'node_modules/modern/index.d.ts':
      'export default function modern(): string;\nexport declare const version: string;\nexport declare class Thing { size: number; }\n',
    'node_modules/modern/more.js': 'export const more = true;\n',
    'node_modules/modern/more.d.ts': 'export declare const more: boolean;\n',
    'node_modules/classic/package.json':
      '{ "name": "classic", "version": "0.1.0", "main": "main.js", "types": "main.d.ts" }',
    'node_modules/classic/main.js': 'exports.add = (a, b) => a + b; exports.where = __dirname;\n',
    'node_modules/classic/main.d.ts':
      'export function add(a: number, b: number): number;\nexport const where: string;\n',
  });
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start({ cwd: folder.path });
  });
  afterAll(() => stopped(kernel));

  describe('what the client is told', () => {
    test('a cell is busy, repeats its input, shows its last expression and is idle again', async () => {
      const request = await kernel.run('1 + 1');
      expect(request.iopubTypes).toEqual(['status', 'execute_input', 'execute_result', 'status']);
      expect(request.iopub('status').map(({ content }) => content.execution_state)).toEqual(['busy', 'idle']);
      expect(request.iopub('execute_input')[0]?.content.code).toBe('1 + 1');
      expect(request.text).toBe('2');
    });

    test('input, result and reply carry the same execution count, and the next cell the next one', async () => {
      const [first, second] = [await kernel.run('"a"'), await kernel.run('"b"')];
      for (const request of [first, second]) {
        const count = request.reply.execution_count;
        expect(request.iopub('execute_input')[0]?.content.execution_count).toBe(count);
        expect(request.iopub('execute_result')[0]?.content.execution_count).toBe(count);
      }
      expect(second.reply.execution_count).toBe(first.reply.execution_count + 1);
    });

    test('a declaration and a statement have no result', async () => {
      for (const code of [
        'const quiet = 5;',
        'let typed: number = 5',
        'if (true) { 1 }',
        'function quietly() {}',
        'undefined',
        'enum Quiet { A }',
      ]) {
        expect((await kernel.run(code)).shown, code).toEqual([]);
      }
    });

    test('falsy values are results', async () => {
      for (const [code, text] of [
        ['0', '0'],
        ['false', 'false'],
        ['null', 'null'],
        ['NaN', 'NaN'],
        ['-0', '-0'],
        ['10n', '10n'],
      ]) {
        expect((await kernel.run(code as string)).text, code).toBe(text);
      }
      expect((await kernel.run("''")).text).toMatch(/^(''|"")?$/);
    });

    test('an empty cell and one of comments only succeed', async () => {
      for (const code of ['', '  \n\n', '// nothing here', '/* nor\nhere */']) {
        const request = await kernel.run(code);
        expect(request.shown).toEqual([]);
      }
    });

    test('the object that a cell consists of is shown, and not taken for a block', async () => {
      expect((await kernel.run('{ a: 1, b: [2] }')).text).toMatch(/a: 1/);
    });

    test('cells sent together run one after the other, in order', async () => {
      const codes = Array.from(
        { length: 8 },
        (_, i) =>
          `await new Promise((done) => setTimeout(done, ${(8 - i) * 10})); console.log('cell', ${i});`,
      );
      const requests = [];
      for (const code of codes) requests.push(await kernel.begin(code));
      for (const request of requests) await request.end();
      expect(requests.map(({ stdout }) => stdout)).toEqual(codes.map((_, i) => `cell ${i}\n`));
      const counts = requests.map(({ reply }) => reply.execution_count as number);
      expect(counts).toEqual(counts.map((_, i) => (counts[0] as number) + i));
    });

    test('a silent cell runs, without input, result or a count of its own', async () => {
      const before = (await kernel.run('let silently = 1; 0')).reply.execution_count;
      const silent = await kernel.run('silently = 2; silently', { silent: true });
      expect(silent.iopubTypes).toEqual(['status', 'status']);
      const after = await kernel.run('silently');
      expect(after.text).toBe('2');
      expect(after.reply.execution_count).toBe(before + 1);
    });

    test('a cell with store_history off shows its result and is not in the history', async () => {
      const before = (await kernel.run('0')).reply.execution_count;
      const request = await kernel.run('"not to be remembered"', { storeHistory: false });
      expect(request.text).toContain('not to be remembered');
      const after = await kernel.run('1');
      expect(after.reply.execution_count).toBe(before + 1);
      const { reply } = await kernel.ask('history_request', {
        hist_access_type: 'tail',
        n: 5,
        output: false,
        raw: true,
      });
      expect(JSON.stringify(reply.history)).not.toContain('not to be remembered');
    });

    test('user expressions are evaluated after the cell, and one that fails leaves the others alone', async () => {
      const { reply } = await kernel.run('let counted = 20; counted += 1;', {
        userExpressions: {
          doubled: 'counted * 2',
          broken: 'nowhere.to.be.found',
          thrown: '(() => { throw new RangeError("no") })()',
        },
      });
      expect(reply.user_expressions.doubled).toMatchObject({
        status: 'ok',
        data: { 'text/plain': expect.stringContaining('42') },
      });
      expect(reply.user_expressions.doubled.metadata).toEqual({});
      expect(reply.user_expressions.broken).toMatchObject({ status: 'error', ename: 'ReferenceError' });
      expect(reply.user_expressions.thrown).toMatchObject({
        status: 'error',
        ename: 'RangeError',
        evalue: 'no',
        traceback: expect.any(Array),
      });
    });

    test('after an error the cells that were queued are aborted', async () => {
      const failing = await kernel.begin(
        "await new Promise((done) => setTimeout(done, 200)); throw new Error('stop here')",
      );
      const queued = [await kernel.begin("console.log('must not run')"), await kernel.begin('1')];
      for (const request of [failing, ...queued]) await request.end();
      expect(failing.status).toBe('error');
      expect(queued.map(({ status }) => status)).toEqual(['aborted', 'aborted']);
      expect(queued.map(({ iopubTypes }) => iopubTypes)).toEqual([
        ['status', 'status'],
        ['status', 'status'],
      ]);
      expect((await kernel.run('"goes on"')).text).toContain('goes on');
    });

    test('a cell sent as soon as the error is known runs', async () => {
      for (let i = 0; i < 5; i++) {
        const failing = await kernel.begin("throw new Error('once more')");
        await failing.until('a reply', () => failing.messages.some(({ channel }) => channel === 'shell'));
        const next = await kernel.execute(`${i}`);
        expect(next.status).toBe('ok');
        await failing.end();
      }
    });

    test('with stop_on_error off the queued cells run', async () => {
      const failing = await kernel.begin(
        "await new Promise((done) => setTimeout(done, 100)); throw new Error('go on')",
        { stopOnError: false },
      );
      const queued = await kernel.begin("console.log('has run')");
      await failing.end();
      await queued.end();
      expect([failing.status, queued.status]).toEqual(['error', 'ok']);
      expect(queued.stdout).toBe('has run\n');
    });
  });

  describe('TypeScript', () => {
    test('enums, with values both ways, and const enums', async () => {
      await kernel.run(
        "enum Colour { Red, Green = 5, Blue }\nenum Word { Yes = 'yes', No = 'no' }\nconst enum Flag { Low = 1 << 0, High = 1 << 3 }",
      );
      expect(await kernel.value('[Colour.Red, Colour.Blue, Colour[5], Word.No, Flag.High]')).toEqual([
        0,
        6,
        'Green',
        'no',
        8,
      ]);
    });

    test('namespaces, nested and merged with a function', async () => {
      await kernel.run(`namespace Shapes {
  export const unit = 1;
  export namespace Round { export const area = (r: number): number => Math.floor(Math.PI * r * r); }
  const hidden = 2;
  export function count(): number { return hidden; }
}`);
      expect(
        await kernel.value('[Shapes.unit, Shapes.Round.area(2), Shapes.count(), "hidden" in Shapes]'),
      ).toEqual([1, 12, 2, false]);
    });

    test('standard decorators of classes, methods, accessors and fields', async () => {
      const { stdout } = await kernel.run(`const log: string[] = [];
function named<T extends new (...args: any[]) => object>(target: T, context: ClassDecoratorContext<T>): void {
  log.push(\`\${context.kind} \${String(context.name)}\`);
}
function traced<This, Args extends unknown[], R>(method: (this: This, ...args: Args) => R, context: ClassMethodDecoratorContext) {
  return function (this: This, ...args: Args): R {
    log.push(\`\${context.kind} \${String(context.name)}(\${args.join()})\`);
    return method.apply(this, args);
  };
}
function doubled(_: undefined, context: ClassFieldDecoratorContext) {
  log.push(\`\${context.kind} \${String(context.name)}\`);
  return (value: number): number => value * 2;
}
@named
class Machine {
  @doubled size = 21;
  accessor label = 'm';
  @traced add(a: number, b: number): number { return a + b; }
}
const machine = new Machine();
machine.add(1, 2);
console.log(JSON.stringify({ size: machine.size, label: machine.label, log }));`);
      expect(JSON.parse(stdout)).toEqual({
        size: 42,
        label: 'm',
        log: ['field size', 'class Machine', 'method add(1,2)'],
      });
    });

    test('parameter properties, abstract classes, overloads, generics and private members', async () => {
      await kernel.run(`abstract class Animal {
  readonly #secret = 7;
  constructor(public readonly name: string, protected legs = 4) {}
  abstract sound(): string;
  get reveal(): number { return this.#secret + this.legs; }
}
class Bird extends Animal {
  constructor(name: string) { super(name, 2); }
  override sound(): string { return 'tweet'; }
}
function pick(x: string): 'text';
function pick(x: number): 'number';
function pick(x: string | number): string { return typeof x === 'string' ? 'text' : 'number'; }
const first = <T,>(list: readonly T[]): T | undefined => list[0];`);
      expect(
        await kernel.value(
          "[new Bird('Kim').name, new Bird('Kim').sound(), new Bird('Kim').reveal, pick(1), first(['a'])]",
        ),
      ).toEqual(['Kim', 'tweet', 9, 'number', 'a']);
    });

    test('satisfies, as const, assertions, non-null and optional chaining', async () => {
      await kernel.run(`const palette = { red: [255, 0, 0], name: 'warm' } satisfies Record<string, string | number[]>;
const fixed = ['a', 'b'] as const;
const maybe: { deep?: { value: number } } | undefined = palette.red.length > 0 ? {} : undefined;`);
      expect(
        await kernel.value(
          "[palette.red.at(-1), palette.name.toUpperCase(), fixed[1], maybe?.deep?.value ?? 'none', (palette as { name: string })!.name]",
        ),
      ).toEqual([0, 'WARM', 'b', 'none', 'warm']);
    });

    test('what using declares is disposed when the cell ends, the last first', async () => {
      const request = await kernel.run(`const resource = (name: string): Disposable & { name: string } => ({
  name,
  [Symbol.dispose]() { console.log('disposed', name); },
});
using a = resource('a');
using b = resource('b');
console.log('using', a.name, b.name);`);
      expect(request.stdout).toBe('using a b\ndisposed b\ndisposed a\n');
    });

    test('using disposes in blocks and functions, after an error too, and waits where it is awaited', async () => {
      const request = await kernel.execute(`const open = (name: string) => ({
  [Symbol.dispose]() { console.log('closed', name); },
  async [Symbol.asyncDispose]() { await new Promise((done) => setTimeout(done, 20)); console.log('closed later', name); },
});
{ using inBlock = open('block'); console.log('in block'); }
await (async () => { await using inFunction = open('function'); console.log('in function'); })();
await using atTop = open('top');
using atTopToo = open('top too');
throw new Error('after all');`);
      expect(request.error.evalue).toBe('after all');
      expect(request.stdout).toBe(
        'in block\nclosed block\nin function\nclosed later function\nclosed top too\nclosed later top\n',
      );
    });

    test('labels, generators, destructuring, tagged templates, JSX-like comparisons and regular expressions', async () => {
      await kernel.run(`function* upTo(n: number): Generator<number> { for (let i = 0; i < n; i++) yield i; }
const { x, ...others } = { x: 1, y: 2, z: 3 };
const [head, , third = 9] = [...upTo(2)];
const tag = (parts: TemplateStringsArray, ...values: unknown[]): string => parts.raw.join('|') + values.length;
let hits = 0;
outer: for (const i of upTo(3)) for (const j of upTo(3)) { if (j === 1) continue outer; hits += i; }
const ordered = 1 < 2 && 3 > 2;
const matched = /(?<year>\\d{4})/u.exec('in 2024')?.groups?.year;`);
      expect(await kernel.value('[x, others, head, third, tag`a${1}b`, hits, ordered, matched]')).toEqual([
        1,
        { y: 2, z: 3 },
        0,
        9,
        'a|b1',
        3,
        true,
        '2024',
      ]);
    });

    test('a cell may export what it declares', async () => {
      await kernel.run(
        'export const exported = 11;\nexport function exportedToo(): number { return exported + 1; }',
      );
      expect(await kernel.value('[exported, exportedToo()]')).toEqual([11, 12]);
    });
  });

  describe('JavaScript', () => {
    test('a JavaScript cell runs without types, and shares its names', async () => {
      const request = await kernel.run(
        "%%js\nfunction loose(a, b) { return a + b }\nvar mixed = loose(1, '2');\nmixed = 3 + mixed;\nmixed",
      );
      expect(request.text).toContain('312');
      expect(await kernel.value('mixed')).toBe('312');
    });

    test('functions are hoisted, and var is seen after its block', async () => {
      await kernel.run(
        'const early = hoisted();\nfor (var leaked = 0; leaked < 5; leaked++) {}\nfunction hoisted(): number { return 1; }',
      );
      expect(await kernel.value('[early, leaked]')).toEqual([1, 5]);
    });
  });

  describe('await', () => {
    test('at the top of a cell, in its last expression too', async () => {
      expect(
        (await kernel.run('const later = await Promise.resolve(40);\n(await Promise.resolve(later)) + 2'))
          .text,
      ).toBe('42');
    });

    test('in loops, over async iterables, and in try', async () => {
      const { stdout } =
        await kernel.run(`async function* slowly(): AsyncGenerator<number> { for (const n of [1, 2, 3]) { await new Promise((done) => setTimeout(done, 5)); yield n; } }
let total = 0;
for await (const n of slowly()) total += n;
for (const p of [Promise.resolve(10), 20]) total += await p;
try { await Promise.reject(new Error('caught')); } catch (error) { console.log((error as Error).message, total); }`);
      expect(stdout).toBe('caught 36\n');
    });

    test('a thenable and a value that is no promise', async () => {
      expect(
        (
          await kernel.run(
            'const thenable = { then(done: (value: number) => void) { done(9); } };\n[await thenable, await 3].join()',
          )
        ).text,
      ).toContain('9,3');
    });
  });

  describe('names in later cells', () => {
    const kinds: Record<
      string,
      { declare: (n: number) => string; value?: (n: number) => string; type?: (n: number) => string }
    > = {
      const: { declare: (n) => `const Name = ${n};`, value: (n) => `Name === ${n}` },
      let: { declare: (n) => `let Name = ${n};`, value: (n) => `Name === ${n}` },
      var: { declare: (n) => `var Name = ${n};`, value: (n) => `Name === ${n}` },
      function: {
        declare: (n) => `function Name(): number { return ${n}; }`,
        value: (n) => `Name() === ${n}`,
      },
      class: {
        declare: (n) => `class Name { readonly n = ${n}; }`,
        value: (n) => `new Name().n === ${n}`,
        type: (n) => `const a: Name = { n: ${n} };`,
      },
      enum: { declare: (n) => `enum Name { Member = ${n} }`, value: (n) => `Name.Member === ${n}` },
      destructured: {
        declare: (n) => `const { Name, other = 1 } = { Name: ${n} };`,
        value: (n) => `Name === ${n}`,
      },
      import: {
        declare: () => "import { readFileSync as Name } from 'node:fs';",
        value: () => "Name.name === 'readFileSync'",
      },
      interface: {
        declare: (n) => `interface Name { field${n}: number }`,
        type: (n) => `const a: Name = { field${n}: 1 };`,
      },
      type: {
        declare: (n) => `type Name = { field${n}: number };`,
        type: (n) => `const a: Name = { field${n}: 1 };`,
      },
    };
    let n = 0;
    test.each(Object.keys(kinds))('%s is redeclared as any kind', async (before) => {
      for (const after of Object.keys(kinds)) {
        n += 1;
        await kernel.run(kinds[before]!.declare(n));
        n += 1;
        const request = await kernel.execute(kinds[after]!.declare(n));
        expect(
          request.status,
          `${before}, then ${after}: ${request.status === 'ok' ? '' : request.everything}`,
        ).toBe('ok');
        const { value, type } = kinds[after]!;
        if (value) {
          const check = await kernel.execute(`console.log(${value(n)})`);
          expect(check.everything.trim(), `${before}, then ${after}`).toBe('true');
        }
        if (type) {
          const check = await kernel.execute(`{ ${type(n)} }`);
          expect(check.status, `${before}, then the type of ${after}: ${check.everything}`).toBe('ok');
        }
      }
    });

    test('a closure sees a later assignment to its variable', async () => {
      await kernel.run('let shared = 1;\nconst readShared = (): number => shared;');
      await kernel.run('shared = 2;');
      expect(await kernel.value('readShared()')).toBe(2);
    });

    test('earlier callers see a redefined function', async () => {
      await kernel.run(
        "function inner(): string { return 'old'; }\nfunction outer(): string { return inner(); }",
      );
      await kernel.run("function inner(): string { return 'new'; }");
      expect(await kernel.value('outer()')).toBe('new');
    });

    test('what a cell declared before it threw is kept', async () => {
      const request = await kernel.execute("const kept = 'kept';\nthrow new Error('half way');");
      expect(request.status).toBe('error');
      expect(await kernel.value('kept')).toBe('kept');
    });

    test('a name whose initializer threw can be declared again', async () => {
      await kernel.execute("const unlucky: number = (() => { throw new Error('no'); })();");
      await kernel.run('const unlucky: number = 7;');
      expect(await kernel.value('unlucky')).toBe(7);
    });

    test('globals that JavaScript has can be shadowed and used again', async () => {
      await kernel.run(
        "const name = 'shadow'; const status = 'ok'; const process2 = process.pid; const event = 1;",
      );
      expect(await kernel.value('[name, status, process2 === process.pid, event]')).toEqual([
        'shadow',
        'ok',
        true,
        1,
      ]);
    });
  });

  describe('imports', () => {
    test('default, named, renamed, namespace, type-only and for effect', async () => {
      await kernel.run(`import fs from 'node:fs';
import { join, resolve as absolute } from 'node:path';
import * as os from 'node:os';
import type { Stats } from 'node:fs';
import { type PathLike, existsSync } from 'node:fs';
import 'node:timers';
const describeStats = (stats: Stats): boolean => stats.isFile();
const where: PathLike = 'data.json';`);
      expect(
        await kernel.value(
          "[join('a', 'b'), absolute('/x'), typeof os.cpus, describeStats(fs.statSync('data.json')), existsSync(where)]",
        ),
      ).toEqual(['a/b', '/x', 'function', true, true]);
    });

    test('an import may stand below its use, and be repeated in a later cell', async () => {
      await kernel.run("const base = basename('/a/b.ts');\nimport { basename } from 'node:path';");
      await kernel.run("import { basename } from 'node:path';");
      expect(await kernel.value("[base, basename('/c/d')]")).toEqual(['b.ts', 'd']);
    });

    test('dynamic import() of built-in modules, packages and local files', async () => {
      const { stdout } =
        await kernel.run(`const [path, modern, local] = await Promise.all([import('node:path'), import('modern'), import('./greet.ts')]);
console.log(path.sep, modern.default(), local.default({ to: 'you' }));`);
      expect(stdout).toBe('/ modern Hello, you!\n');
    });

    test('require of built-in modules, packages and JSON', async () => {
      expect(
        await kernel.value(
          "[require('node:path').sep, require('classic').add(1, 2), require('./data.json').answer]",
        ),
      ).toEqual(['/', 3, 42]);
    });

    test('JSON, plainly and with its attribute', async () => {
      await kernel.run(
        "import data from './data.json';\nimport again from './data.json' with { type: 'json' };",
      );
      expect(await kernel.value('[data.answer, again.list.length]')).toEqual([42, 3]);
    });

    test('packages of the notebook’s folder: modern, with subpaths, and classic', async () => {
      await kernel.run(
        "import modern, { Thing, version } from 'modern';\nimport { more } from 'modern/more';\nimport { add, where as folder } from 'classic';\nimport * as classic from 'classic';",
      );
      expect(
        await kernel.value('[modern(), version, new Thing().size, more, add(2, 3), classic.add(3, 4)]'),
      ).toEqual(['modern', '1.2.3', 3, true, 5, 7]);
      expect(await kernel.value('folder')).toContain(folder.path);
    });

    test('the types of packages and of local files are known', async () => {
      expect(
        (await kernel.execute("import { add } from 'classic';\nadd('1', 2);")).error.traceback,
      ).toContain('TS2345');
      expect(
        (await kernel.execute("import { half } from './typed.ts';\nhalf('1');")).error.traceback,
      ).toContain('TS2345');
    });

    test('a package that is not there is an error that says how to install it', async () => {
      await kernel.run('%typecheck off');
      const request = await kernel.execute("import 'not-installed-anywhere';");
      await kernel.run('%typecheck error');
      expect(request.status).toBe('error');
      expect(request.error.evalue).toContain('not-installed-anywhere');
      expect(request.error.traceback).toContain('%install not-installed-anywhere');
    });

    test('local TypeScript files, with their default and named exports', async () => {
      await kernel.run(
        "import greet, { loud, type Greeting } from './greet.ts';\nconst greeting: Greeting = { to: 'Ada' };",
      );
      expect(await kernel.value('loud(greet(greeting))')).toBe('HELLO, ADA!');
    });

    test('a local file that changed is picked up again, its types too', async () => {
      await kernel.run("import { version as local } from './changing.ts';");
      expect(await kernel.value('local')).toBe(1);
      folder.write('changing.ts', "export const version = 'two';\nexport const added = true;\n");
      await kernel.run(
        "import { version as local, added } from './changing.ts';\nconst upper = local.toUpperCase();",
      );
      expect(await kernel.value('[local, added, upper]')).toEqual(['two', true, 'TWO']);
      expect(await kernel.value("(await import('./changing.ts')).version")).toBe('two');
    });

    test('a local file is read again when one that it imports changed', async () => {
      await kernel.run("import { outer as chained } from './outer.ts';");
      expect(await kernel.value('chained')).toBe('outer of first');
      folder.write('inner.ts', "export const inner = 'the second';\n");
      await kernel.run("import { outer as chained } from './outer.ts';");
      expect(await kernel.value('chained')).toBe('outer of the second');
    });

    test('a local file that did not change keeps its state', async () => {
      folder.write('state.ts', 'export const state = { count: 0 };\n');
      await kernel.run("import { state } from './state.ts';\nstate.count = 5;");
      await kernel.run("import { state as again } from './state.ts';");
      expect(await kernel.value('again.count')).toBe(5);
    });

    test('import.meta tells where the notebook is', async () => {
      expect(await kernel.value('import.meta.dirname')).toBe(folder.path);
      expect(await kernel.value("import.meta.resolve('modern')")).toMatch(/^file:.*modern\/index\.js$/);
    });
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
