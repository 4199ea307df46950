/** A process that measures one engine: a request and an answer are a line of JSON each. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Engine<Request, Answer> {
  /** Why it can't be had, where it can't. */
  readonly unavailable: string | undefined;
  readonly #command: readonly [program: string, ...args: string[]];
  readonly #env: Record<string, string>;
  #ask: ((request: Request) => Promise<Answer | { error: string }>) | undefined;
  #stop: () => Promise<void> = async () => {};

  /** The process starts when it is first asked. */
  constructor(
    command: readonly [program: string, ...args: string[]],
    { unavailable, env = {} }: { unavailable?: string | undefined; env?: Record<string, string> } = {},
  ) {
    this.#command = command;
    this.unavailable = unavailable;
    this.#env = env;
  }

  ask(request: Request): Promise<Answer | { error: string }> {
    this.#ask ??= this.#start();
    return this.#ask(request);
  }

  #start(): (request: Request) => Promise<Answer | { error: string }> {
    const [program, ...args] = this.#command;
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...this.#env },
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#stop = async () => {
      if (child.exitCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    };
    return async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      return done ? { error: 'the engine ended' } : (JSON.parse(value) as Answer | { error: string });
    };
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

/** Makes what an engine needs. @returns what to say where it can't be had. */
export function unavailable(make: () => void): string | undefined {
  try {
    make();
    return undefined;
  } catch (error) {
    return `could not be set up: ${(error as Error).message.split('\n')[0]}`;
  }
}
