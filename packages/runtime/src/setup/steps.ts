/** Other programs, run to their end. */
import { spawn } from 'node:child_process';

export interface Outcome {
  status: number;
  stdout: string;
  /** The last lines that it printed on either stream. */
  tail: string;
}

/** @returns undefined where there is no such program. */
export function outcomeOf(
  program: string,
  args: readonly string[],
  options: { cwd?: string; environment?: NodeJS.ProcessEnv } = {},
): Promise<Outcome | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.environment },
    });
    let [stdout, both] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      both += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      both += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve(undefined) : reject(error),
    );
    child.on('close', (status) =>
      resolve({ status: status ?? 1, stdout, tail: both.trim().split('\n').slice(-25).join('\n') }),
    );
  });
}

/** @throws {Error} where it isn't there, with `otherwise`, or where it fails, with what it printed last. */
export async function runStep(
  program: string,
  args: readonly string[],
  { otherwise, ...options }: { otherwise: string; cwd?: string; environment?: NodeJS.ProcessEnv },
): Promise<string> {
  const outcome = await outcomeOf(program, args, options);
  if (!outcome) throw new Error(`${program} was not found. ${otherwise}`);
  if (outcome.status !== 0) {
    throw new Error(`${program} failed with status ${outcome.status}. ${otherwise}\n${outcome.tail}`);
  }
  return outcome.stdout;
}
