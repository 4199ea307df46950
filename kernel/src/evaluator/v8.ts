/** V8 through its inspector, on this thread: scripts in REPL mode, and looks at values without running their code. */
import inspector from 'node:inspector';
import { RUNTIME } from './compile.ts';
import type { Position } from './stacks.ts';

/** How a script ended: undefined when it ran through. */
export type Outcome = { thrown: unknown; position?: Position } | { interrupted: true } | undefined;

export interface V8Session {
  /**
   * Runs a script in REPL mode.
   * @param url names the script in stacks
   * @param done called when it has ended, which is never for one that was interrupted while it awaited
   */
  evaluate(code: string, url: string, done: (outcome: Outcome) => void): void;
  /** The value of an expression, at once; undefined where it throws. */
  value(expression: string): unknown;
  /** Names and kinds of the properties of the value at `path`, without running a getter. */
  properties(path: readonly string[]): { name: string; kind: string }[];
  /** Ends what runs on this thread, at its next call of a function or turn of a loop; calls `done` when it has ended. */
  terminate(done: () => void): void;
  close(): void;
}

type Parameters = inspector.Runtime.EvaluateParameterType & {
  // Node's types leave these out.
  replMode?: boolean;
  throwOnSideEffect?: boolean;
};
type Answer = inspector.Runtime.EvaluateReturnType;

const MAX_PROPERTIES = 5000;

/**
 * @param results where `__quire.result(id, value)` of compiled code puts values; ids below 0 are this module's
 */
export function openV8(results: Map<number, unknown>): V8Session {
  const session = new inspector.Session();
  session.connect();

  const post = (parameters: Parameters, done: (error: Error | null, answer: Answer) => void): void =>
    session.post('Runtime.evaluate', parameters as inspector.Runtime.EvaluateParameterType, done);

  const take = (id: number): unknown => {
    const value = results.get(id);
    results.delete(id);
    return value;
  };

  const value = (expression: string): unknown => {
    let problem: Error | null = null;
    post({ expression: `${RUNTIME}.result(-1, (${expression}))` }, (error) => {
      problem = error;
    });
    if (problem) throw problem;
    return take(-1);
  };

  const thrownValue = (details: inspector.Runtime.ExceptionDetails): unknown => {
    const { exception } = details;
    if (!exception) return new Error(details.text);
    if (exception.objectId === undefined) {
      return exception.unserializableValue === undefined
        ? exception.value
        : value(exception.unserializableValue);
    }
    session.post('Runtime.callFunctionOn', {
      functionDeclaration: `function (value) { ${RUNTIME}.result(-2, value); }`,
      arguments: [{ objectId: exception.objectId }],
      objectId: exception.objectId,
    });
    return take(-2);
  };

  return {
    value,
    evaluate(code, url, done) {
      post(
        { expression: `${code}\n//# sourceURL=${url}`, replMode: true, awaitPromise: true, objectGroup: url },
        (error, answer) => {
          if (error) return done({ interrupted: true });
          const details = answer.exceptionDetails;
          if (!details) return done(undefined);
          const thrown = thrownValue(details);
          session.post('Runtime.releaseObjectGroup', { objectGroup: url });
          done({ thrown, position: { line: details.lineNumber + 1, column: details.columnNumber + 1 } });
        },
      );
    },
    properties(path) {
      const found: { name: string; kind: string }[] = [];
      const objectGroup = 'quire-properties';
      const look = { expression: path.join('.'), throwOnSideEffect: true, silent: true, objectGroup };
      post(look, (error, answer) => {
        const objectId = answer?.result.objectId;
        if (error || answer.exceptionDetails || objectId === undefined) return;
        session.post('Runtime.getProperties', { objectId, ownProperties: false }, (failed, list) => {
          for (const property of failed ? [] : list.result.slice(0, MAX_PROPERTIES)) {
            if (property.symbol || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(property.name)) continue;
            const kind = property.isOwn ? 'instance' : 'property';
            found.push({
              name: property.name,
              kind: property.value?.type === 'function' ? 'function' : kind,
            });
          }
        });
      });
      session.post('Runtime.releaseObjectGroup', { objectGroup });
      return found;
    },
    terminate: (done) => session.post('Runtime.terminateExecution', done),
    close: () => session.disconnect(),
  };
}
