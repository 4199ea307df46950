/** What `%magics` and `!commands` do when the cell runs. Their text is turned into calls by protocol/magics.ts. */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { DisplaySink } from '../display/types.ts';
import { describeMagics, MagicError } from '../protocol/magics.ts';
import { duration, timings } from './timing.ts';

export interface MagicContext {
  /** Names that cells have bound. */
  names: Set<string>;
  evaluate: (expression: string) => unknown;
  sink: DisplaySink;
  signal: () => AbortSignal;
  moved: (path: string) => void;
  reset: () => void;
}

type Task = () => unknown;

/** The lock file that tells which package manager a project uses. */
const MANAGERS: [lock: string, command: string, ...args: string[]][] = [
  ['pnpm-lock.yaml', 'pnpm', 'add'],
  ['yarn.lock', 'yarn', 'add'],
  ['bun.lock', 'bun', 'add'],
];

export interface Magics {
  shell(command: string): Promise<void>;
  script(interpreter: string, body: string): Promise<void>;
  time<T>(task: () => T): Promise<Awaited<T>>;
  timeit(options: string, task: Task): Promise<void>;
  env(args: string): Record<string, string | undefined> | string | undefined;
  cd(path: string): void;
  pwd(): string;
  who(): void;
  reset(): void;
  install(args: string): Promise<void>;
  lsmagic(): void;
}

export function createMagics({ names, evaluate, sink, signal, moved, reset }: MagicContext): Magics {
  const run = (
    command: string,
    args: string[],
    options: { input?: string; shell?: boolean; cwd?: string },
  ): Promise<number> =>
    new Promise((done, fail) => {
      const child = spawn(command, args, {
        cwd: options.cwd ?? process.cwd(),
        shell: options.shell ?? false,
        stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        detached: process.platform !== 'win32',
      });
      const aborted = signal();
      const kill = (): void => {
        // The whole group: a shell's children too.
        try {
          if (child.pid !== undefined)
            process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGTERM');
        } catch {
          // Already gone.
        }
      };
      aborted.addEventListener('abort', kill, { once: true });
      child.stdout?.setEncoding('utf8').on('data', (text: string) => sink.stream('stdout', text));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => sink.stream('stderr', text));
      child.on('error', fail);
      child.on('close', (code, killed) => {
        aborted.removeEventListener('abort', kill);
        done(code ?? (killed ? 1 : 0));
      });
      if (options.input !== undefined) child.stdin?.end(options.input);
    });

  const magics: Magics = {
    async shell(command) {
      const code = await run(command, [], { shell: true });
      if (code !== 0) sink.stream('stderr', `The command ended with status ${code}.\n`);
    },
    async script(interpreter, body) {
      const code = await run(interpreter, [], { input: body, shell: true });
      if (code !== 0) throw new Error(`${interpreter} ended with status ${code}.`);
    },
    async time<T>(task: () => T): Promise<Awaited<T>> {
      const started = { wall: performance.now(), cpu: process.cpuUsage() };
      try {
        return await task();
      } finally {
        sink.stream('stdout', timings(started));
      }
    },
    async timeit(options, task) {
      const given = /-n\s*(\d+)/.exec(options);
      const repeats = Number(/-r\s*(\d+)/.exec(options)?.[1] ?? 7);
      const measure = async (loops: number): Promise<number> => {
        const started = performance.now();
        for (let i = 0; i < loops; i++) {
          const result = task();
          if (result instanceof Promise) await result;
        }
        return (performance.now() - started) / 1e3;
      };
      let loops = Number(given?.[1] ?? 1);
      if (!given) while ((await measure(loops)) < 0.1 && loops < 1e9) loops *= 10;
      const runs: number[] = [];
      for (let i = 0; i < repeats; i++) runs.push((await measure(loops)) / loops);
      const mean = runs.reduce((a, b) => a + b, 0) / runs.length;
      const deviation = Math.sqrt(runs.reduce((a, b) => a + (b - mean) ** 2, 0) / runs.length);
      sink.stream(
        'stdout',
        `${duration(mean)} ± ${duration(deviation)} per loop (mean ± std. dev. of ${repeats} runs, ${loops.toLocaleString('en')} loop${loops === 1 ? '' : 's'} each)\n`,
      );
    },
    env(args) {
      const text = args.trim();
      if (text === '') return { ...process.env };
      const assignment = /^(\w+)(?:\s*=\s*|\s+)(.*)$/.exec(text);
      if (!assignment) return process.env[text];
      process.env[assignment[1] as string] = (assignment[2] as string).replace(/^(["'])(.*)\1$/, '$2');
      sink.stream('stdout', `env: ${assignment[1]}=${process.env[assignment[1] as string]}\n`);
      return undefined;
    },
    cd(path) {
      const target = resolve(path.trim().replace(/^~(?=$|[\\/])/, homedir()) || homedir());
      if (!statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
        throw new MagicError(`%cd: there is no folder ${target}`);
      }
      process.chdir(target);
      moved(target);
      sink.stream('stdout', `${target}\n`);
    },
    pwd: () => process.cwd(),
    who() {
      const rows = [...names].sort().flatMap((name) => {
        const type = evaluate(`typeof ${name} === 'undefined' ? undefined : typeof ${name}`);
        return typeof type === 'string' ? [`${name}: ${kindOf(type, () => evaluate(name))}`] : [];
      });
      sink.stream('stdout', rows.length > 0 ? `${rows.join('\n')}\n` : 'No cell has bound a name yet.\n');
    },
    reset() {
      reset();
      sink.stream('stdout', 'All names that cells had bound are gone.\n');
    },
    async install(args) {
      const packages = args.trim().split(/\s+/).filter(Boolean);
      if (packages.length === 0)
        throw new MagicError('%install needs the name of a package: %install lodash');
      const folder = projectFolder(process.cwd());
      const [, command, ...rest] = MANAGERS.find(([lock]) => existsSync(join(folder, lock))) ?? [
        '',
        'npm',
        'install',
      ];
      sink.stream('stdout', `${command} ${[...rest, ...packages].join(' ')}   (in ${folder})\n`);
      // A shell finds npm.cmd on Windows; names are checked so that none is a command.
      const strange = packages.find((name) => !/^[\w@./:~^+=,-]+$/.test(name));
      if (strange) throw new MagicError(`%install: ${JSON.stringify(strange)} is not the name of a package.`);
      const code = await run(command, [...rest, ...packages], {
        cwd: folder,
        shell: process.platform === 'win32',
      });
      if (code !== 0)
        throw new Error(`${command} could not install ${packages.join(', ')} (status ${code}).`);
    },
    lsmagic() {
      sink.stream('stdout', `${describeMagics()}\n`);
    },
  };
  return magics;
}

function kindOf(type: string, value: () => unknown): string {
  if (type !== 'object') return type;
  const held = value();
  if (held === null) return 'null';
  try {
    return (held as object).constructor?.name || 'object';
  } catch {
    return 'object';
  }
}

/** The folder whose package.json the notebook belongs to, or its own. */
function projectFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return from;
  }
}
