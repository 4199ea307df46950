/**
 * Runs cells on the main thread, in V8's REPL mode, and reports what they print, show and throw to the protocol
 * thread. Nothing here may wait on a promise of its own while a cell runs: an interrupt drops pending microtasks.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { formatValue, metadataOf } from '../display/format.ts';
import { createDisplay } from '../display/index.ts';
import { createTslab } from '../display/tslab.ts';
import type { DisplaySink, MimeBundle } from '../display/types.ts';
import type {
  ErrorReport,
  ExecuteCommand,
  FromEvaluator,
  ToEvaluator,
  UserExpressionResult,
} from '../protocol/messages.ts';
import { RingWriter } from '../transport/ring.ts';
import { parse } from './analyze.ts';
import { guardExit, Whereabouts } from './background.ts';
import { createComms } from './comms.ts';
import { RUNTIME } from './compile.ts';
import { reportAt, reportError } from './errors.ts';
import type { CellGlobals, InputApi, Quire } from './globals.ts';
import { createMagics } from './magics.ts';
import { Importer, importMeta } from './modules.ts';
import { originalPosition, parseFrame, prepareStackTrace, registerScript, runsUserCode } from './stacks.ts';
import { captureProcessStreams, endDescendants, hookChildProcesses } from './streams.ts';
import { timings } from './timing.ts';
import { type Outcome, openV8 } from './v8.ts';

/** Thrown into code of a cell that was interrupted. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor() {
    super('The cell was interrupted.');
  }
}

interface Running {
  command: ExecuteCommand;
  disposables: { asynchronous: boolean; value: Disposable & AsyncDisposable }[];
  started: { wall: number; cpu: NodeJS.CpuUsage };
}

const STACK_FRAMES = 30;

/**
 * @param port to the protocol thread
 * @param memory the ring that printed text goes through
 */
export function startEvaluator(port: Worker, memory: SharedArrayBuffer): void {
  /**
   * The first is not 0 while this thread is in native code that calls back into JavaScript, and ends the process where
   * that was terminated; the second while a termination is under way, when no such code may begin.
   */
  const native = new Int32Array(2);
  Object.defineProperty(globalThis, Symbol.for('quire.native'), { value: native });
  const results = new Map<number, unknown>();
  const v8 = openV8(results);
  const where = new Whereabouts();
  const controllers = new Map<number, AbortController>();
  const boundNames = new Set<string>();
  const inputs = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  /** The run that each label, `In [3]`, was last given to. */
  const labels = new Map<string, number>();
  let running: Running | undefined;
  let requests = 0;
  /** The last attempt of an interrupt that was answered. */
  let answered = 0;

  const output = new RingWriter(memory, () => port.postMessage({ type: 'output' } satisfies FromEvaluator));
  const post = (message: Exclude<FromEvaluator, { type: 'output' }>): void => {
    const mark = output.mark();
    try {
      port.postMessage({ ...message, mark });
    } catch (error) {
      // It holds what can't be sent, a function say; what is printed from now on must not wait for it.
      port.postMessage({ type: 'output', mark });
      throw error;
    }
  };
  captureProcessStreams((name, text) => output.write(where.current, name, text));
  hookChildProcesses(() => output.drained());
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = STACK_FRAMES;

  const sink: DisplaySink = {
    display: ({ data, metadata = {}, displayId }) =>
      post({ type: 'display', run: where.current, data, metadata, displayId, update: false }),
    update: ({ data, metadata = {}, displayId }) =>
      post({ type: 'display', run: where.current, data, metadata, displayId, update: true }),
    clear: (wait) => post({ type: 'clear', run: where.current, wait }),
    stream: (name, text) => output.write(where.current, name, text),
  };

  // ── What cells find ─────────────────────────────────────────────────────────

  const importer = new Importer({
    tslab: () => createTslab(sink) as unknown as Record<string, unknown>,
  });
  const notebookFile = (): string => join(process.cwd(), 'notebook.ts');

  const signalOf = (run: number): AbortSignal => {
    let controller = controllers.get(run);
    if (!controller) {
      controller = new AbortController();
      controllers.set(run, controller);
      if (where.interrupted.has(run)) controller.abort(new Interrupted());
    }
    return controller.signal;
  };

  const comms = createComms(
    (kind, content, { metadata = {}, buffers = [] }) =>
      post({ type: 'comm', run: where.current, kind, content, metadata, buffers }),
    (open) => post({ type: 'targets', comms: open }),
  );

  const ask = (prompt: string, password: boolean): Promise<string> => {
    if (!running?.command.allowStdin) {
      throw new Error(
        'This front end does not take input for this cell (allow_stdin is false). Put the value into a variable instead.',
      );
    }
    const request = ++requests;
    const run = where.current;
    return new Promise((resolve, reject) => {
      inputs.set(request, { resolve, reject });
      post({ type: 'input-request', run, request, prompt, password });
    });
  };

  const inputApi: InputApi = {
    input: async (prompt = '') => ask(String(prompt), false),
    password: async (prompt = '') => ask(String(prompt), true),
    confirm: async (prompt = '') => {
      for (;;) {
        const answer = (await ask(`${String(prompt)} [y/n] `, false)).trim().toLowerCase();
        if (/^(y|yes|true|1)$/.test(answer)) return true;
        if (/^(n|no|false|0|)$/.test(answer)) return false;
      }
    },
  };
  /** What the running cell shows that is still to come. */
  const displays = new Set<Promise<void>>();
  const display = createDisplay(sink, (sent) => {
    displays.add(sent);
    void sent.finally(() => displays.delete(sent));
  });
  const quire: Quire = {
    ...display,
    ...inputApi,
    comms,
    get signal(): AbortSignal {
      return signalOf(where.current);
    },
  };
  const globals: CellGlobals = { ...display, ...inputApi, quire };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
  }
  Object.defineProperty(globalThis, 'require', {
    configurable: true,
    enumerable: false,
    get: () => importer.require(notebookFile()),
    set: (value: unknown) =>
      Object.defineProperty(globalThis, 'require', { value, configurable: true, writable: true }),
  });

  // ── What compiled cells call ────────────────────────────────────────────────

  const magics = createMagics({
    names: boundNames,
    evaluate: v8.value,
    sink,
    signal: () => signalOf(where.current),
    moved: (path) => post({ type: 'working-directory', path }),
    reset: () => {
      for (const name of boundNames) v8.value(`${name} = undefined`);
      boundNames.clear();
      post({ type: 'reset' });
    },
  });
  const runtime = {
    result(run: number, value: unknown): void {
      results.set(run, value);
    },
    cell: () => where.current,
    /** Passes on what was awaited, in the cell that awaited it, unless that was interrupted. */
    resume<T>(run: number, value?: T): T {
      if (where.interrupted.has(run)) throw new Interrupted();
      where.enter(run);
      return value as T;
    },
    use<T>(asynchronous: boolean, value: T): T {
      if (value === null || value === undefined) return value;
      const candidate = value as unknown as Disposable & AsyncDisposable;
      const usable =
        typeof candidate[Symbol.dispose] === 'function' ||
        (asynchronous && typeof candidate[Symbol.asyncDispose] === 'function');
      if (!usable) {
        throw new TypeError(
          `A value declared with ${asynchronous ? 'await using' : 'using'} needs a [Symbol.${asynchronous ? 'asyncDispose' : 'dispose'}] method.`,
        );
      }
      running?.disposables.push({ asynchronous, value: candidate });
      return value;
    },
    import: (specifier: string) => {
      const run = where.current;
      return importer.import(String(specifier), notebookFile()).finally(() => {
        where.current = run;
      });
    },
    get meta() {
      return importMeta(notebookFile());
    },
    magics,
    /**
     * Ends what runs on this thread, unless that is the kernel's own work or the interrupt was answered already.
     * Called by the protocol thread, in the middle of whatever this one does.
     */
    terminate(attempt: number, forced: boolean): 'ends' | 'native' | 'nothing' {
      if (attempt <= answered) return 'nothing';
      if (Atomics.load(native, 0) !== 0) return 'native';
      if (!forced && !runsUserCode()) return 'nothing';
      Atomics.store(native, 1, 1);
      v8.terminate(() => Atomics.store(native, 1, 0));
      return 'ends';
    },
  };
  Object.defineProperty(globalThis, RUNTIME, { value: runtime, enumerable: false });
  Object.defineProperty(globalThis, 'babelHelpers', {
    enumerable: false,
    value: new Proxy({} as Record<string, unknown>, {
      get: (_, name) => createRequire(import.meta.url)(`@oxc-project/runtime/helpers/${String(name)}`),
    }),
  });

  // ── Errors that no cell waits for ───────────────────────────────────────────

  const exit = guardExit();
  where.followSchedulers();

  /** The latest run whose code is in the error's stack. */
  const runOf = (reason: unknown): number | undefined => {
    try {
      for (const frame of ((reason as Error).stack ?? '').split('\n').slice(1)) {
        const run = labels.get(parseFrame(frame)?.label ?? '');
        if (run !== undefined) return run;
      }
    } catch {
      // No stack to read.
    }
    return undefined;
  };
  const stray = (error: unknown, run: number): void => {
    if (!(error instanceof Interrupted)) post({ type: 'stray-error', run, error: reportError(error) });
  };
  process.on('uncaughtException', (error) =>
    stray(error, where.takeStray() ?? runOf(error) ?? where.current),
  );
  process.on('unhandledRejection', (reason) => stray(reason, runOf(reason) ?? where.current));

  // ── Running a cell ──────────────────────────────────────────────────────────

  function execute(command: ExecuteCommand): void {
    const { run, label } = command;
    const url = `quire-cell:${run}`;
    registerScript(url, label, command.source, command.maps);
    labels.set(label, run);
    for (const name of command.names) boundNames.add(name);
    where.current = run;
    where.running = run;
    // What an interrupt dropped never comes.
    displays.clear();
    running = { command, disposables: [], started: { wall: performance.now(), cpu: process.cpuUsage() } };
    v8.evaluate(command.code, url, (outcome) => settle(run, url, outcome));
  }

  function settle(run: number, url: string, outcome: Outcome): void {
    if (running?.command.run !== run) return;
    where.current = run;
    const { command, disposables } = running;
    if (disposables.length > 0) {
      running.disposables = [];
      void dispose(disposables, outcome).then((after) => settle(run, url, after));
      return;
    }
    if (!outcome && displays.size > 0) {
      void Promise.allSettled(displays).then(() => settle(run, url, outcome));
      return;
    }
    if (command.timed) output.write(run, 'stdout', timings(running.started));
    if (!outcome) {
      const value = results.get(run);
      show(value, (data) => {
        const result = data && { data, metadata: metadataOf(value) ?? {} };
        evaluateUserExpressions(command, (expressions) => finish(run, result, undefined, expressions));
      });
    } else if ('interrupted' in outcome) stop(run);
    else finish(run, undefined, describe(outcome, url, command));
  }

  function describe(
    outcome: Extract<Outcome, { thrown: unknown }>,
    url: string,
    command: ExecuteCommand,
  ): ErrorReport {
    const { thrown, position } = outcome;
    // V8 finds some errors only when it compiles a cell, as a second `let` of one name; they have no stack.
    if (thrown instanceof SyntaxError && position && runOf(thrown) === undefined) {
      const found = originalPosition(url, position);
      if (found) {
        const lines = command.source.split('\n').slice(0, found.line - 1);
        const offset = lines.reduce((sum, line) => sum + line.length + 1, 0) + found.column - 1;
        return reportAt(thrown.name, thrown.message, command.label, command.source, offset);
      }
    }
    return reportError(thrown);
  }

  function show(value: unknown, done: (bundle: MimeBundle | undefined) => void): void {
    const bundle = formatValue(value);
    if (bundle instanceof Promise) void bundle.then(done);
    else done(bundle);
  }

  function evaluateUserExpressions(
    { run, userExpressions }: ExecuteCommand,
    done: (results: Record<string, UserExpressionResult>) => void,
  ): void {
    const answers: Record<string, UserExpressionResult> = {};
    const pending = Object.entries(userExpressions);
    const next = (): void => {
      const [name, expression] = pending.shift() ?? [];
      if (name === undefined || !expression) return done(answers);
      if ('error' in expression) {
        answers[name] = { status: 'error', ...expression.error };
        return next();
      }
      results.delete(run);
      v8.evaluate(expression.code, `quire-expression:${run}`, (outcome) => {
        if (outcome) {
          const thrown = 'thrown' in outcome ? outcome.thrown : new Interrupted();
          answers[name] = { status: 'error', ...reportError(thrown) };
          return next();
        }
        show(results.get(run), (bundle) => {
          answers[name] = { status: 'ok', data: bundle ?? { 'text/plain': 'undefined' }, metadata: {} };
          next();
        });
      });
    };
    next();
  }

  function finish(
    run: number,
    result: { data: MimeBundle; metadata: Record<string, unknown> } | undefined,
    error: ErrorReport | undefined,
    userExpressions: Record<string, UserExpressionResult> = {},
  ): void {
    if (running?.command.run !== run) return;
    running = undefined;
    where.running = undefined;
    results.delete(run);
    post({ type: 'done', run, result, error, userExpressions });
  }

  // ── Stopping ────────────────────────────────────────────────────────────────

  function interrupt(run: number, attempt: number): void {
    if (running?.command.run === run) stop(run);
    // Last, so that an interrupt that hit this function itself is tried again.
    answered = attempt;
    post({ type: 'interrupted', run, attempt });
  }

  function stop(run: number): void {
    where.interrupted.add(run);
    Atomics.store(native, 0, 0);
    for (const [request, { reject }] of inputs) {
      inputs.delete(request);
      reject(new Interrupted());
    }
    controllers.get(run)?.abort(new Interrupted());
    finish(run, undefined, reportError(new Interrupted()));
  }

  function shutdown(): void {
    endDescendants();
    v8.close();
    exit(0);
  }

  // As on the protocol thread: the first cell finds what it needs loaded. The parser's native part, once it is loaded
  // here, is there for the protocol thread, which is still starting.
  parse('0');
  v8.evaluate(`${RUNTIME}.result(0, 0)`, 'quire-cell:0', () => {
    formatValue(results.get(0));
    results.delete(0);
  });

  port.on('message', (message: ToEvaluator) => {
    switch (message.type) {
      case 'execute':
        return execute(message);
      case 'interrupt':
        return interrupt(message.run, message.attempt);
      case 'input': {
        const waiting = inputs.get(message.request);
        inputs.delete(message.request);
        return waiting?.resolve(message.value);
      }
      case 'comm': {
        where.current = message.run;
        try {
          comms.receive(message.kind, message.content, message.metadata, message.buffers);
        } catch (error) {
          stray(error, message.run);
        }
        return;
      }
      case 'properties':
        return post({ type: 'properties', request: message.request, names: v8.properties(message.path) });
      case 'shutdown':
        return shutdown();
    }
  });
}

/** Disposes in reverse order; an error there joins the one that the cell ended with. */
async function dispose(disposables: Running['disposables'], outcome: Outcome): Promise<Outcome> {
  let result = outcome;
  for (const { asynchronous, value } of disposables.reverse()) {
    try {
      if (asynchronous && value[Symbol.asyncDispose]) await value[Symbol.asyncDispose]();
      else value[Symbol.dispose]();
    } catch (error) {
      const both = 'An error was thrown while disposing, after another.';
      result =
        result && 'thrown' in result
          ? { thrown: new AggregateError([error, result.thrown], both) }
          : { thrown: error };
    }
  }
  return result;
}
