/** A Jupyter client: starts a kernel process and talks to it as any front end does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dealer, Subscriber } from 'zeromq';
import { address, CHANNELS, type Channel, type ConnectionInfo } from '../transport/connection.ts';
import { decode, encode, type JsonObject, type Message, newHeader } from '../transport/wire.ts';

export interface ExecuteOptions {
  stopOnError?: boolean;
  /** Called for each message of the cell on iopub, in order. */
  output: (type: string, content: JsonObject) => void;
}

export class KernelDied extends Error {
  override name = 'KernelDied';
}

/** The end of what a dead kernel wrote that is worth showing. */
const LOG_TAIL = 4000;

export class KernelClient {
  readonly #process: ChildProcess;
  readonly #connection: ConnectionInfo;
  readonly #connectionFile: string;
  readonly #session = randomUUID();
  readonly #shell: Dealer;
  readonly #control: Dealer;
  readonly #iopub: Subscriber;
  readonly #replies = new Map<string, (message: Message) => void>();
  readonly #outputs = new Map<string, { output: ExecuteOptions['output']; idle: () => void }>();
  readonly #died: Promise<never>;
  #log = '';
  #closing = false;

  private constructor(child: ChildProcess, connection: ConnectionInfo, connectionFile: string) {
    this.#process = child;
    this.#connection = connection;
    this.#connectionFile = connectionFile;
    // Nothing may be dropped, however fast the kernel prints.
    const options = { linger: 0, receiveHighWaterMark: 0 };
    this.#shell = new Dealer(options);
    this.#control = new Dealer(options);
    this.#iopub = new Subscriber(options);
    const keep = (text: Buffer): void => {
      this.#log = (this.#log + text.toString()).slice(-LOG_TAIL);
    };
    child.stderr?.on('data', keep);
    child.stdout?.on('data', keep);
    this.#died = new Promise((_, reject) => {
      child.once('error', (error) =>
        reject(new KernelDied(`The kernel could not be started: ${error.message}`)),
      );
      child.once('exit', (code, signal) => {
        const how = signal ? `was ended by ${signal}` : `ended with status ${code}`;
        reject(new KernelDied(`The kernel ${how}.${this.#log ? `\n${this.#log.trim()}` : ''}`));
      });
    });
    this.#died.catch(() => {});
  }

  /**
   * Starts a kernel and waits until it answers.
   * @param command the command line for a connection file
   * @throws {KernelDied} when the process ends before it answers
   */
  static async start(
    command: (connectionFile: string) => [string, ...string[]],
    folder: string,
  ): Promise<KernelClient> {
    const connection: ConnectionInfo = {
      transport: 'tcp',
      ip: '127.0.0.1',
      key: randomBytes(32).toString('hex'),
      ports: await freePorts(),
    };
    const file = writeConnectionFile(connection);
    const [program, ...args] = command(file);
    const child = spawn(program, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, JPY_PARENT_PID: String(process.pid) },
      // Ctrl-C in the terminal is for the client, which interrupts the cell.
      detached: process.platform !== 'win32',
    });
    const client = new KernelClient(child, connection, file);
    try {
      await client.#connect();
    } catch (error) {
      await client.kill();
      throw error;
    }
    return client;
  }

  async #connect(): Promise<void> {
    this.#shell.connect(address(this.#connection, 'shell'));
    this.#control.connect(address(this.#connection, 'control'));
    this.#iopub.connect(address(this.#connection, 'iopub'));
    this.#iopub.subscribe();
    void this.#listen(this.#shell);
    void this.#listen(this.#control);
    void this.#listenOutputs();
    // A subscription takes a moment to reach the kernel: it is there when a request's own status comes back.
    for (;;) {
      const seen = this.#idle(async (id) => {
        await this.#send(this.#shell, 'kernel_info_request', {}, id);
      });
      const answered = await Promise.race([seen.done.then(() => true), delay(200, false), this.#died]);
      seen.forget();
      if (answered) return;
    }
  }

  /** Runs code; resolves with the reply's content once everything it put out has been received. */
  async execute(code: string, options: ExecuteOptions): Promise<JsonObject> {
    let reply: Promise<Message> | undefined;
    const seen = this.#idle(async (id) => {
      reply = this.#reply(id);
      await this.#send(
        this.#shell,
        'execute_request',
        {
          code,
          silent: false,
          store_history: true,
          user_expressions: {},
          allow_stdin: false,
          stop_on_error: options.stopOnError ?? true,
        },
        id,
      );
    }, options.output);
    try {
      await Promise.race([seen.done, this.#died]);
      return (await Promise.race([reply as Promise<Message>, this.#died])).content;
    } finally {
      seen.forget();
    }
  }

  async request(type: string, content: JsonObject = {}): Promise<JsonObject> {
    const id = randomUUID();
    const reply = this.#reply(id);
    await this.#send(this.#shell, type, content, id);
    return (await Promise.race([reply, this.#died])).content;
  }

  async interrupt(): Promise<void> {
    const id = randomUUID();
    const reply = this.#reply(id);
    await this.#send(this.#control, 'interrupt_request', {}, id);
    await Promise.race([reply, this.#died]);
  }

  /** Ends the kernel in order, by force if it doesn't within two seconds. */
  async shutdown(): Promise<void> {
    this.#closing = true;
    const exited = this.#died.catch(() => true);
    await this.#send(this.#control, 'shutdown_request', { restart: false }, randomUUID()).catch(() => {});
    if (!(await Promise.race([exited, delay(2000, false)]))) this.#process.kill('SIGKILL');
    await exited;
    this.#close();
  }

  async kill(): Promise<void> {
    this.#closing = true;
    this.#process.kill('SIGKILL');
    await this.#died.catch(() => {});
    this.#close();
  }

  #close(): void {
    for (const socket of [this.#shell, this.#control, this.#iopub]) socket.close();
    try {
      unlinkSync(this.#connectionFile);
      rmdirSync(join(this.#connectionFile, '..'));
    } catch {
      // Somebody else cleaned up.
    }
  }

  #idle(
    send: (id: string) => Promise<void>,
    output: ExecuteOptions['output'] = () => {},
  ): { done: Promise<void>; forget: () => void } {
    const id = randomUUID();
    const done = new Promise<void>((idle, fail) => {
      this.#outputs.set(id, { output, idle });
      send(id).catch(fail);
    });
    return { done, forget: () => this.#outputs.delete(id) };
  }

  #reply(id: string): Promise<Message> {
    return new Promise((resolve) => this.#replies.set(id, resolve));
  }

  async #send(socket: Dealer, type: string, content: JsonObject, id: string): Promise<void> {
    const header = { ...newHeader(type, this.#session), msg_id: id };
    await socket.send(
      encode(
        { identities: [], header, parentHeader: {}, metadata: {}, content, buffers: [] },
        this.#connection.key,
      ) as never,
    );
  }

  async #listen(socket: Dealer): Promise<void> {
    try {
      for await (const frames of socket) {
        const message = decode(frames, this.#connection.key);
        const id = message.parentHeader.msg_id ?? '';
        this.#replies.get(id)?.(message);
        this.#replies.delete(id);
      }
    } catch (error) {
      if (!this.#closing) throw error;
    }
  }

  async #listenOutputs(): Promise<void> {
    try {
      for await (const frames of this.#iopub) {
        const message = decode(frames, this.#connection.key);
        const waiting = this.#outputs.get(message.parentHeader.msg_id ?? '');
        if (!waiting) continue;
        if (message.header.msg_type === 'status') {
          if (message.content.execution_state === 'idle') waiting.idle();
        } else waiting.output(message.header.msg_type, message.content);
      }
    } catch (error) {
      if (!this.#closing) throw error;
    }
  }
}

function delay<T>(milliseconds: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, value).unref?.());
}

/** Ports that the system gives, one for each channel. */
async function freePorts(): Promise<Record<Channel, number>> {
  const servers = await Promise.all(
    CHANNELS.map(
      () =>
        new Promise<import('node:net').Server>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = {} as Record<Channel, number>;
  for (const [index, channel] of CHANNELS.entries()) {
    const server = servers[index] as import('node:net').Server;
    ports[channel] = (server.address() as import('node:net').AddressInfo).port;
    await new Promise((resolve) => server.close(resolve));
  }
  return ports;
}

function writeConnectionFile(connection: ConnectionInfo): string {
  const file = join(mkdtempSync(join(tmpdir(), 'quire-run-')), 'connection.json');
  const content = {
    transport: connection.transport,
    ip: connection.ip,
    key: connection.key,
    signature_scheme: 'hmac-sha256',
    kernel_name: 'quire',
    ...Object.fromEntries(CHANNELS.map((channel) => [`${channel}_port`, connection.ports[channel]])),
  };
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  return file;
}
