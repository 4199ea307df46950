import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkNode, findKernelspecs } from './doctor.ts';
import { install, kernelspec, uninstall, userDataFolder, writeKernelspec } from './kernelspec.ts';

describe('the kernelspec', () => {
  it('starts the kernel with a connection file and takes interrupts as messages', () => {
    const { argv, interrupt_mode, language } = kernelspec();
    expect(argv[0]).toBe(process.execPath);
    expect(argv.at(-1)).toBe('{connection_file}');
    expect([interrupt_mode, language]).toEqual(['message', 'typescript']);
  });

  it('is written whole, with logos, also over an older one, and removed', () => {
    const prefix = mkdtempSync(join(tmpdir(), 'quire-test-'));
    writeKernelspec(join(prefix, 'share', 'jupyter'), 'quire');
    expect(install(['--prefix', prefix, '--display-name', 'Mine'])).toBe(0);
    const kernels = join(prefix, 'share', 'jupyter', 'kernels');
    expect(readdirSync(kernels)).toEqual(['quire']);
    expect(readdirSync(join(kernels, 'quire')).sort()).toEqual([
      'kernel.json',
      'logo-32x32.png',
      'logo-64x64.png',
      'logo-svg.svg',
    ]);
    expect(JSON.parse(readFileSync(join(kernels, 'quire', 'kernel.json'), 'utf8'))).toMatchObject({
      display_name: 'Mine',
    });
    uninstall(['--prefix', prefix]);
    expect(existsSync(join(kernels, 'quire'))).toBe(false);
    expect(() => uninstall(['--prefix', prefix])).toThrow(/No kernel "quire"/);
  });

  it('goes where each platform’s Jupyter looks', () => {
    expect(userDataFolder({}, 'linux', '/home/a')).toBe('/home/a/.local/share/jupyter');
    expect(userDataFolder({ XDG_DATA_HOME: '/data' }, 'linux', '/home/a')).toBe('/data/jupyter');
    expect(userDataFolder({}, 'darwin', '/Users/a')).toBe('/Users/a/Library/Jupyter');
    expect(userDataFolder({ JUPYTER_DATA_DIR: '/j' }, 'linux', '/home/a')).toBe('/j');
  });

  it('refuses two places and strange names', () => {
    expect(() => install(['--user', '--sys-prefix'])).toThrow(/Only one/);
    expect(() => install(['--name', '../x'])).toThrow(/name is made of/);
  });
});

describe('doctor', () => {
  it('tells a kernelspec whose files are gone', () => {
    const data = mkdtempSync(join(tmpdir(), 'quire-test-'));
    const file = join(writeKernelspec(data, 'quire'), 'kernel.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('kernel.js"', 'gone/kernel.js"'));
    const [finding] = findKernelspecs([data]);
    expect(finding).toMatchObject({ state: 'broken', mend: expect.stringContaining('quire install') });
  });

  it('knows which Node.js is too old', () => {
    expect(checkNode('20.18.3').state).toBe('broken');
    expect(checkNode('20.19.0').state).toBe('good');
    expect(checkNode('26.1.0').state).toBe('good');
  });
});
