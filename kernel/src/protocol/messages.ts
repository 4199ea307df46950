/** What crosses between the protocol thread and the thread that runs user code. */
import type { SourceMap } from '../evaluator/compile.ts';

export interface ErrorReport {
  ename: string;
  evalue: string;
  traceback: string[];
}

export interface ExecuteCommand {
  type: 'execute';
  /** Number of this evaluation, counted from 1 and never used again: names its script and stamps its output. */
  run: number;
  /** What the cell is called in tracebacks: `In [3]`. */
  label: string;
  /** The cell's text, as typed. */
  source: string;
  code: string;
  maps: SourceMap[];
  /** Prints wall and processor time when done. */
  timed: boolean;
  /** Names bound by the cell, for `%who` and `%reset`. */
  names: string[];
  userExpressions: Record<string, { code: string } | { error: ErrorReport }>;
  allowStdin: boolean;
}

export type ToEvaluator =
  | ExecuteCommand
  /** Answered with the attempt's number, so that an answer is known to come after what was sent before it. */
  | { type: 'interrupt'; run: number; attempt: number }
  | { type: 'input'; request: number; value: string }
  | {
      type: 'comm';
      kind: 'open' | 'msg' | 'close';
      run: number;
      content: Record<string, unknown>;
      metadata: Record<string, unknown>;
      buffers: Uint8Array[];
    }
  /** Runtime properties of an expression's value, for completion where types say `any`. */
  | { type: 'properties'; request: number; path: string[] }
  | { type: 'shutdown' };

export type UserExpressionResult =
  | { status: 'ok'; data: Record<string, unknown>; metadata: Record<string, unknown> }
  | ({ status: 'error' } & ErrorReport);

export type FromEvaluator =
  /** There is something in the ring of printed text. */
  | { type: 'output' }
  | {
      type: 'display';
      run: number;
      data: Record<string, unknown>;
      metadata: Record<string, unknown>;
      displayId: string | undefined;
      update: boolean;
    }
  | { type: 'clear'; run: number; wait: boolean }
  /** An error outside the running of its cell: a timer's, an unhandled rejection. */
  | { type: 'stray-error'; run: number; error: ErrorReport }
  | {
      type: 'done';
      run: number;
      result: { data: Record<string, unknown>; metadata: Record<string, unknown> } | undefined;
      error: ErrorReport | undefined;
      userExpressions: Record<string, UserExpressionResult>;
    }
  /** Comes after the `done` of the run, where that could be sent. */
  | { type: 'interrupted'; run: number; attempt: number }
  | { type: 'input-request'; run: number; request: number; prompt: string; password: boolean }
  | {
      type: 'comm';
      run: number;
      kind: 'comm_open' | 'comm_msg' | 'comm_close';
      content: Record<string, unknown>;
      metadata: Record<string, unknown>;
      buffers: Uint8Array[];
    }
  | { type: 'properties'; request: number; names: { name: string; kind: string }[] }
  | { type: 'targets'; comms: Record<string, string> }
  | { type: 'working-directory'; path: string }
  | { type: 'reset' };
