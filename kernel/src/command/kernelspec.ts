/** Kernelspecs: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { kernelCommand } from '../launch.ts';
import { RESOURCES } from '../package.ts';
import { UserError } from './arguments.ts';

export const KERNEL_NAME = 'quire';
export const DISPLAY_NAME = 'TypeScript (Quire)';

export interface Kernelspec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: 'message';
  metadata: Record<string, unknown>;
}

/** A kernelspec of Quire that was found, with the first path in its command that is gone. */
export interface FoundKernelspec {
  folder: string;
  gone: string | undefined;
}

export interface WriteOptions {
  name?: string;
  displayName?: string | undefined;
}

const LOGOS = ['logo-32x32.png', 'logo-64x64.png', 'logo-svg.svg'];

/** Jupyter serves a kernelspec's files: figures find plotly.js there, by the kernelspec's metadata. */
const PLOTLY = 'plotly.min.js';

export function kernelspec(displayName = DISPLAY_NAME): Kernelspec {
  return {
    argv: kernelCommand('{connection_file}'),
    display_name: displayName,
    language: 'typescript',
    interrupt_mode: 'message',
    metadata: { debugger: false, plotly: PLOTLY },
  };
}

/**
 * Writes `kernels/<name>` into a data folder of Jupyter: whole, or what was there stays.
 * @returns the kernelspec's folder
 * @throws {UserError} when that name is another kernel's, or the folder can't be written
 */
export function writeKernelspec(
  dataFolder: string,
  { name = KERNEL_NAME, displayName }: WriteOptions = {},
): string {
  const kernels = join(dataFolder, 'kernels');
  const target = join(kernels, name);
  if (existsSync(target) && !isOurs(target)) {
    throw new UserError(`${target} is another kernel's. Choose another name with --name.`);
  }
  let temporary: string | undefined;
  try {
    mkdirSync(kernels, { recursive: true });
    temporary = mkdtempSync(join(kernels, '.quire-'));
    // Made for this user only; a kernelspec under a prefix is for all.
    chmodSync(temporary, 0o755);
    writeFileSync(join(temporary, 'kernel.json'), `${JSON.stringify(kernelspec(displayName), null, 2)}\n`);
    for (const logo of LOGOS) copyFileSync(join(RESOURCES, logo), join(temporary, logo));
    copyFileSync(createRequire(import.meta.url).resolve('plotly.js-dist-min'), join(temporary, PLOTLY));
    replaceFolder(temporary, target);
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
    throw new UserError(`The kernel can't be installed in ${kernels}: ${(error as Error).message}`);
  }
  return target;
}

/** @throws {UserError} when it isn't there, or is another kernel's */
export function removeKernelspec(dataFolder: string, name = KERNEL_NAME): string {
  const target = join(dataFolder, 'kernels', name);
  if (!existsSync(target)) throw new UserError(`There is no kernel "${name}" in ${dirname(target)}.`);
  if (!isOurs(target)) throw new UserError(`${target} is another kernel's; it stays.`);
  try {
    rmSync(target, { recursive: true });
  } catch (error) {
    throw new UserError(`${target} can't be removed: ${(error as Error).message}`);
  }
  return target;
}

export function findKernelspecs(dataFolders: readonly string[]): FoundKernelspec[] {
  return dataFolders.flatMap((dataFolder) => {
    const kernels = join(dataFolder, 'kernels');
    const names = existsSync(kernels) ? readdirSync(kernels) : [];
    const folders = names.filter((name) => !name.startsWith('.')).map((name) => join(kernels, name));
    return folders.filter(isOurs).map((folder) => {
      const [program, entry] = launched(readArgv(folder) ?? []);
      return { folder, gone: [program, entry].find((path) => path !== undefined && !existsSync(path)) };
    });
  });
}

function isOurs(folder: string): boolean {
  return launched(readArgv(folder) ?? [])[1] !== undefined;
}

/** The program of a kernelspec's command, and the entry point of Quire in it. */
function launched(argv: readonly string[]): [string | undefined, string | undefined] {
  return [argv[0], argv.find((part) => /[\\/]kernel[\\/]dist[\\/]kernel\.js$/.test(part))];
}

function readArgv(folder: string): string[] | undefined {
  try {
    const { argv } = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')) as { argv?: unknown };
    return Array.isArray(argv) ? argv.map(String) : undefined;
  } catch {
    return undefined;
  }
}

/** A folder that isn't empty can't be renamed over: the old one steps aside first. */
function replaceFolder(made: string, target: string): void {
  const aside = `${made}-old`;
  const replaces = existsSync(target);
  if (replaces) renameSync(target, aside);
  try {
    renameSync(made, target);
  } catch (error) {
    if (replaces) renameSync(aside, target);
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}
