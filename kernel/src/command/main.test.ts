/** The command as a process, and its notebooks in real kernels. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PACKAGE_FOLDER, packageVersion } from '../package.ts';
import { type CodeCell, parseNotebook } from './notebook.ts';

const built = ['quire.js', 'kernel.js', 'worker.js'].every((name) =>
  existsSync(join(PACKAGE_FOLDER, 'dist', name)),
);

const folder = mkdtempSync(join(tmpdir(), 'quire-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function start(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(PACKAGE_FOLDER, 'bin', 'quire.js'), ...args], { cwd: folder });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (status) => resolve({ status, ...texts }));
  });
  return { child, ended };
}

function quire(...args: string[]): Promise<Ended> {
  return start(...args).ended;
}

/** Writes a notebook with these code cells; a cell may be given with its tags. */
function write(name: string, ...cells: (string | [source: string, ...tags: string[]])[]): void {
  const raw = cells.map((cell) => {
    const [source, ...tags] = typeof cell === 'string' ? [cell] : cell;
    const outputs = [{ output_type: 'stream', name: 'stdout', text: 'old' }];
    return { cell_type: 'code', metadata: { tags }, source, execution_count: null, outputs };
  });
  writeFileSync(
    join(folder, name),
    JSON.stringify({ cells: raw, metadata: {}, nbformat: 4, nbformat_minor: 4 }),
  );
}

/** What each cell of a notebook shows: its texts, or the names of its errors. */
function shown(name: string): string[] {
  const { cells } = parseNotebook(readFileSync(join(folder, name), 'utf8'));
  return (cells as CodeCell[]).map(({ outputs }) =>
    outputs
      .map((output) => {
        if (output.output_type === 'stream') return output.text;
        return 'data' in output ? output.data['text/plain'] : output.ename;
      })
      .join('|'),
  );
}

describe.skipIf(!built)('the command', () => {
  test('tells its version and what it takes', async () => {
    expect((await quire('--version')).stdout).toBe(`${packageVersion()}\n`);
    const [all, one] = await Promise.all([quire('--help'), quire('run', '--help')]);
    expect([all.status, one.status]).toEqual([0, 0]);
    for (const name of ['run', 'lab', 'install', 'uninstall', 'doctor', 'kernel']) {
      expect(all.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect(one.stdout).toContain('--in-place');
  });

  test('tells what there is where something else is asked for', async () => {
    const ends = await Promise.all([quire(), quire('frobnicate'), quire('run'), quire('install', '--bogus')]);
    expect(ends.map(({ status }) => status)).toEqual([2, 2, 2, 2]);
    expect(ends[1]?.stderr).toMatch(/^There is no command "frobnicate"\.\n\nUsage: quire COMMAND/);
    expect(ends[3]?.stderr).toMatch(/^Unknown option '--bogus'\.\n\nUsage: quire install/);
  });
});

describe.skipIf(!built)('quire run', () => {
  test('puts the outputs of a fresh kernel beside the notebook, and takes parameters', async () => {
    write('good.ipynb', ['let n = 1;', 'parameters'], 'console.log(n); n * 2', ['fail()', 'skip-execution']);
    const original = readFileSync(join(folder, 'good.ipynb'), 'utf8');
    const { status, stdout, stderr } = await quire('run', 'good.ipynb', '-p', 'n=21');
    expect(stderr).toMatch(/^✓ \[3\/3\] .*console\.log\(n\)/m);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^Wrote good\.executed\.ipynb \(.* s\)\n$/)]);
    expect(shown('good.executed.ipynb')).toEqual(['', '', '21\n|42', 'old']);
    expect(readFileSync(join(folder, 'good.ipynb'), 'utf8')).toBe(original);
  });

  test('stops at a cell that fails, with what came before it', async () => {
    write(
      'bad.ipynb',
      ['throw new Error("expected")', 'raises-exception'],
      'throw new RangeError("too far")',
      '3',
    );
    const { status, stderr } = await quire('run', 'bad.ipynb', '--in-place', '--quiet');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Cell 2 failed\.\nRangeError: too far\n/);
    expect(shown('bad.ipynb')).toEqual(['Error', 'RangeError', '']);
    expect((await quire('run', 'bad.ipynb', '--in-place', '--allow-errors')).status).toBe(1);
    expect(shown('bad.ipynb')).toEqual(['Error', 'RangeError', '3']);
  });

  test('interrupts a cell that takes too long', async () => {
    write('long.ipynb', 'console.log("here"); while (true) {}', '2');
    const { status, stderr } = await quire('run', 'long.ipynb', '--timeout', '2.5', '--allow-errors');
    expect(status).toBe(1);
    expect(stderr).toContain('Cell 1 took longer than 2.5 s.');
    expect(shown('long.executed.ipynb')).toEqual(['here\n|Interrupted', '2']);
  });

  test('tells of an error that no cell answered with', async () => {
    write(
      'stray.ipynb',
      'void Promise.reject(new Error("alone"))',
      'await new Promise((done) => setTimeout(done, 200))',
    );
    const { status, stderr } = await quire('run', 'stray.ipynb');
    expect(status).toBe(1);
    expect(stderr).toMatch(/Cell 1 left an error behind\.\nError: alone/);
  });

  test('goes on with other notebooks where one can’t be run or its kernel dies', async () => {
    write('fine.ipynb', '1');
    write('dying.ipynb', 'process.kill(process.pid, "SIGKILL"); while (true) {}');
    writeFileSync(join(folder, 'broken.ipynb'), '{');
    const names = ['missing.ipynb', 'broken.ipynb', 'dying.ipynb', 'fine.ipynb'];
    const { status, stderr } = await quire('run', ...names, '--jobs', '2', '--output', 'several');
    expect(status).toBe(1);
    expect(stderr).toContain('missing.ipynb: There is no such file.');
    expect(stderr).toContain('broken.ipynb: It is not a notebook: it is not JSON.');
    expect(stderr).toContain('dying.ipynb: Cell 1 did not finish. The kernel was ended by SIGKILL');
    expect(readdirSync(join(folder, 'several')).sort()).toEqual(['dying.ipynb', 'fine.ipynb']);
    expect(shown('several/fine.ipynb')).toEqual(['1']);
    expect(shown('several/dying.ipynb')).toEqual(['KernelDied']);
  });

  test.skipIf(process.platform === 'win32').each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends a running cell after %s, and writes what is there', async (signal, expected) => {
    write(`${signal}.ipynb`, '1', 'await new Promise(() => {})', '3');
    const { child, ended } = start('run', `${signal}.ipynb`);
    child.stderr?.on('data', (text: string) => {
      // The first cell is done, so the second one runs.
      if (text.includes('[1/3]')) setTimeout(() => child.kill(signal), 200);
    });
    const { status, stderr } = await ended;
    expect(status).toBe(expected);
    expect(stderr).toContain('Cell 2 was interrupted.');
    expect(shown(`${signal}.executed.ipynb`)).toEqual(['1', 'Interrupted', '']);
  });

  test.skipIf(process.platform === 'win32')(
    'ends soon when it is interrupted while its kernel starts',
    async () => {
      write('early.ipynb', 'await new Promise(() => {})');
      const { child, ended } = start('run', 'early.ipynb');
      setTimeout(() => child.kill('SIGINT'), 200);
      // Where it was interrupted before it could listen, the signal itself is its end.
      expect([130, null]).toContain((await ended).status);
    },
  );
});
