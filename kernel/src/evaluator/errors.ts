/** What a thrown value looks like to a front end: name, message, and a traceback with the user's own line shown. */

import { inspect } from 'node:util';
import { isNativeError } from 'node:util/types';
import type { ErrorReport } from '../protocol/messages.ts';
import { BOLD, CYAN, DIM, RED, RESET } from './ansi.ts';
import { parseFrame, scriptAt } from './stacks.ts';

const MAX_CAUSES = 8;
const MAX_INNER = 10;
const MAX_FRAMES = 40;

/** Reads a property that user code may have made throw. */
function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  try {
    return typeof value === 'string' ? value : String(value);
  } catch {
    return '<could not be shown: its toString threw>';
  }
}

function safeInspect(value: unknown): string {
  try {
    return inspect(value, { depth: 2 });
  } catch {
    return '<could not be shown: its inspect threw>';
  }
}

function isError(value: unknown): value is Error {
  return isNativeError(value) || value instanceof Error;
}

/** Lines of `source` around `line` (from 1), the line itself marked and the column pointed at. */
export function codeFrame(source: string, line: number, column: number, context = 2, length = 1): string[] {
  const lines = source.split('\n');
  const first = Math.max(1, line - context);
  const last = Math.min(lines.length, line + context);
  const width = String(last).length;
  const shown: string[] = [];
  for (let n = first; n <= last; n++) {
    const content = lines[n - 1] as string;
    const number = String(n).padStart(width);
    if (n === line) {
      shown.push(`${RED}>${RESET} ${BOLD}${number}${RESET} ${DIM}|${RESET} ${content}`);
      const indent = content.slice(0, column - 1).replace(/[^\t]/g, ' ');
      shown.push(
        `  ${' '.repeat(width)} ${DIM}|${RESET} ${indent}${RED}${'^'.repeat(Math.max(1, length))}${RESET}`,
      );
    } else shown.push(`  ${DIM}${number} | ${content}${RESET}`);
  }
  return shown;
}

function errorLines(error: Error, seen: Set<unknown>, depth: number): string[] {
  seen.add(error);
  const name = text(read(error, 'name') ?? 'Error');
  const message = text(read(error, 'message') ?? '');
  const lines = `${RED}${BOLD}${name}${RESET}${message ? `: ${message}` : ''}`.split('\n');

  const stack = read(error, 'stack');
  const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : [];
  const shown = shownFrame(frames.slice(0, MAX_FRAMES));
  for (const frame of frames.slice(0, MAX_FRAMES)) {
    lines.push(`${DIM}${frame}${RESET}`);
    if (frame === shown?.frame) {
      const { label, line, column, source } = shown;
      lines.push('', `${CYAN}${label}${RESET}, line ${line}`, ...codeFrame(source, line, column), '');
    }
  }
  if (frames.length > MAX_FRAMES) lines.push(`${DIM}    … ${frames.length - MAX_FRAMES} more frames${RESET}`);
  if (lines.at(-1) === '') lines.pop();

  const extra = ownProperties(error);
  if (extra) lines.push(extra);

  const inner = read(error, 'errors');
  if (Array.isArray(inner)) {
    for (const [index, one] of inner.slice(0, MAX_INNER).entries()) {
      lines.push('', `${BOLD}[${index + 1} of ${inner.length}]${RESET}`);
      lines.push(...valueLines(one, seen, depth + 1).map((line) => `  ${line}`));
    }
    if (inner.length > MAX_INNER) lines.push(`… ${inner.length - MAX_INNER} more errors`);
  }
  const cause = read(error, 'cause');
  if (cause !== undefined) {
    lines.push('', `${BOLD}Caused by:${RESET}`);
    lines.push(...valueLines(cause, seen, depth + 1));
  }
  return lines;
}

/** The first frame in a cell or in a file of the user's; in a package's where there is no other. */
function shownFrame(frames: string[]) {
  const places = frames.flatMap((frame) => {
    const place = parseFrame(frame);
    const script = place && scriptAt(place.label);
    return script ? [{ frame, ...place, source: script.source, library: script.library }] : [];
  });
  return places.find(({ library }) => !library) ?? places[0];
}

const STANDARD = new Set(['name', 'message', 'stack', 'cause', 'errors']);

/** `code`, `errno` and the like, which libraries put on their errors. */
function ownProperties(error: Error): string | undefined {
  try {
    const entries = Object.entries(error).filter(([key]) => !STANDARD.has(key));
    if (entries.length === 0) return undefined;
    return inspect(Object.fromEntries(entries), { depth: 1, breakLength: 100, maxStringLength: 500 });
  } catch {
    return undefined;
  }
}

function valueLines(value: unknown, seen: Set<unknown>, depth: number): string[] {
  if (depth > MAX_CAUSES || seen.has(value)) return ['…'];
  return isError(value) ? errorLines(value, seen, depth) : safeInspect(value).split('\n');
}

/** Never throws, whatever was thrown. */
export function reportError(thrown: unknown): ErrorReport {
  try {
    if (isError(thrown)) {
      const ename = text(read(thrown, 'name') ?? 'Error');
      const evalue = text(read(thrown, 'message') ?? '');
      return { ename, evalue, traceback: errorLines(thrown, new Set(), 0) };
    }
    const shown = safeInspect(thrown);
    return { ename: 'Uncaught', evalue: shown, traceback: [`${RED}${BOLD}Uncaught${RESET} ${shown}`] };
  } catch {
    return {
      ename: 'Error',
      evalue: 'an error that could not be shown',
      traceback: ['An error that could not be shown.'],
    };
  }
}

/** A report of something wrong in the cell's text, at an offset. */
export function reportAt(
  ename: string,
  evalue: string,
  label: string,
  source: string,
  offset: number,
  length = 1,
): ErrorReport {
  const before = source.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return {
    ename,
    evalue,
    traceback: [
      `${RED}${BOLD}${ename}${RESET}: ${evalue}`,
      '',
      `${CYAN}${label}${RESET}, line ${line}`,
      ...codeFrame(source, line, column, 2, length),
    ],
  };
}
