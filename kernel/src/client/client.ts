/** A Jupyter client: starts a kernel's process and talks to it as any front end does. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Dealer, Request, Subscriber } from 'zeromq';
import { address, type Channel } from '../transport/connection.ts';
import { decode, encode, type JsonObject, type Message, newHeader } from '../transport/wire.ts';
import { KernelDied, type KernelOptions, KernelProcess } from './process.ts';

// zeromq's CommonJS build loads in a third of the time of its ESM one.
const require = createRequire(import.meta.url);

export interface ExecuteOptions {
  /** Whether requests that wait in the kernel are aborted when this one fails; true unless given. */
  stopOnError?: boolean;
  /** Called for each message on iopub but status ones, in order; also for late ones, as from a timer. */
  onOutput?: (message: Message) => void;
  /** Answers what the code asks its user for; without it the kernel is told that nobody can. */
  onInput?: (prompt: string, password: boolean) => Promise<string>;
}

export interface ExecuteReply {
  status: 'ok' | 'error' | 'aborted';
  execution_count?: number;
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

/** How long a kernel may take until it answers for the first time. */
const START_MS = 60_000;

/** How soon the question whether the kernel answers is repeated. */
const ASK_AGAIN_MS = 250;

/** How long a kernel may take to end when it was asked to. */
const SHUTDOWN_MS = 5_000;

/** How many requests back late output is still handed on. */
const REMEMBERED_REQUESTS = 1_000;

interface Execution {
  options: ExecuteOptions;
  idle: () => void;
}

export class KernelClient {
  readonly #kernel: KernelProcess;
  readonly #session = randomUUID();
  readonly #sockets: Record<'shell' | 'control' | 'stdin', Dealer>;
  readonly #iopub: Subscriber;
  readonly #heartbeat: Request;
  readonly #sending = new Map<Dealer, Promise<void>>();
  readonly #replies = new Map<string, (message: Message) => void>();
  readonly #executions = new Map<string, Execution>();

  private constructor(kernel: KernelProcess) {
    this.#kernel = kernel;
    const zmq = require('zeromq') as typeof import('zeromq');
    // Nothing may be lost, however fast the kernel prints.
    const options = { linger: 0, receiveHighWaterMark: 0 };
    // The kernel finds the stdin socket of a request by the identity that its shell socket has.
    const routed = { ...options, routingId: this.#session };
    this.#sockets = {
      shell: new zmq.Dealer(routed),
      control: new zmq.Dealer(routed),
      stdin: new zmq.Dealer(routed),
    };
    this.#iopub = new zmq.Subscriber(options);
    this.#heartbeat = new zmq.Request({ linger: 0, correlate: true, relaxed: true });
  }

  /**
   * Starts a kernel; resolves when it answers and its outputs are heard.
   * @throws {KernelDied} when the process ends before that, or takes longer than a minute
   */
  static async start(options: KernelOptions, signal?: AbortSignal): Promise<KernelClient> {
    signal?.throwIfAborted();
    const kernel = await KernelProcess.start(options);
    let client: KernelClient | undefined;
    try {
      client = new KernelClient(kernel);
      await client.#connect(signal);
      return client;
    } catch (error) {
      kernel.kill();
      if (client) client.#close();
      throw error;
    }
  }

  async #connect(signal: AbortSignal | undefined): Promise<void> {
    const { connection } = this.#kernel;
    for (const [channel, socket] of Object.entries(this.#sockets)) {
      socket.connect(address(connection, channel as Channel));
    }
    this.#iopub.connect(address(connection, 'iopub'));
    this.#iopub.subscribe();
    this.#heartbeat.connect(address(connection, 'hb'));
    void this.#listen(this.#sockets.shell, (message) => this.#receiveReply(message));
    void this.#listen(this.#sockets.control, (message) => this.#receiveReply(message));
    void this.#listen(this.#sockets.stdin, (message) => void this.#receiveInputRequest(message));
    void this.#listen(this.#iopub, (message) => this.#receiveOutput(message));

    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    aborted.catch(() => {});
    // A subscription takes a moment to reach the kernel: it is there once a request's own status comes back.
    const deadline = performance.now() + START_MS;
    while (performance.now() < deadline) {
      const id = randomUUID();
      const heard = new Promise<boolean>((resolve) => {
        this.#executions.set(id, { options: {}, idle: () => resolve(true) });
      });
      void this.#send('shell', 'kernel_info_request', {}, id);
      const answered = await this.#alive(within(ASK_AGAIN_MS, Promise.race([heard, aborted]), false));
      this.#executions.delete(id);
      if (answered) return;
    }
    throw new KernelDied(`The kernel did not answer within ${START_MS / 1000} seconds.`);
  }

  /** Runs code; resolves when the kernel has answered and everything that the code put out has been received. */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecuteReply> {
    const id = randomUUID();
    const idle = new Promise<void>((resolve) => this.#executions.set(id, { options, idle: resolve }));
    for (const oldest of this.#executions.keys()) {
      if (this.#executions.size <= REMEMBERED_REQUESTS) break;
      this.#executions.delete(oldest);
    }
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: options.onInput !== undefined,
      stop_on_error: options.stopOnError ?? true,
    };
    const [reply] = await this.#alive(
      Promise.all([this.#ask('shell', 'execute_request', content, id), idle]),
    );
    return reply as unknown as ExecuteReply;
  }

  /** Any other request on the shell channel; resolves with the content of its answer. */
  async request(type: string, content: JsonObject = {}): Promise<JsonObject> {
    return await this.#alive(this.#ask('shell', type, content));
  }

  /** Stops what the kernel is executing; resolves when the kernel says that it has done what it can. */
  async interrupt(): Promise<void> {
    await this.#alive(this.#ask('control', 'interrupt_request', {}));
  }

  /** Whether the kernel's protocol side answers within `patience` milliseconds. */
  async beats(patience = 1000): Promise<boolean> {
    const echo = async (): Promise<boolean> => {
      try {
        await this.#heartbeat.send('ping');
        await this.#heartbeat.receive();
        return true;
      } catch {
        return false;
      }
    };
    return await within(patience, Promise.race([echo(), this.#kernel.ended.then(() => false)]), false);
  }

  /** Ends the kernel: in order, or by force when that takes too long. */
  async shutdown(): Promise<void> {
    void this.#send('control', 'shutdown_request', { restart: false });
    await within(SHUTDOWN_MS, this.#kernel.ended, undefined);
    await this.kill();
  }

  /** Ends the kernel at once. */
  async kill(): Promise<void> {
    this.#kernel.kill();
    await this.#kernel.ended;
    this.#close();
  }

  #close(): void {
    for (const socket of [...Object.values(this.#sockets), this.#iopub, this.#heartbeat]) socket.close();
  }

  // ── Sending and receiving ───────────────────────────────────────────────────

  async #alive<T>(answer: Promise<T>): Promise<T> {
    const died = this.#kernel.ended.then((error) => {
      throw error;
    });
    return await Promise.race([answer, died]);
  }

  async #ask(
    channel: 'shell' | 'control',
    type: string,
    content: JsonObject,
    id: string = randomUUID(),
  ): Promise<JsonObject> {
    const reply = new Promise<Message>((resolve) => this.#replies.set(id, resolve));
    await this.#send(channel, type, content, id);
    return (await reply).content;
  }

  /** One message after the other: a socket takes none while it is sending. */
  #send(
    channel: 'shell' | 'control' | 'stdin',
    type: string,
    content: JsonObject,
    id: string = randomUUID(),
    parentHeader: Message['parentHeader'] = {},
  ): Promise<void> {
    const header = { ...newHeader(type, this.#session), msg_id: id };
    const message: Message = { identities: [], header, parentHeader, metadata: {}, content, buffers: [] };
    const socket = this.#sockets[channel];
    const sent = (this.#sending.get(socket) ?? Promise.resolve())
      .then(() => socket.send(encode(message, this.#kernel.connection.key) as never))
      // The socket was closed: the end of the kernel says so to whoever waits for an answer.
      .catch(() => {});
    this.#sending.set(socket, sent);
    return sent;
  }

  async #listen(socket: Dealer | Subscriber, receive: (message: Message) => void): Promise<void> {
    while (!socket.closed) {
      let frames: Buffer[];
      try {
        frames = await socket.receive();
      } catch {
        return;
      }
      try {
        receive(decode(frames, this.#kernel.connection.key));
      } catch {
        // What isn't signed by the kernel isn't from it.
      }
    }
  }

  #receiveReply(message: Message): void {
    const id = message.parentHeader.msg_id ?? '';
    this.#replies.get(id)?.(message);
    this.#replies.delete(id);
  }

  #receiveOutput(message: Message): void {
    const execution = this.#executions.get(message.parentHeader.msg_id ?? '');
    if (!execution) return;
    if (message.header.msg_type !== 'status') execution.options.onOutput?.(message);
    else if (message.content.execution_state === 'idle') execution.idle();
  }

  async #receiveInputRequest(message: Message): Promise<void> {
    if (message.header.msg_type !== 'input_request') return;
    const onInput = this.#executions.get(message.parentHeader.msg_id ?? '')?.options.onInput;
    const { prompt, password } = message.content;
    const value = (await onInput?.(String(prompt ?? ''), password === true)) ?? '';
    await this.#send('stdin', 'input_reply', { status: 'ok', value }, randomUUID(), message.header);
  }
}

/** What `promise` gives, or `otherwise` where that takes longer than so many milliseconds. */
async function within<T, U>(milliseconds: number, promise: Promise<T>, otherwise: U): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<U>((resolve) => {
    timer = setTimeout(resolve, milliseconds, otherwise);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
