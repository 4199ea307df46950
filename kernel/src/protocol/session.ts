/** What each request means: https://jupyter-client.readthedocs.io/en/stable/messaging.html */
import { randomUUID } from 'node:crypto';
import { type Analysis, analyze, isTriviallyTyped } from '../evaluator/analyze.ts';
import { CompileError, compileCell } from '../evaluator/compile.ts';
import { reportAt, reportError } from '../evaluator/errors.ts';
import { isComplete } from '../language/completeness.ts';
import { Language } from '../language/language.ts';
import { packageVersion } from '../package.ts';
import type { Transport } from '../transport/sockets.ts';
import {
  type Header,
  type JsonObject,
  type Message,
  newHeader,
  PROTOCOL_VERSION,
} from '../transport/wire.ts';
import { History, type HistoryRequest } from './history.ts';
import { Interrupter } from './interrupts.ts';
import { type Prepared, prepare, type TypecheckMode } from './magics.ts';
import type { ErrorReport, ExecuteCommand, FromEvaluator, ToEvaluator } from './messages.ts';

export interface SessionOptions {
  transport: Transport;
  log: (text: string) => void;
  exit: () => void;
  evaluator: (message: ToEvaluator, transfer?: ArrayBuffer[]) => void;
}

interface QueuedRequest {
  message: Message;
  channel: 'shell' | 'control';
}

interface Cell {
  request: Message;
  channel: 'shell' | 'control';
  run: number;
  cancelled: boolean;
  /** Ends the cell from outside, when it isn't with the evaluator. */
  done: ((message: Extract<FromEvaluator, { type: 'done' }>) => void) | undefined;
}

const VERSION = packageVersion();
const TYPESCRIPT_VERSION = '7.0.2';

/** How many cells back output is still stamped with the cell it came from. */
const REMEMBERED_RUNS = 10_000;

/** The language server starts when the first answer is out. */
const WARM_UP_MS = 50;

export class KernelSession {
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  readonly #id = randomUUID();
  readonly #history = new History();
  readonly #language: Language;
  readonly #interrupter = new Interrupter();
  readonly #queue: QueuedRequest[] = [];
  readonly #parents = new Map<number, Header>();
  readonly #inputs = new Map<string, number>();
  readonly #properties = new Map<number, (names: { name: string; kind: string }[]) => void>();

  #executionCount = 0;
  #runs = 0;
  #requests = 0;
  #cell: Cell | undefined;
  /** Tells that the running cell has begun: sent while it runs already, and before anything else is published. */
  #announcement: (() => void) | undefined;
  #working = false;
  #typecheck: TypecheckMode = 'error';
  #comms: Record<string, string> = {};
  #interrupting: Promise<boolean> | undefined;
  #shuttingDown = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#transport = options.transport;
    this.#language = new Language({ log: options.log, properties: (path) => this.#askProperties(path) });
    this.#publish('status', { execution_state: 'starting' }, {});
  }

  // ── Requests ────────────────────────────────────────────────────────────────

  receive(channel: 'shell' | 'control' | 'stdin', message: Message): void {
    if (channel === 'stdin') return this.#receiveInput(message);
    if (message.header.msg_type === 'execute_request') {
      this.#queue.push({ message, channel });
      void this.#work();
      return;
    }
    void this.#answer(channel, message);
  }

  async #answer(channel: 'shell' | 'control', message: Message): Promise<void> {
    const handler = this.#handlers[message.header.msg_type];
    if (!handler) {
      this.#options.log(`Ignored on ${channel}: a message of the unknown type ${message.header.msg_type}`);
      return;
    }
    this.#status('busy', message.header);
    try {
      const content = await handler(message);
      if (content) this.#reply(channel, message, content);
    } catch (error) {
      this.#reply(channel, message, { status: 'error', ...reportError(error) });
      this.#options.log(`${message.header.msg_type}: ${(error as Error).stack ?? error}`);
    }
    this.#status('idle', message.header);
    // Front ends show the last state that was published, whichever request it belonged to.
    if (this.#cell && message.header.msg_type !== 'shutdown_request')
      this.#status('busy', this.#cell.request.header);
    if (this.#shuttingDown) await this.#end();
  }

  readonly #handlers: Record<
    string,
    (message: Message) => JsonObject | undefined | Promise<JsonObject | undefined>
  > = {
    kernel_info_request: () => this.#kernelInfo(),
    complete_request: ({ content }) =>
      this.#language.complete(String(content.code ?? ''), Number(content.cursor_pos ?? 0)),
    inspect_request: ({ content }) =>
      this.#language.inspect(
        String(content.code ?? ''),
        Number(content.cursor_pos ?? 0),
        Number(content.detail_level ?? 0),
      ),
    is_complete_request: ({ content }) => isComplete(String(content.code ?? '')),
    history_request: ({ content }) => ({
      status: 'ok',
      history: this.#history.find(content as HistoryRequest),
    }),
    comm_info_request: ({ content }) => ({
      status: 'ok',
      comms: Object.fromEntries(
        Object.entries(this.#comms)
          .filter(([, target]) => !content.target_name || target === content.target_name)
          .map(([id, target]) => [id, { target_name: target }]),
      ),
    }),
    comm_open: (message) => this.#comm('open', message),
    comm_msg: (message) => this.#comm('msg', message),
    comm_close: (message) => this.#comm('close', message),
    interrupt_request: async () => {
      await this.interrupt();
      return { status: 'ok' };
    },
    shutdown_request: async ({ content }) => {
      this.#shuttingDown = true;
      if (this.#cell) await this.interrupt();
      return { status: 'ok', restart: content.restart === true };
    },
  };

  #kernelInfo(): JsonObject {
    return {
      status: 'ok',
      protocol_version: PROTOCOL_VERSION,
      implementation: 'quire',
      implementation_version: VERSION,
      language_info: {
        name: 'typescript',
        version: TYPESCRIPT_VERSION,
        mimetype: 'application/typescript',
        file_extension: '.ts',
        pygments_lexer: 'typescript',
        codemirror_mode: 'typescript',
        nbconvert_exporter: 'script',
      },
      banner: `Quire ${VERSION}: TypeScript ${TYPESCRIPT_VERSION} on Node.js ${process.versions.node}`,
      debugger: false,
      help_links: [
        { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
        { text: 'Node.js', url: 'https://nodejs.org/docs/latest/api/' },
        { text: 'TensorFlow.js', url: 'https://js.tensorflow.org/api/latest/' },
      ],
      supported_features: [],
    };
  }

  #comm(kind: 'open' | 'msg' | 'close', message: Message): undefined {
    const run = ++this.#runs;
    this.#remember(run, message.header);
    this.#options.evaluator({
      type: 'comm',
      kind,
      run,
      content: message.content,
      metadata: message.metadata,
      buffers: message.buffers.map((buffer) => new Uint8Array(buffer)),
    });
    return undefined;
  }

  async #end(): Promise<void> {
    this.#abort(this.#queue.splice(0));
    this.#language.close();
    this.#interrupter.close();
    await this.#transport.flushed();
    await this.#transport.close();
    this.#options.exit();
  }

  // ── Executing ───────────────────────────────────────────────────────────────

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#queue.shift(); next && !this.#shuttingDown; next = this.#queue.shift()) {
      const { message, channel } = next;
      let error: ErrorReport | undefined;
      try {
        error = await this.#execute(message, channel);
      } catch (thrown) {
        this.#options.log(`execute_request: ${(thrown as Error).stack ?? thrown}`);
        error = reportError(thrown);
      }
      // What was sent together with the failed cell is aborted; what comes after its reply is not.
      let aborted: QueuedRequest[] = [];
      if (error) {
        if (message.content.silent !== true) this.#publish('error', { ...error }, message.header);
        if (message.content.stop_on_error !== false) {
          await this.#receivedSoFar();
          aborted = this.#queue.splice(0);
        }
        this.#replyError(channel, message, error);
      }
      this.#cell = undefined;
      this.#status('idle', message.header);
      this.#abort(aborted);
      this.#language.warmUp(WARM_UP_MS);
    }
    this.#working = false;
  }

  /** Lets the messages that already lie in the sockets come in. */
  async #receivedSoFar(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  #abort(requests: readonly QueuedRequest[]): void {
    for (const { message, channel } of requests) {
      this.#status('busy', message.header);
      this.#reply(channel, message, { status: 'aborted', execution_count: this.#executionCount });
      this.#status('idle', message.header);
    }
  }

  /** Runs one cell and answers it, unless it failed: then the error is returned. */
  async #execute(message: Message, channel: 'shell' | 'control'): Promise<ErrorReport | undefined> {
    const { content } = message;
    const code = typeof content.code === 'string' ? content.code : '';
    const silent = content.silent === true;
    const stored = !silent && content.store_history !== false;
    const run = ++this.#runs;
    const cell: Cell = { request: message, channel, run, cancelled: false, done: undefined };
    this.#cell = cell;
    this.#remember(run, message.header);
    if (stored) {
      this.#executionCount += 1;
      if (code.trim() !== '') this.#history.add(this.#executionCount, code);
    }
    const count = this.#executionCount;
    this.#announcement = () => {
      this.#status('busy', message.header);
      if (!silent) this.#publish('execute_input', { code, execution_count: count }, message.header);
    };

    const label = `In [${silent ? `silent ${run}` : count}]`;
    const result = await this.#run(cell, code, label, content);
    if (result.error) return result.error;
    this.#reply(channel, message, {
      status: 'ok',
      execution_count: count,
      user_expressions: result.userExpressions,
      payload: [],
    });
    if (result.result && !silent) {
      const { data, metadata } = result.result;
      this.#publish('execute_result', { execution_count: count, data, metadata }, message.header);
      const text = data['text/plain'];
      if (stored && typeof text === 'string') this.#history.setOutput(count, text);
    }
    return undefined;
  }

  async #run(
    cell: Cell,
    code: string,
    label: string,
    content: JsonObject,
  ): Promise<Pick<Extract<FromEvaluator, { type: 'done' }>, 'result' | 'error' | 'userExpressions'>> {
    const failed = (error: ErrorReport) => ({ result: undefined, error, userExpressions: {} });

    let prepared: Prepared;
    try {
      prepared = prepare(code);
    } catch (error) {
      return failed(reportError(error));
    }
    if (prepared.typecheck) this.#typecheck = prepared.typecheck;
    if (prepared.help !== undefined) {
      this.#announce();
      const found = await this.#language.inspect(prepared.help, prepared.help.length, 1);
      const data = (
        found.found ? found.data : { 'text/plain': `Nothing is known of ${prepared.help}.` }
      ) as JsonObject;
      return { result: { data, metadata: {} }, error: undefined, userExpressions: {} };
    }

    const { source } = prepared;
    const analysis = analyze(source);
    const command: Omit<ExecuteCommand, 'code' | 'maps'> = {
      type: 'execute',
      run: cell.run,
      label,
      source: code,
      timed: prepared.timed,
      names: analysis.bindings.map(({ name }) => name),
      userExpressions: await this.#compileExpressions(
        (content.user_expressions ?? {}) as JsonObject,
        cell.run,
      ),
      allowStdin: content.allow_stdin !== false,
    };

    let compiled: Awaited<ReturnType<typeof compileCell>>;
    try {
      compiled = await compileCell(source, analysis, {
        id: cell.run,
        javascript: prepared.javascript,
        experimentalDecorators: this.#language.experimentalDecorators,
      });
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      const offset = Math.min(error.offset ?? source.length, source.length);
      return failed(
        reportAt('SyntaxError', error.message, label, source, offset, (error.end ?? offset + 1) - offset),
      );
    }

    const problems = await this.#check(source, analysis, prepared, label);
    if (cell.cancelled) return failed(interrupted());
    if (problems) {
      if (this.#typecheck === 'error') {
        problems.traceback.push(
          'The cell was not run. `// @ts-nocheck` in its first line runs it unchecked; `%typecheck warn` runs all cells.',
        );
        return failed(problems);
      }
      this.#publish(
        'stream',
        { name: 'stderr', text: `${problems.traceback.join('\n')}\n` },
        cell.request.header,
      );
    }

    // A termination on its way would hit this cell in place of the one that it was meant for.
    await this.#interrupting;
    if (cell.cancelled) return failed(interrupted());
    const done = await new Promise<Extract<FromEvaluator, { type: 'done' }>>((resolve) => {
      cell.done = resolve;
      this.#options.evaluator({ ...command, code: compiled.code, maps: compiled.maps() });
      this.#announce();
    });
    if (prepared.javascript) this.#language.executedUntyped(analysis);
    else this.#language.executed(source, analysis, done.error === undefined);
    return done;
  }

  async #check(
    source: string,
    analysis: Analysis,
    prepared: Prepared,
    label: string,
  ): Promise<ErrorReport | undefined> {
    if (this.#typecheck === 'off' || prepared.javascript || /^\s*\/\/\s*@ts-nocheck/.test(source))
      return undefined;
    if (isTriviallyTyped(analysis.body)) return undefined;
    this.#announce();
    return this.#language.check(source, analysis, label);
  }

  async #compileExpressions(
    expressions: JsonObject,
    run: number,
  ): Promise<ExecuteCommand['userExpressions']> {
    const compiled: ExecuteCommand['userExpressions'] = {};
    for (const [name, text] of Object.entries(expressions)) {
      try {
        const source = String(text);
        compiled[name] = { code: (await compileCell(source, analyze(source), { id: run })).code };
      } catch (error) {
        compiled[name] = { error: reportError(error) };
      }
    }
    return compiled;
  }

  // ── Interrupting ────────────────────────────────────────────────────────────

  /** Stops the running cell; resolves when it is stopped, or nothing more can be done. */
  async interrupt(): Promise<void> {
    const cell = this.#cell;
    if (cell && !cell.done) {
      cell.cancelled = true;
      return;
    }
    // Without a cell too: what an earlier one left behind, a timer say, may be computing.
    const run = cell?.run ?? this.#runs;
    this.#interrupting ??= this.#interrupter
      .interrupt((attempt) => this.#options.evaluator({ type: 'interrupt', run, attempt }))
      .finally(() => {
        this.#interrupting = undefined;
      });
    if (!(await this.#interrupting))
      this.#options.log('The running cell could not be interrupted: it is in native code.');
  }

  // ── From the evaluator ──────────────────────────────────────────────────────

  fromEvaluator(message: FromEvaluator): void {
    switch (message.type) {
      case 'display':
        this.#publish(
          message.update ? 'update_display_data' : 'display_data',
          {
            data: message.data,
            metadata: message.metadata,
            transient: message.displayId === undefined ? {} : { display_id: message.displayId },
          },
          this.#parent(message.run),
        );
        return;
      case 'clear':
        this.#publish('clear_output', { wait: message.wait }, this.#parent(message.run));
        return;
      case 'stray-error':
        this.#publish('error', { ...message.error }, this.#parent(message.run));
        return;
      case 'done':
        if (this.#cell?.run === message.run) this.#cell.done?.(message);
        return;
      case 'interrupted':
        // What the interrupted thread wanted to say of the cell, or heard of it, may be lost: the cell is over.
        if (this.#cell?.run === message.run) this.#cell.done?.(ended(message.run));
        this.#interrupter.acknowledge(message.attempt);
        return;
      case 'input-request':
        this.#requestInput(message);
        return;
      case 'comm':
        this.#publish(
          message.kind,
          message.content,
          this.#parent(message.run),
          message.metadata,
          message.buffers,
        );
        return;
      case 'targets':
        this.#comms = message.comms;
        return;
      case 'properties':
        this.#properties.get(message.request)?.(message.names);
        this.#properties.delete(message.request);
        return;
      case 'working-directory':
        this.#language.moveTo(message.path);
        return;
      case 'reset':
        this.#language.reset();
        return;
    }
  }

  /** What native code or a child wrote on a descriptor: of the running cell, or else of the last one. */
  printed(name: 'stdout' | 'stderr', text: string): void {
    this.stream(this.#cell?.run ?? this.#runs, name, text);
  }

  /** What a cell's JavaScript printed. */
  stream(run: number, name: string, text: string): void {
    if (text !== '') this.#publish('stream', { name, text }, this.#parent(run));
  }

  #askProperties(path: string[]): Promise<{ name: string; kind: string }[]> {
    // A thread that computes doesn't answer; completion has to.
    if (this.#cell) return Promise.resolve([]);
    const request = ++this.#requests;
    return new Promise((resolve) => {
      this.#properties.set(request, resolve);
      setTimeout(resolve, 250, []);
      this.#options.evaluator({ type: 'properties', request, path });
    });
  }

  // ── Input ───────────────────────────────────────────────────────────────────

  #requestInput(message: Extract<FromEvaluator, { type: 'input-request' }>): void {
    const cell = this.#cell;
    if (!cell) return;
    const header = newHeader('input_request', this.#id);
    this.#inputs.set(header.msg_id, message.request);
    this.#lastInput = message.request;
    this.#transport.send('stdin', {
      identities: cell.request.identities,
      header,
      parentHeader: cell.request.header,
      metadata: {},
      content: { prompt: message.prompt, password: message.password },
      buffers: [],
    });
  }

  #lastInput = 0;

  #receiveInput(message: Message): void {
    if (message.header.msg_type !== 'input_reply') return;
    // Some clients answer with the header of the execute_request, or with none, as parent.
    const request = this.#inputs.get(message.parentHeader.msg_id ?? '') ?? this.#lastInput;
    this.#inputs.delete(message.parentHeader.msg_id ?? '');
    this.#options.evaluator({ type: 'input', request, value: String(message.content.value ?? '') });
  }

  // ── Sending ─────────────────────────────────────────────────────────────────

  #remember(run: number, header: Header): void {
    this.#parents.set(run, header);
    this.#parents.delete(run - REMEMBERED_RUNS);
  }

  #parent(run: number): Header | Record<string, never> {
    return this.#parents.get(run) ?? this.#parents.get(this.#runs) ?? {};
  }

  #status(state: 'busy' | 'idle', parent: Header): void {
    this.#publish('status', { execution_state: state }, parent);
  }

  #announce(): void {
    const announcement = this.#announcement;
    this.#announcement = undefined;
    announcement?.();
  }

  #publish(
    type: string,
    content: JsonObject,
    parentHeader: Header | Record<string, never>,
    metadata: JsonObject = {},
    buffers: Uint8Array[] = [],
  ): void {
    this.#announce();
    this.#transport.publish({
      identities: [Buffer.from(type)],
      header: newHeader(type, this.#id),
      parentHeader,
      metadata,
      content,
      buffers,
    });
  }

  #replyError(channel: 'shell' | 'control', message: Message, error: ErrorReport): void {
    this.#reply(channel, message, {
      status: 'error',
      execution_count: this.#executionCount,
      user_expressions: {},
      payload: [],
      ...error,
    });
  }

  #reply(channel: 'shell' | 'control', message: Message, content: JsonObject): void {
    const type = message.header.msg_type.replace(/_request$/, '_reply');
    this.#transport.send(channel, {
      identities: message.identities,
      header: newHeader(type, this.#id),
      parentHeader: message.header,
      metadata: {},
      content,
      buffers: [],
    });
  }
}

function ended(run: number): Extract<FromEvaluator, { type: 'done' }> {
  return { type: 'done', run, result: undefined, error: interrupted(), userExpressions: {} };
}

function interrupted(): ErrorReport {
  return reportError(Object.assign(new Error('The cell was interrupted.'), { name: 'Interrupted' }));
}
