/** Where peers are installed, and how: once, into the user's cache. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'quire', 'bench');

/** A folder of the cache, which `make` fills unless it did so for the same `version` before. */
export function cachedFolder(name: string, version: string, make: (folder: string) => void): string {
  const folder = join(CACHE, name);
  const stamp = join(folder, '.quire-version');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return folder;
  mkdirSync(folder, { recursive: true });
  make(folder);
  writeFileSync(stamp, version);
  return folder;
}

/**
 * A folder with npm packages in it.
 *
 * @param env what their installation is told
 */
export function npmFolder(
  name: string,
  packages: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  return cachedFolder(name, packages.join(' '), (folder) => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    execFileSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', '--foreground-scripts', ...packages],
      {
        cwd: folder,
        stdio: ['ignore', 2, 2],
        env: { ...process.env, ...env },
      },
    );
  });
}

/** A Python virtual environment; answers its interpreter. */
export function pythonEnvironment(name: string, packages: readonly string[]): string {
  const pythonOf = (folder: string): string =>
    join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const environment = cachedFolder(name, packages.join(' '), (folder) => {
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: ['ignore', 2, 2] });
    execFileSync(
      pythonOf(folder),
      ['-m', 'pip', 'install', '--retries', '0', '-q', '--disable-pip-version-check', ...packages],
      {
        stdio: ['ignore', 2, 2],
      },
    );
  });
  return pythonOf(environment);
}
