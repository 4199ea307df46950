/** The magics that people's fingers know. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { conformance, Kernel, stopped } from './kernel.ts';

conformance('magics', () => {
  const folder = temporaryFolder({
    'package.json': '{ "name": "notebook", "version": "1.0.0", "private": true, "type": "module" }',
    'below/here.ts': "export const here = 'below';\n",
    'local-package/package.json':
      '{ "name": "local-package", "version": "3.2.1", "main": "index.js", "types": "index.d.ts" }',
    'local-package/index.js': 'exports.installed = (n) => n + 1;\n',
    'local-package/index.d.ts': 'export function installed(n: number): number;\n',
  });
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start({ cwd: folder.path });
  });
  afterAll(() => stopped(kernel));

  test('!command shows its output as it comes', async () => {
    const request = await kernel.run('!echo first; sleep 0.8; echo second; echo wrong >&2');
    expect(request.stdout).toBe('first\nsecond\n');
    expect(request.stderr).toBe('wrong\n');
    const [first, second] = request.iopub('stream').filter(({ content }) => content.name === 'stdout');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(0.5);
  });

  test('!command stands among code, uses pipes, and tells of a failure', async () => {
    const request = await kernel.run(
      "console.log('before');\n!echo a b c | tr ' ' '-'\nconsole.log('after');",
    );
    expect(request.stdout).toBe('before\na-b-c\nafter\n');
    const failing = await kernel.execute('!exit 3');
    expect(failing.everything).toContain('3');
  });

  test('!command is ended by an interrupt, its children too', async () => {
    const request = await kernel.begin('!echo up; sleep 321 & sleep 321');
    await request.until('output', () => request.stdout === 'up\n');
    const { sent } = await kernel.interrupt();
    await request.end();
    expect(request.replyMessage.at - sent).toBeLessThan(0.5);
    const asleep = async (): Promise<number> =>
      (await kernel.processes()).filter(({ command }) => command.includes('321')).length;
    for (let i = 0; i < 20 && (await asleep()) > 0; i++) await new Promise((done) => setTimeout(done, 100));
    expect(await asleep()).toBe(0);
    expect((await kernel.run('1')).text).toBe('1');
  });

  test('what looks like a magic within code, a string or a comment is none', async () => {
    expect(
      (
        await kernel.run(
          'const ten = 17\n% 12;\nconst text = `\n%pwd\n!ls\n`;\n/*\n%nosuch\n*/\nconst not =\n!true;\n[ten, text.length, not].join()',
        )
      ).text,
    ).toContain('5,10,false');
  });

  test('%time times a line and gives its value', async () => {
    const request = await kernel.run('%time await new Promise((done) => setTimeout(done, 120))');
    expect(request.everything).toMatch(/Wall time: (1[2-9]\d|2\d\d)(\.\d+)? ?ms/);
    expect((await kernel.run('%time const timed = 6 * 7')).stdout).toMatch(/Wall time/);
    expect(await kernel.value('timed')).toBe(42);
    expect((await kernel.run('%time timed + 1')).text).toBe('43');
  });

  test('%%time times a cell, which is otherwise as any', async () => {
    const request = await kernel.run(
      '%%time\nconst inCell: number = 5;\nawait new Promise((done) => setTimeout(done, 120));\nconsole.log("ran");\ninCell + 1',
    );
    expect(request.stdout).toMatch(/^ran\n/);
    expect(request.stdout).toMatch(/CPU times[\s\S]*Wall time: (1[2-9]\d|2\d\d)(\.\d+)? ?ms/);
    expect(request.text).toBe('6');
    const failing = await kernel.execute('%%time\n\nthrow new Error("timed");');
    expect(failing.error.traceback).toMatch(/:3:7\b/);
    expect(failing.stdout).toContain('Wall time');
  });

  test('%timeit runs a line many times', async () => {
    expect((await kernel.run('%timeit Math.sqrt(2)', { seconds: 30 })).stdout).toMatch(
      /[\d.]+ (ns|µs|us|ms) ± [\d.]+ (ns|µs|us|ms) per loop/,
    );
    const { stdout } = await kernel.run('let calls = 0;\n%timeit -n 5 -r 2 calls++');
    expect(stdout).toMatch(/2 runs, 5 loops each/);
    expect(await kernel.value('calls')).toBe(10);
  });

  test('%env shows and sets', async () => {
    await kernel.run('%env QUIRE_MAGIC=a value');
    expect(await kernel.value('process.env.QUIRE_MAGIC')).toBe('a value');
    expect((await kernel.run('%env QUIRE_MAGIC')).everything).toContain('a value');
    expect((await kernel.run('!echo $QUIRE_MAGIC')).stdout).toBe('a value\n');
    expect((await kernel.run('%env')).everything).toContain('QUIRE_MAGIC');
  });

  test('%cd and %pwd: imports and types are then those of the new folder', async () => {
    expect((await kernel.run('%pwd')).everything).toContain(folder.path);
    await kernel.run('%cd below');
    expect(await kernel.value('process.cwd()')).toBe(`${folder.path}/below`);
    expect((await kernel.run('%pwd')).everything).toContain(`${folder.path}/below`);
    expect((await kernel.run("import { here } from './here.ts';\nhere.toUpperCase()")).text).toContain(
      'BELOW',
    );
    await kernel.run('%cd ..');
    expect(await kernel.value('process.cwd()')).toBe(folder.path);
    expect((await kernel.execute('%cd nowhere')).error.traceback).toContain('nowhere');
  });

  test('%who lists the names that cells bound, %reset forgets them', async () => {
    await kernel.run('const whoNumber = 1;\nfunction whoFunction(): void {}\nclass WhoClass {}');
    const { stdout } = await kernel.run('%who');
    for (const name of ['whoNumber', 'whoFunction', 'WhoClass']) expect(stdout).toContain(name);
    await kernel.run('%reset');
    expect((await kernel.run('%who')).stdout).not.toContain('whoNumber');
    expect((await kernel.execute('whoNumber')).error.traceback).toMatch(/TS(2304|2552)/);
    await kernel.run("const whoNumber = 'a text now';\nwhoNumber.toUpperCase();");
  });

  test('%install installs into the notebook’s project, and the package can be imported at once', async () => {
    const request = await kernel.run('%install ./local-package', { seconds: 60 });
    expect(request.everything).toContain('local-package');
    await kernel.run("import { installed } from 'local-package';");
    expect(await kernel.value('installed(1)')).toBe(2);
    const { dependencies } = (await kernel.value(
      "JSON.parse((await import('node:fs')).readFileSync('package.json', 'utf8'))",
    )) as { dependencies: Record<string, string> };
    expect(Object.keys(dependencies)).toEqual(['local-package']);
  }, 90_000);

  test('%install of nothing, and of what cannot be installed, says what is wrong', async () => {
    expect((await kernel.execute('%install')).status).toBe('error');
    const request = await kernel.execute('%install ./no-such-folder', { seconds: 60 });
    expect(request.status).toBe('error');
    expect(request.everything).toContain('no-such-folder');
  }, 90_000);

  test('%%html, %%markdown, %%latex and %%svg show the cell', async () => {
    const one = async (code: string): Promise<Record<string, unknown> | undefined> =>
      (await kernel.run(code)).shown[0];
    expect((await one('%%html\n<b>bold</b> & `more` ${1}'))?.['text/html']).toBe('<b>bold</b> & `more` ${1}');
    expect((await one('%%markdown\n# Title\n\n- item'))?.['text/markdown']).toBe('# Title\n\n- item');
    expect((await one('%%latex\n$x^2$'))?.['text/latex']).toBe('$x^2$');
    expect((await one('%%svg\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'))?.['image/svg+xml']).toBe(
      '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    );
  });

  test('%%bash runs a script', async () => {
    expect((await kernel.run('%%bash\nfor i in 1 2 3; do\n  echo "line $i"\ndone')).stdout).toBe(
      'line 1\nline 2\nline 3\n',
    );
  });

  test('%lsmagic lists them all', async () => {
    const { everything } = await kernel.run('%lsmagic');
    for (const name of [
      '%time',
      '%%time',
      '%timeit',
      '%env',
      '%cd',
      '%pwd',
      '%who',
      '%reset',
      '%install',
      '%%html',
      '%%markdown',
      '%lsmagic',
      '%typecheck',
    ]) {
      expect(everything).toContain(name);
    }
  });

  test('an unknown magic says what there is', async () => {
    const line = await kernel.execute('%nosuch');
    expect(line.status).toBe('error');
    expect(line.error.traceback).toContain('%nosuch');
    for (const name of ['%time', '%who', '%lsmagic']) expect(line.error.traceback).toContain(name);
    const cell = await kernel.execute('%%nosuch\ntext');
    for (const name of ['%%nosuch', '%%html', '%%time']) expect(cell.error.traceback).toContain(name);
  });

  test('an error below a magic is in its own line', async () => {
    const { error } = await kernel.execute("%env QUIRE_LINE=1\n!true\nthrow new Error('third line');");
    expect(error.traceback).toMatch(/:3:7\b/);
    expect(error.traceback).toContain("throw new Error('third line');");
  });

  test('no message broke the protocol', () => {
    expect(kernel.violations).toEqual([]);
  });
});
