/** Other programs: where they are, what they print, and running them in this one's place. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants as fileConstants, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { UserError } from './arguments.ts';

const WINDOWS = process.platform === 'win32';

/** The folder of a Python environment's programs. */
export function binFolder(prefix: string): string {
  return join(prefix, WINDOWS ? 'Scripts' : 'bin');
}

/** The paths of the programs of that name, those of an active Python environment first. */
export function findPrograms(name: string): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  if (process.env.VIRTUAL_ENV) folders.unshift(binFolder(process.env.VIRTUAL_ENV));
  const suffixes = WINDOWS ? (process.env.PATHEXT ?? '.EXE;.CMD').split(';') : [''];
  const found = folders.flatMap((folder) => suffixes.map((suffix) => join(folder, name + suffix)));
  return [...new Set(found)].filter(isProgram);
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, fileConstants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What a program prints, or undefined where it fails or takes longer than half a minute. */
export function printedBy(program: string, args: readonly string[]): string | undefined {
  // Windows runs scripts only through its shell.
  const shell = WINDOWS && /\.(cmd|bat)$/i.test(program);
  const { status, stdout } = spawnSync(shell ? `"${program}"` : program, args, {
    encoding: 'utf8',
    timeout: 30_000,
    stdio: ['ignore', 'pipe', 'ignore'],
    shell,
  });
  return status === 0 ? stdout.trim() : undefined;
}

export interface InPlaceOptions {
  environment?: NodeJS.ProcessEnv;
  /** What the program gets for a SIGINT that comes from no terminal. */
  interrupt?: NodeJS.Signals;
}

/**
 * Runs a program on this one's terminal until it ends, and hands on the signals that end programs.
 * @returns its exit status, as a shell would give it
 */
export function runInPlace(
  program: string,
  args: readonly string[],
  { environment = process.env, interrupt = 'SIGINT' }: InPlaceOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: environment });
    const end = (): void => void child.kill('SIGKILL');
    process.on('exit', end);
    const handOn = (signal: NodeJS.Signals): void => {
      if (signal !== 'SIGINT') child.kill(signal);
      // A terminal gives Ctrl-C to both; a second one would be taken for "at once".
      else if (!process.stdin.isTTY) child.kill(interrupt);
    };
    const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, handOn);
    child.on('error', (error) => reject(new UserError(`${program} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => {
      process.off('exit', end);
      for (const name of signals) process.off(name, handOn);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
