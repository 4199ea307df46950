/** Everything that is printed, gathered by cell and stream, and sent on in few pieces and in order. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Writable } from 'node:stream';

type Name = 'stdout' | 'stderr';
type Send = (run: number, name: Name, text: string) => void;

const MAX_PIECE = 64 * 1024;
const MAX_AGE_MS = 40;

/** Batches writes. A piece is sent when it is large, old, or of another cell or stream. */
export class OutputBuffer {
  #run = 0;
  #name: Name = 'stdout';
  #text = '';
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #send: Send;
  readonly #setTimeout = setTimeout;

  constructor(send: Send) {
    this.#send = send;
  }

  write(run: number, name: Name, text: string): void {
    if (text === '') return;
    if (this.#text !== '' && (run !== this.#run || name !== this.#name)) this.flush();
    if (this.#text === '') {
      this.#run = run;
      this.#name = name;
      this.#since = performance.now();
      this.#timer ??= this.#setTimeout(() => {
        this.#timer = undefined;
        this.flush();
      }, MAX_AGE_MS);
    }
    this.#text += text;
    // The age is looked at here too: while a cell computes, no timer fires.
    if (this.#text.length >= MAX_PIECE || performance.now() - this.#since > MAX_AGE_MS) this.flush();
  }

  flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#send(this.#run, this.#name, text);
  }
}

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
    if (typeof callback === 'function') process.nextTick(callback as () => void);
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
}

/** Children that are alive, so that none is left behind. */
export const children = new Set<import('node:child_process').ChildProcess>();

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
    const result = spawn.apply(this, args);
    children.add(this);
    this.once('exit', () => children.delete(this));
    return result;
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
