/**
 * Runs cells on the main thread, in V8's REPL mode, and reports what they print, show and throw to the protocol
 * thread. Nothing here may wait on a promise of its own while a cell runs: an interrupt drops pending microtasks.
 */
import inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { formatValue } from '../display/format.ts';
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
import { createComms } from './comms.ts';
import { RUNTIME } from './compile.ts';
import { reportAt, reportError } from './errors.ts';
import { createMagics } from './magics.ts';
import { Importer, importMeta } from './modules.ts';
import { originalPosition, parseFrame, prepareStackTrace, registerScript } from './stacks.ts';
import { captureProcessStreams, endDescendants, hookChildProcesses } from './streams.ts';
import { timings } from './timing.ts';

/** Thrown into code of a cell that was interrupted. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor() {
    super('The cell was interrupted.');
  }
}

class ProcessExit extends Error {
  override name = 'ProcessExit';
}

interface Running {
  command: ExecuteCommand;
  disposables: { asynchronous: boolean; value: Disposable & AsyncDisposable }[];
  started: { wall: number; cpu: NodeJS.CpuUsage };
}

const GLOBAL_EVALUATE = 'Runtime.evaluate';

/** Node's types leave out the newer parameters. */
function evaluation(
  parameters: inspector.Runtime.EvaluateParameterType & { replMode?: boolean; throwOnSideEffect?: boolean },
): inspector.Runtime.EvaluateParameterType {
  return parameters;
}

/**
 * @param port to the protocol thread
 * @param memory the ring that printed text goes through
 */
export function startEvaluator(port: Worker, memory: SharedArrayBuffer): void {
  const session = new inspector.Session();
  session.connect();

  /** The run whose code is executing, as well as it is known: stamps output. */
  let current = 0;
  let running: Running | undefined;
  const interrupted = new Set<number>();
  const results = new Map<number, unknown>();
  const controllers = new Map<number, AbortController>();
  const boundNames = new Set<string>();
  const inputs = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  let requests = 0;

  const exit = process.exit;
  const reallyExit = (process as { reallyExit?: unknown }).reallyExit;
  const schedule = { queueMicrotask: globalThis.queueMicrotask, setTimeout: globalThis.setTimeout };

  const output = new RingWriter(memory, () => port.postMessage({ type: 'output' } satisfies FromEvaluator));
  const post = (message: Exclude<FromEvaluator, { type: 'output' }>): void => {
    port.postMessage({ ...message, mark: output.mark() });
  };
  captureProcessStreams((name, text) => output.write(current, name, text));
  hookChildProcesses(() => {
    output.drained();
  });
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = 30;

  const sink: DisplaySink = {
    display: ({ data, metadata = {}, displayId }) =>
      post({ type: 'display', run: current, data, metadata, displayId, update: false }),
    update: ({ data, metadata = {}, displayId }) =>
      post({ type: 'display', run: current, data, metadata, displayId, update: true }),
    clear: (wait) => post({ type: 'clear', run: current, wait }),
    stream: (name, text) => output.write(current, name, text),
  };

  const comms = createComms(
    (kind, content, { metadata = {}, buffers = [] }) =>
      post({ type: 'comm', run: current, kind, content, metadata, buffers }),
    (open) => post({ type: 'targets', comms: open }),
  );

  const ask = (prompt: string, password: boolean): Promise<string> => {
    if (!running?.command.allowStdin) {
      throw new Error(
        'This front end does not take input for this cell (allow_stdin is false). Put the value into a variable instead.',
      );
    }
    const request = ++requests;
    const run = current;
    return new Promise((resolve, reject) => {
      inputs.set(request, { resolve, reject });
      post({ type: 'input-request', run, request, prompt, password });
    });
  };

  const notebookFile = (): string => join(process.cwd(), 'notebook.ts');
  const display = createDisplay(sink);
  const quire = {
    ...display,
    comms,
    /** Aborted when the running cell is interrupted. */
    get signal(): AbortSignal {
      return signalOf(current);
    },
  };
  const importer = new Importer({
    tslab: () => createTslab(sink) as unknown as Record<string, unknown>,
  });

  function signalOf(run: number): AbortSignal {
    let controller = controllers.get(run);
    if (!controller) {
      controller = new AbortController();
      controllers.set(run, controller);
      if (interrupted.has(run)) controller.abort(new Interrupted());
    }
    return controller.signal;
  }

  const magics = createMagics({
    names: boundNames,
    evaluate: evaluateNow,
    sink,
    signal: () => signalOf(current),
    moved: (path) => post({ type: 'working-directory', path }),
    reset: () => {
      for (const name of boundNames) evaluateNow(`${name} = undefined`);
      boundNames.clear();
      post({ type: 'reset' });
    },
  });

  /** What compiled cells call. */
  const runtime = {
    result(run: number, value: unknown): void {
      results.set(run, value);
    },
    cell: () => current,
    /** Passes on what was awaited, in the cell that awaited it, unless that was interrupted. */
    resume<T>(run: number, value?: T): T {
      if (interrupted.has(run)) throw new Interrupted();
      if (run !== current) {
        current = run;
        // Code of an earlier cell that goes on in the background prints under that cell; then the running one is back.
        if (running && run !== running.command.run) {
          schedule.queueMicrotask(() => {
            if (running) current = running.command.run;
          });
        }
      }
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
      const run = current;
      return importer.import(String(specifier), notebookFile()).finally(() => {
        current = run;
      });
    },
    get meta() {
      return importMeta(notebookFile());
    },
    magics,
  };
  Object.defineProperty(globalThis, RUNTIME, { value: runtime, enumerable: false });

  const globals: Record<string, unknown> = {
    ...display,
    quire,
    input: async (prompt: unknown = '') => ask(String(prompt), false),
    password: async (prompt: unknown = '') => ask(String(prompt), true),
    confirm: async (prompt: unknown = '') => {
      for (;;) {
        const answer = (await ask(`${String(prompt)} [y/n] `, false)).trim().toLowerCase();
        if (/^(y|yes|true|1)$/.test(answer)) return true;
        if (/^(n|no|false|0|)$/.test(answer)) return false;
      }
    },
  };
  Object.assign(quire, { input: globals.input, password: globals.password, confirm: globals.confirm });
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
  }
  Object.defineProperty(globalThis, 'require', {
    configurable: true,
    enumerable: false,
    get: () => createRequire(notebookFile()),
    set: (value: unknown) =>
      Object.defineProperty(globalThis, 'require', { value, configurable: true, writable: true }),
  });
  Object.defineProperty(globalThis, 'babelHelpers', {
    enumerable: false,
    value: new Proxy({} as Record<string, unknown>, {
      get: (_, name) => createRequire(import.meta.url)(`@oxc-project/runtime/helpers/${String(name)}`),
    }),
  });

  keepAlive();

  /** User code can end neither the process nor, with an error of its own, the kernel. */
  function keepAlive(): void {
    process.exit = ((code?: number) => {
      throw new ProcessExit(
        `process.exit(${code ?? ''}) was called. The kernel goes on; use the front end's "Shut down" to end it.`,
      );
    }) as typeof process.exit;
    (process as { reallyExit?: unknown }).reallyExit = process.exit;
    process.abort = (() => {
      throw new ProcessExit('process.abort() was called. The kernel goes on.');
    }) as typeof process.abort;
    const stray = (error: unknown, run: number): void => {
      if (error instanceof Interrupted) return;
      post({ type: 'stray-error', run, error: reportError(error) });
    };
    process.on('uncaughtException', (error) => {
      const run = strayRun ?? runOf(error) ?? current;
      strayRun = undefined;
      stray(error, run);
    });
    process.on('unhandledRejection', (reason) => stray(reason, runOf(reason) ?? current));
  }

  /** The latest run whose code is in the error's stack. */
  function runOf(reason: unknown): number | undefined {
    try {
      const stack = (reason as Error).stack ?? '';
      for (const frame of stack.split('\n').slice(1)) {
        const run = labels.get(parseFrame(frame)?.label ?? '');
        if (run !== undefined) return run;
      }
    } catch {
      // No stack to read.
    }
    return undefined;
  }
  const labels = new Map<string, number>();

  let strayRun: number | undefined;
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'] as const) {
    const original = globalThis[name] as (...args: unknown[]) => unknown;
    const scheduled = (callback: unknown, ...rest: unknown[]): unknown => {
      if (typeof callback !== 'function') return original(callback, ...rest);
      const run = current;
      return original(
        (...args: unknown[]) => {
          if (interrupted.has(run)) return;
          const before = current;
          current = run;
          try {
            callback(...args);
          } catch (error) {
            strayRun = run;
            throw error;
          } finally {
            current = before;
          }
        },
        ...rest,
      );
    };
    Object.defineProperties(scheduled, { ...Object.getOwnPropertyDescriptors(original) });
    Object.defineProperty(globalThis, name, {
      value: scheduled,
      configurable: true,
      writable: true,
      enumerable: true,
    });
  }

  /** Evaluates an expression at once, outside any cell; the value itself, not a description of it. */
  function evaluateNow(expression: string): unknown {
    let value: unknown;
    let problem: Error | null = null;
    session.post(
      GLOBAL_EVALUATE,
      { expression: `${RUNTIME}.result(-1, (${expression}))` },
      (error, answer) => {
        problem = error;
        if (answer?.exceptionDetails) value = undefined;
        else value = results.get(-1);
      },
    );
    results.delete(-1);
    if (problem) throw problem;
    return value;
  }

  function thrownValue(details: inspector.Runtime.ExceptionDetails): unknown {
    const exception = details.exception;
    if (!exception) return new Error(details.text);
    if (exception.objectId === undefined) {
      if (exception.unserializableValue !== undefined) return evaluateNow(exception.unserializableValue);
      return exception.value;
    }
    session.post('Runtime.callFunctionOn', {
      functionDeclaration: `function (value) { ${RUNTIME}.result(-2, value); }`,
      arguments: [{ objectId: exception.objectId }],
      objectId: exception.objectId,
    });
    const value = results.get(-2);
    results.delete(-2);
    return value;
  }

  /** Runs one script; `done` gets what was thrown, if anything. */
  function evaluate(
    code: string,
    url: string,
    done: (outcome: { thrown: unknown } | { interrupted: true } | undefined) => void,
  ): void {
    session.post(
      GLOBAL_EVALUATE,
      evaluation({
        expression: `${code}\n//# sourceURL=${url}`,
        replMode: true,
        awaitPromise: true,
        objectGroup: url,
      }),
      (error, answer) => {
        if (error) return done({ interrupted: true });
        const details = answer.exceptionDetails;
        if (!details) return done(undefined);
        const thrown = thrownValue(details);
        session.post('Runtime.releaseObjectGroup', { objectGroup: url });
        if (thrown instanceof SyntaxError && !/^\s+at .*:\d+:\d+/m.test(thrown.stack ?? '')) {
          positions.set(thrown, { line: details.lineNumber + 1, column: details.columnNumber + 1 });
        }
        done({ thrown });
      },
    );
  }
  const positions = new WeakMap<object, { line: number; column: number }>();

  function describe(thrown: unknown, url: string, command: ExecuteCommand): ErrorReport {
    // V8 finds some errors only when it compiles a cell, as a second `let` of one name; they have no stack.
    const position = typeof thrown === 'object' && thrown !== null ? positions.get(thrown) : undefined;
    const found = position && originalPosition(url, position);
    if (found && thrown instanceof SyntaxError) {
      const lines = command.source.split('\n');
      const offset =
        lines.slice(0, found.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + found.column - 1;
      return reportAt(thrown.name, thrown.message, command.label, command.source, offset);
    }
    return reportError(thrown);
  }

  function execute(command: ExecuteCommand): void {
    const { run } = command;
    const url = `quire-cell:${run}`;
    registerScript(url, command.label, command.source, command.maps);
    labels.set(command.label, run);
    for (const name of command.names) boundNames.add(name);
    current = run;
    running = { command, disposables: [], started: { wall: performance.now(), cpu: process.cpuUsage() } };
    evaluate(command.code, url, (outcome) => settle(run, url, outcome));
  }

  function settle(
    run: number,
    url: string,
    outcome: { thrown: unknown } | { interrupted: true } | undefined,
  ): void {
    if (running?.command.run !== run) return;
    current = run;
    const { command, disposables } = running;
    if (disposables.length > 0) {
      running.disposables = [];
      dispose(disposables, outcome, (after) => settle(run, url, after));
      return;
    }
    if (command.timed) output.write(run, 'stdout', timings(running.started));
    if (outcome && 'interrupted' in outcome) return stop(run);
    if (outcome) return finish(run, undefined, describe(outcome.thrown, url, command));
    show(results.get(run), (bundle) => {
      evaluateUserExpressions(command, (expressions) => finish(run, bundle, undefined, expressions));
    });
  }

  function dispose(
    disposables: Running['disposables'],
    outcome: { thrown: unknown } | { interrupted: true } | undefined,
    done: (outcome: { thrown: unknown } | { interrupted: true } | undefined) => void,
  ): void {
    void (async () => {
      let result = outcome;
      for (const { asynchronous, value } of disposables.reverse()) {
        try {
          if (asynchronous && value[Symbol.asyncDispose]) await value[Symbol.asyncDispose]();
          else value[Symbol.dispose]();
        } catch (error) {
          result =
            result && 'thrown' in result
              ? {
                  thrown: new AggregateError(
                    [error, result.thrown],
                    'An error was thrown while disposing, after another.',
                  ),
                }
              : { thrown: error };
        }
      }
      done(result);
    })();
  }

  function show(value: unknown, done: (bundle: MimeBundle | undefined) => void): void {
    if (value === undefined) return done(undefined);
    const bundle = formatValue(value);
    if (bundle instanceof Promise) {
      bundle.then(done, (error: unknown) =>
        done({ 'text/plain': `<could not be shown: ${reportError(error).evalue}>` }),
      );
    } else done(bundle);
  }

  function evaluateUserExpressions(
    command: ExecuteCommand,
    done: (results: Record<string, UserExpressionResult>) => void,
  ): void {
    const answers: Record<string, UserExpressionResult> = {};
    const pending = Object.entries(command.userExpressions);
    const next = (): void => {
      const entry = pending.shift();
      if (!entry) return done(answers);
      const [name, expression] = entry;
      if ('error' in expression) {
        answers[name] = { status: 'error', ...expression.error };
        return next();
      }
      results.delete(command.run);
      evaluate(expression.code, `quire-expression:${command.run}`, (outcome) => {
        if (outcome) {
          answers[name] = {
            status: 'error',
            ...reportError('thrown' in outcome ? outcome.thrown : new Interrupted()),
          };
          return next();
        }
        show(results.get(command.run), (bundle) => {
          answers[name] = { status: 'ok', data: bundle ?? { 'text/plain': 'undefined' }, metadata: {} };
          next();
        });
      });
    };
    next();
  }

  function finish(
    run: number,
    bundle: MimeBundle | undefined,
    error: ErrorReport | undefined,
    userExpressions: Record<string, UserExpressionResult> = {},
  ): void {
    if (running?.command.run !== run) return;
    running = undefined;
    results.delete(run);
    post({
      type: 'done',
      run,
      result: bundle && { data: bundle, metadata: {} },
      error,
      userExpressions,
    });
  }

  function interrupt(run: number, attempt: number): void {
    if (running?.command.run === run) stop(run);
    // Last, so that an interrupt that hit this function itself is tried again.
    post({ type: 'interrupted', attempt });
  }

  function stop(run: number): void {
    interrupted.add(run);
    for (const [request, { reject }] of inputs) {
      inputs.delete(request);
      reject(new Interrupted());
    }
    controllers.get(run)?.abort(new Interrupted());
    finish(run, undefined, reportError(new Interrupted()));
  }

  /** Names and kinds of the properties of the value at `path`, without running a getter. */
  function properties(path: string[]): { name: string; kind: string }[] {
    const found: { name: string; kind: string }[] = [];
    const release = { objectGroup: 'quire-properties' };
    session.post(
      GLOBAL_EVALUATE,
      evaluation({ expression: path.join('.'), throwOnSideEffect: true, silent: true, ...release }),
      (error, answer) => {
        const objectId = answer?.result.objectId;
        if (error || answer.exceptionDetails || objectId === undefined) return;
        session.post(
          'Runtime.getProperties',
          { objectId, ownProperties: false, generatePreview: false },
          (failed, list) => {
            if (failed) return;
            for (const property of list.result.slice(0, 5000)) {
              if (property.symbol || !/^[A-Za-z_$][\w$]*$/.test(property.name)) continue;
              const type = property.value?.type;
              found.push({
                name: property.name,
                kind: type === 'function' ? 'function' : property.isOwn ? 'instance' : 'property',
              });
            }
          },
        );
      },
    );
    session.post('Runtime.releaseObjectGroup', release);
    return found;
  }

  function shutdown(): void {
    endDescendants();
    session.disconnect();
    (process as { reallyExit?: unknown }).reallyExit = reallyExit;
    exit.call(process, 0);
  }

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
        current = message.run;
        try {
          comms.receive(message.kind, message.content, message.metadata, message.buffers);
        } catch (error) {
          post({ type: 'stray-error', run: message.run, error: reportError(error) });
        }
        return;
      }
      case 'properties':
        return post({ type: 'properties', request: message.request, names: properties(message.path) });
      case 'shutdown':
        return shutdown();
    }
  });
  post({ type: 'ready' });
}
