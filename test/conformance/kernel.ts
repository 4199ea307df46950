/** A kernel under test, spoken to by Python's jupyter_client. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, inject } from 'vitest';
import { Client, type Message } from './client.ts';
import { violations } from './spec.ts';

export type { Message } from './client.ts';

const environment = inject('environment');
const SECONDS = 20;

/** A `describe` for what needs the Python client: skipped, with the reason in its name, where there is none. */
export function conformance(name: string, tests: () => void): void {
  if ('path' in environment.python) describe(name, tests);
  else describe.skip(`${name} (${environment.python.missing})`, tests);
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Text without the escape sequences of colours. */
export function plain(text: string | string[]): string {
  return stripVTControlCharacters([text].flat().join('\n'));
}

let client: Client | undefined;

function theClient(): Client {
  if ('missing' in environment.python) throw new Error(environment.python.missing);
  client ??= new Client(environment.python.path);
  return client;
}

export interface Process {
  pid: number;
  created: number;
  command: string[];
}

export interface StartOptions {
  cwd?: string;
  transport?: 'tcp' | 'ipc';
  env?: Record<string, string>;
  /** Permissions that the connection file has before the kernel starts. */
  connectionFileMode?: number;
}

export interface ExecuteOptions {
  silent?: boolean;
  storeHistory?: boolean;
  userExpressions?: Record<string, string>;
  allowStdin?: boolean;
  stopOnError?: boolean;
  /** Seconds after which the test is told that the cell didn't end. */
  seconds?: number;
  /** What the user types when asked. */
  answer?: (prompt: string, password: boolean) => string;
}

export type Bundle = Record<string, unknown>;

/** A request, and what the kernel has sent in answer so far; it goes on growing after the request has ended. */
export class Request {
  readonly channel: 'shell' | 'control';
  readonly type: string;
  readonly id: string;
  /** The client's clock, in seconds, when the request left. */
  readonly sent: number;
  readonly messages: Message[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #giveUp: () => void;

  constructor(
    channel: 'shell' | 'control',
    type: string,
    { id, sent }: { id: string; sent: number },
    giveUp: () => void,
  ) {
    this.channel = channel;
    this.type = type;
    this.id = id;
    this.sent = sent;
    this.#giveUp = giveUp;
  }

  receive(message: Message): void {
    this.messages.push(message);
    for (const look of [...this.#waiting]) look();
  }

  /** Waits until `condition` holds of what has arrived. */
  async until(what: string, condition: () => boolean, seconds = SECONDS): Promise<this> {
    if (condition()) return this;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!condition()) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        const got = this.messages.map(({ channel, header }) => `${channel}:${header.msg_type}`);
        const shown =
          got.length > 20 ? [...got.slice(0, 10), `… ${got.length - 20} more …`, ...got.slice(-10)] : got;
        this.#giveUp();
        reject(
          new Error(
            `${this.type} has not brought ${what} in ${seconds} s, but: ${shown.join(', ') || 'nothing'}.`,
          ),
        );
      }, seconds * 1000);
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
    });
    return this;
  }

  get #reply(): Message | undefined {
    return this.messages.find(({ channel }) => channel === this.channel);
  }

  get ended(): boolean {
    return (
      this.#reply !== undefined &&
      this.iopub('status').some(({ content }) => content.execution_state === 'idle')
    );
  }

  /** Waits for the reply and for the kernel to be idle again. */
  end(seconds = SECONDS): Promise<this> {
    return this.until('a reply and idle', () => this.ended, seconds);
  }

  get replyMessage(): Message {
    if (!this.#reply) throw new Error(`${this.type} has no reply yet.`);
    return this.#reply;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the content of a reply is checked by the suite's assertions
  get reply(): any {
    return this.replyMessage.content;
  }

  /** Seconds from the request to its reply. */
  get seconds(): number {
    return this.replyMessage.at - this.sent;
  }

  get status(): string {
    return String(this.reply.status);
  }

  iopub(type?: string): Message[] {
    return this.messages.filter(
      ({ channel, header }) => channel === 'iopub' && (type === undefined || header.msg_type === type),
    );
  }

  get iopubTypes(): string[] {
    return this.iopub().map(({ header }) => header.msg_type);
  }

  stream(name: 'stdout' | 'stderr'): string {
    return this.iopub('stream')
      .filter(({ content }) => content.name === name)
      .map(({ content }) => content.text)
      .join('');
  }

  get stdout(): string {
    return this.stream('stdout');
  }

  get stderr(): string {
    return this.stream('stderr');
  }

  /** The result's bundle. */
  get result(): Bundle | undefined {
    return this.iopub('execute_result')[0]?.content.data as Bundle | undefined;
  }

  /** The result's `text/plain`, without colours. */
  get text(): string | undefined {
    const text = this.result?.['text/plain'];
    return text === undefined ? undefined : plain(String(text));
  }

  /** The bundles shown by the cell, its result included, in order; updates aren't among them. */
  get shown(): Bundle[] {
    return this.messages
      .filter(({ header }) => header.msg_type === 'display_data' || header.msg_type === 'execute_result')
      .map(({ content }) => content.data as Bundle);
  }

  /** Name, message and traceback of the cell's error, without colours. */
  get error(): { ename: string; evalue: string; traceback: string } {
    const content = this.iopub('error')[0]?.content;
    if (!content) throw new Error(`The cell has no error; it ended with ${JSON.stringify(this.reply)}.`);
    return {
      ename: String(content.ename),
      evalue: String(content.evalue),
      traceback: plain(content.traceback as string[]),
    };
  }

  /** Everything that a user can read under the cell. */
  get everything(): string {
    const parts = this.iopub().flatMap(({ content, header }) => {
      if (header.msg_type === 'execute_input') return [];
      if (header.msg_type === 'stream') return [String(content.text)];
      if (header.msg_type === 'error') return content.traceback as string[];
      return Object.values((content.data ?? {}) as Bundle).map(String);
    });
    const payloads = (this.#reply?.content.payload ?? []) as { data?: Bundle }[];
    return plain([...parts, ...payloads.flatMap(({ data }) => Object.values(data ?? {}).map(String))]);
  }
}

interface Started {
  kernel: number;
  pid: number;
  connectionFile: string;
  connection: Record<string, unknown> & { key: string; transport: string };
  session: string;
}

export class Kernel {
  readonly client: Client;
  readonly started: Started;
  /** Every message that came, in order of arrival. */
  readonly messages: Message[] = [];
  /** What was wrong with messages by the protocol. */
  readonly violations: string[] = [];
  readonly #requests = new Map<string, Request>();
  /** Messages that came before the client said which number its request has. */
  readonly #early = new Map<string, Message[]>();
  readonly #answers = new Map<string, NonNullable<ExecuteOptions['answer']>>();
  #pid: number;

  private constructor(client: Client, started: Started) {
    this.client = client;
    this.started = started;
    this.#pid = started.pid;
    client.listen(started.kernel, {
      message: (message) => this.#receive(message),
      bad: (problem) => this.violations.push(problem),
    });
  }

  /** Starts a kernel as its kernelspec says, and waits until it answers. */
  static async start(options: StartOptions = {}, attempts = 3): Promise<Kernel> {
    const spec = JSON.parse(readFileSync(join(environment.kernelspec, 'kernel.json'), 'utf8')) as {
      argv: string[];
      env?: Record<string, string>;
    };
    const [node, ...rest] = spec.argv as [string, ...string[]];
    const argv = [environment.node ?? node, ...rest];
    const started = await theClient().perform<Started>('start', {
      ...options,
      argv,
      env: { ...spec.env, ...options.env },
    });
    const kernel = new Kernel(theClient(), started);
    try {
      await kernel.ready();
    } catch (error) {
      await kernel.stop();
      // The client picks free ports, and another process may take one before the kernel does.
      if (attempts > 1 && String(error).includes('Address already in use'))
        return Kernel.start(options, attempts - 1);
      throw error;
    }
    return kernel;
  }

  get pid(): number {
    return this.#pid;
  }

  #receive(message: Message): void {
    this.messages.push(message);
    this.violations.push(...violations(message));
    const parent = message.parent_header.msg_id ?? '';
    const request = this.#requests.get(parent);
    if (request) request.receive(message);
    else this.#early.set(parent, [...(this.#early.get(parent) ?? []), message]);
    this.#answer(message);
  }

  /** Types the answer to a question, where the test gave one. */
  #answer(message: Message): void {
    const answer = this.#answers.get(message.parent_header.msg_id ?? '');
    if (message.header.msg_type !== 'input_request' || !answer) return;
    const { prompt, password } = message.content as { prompt: string; password: boolean };
    const value = answer(prompt, password);
    void this.send('stdin', 'input_reply', { status: 'ok', value }, { parent: message });
  }

  /** Waits until the kernel answers and its output is heard. */
  async ready(): Promise<void> {
    for (let attempt = 0; attempt < 60; attempt++) {
      const request = await this.request('kernel_info_request', {});
      try {
        await request.end(0.5);
        return;
      } catch {
        if (!(await this.alive())) throw new Error(`The kernel ended while it started.\n${await this.log()}`);
      }
    }
    throw new Error(`The kernel does not answer.\n${await this.log()}`);
  }

  perform<T>(op: string, values: Record<string, unknown> = {}): Promise<T> {
    return this.client.perform<T>(op, { kernel: this.started.kernel, ...values });
  }

  send(
    channel: 'shell' | 'control' | 'stdin',
    type: string,
    content: Record<string, unknown>,
    more: { metadata?: Record<string, unknown>; parent?: Message; buffers?: string[] } = {},
  ): Promise<{ id: string; sent: number }> {
    return this.perform('send', { channel, type, content, ...more });
  }

  /** Sends a request and doesn't wait for its answer. */
  async request(
    type: string,
    content: Record<string, unknown>,
    channel: 'shell' | 'control' = 'shell',
    more: Parameters<Kernel['send']>[3] = {},
    giveUp: () => void = () => {},
  ): Promise<Request> {
    const sent = await this.send(channel, type, content, more);
    const request = new Request(channel, type, sent, giveUp);
    this.#requests.set(request.id, request);
    for (const message of this.#early.get(request.id) ?? []) request.receive(message);
    this.#early.delete(request.id);
    return request;
  }

  /** Sends a request and waits for its answer. */
  async ask(
    type: string,
    content: Record<string, unknown> = {},
    channel: 'shell' | 'control' = 'shell',
  ): Promise<Request> {
    return (await this.request(type, content, channel)).end();
  }

  /** Starts a cell and doesn't wait for its end. */
  async begin(code: string, options: ExecuteOptions = {}): Promise<Request> {
    const content = {
      code,
      silent: options.silent ?? false,
      store_history: options.storeHistory ?? !options.silent,
      user_expressions: options.userExpressions ?? {},
      allow_stdin: options.allowStdin ?? options.answer !== undefined,
      stop_on_error: options.stopOnError ?? true,
    };
    // A cell that hangs should fail its own test, and not the ones after it.
    const request = await this.request('execute_request', content, 'shell', {}, () => void this.interrupt());
    if (options.answer) {
      this.#answers.set(request.id, options.answer);
      for (const message of request.messages) this.#answer(message);
    }
    return request;
  }

  /** Runs a cell to its end, however it ends. */
  async execute(code: string, options: ExecuteOptions = {}): Promise<Request> {
    return (await this.begin(code, options)).end(options.seconds);
  }

  /** Runs a cell that has to succeed. */
  async run(code: string, options: ExecuteOptions = {}): Promise<Request> {
    const request = await this.execute(code, options);
    if (request.status !== 'ok') {
      throw new Error(`The cell ended with "${request.status}":\n${code}\n\n${request.everything}`);
    }
    return request;
  }

  /** The value of an expression, by way of JSON. */
  async value(expression: string): Promise<unknown> {
    const { stdout } = await this.run(`console.log(JSON.stringify(${expression}))`);
    return stdout.trim() === 'undefined' ? undefined : JSON.parse(stdout);
  }

  /** Starts a cell that doesn't end by itself, and waits until it must be running. */
  async running(code: string, options: ExecuteOptions = {}): Promise<Request> {
    const request = await this.begin(code, options);
    await request.until('its input', () => request.iopub('execute_input').length > 0);
    // It is checked and compiled first; no cell of the suites takes longer.
    await sleep(400);
    if (request.ended) throw new Error(`The cell has ended:\n${request.everything}`);
    return request;
  }

  /** Interrupts the running cell by a message. */
  interrupt(): Promise<Request> {
    return this.request('interrupt_request', {}, 'control');
  }

  complete(code: string, cursor = [...code].length): Promise<Request> {
    return this.ask('complete_request', { code, cursor_pos: cursor });
  }

  inspect(code: string, cursor = [...code].length, detail: 0 | 1 = 0): Promise<Request> {
    return this.ask('inspect_request', { code, cursor_pos: cursor, detail_level: detail });
  }

  alive(): Promise<boolean> {
    return this.perform('alive');
  }

  /** The kernel's process and those below it. */
  processes(): Promise<Process[]> {
    return this.perform('processes');
  }

  /** Those of `processes` that still run. */
  living(processes: Process[]): Promise<Process[]> {
    return this.client.perform('living', { processes });
  }

  /** What the kernel's process wrote to its own standard output and error. */
  log(): Promise<string> {
    return this.perform('log');
  }

  /** Restarts the kernel as a server does, and waits until it answers. */
  async restart(): Promise<void> {
    const { pid } = await this.perform<{ pid: number }>('restart');
    this.#pid = pid;
    await this.ready();
  }

  /** Ends the kernel, however it is. */
  async stop(): Promise<void> {
    await this.perform('stop');
  }
}

/** The kernel, or a fresh one where a failed test left it stuck: so that each test fails for its own reason. */
export async function revived(kernel: Kernel): Promise<Kernel> {
  try {
    const request = await kernel.execute('[0].length', { seconds: 3 });
    if (request.status === 'ok') return kernel;
  } catch {
    // It doesn't answer.
  }
  await kernel.stop();
  return Kernel.start();
}

/** `stop` for `afterAll`, where a failed start left no kernel. */
export async function stopped(...kernels: (Kernel | undefined)[]): Promise<void> {
  for (const kernel of kernels) await kernel?.stop();
}
