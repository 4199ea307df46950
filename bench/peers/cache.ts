/** Where peers are installed, and how: once, into the user's cache. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'quire', 'bench');

/** Runs `make` unless it was run for the same `version` before. */
function once(folder: string, version: string, make: () => void): void {
  const stamp = join(folder, '.quire-version');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return;
  mkdirSync(folder, { recursive: true });
  make();
  writeFileSync(stamp, version);
}

/** A folder with npm packages in it. */
export function npmFolder(name: string, packages: readonly string[]): string {
  const folder = join(CACHE, name);
  once(folder, packages.join(' '), () => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    execFileSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', '--foreground-scripts', ...packages],
      {
        cwd: folder,
        stdio: ['ignore', 2, 2],
      },
    );
  });
  return folder;
}

/** A Python virtual environment; answers its interpreter. */
export function pythonEnvironment(name: string, packages: readonly string[]): string {
  const folder = join(CACHE, name);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  once(folder, packages.join(' '), () => {
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: ['ignore', 2, 2] });
    execFileSync(
      python,
      ['-m', 'pip', 'install', '--retries', '0', '-q', '--disable-pip-version-check', ...packages],
      {
        stdio: ['ignore', 2, 2],
      },
    );
  });
  return python;
}
