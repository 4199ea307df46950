import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from './arguments.ts';
import { describeKernelspecs } from './doctor.ts';
import { install, uninstall } from './install.ts';
import { findKernelspecs, kernelspec, removeKernelspec, writeKernelspec } from './kernelspec.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'quire-test-'));
});
afterEach(() => rmSync(data, { recursive: true }));

/** Another kernel's kernelspec, or Quire's with another command. */
function placeKernelspec(name: string, argv: string[]): void {
  const folder = join(data, 'kernels', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kernel.json'), JSON.stringify({ argv }));
}

test('it starts the kernel with a connection file and takes interrupts as messages', () => {
  const { argv, ...rest } = kernelspec();
  expect(argv[0]).toBe(process.execPath);
  expect(argv.at(-1)).toBe('{connection_file}');
  expect(rest).toEqual({
    display_name: 'TypeScript (Quire)',
    language: 'typescript',
    interrupt_mode: 'message',
    metadata: { debugger: false, plotly: 'plotly.min.js' },
  });
});

test('it is written whole, with logos and what figures need, for all users to read', () => {
  const folder = writeKernelspec(data);
  expect(folder).toBe(join(data, 'kernels', 'quire'));
  const files = ['kernel.json', 'logo-32x32.png', 'logo-64x64.png', 'logo-svg.svg', 'plotly.min.js'];
  expect(readdirSync(folder).sort()).toEqual(files);
  expect(JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8'))).toEqual(kernelspec());
  if (process.platform !== 'win32') expect(statSync(folder).mode & 0o777).toBe(0o755);
});

test('it replaces an older one of Quire and leaves nothing else behind', () => {
  placeKernelspec('mine', ['/gone/node', '/gone/kernel/dist/kernel.js', '{connection_file}']);
  writeKernelspec(data, { name: 'mine', displayName: 'Mine' });
  expect(readdirSync(join(data, 'kernels'))).toEqual(['mine']);
  const written = JSON.parse(readFileSync(join(data, 'kernels', 'mine', 'kernel.json'), 'utf8'));
  expect(written).toMatchObject({ display_name: 'Mine' });
});

test('another kernel’s is neither replaced nor removed', () => {
  placeKernelspec('python3', ['python3', '-m', 'ipykernel_launcher', '-f', '{connection_file}']);
  expect(() => writeKernelspec(data, { name: 'python3' })).toThrow(/another kernel's/);
  expect(() => removeKernelspec(data, 'python3')).toThrow(/another kernel's/);
  expect(readdirSync(join(data, 'kernels', 'python3'))).toEqual(['kernel.json']);
});

test('removing one that is not there is said clearly', () => {
  const folder = writeKernelspec(data);
  expect(removeKernelspec(data)).toBe(folder);
  expect(existsSync(folder)).toBe(false);
  expect(() => removeKernelspec(data)).toThrow(/There is no kernel "quire" in /);
});

test('one whose program is gone is found, and told with what mends it', () => {
  writeKernelspec(data);
  placeKernelspec('old', ['/gone/node', '/gone/kernel/dist/kernel.js', '{connection_file}']);
  placeKernelspec('python3', ['python3', '-m', 'ipykernel_launcher', '-f', '{connection_file}']);
  const found = findKernelspecs([data, join(data, 'nowhere')]);
  expect(found.map(({ folder }) => folder)).toEqual([
    join(data, 'kernels', 'old'),
    join(data, 'kernels', 'quire'),
  ]);
  const [finding] = describeKernelspecs(found);
  expect(finding?.state).toBe('wrong');
  expect(finding?.what).toContain('/gone/node');
  expect(finding?.mend).toContain('quire install');
});

test('two places at once and names that Jupyter does not take are wrong usage', () => {
  expect(() => install.run(['--user', '--prefix', data])).toThrow(UsageError);
  expect(() => uninstall.run(['--user', '--sys-prefix'])).toThrow(UsageError);
  for (const name of ['../x', 'my kernel', 'Quire', '..', '']) {
    expect(() => install.run(['--prefix', data, '--name', name])).toThrow(UsageError);
  }
  expect(readdirSync(data)).toEqual([]);
});
