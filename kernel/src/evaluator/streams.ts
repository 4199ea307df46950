/** Everything that JavaScript prints: `process.stdout`, `process.stderr` and `console`; and children's place in it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Writable } from 'node:stream';

type Name = 'stdout' | 'stderr';

function createStream(name: Name, write: (name: Name, text: string) => void): NodeJS.WriteStream {
  const decoder = new TextDecoder();
  const stream = new Writable({ decodeStrings: false });
  const put = (chunk: unknown, encodingOrDone?: unknown, done?: unknown): boolean => {
    const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done;
    let text: string;
    if (typeof chunk === 'string') {
      text =
        typeof encodingOrDone === 'string' && !/^utf-?8$/i.test(encodingOrDone)
          ? decoder.decode(Buffer.from(chunk, encodingOrDone as BufferEncoding), { stream: true })
          : chunk;
    } else if (ArrayBuffer.isView(chunk)) text = decoder.decode(chunk as Uint8Array, { stream: true });
    else {
      throw new TypeError(
        `process.${name}.write takes a string, Buffer or Uint8Array, not ${chunk === null ? 'null' : typeof chunk}.`,
      );
    }
    write(name, text);
    // At once: `console` gives a callback with every line, and a tick for each would cost more than the line.
    if (typeof callback === 'function') (callback as (error: null) => void)(null);
    return true;
  };
  Object.assign(stream, {
    write: put,
    end: (chunk?: unknown) => {
      if (chunk !== undefined && typeof chunk !== 'function') put(chunk);
      return stream;
    },
    destroy: () => stream,
    isTTY: false,
    columns: 100,
    rows: 40,
    fd: name === 'stdout' ? 1 : 2,
    getColorDepth: () => 1,
    hasColors: () => false,
    getWindowSize: () => [100, 40],
    cursorTo: () => true,
    moveCursor: () => true,
    clearLine: () => true,
    clearScreenDown: () => true,
  });
  return stream as unknown as NodeJS.WriteStream;
}

/** Makes `process.stdout`, `process.stderr` and so `console` write through `write`. */
export function captureProcessStreams(write: (name: Name, text: string) => void): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = createStream(name, write);
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
  }
  shortenConsole(write);
}

const TO_STDOUT = ['log', 'info', 'debug'] as const;
const TO_STDERR = ['error', 'warn'] as const;

/** Whether the console prints a value as `String` does. */
function isPlain(value: unknown): boolean {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && !Object.is(value, -0))
  );
}

/** Plain strings and numbers, outside any group, skip the console's formatting: a printed line costs a fifth of the time. */
function shortenConsole(write: (name: Name, text: string) => void): void {
  let depth = 0;
  for (const name of ['group', 'groupCollapsed', 'groupEnd'] as const) {
    const original = console[name];
    console[name] = (...args: unknown[]) => {
      depth = Math.max(0, depth + (name === 'groupEnd' ? -1 : 1));
      original.apply(console, args as []);
    };
  }
  for (const [stream, names] of [
    ['stdout', TO_STDOUT],
    ['stderr', TO_STDERR],
  ] as const) {
    for (const name of names) {
      const original = console[name];
      console[name] = (...args: unknown[]) => {
        if (depth === 0 && args.every(isPlain) && !(args.length > 1 && String(args[0]).includes('%'))) {
          write(stream, `${args.join(' ')}\n`);
        } else original.apply(console, args);
      };
    }
  }
}

/**
 * Calls `before` ahead of every child process: what was printed so far has to reach the front end before what the
 * child prints on the output that it inherits.
 */
export function hookChildProcesses(before: () => void): void {
  const processes = createRequire(import.meta.url)('node:child_process') as Record<string, unknown> & {
    ChildProcess: { prototype: { spawn: (...args: unknown[]) => unknown } };
  };
  const prototype = processes.ChildProcess.prototype;
  const spawn = prototype.spawn;
  prototype.spawn = function (this: import('node:child_process').ChildProcess, ...args: unknown[]) {
    before();
    return spawn.apply(this, args);
  };
  for (const name of ['spawnSync', 'execSync', 'execFileSync']) {
    const original = processes[name] as (...args: unknown[]) => unknown;
    processes[name] = Object.defineProperty(
      (...args: unknown[]) => {
        before();
        return original(...args);
      },
      'name',
      { value: name },
    );
  }
  syncBuiltinESMExports();
}

/** Process ids by the parent they have. */
function processTree(): Map<number, number[]> {
  const tree = new Map<number, number[]>();
  const add = (pid: number, parent: number): void => {
    tree.set(parent, [...(tree.get(parent) ?? []), pid]);
  };
  if (process.platform === 'linux') {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        // The name in parentheses may hold anything; the parent is the second field after it.
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        add(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      } catch {
        // It ended meanwhile.
      }
    }
  } else if (process.platform !== 'win32') {
    const { stdout } = spawnSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' });
    for (const line of (stdout ?? '').split('\n')) {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      if (pid && parent) add(pid, parent);
    }
  }
  return tree;
}

/** Ends every process that cells started, and those that these started. */
export function endDescendants(): void {
  const tree = processTree();
  const end = (parent: number): void => {
    for (const pid of tree.get(parent) ?? []) {
      end(pid);
      try {
        process.kill(pid, 'SIGTERM');
      } catch {
        // It ended meanwhile.
      }
    }
  };
  end(process.pid);
}
