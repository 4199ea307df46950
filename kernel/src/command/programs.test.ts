import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { UserError } from './arguments.ts';
import { binFolder, findPrograms, printedBy, runInPlace } from './programs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quire-test-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('programs are found on the path', () => {
  const name = basename(process.execPath, '.exe');
  vi.stubEnv('VIRTUAL_ENV', undefined);
  vi.stubEnv('PATH', dirname(process.execPath));
  expect(findPrograms(name)).toHaveLength(1);
  expect(findPrograms('no-such-program')).toEqual([]);
});

test.skipIf(process.platform === 'win32')('those of an active Python environment come first', () => {
  mkdirSync(binFolder(folder));
  writeFileSync(join(binFolder(folder), 'sh'), '', { mode: 0o755 });
  vi.stubEnv('PATH', '/bin');
  vi.stubEnv('VIRTUAL_ENV', folder);
  expect(findPrograms('sh')).toEqual([join(folder, 'bin', 'sh'), '/bin/sh']);
});

test.skipIf(process.platform === 'win32')('what cannot be run is no program', () => {
  writeFileSync(join(folder, 'tool'), '', { mode: 0o644 });
  vi.stubEnv('PATH', folder);
  expect(findPrograms('tool')).toEqual([]);
});

test('what a program prints is known unless it fails', () => {
  expect(printedBy(process.execPath, ['-p', '6 * 7'])).toBe('42');
  expect(printedBy(process.execPath, ['-e', 'console.log(1); process.exit(1)'])).toBeUndefined();
  expect(printedBy(join(folder, 'none'), [])).toBeUndefined();
});

test('a program that runs in place gives its exit status', async () => {
  expect(await runInPlace(process.execPath, ['-e', 'process.exit(7)'])).toBe(7);
  await expect(runInPlace(join(folder, 'none'), [])).rejects.toThrow(UserError);
});

test.skipIf(process.platform === 'win32')('one that a signal ends gives the status of a shell', async () => {
  expect(
    await runInPlace(process.execPath, ['-e', 'process.kill(process.pid, "SIGTERM"); setInterval(Date, 99)']),
  ).toBe(143);
});
