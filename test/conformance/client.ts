/** The process of `client.py`, which speaks to kernels with Python's jupyter_client. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../clean.ts';

export interface Header {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
  date: string;
  version: string;
}

export interface Message {
  channel: 'shell' | 'control' | 'iopub' | 'stdin';
  header: Header;
  parent_header: Partial<Header>;
  metadata: Record<string, unknown>;
  content: Record<string, unknown>;
  /** In base64. */
  buffers: string[];
  /** The client's clock, in seconds, when the message arrived. */
  at: number;
}

type Line =
  | ({ event: 'message'; kernel: number } & Message)
  | { event: 'bad'; kernel: number; channel: string; error: string }
  | { event?: never; id: number; result?: unknown; error?: string };

interface Listener {
  message(message: Message): void;
  /** A message that jupyter_client could not read or whose signature it refused. */
  bad(problem: string): void;
}

export class Client {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #pending = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Map<number, Listener>();
  #requests = 0;

  constructor(python: string) {
    const script = fileURLToPath(new URL('./client.py', import.meta.url));
    this.#process = spawn(python, ['-u', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: cleanEnvironment(),
    });
    // By bytes: a line may be of 100 MB, and its text is made once.
    let parts: Buffer[] = [];
    this.#process.stdout.on('data', (chunk: Buffer) => {
      let from = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        parts.push(chunk.subarray(from, at));
        this.#receive(JSON.parse(Buffer.concat(parts).toString('utf8')) as Line);
        parts = [];
        from = at + 1;
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
    });
    this.#process.on('exit', (code) => {
      for (const { reject } of this.#pending.values())
        reject(new Error(`The client ended with status ${code}.`));
      this.#pending.clear();
    });
  }

  #receive(line: Line): void {
    if (line.event === 'message') this.#listeners.get(line.kernel)?.message(line);
    else if (line.event === 'bad') this.#listeners.get(line.kernel)?.bad(`${line.channel}: ${line.error}`);
    else {
      const pending = this.#pending.get(line.id);
      this.#pending.delete(line.id);
      if (line.error === undefined) pending?.resolve(line.result as never);
      else pending?.reject(new Error(line.error));
    }
  }

  listen(kernel: number, listener: Listener): void {
    this.#listeners.set(kernel, listener);
  }

  perform<T>(op: string, values: Record<string, unknown> = {}): Promise<T> {
    this.#requests += 1;
    const id = this.#requests;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#process.stdin.write(`${JSON.stringify({ id, op, ...values })}\n`);
    });
  }
}
