/** Type errors as `tsc` prints them, in the cell's own lines. */
import { CYAN, DIM, RED, RESET, YELLOW } from '../evaluator/ansi.ts';
import { codeFrame } from '../evaluator/errors.ts';
import type { ErrorReport } from '../protocol/messages.ts';

export interface Diagnostic {
  /** Offsets into the session's text, in UTF-16 code units. */
  pos: number;
  end: number;
  code: number;
  /** 1 is an error. */
  category: number;
  text: string;
  messageChain?: Diagnostic[];
}

const MAX_SHOWN = 20;

function message({ text, messageChain = [] }: Diagnostic, depth = 0): string {
  return ['  '.repeat(depth) + text, ...messageChain.map((inner) => message(inner, depth + 1))].join('\n');
}

/** @param offset where the cell begins in the session's text */
export function reportDiagnostics(
  found: readonly Diagnostic[],
  offset: number,
  source: string,
  label: string,
): ErrorReport {
  const traceback: string[] = [];
  const plain: string[] = [];
  for (const diagnostic of found.slice(0, MAX_SHOWN)) {
    const start = Math.min(diagnostic.pos - offset, source.length);
    const before = source.slice(0, start);
    const line = before.split('\n').length;
    const column = start - before.lastIndexOf('\n');
    const lineEnd = source.indexOf('\n', start);
    const length = Math.min(diagnostic.end - offset, lineEnd < 0 ? source.length : lineEnd) - start;
    const text = message(diagnostic);
    plain.push(`${label}:${line}:${column} - error TS${diagnostic.code}: ${text}`);
    traceback.push(
      `${CYAN}${label}${RESET}:${YELLOW}${line}${RESET}:${YELLOW}${column}${RESET} - ${RED}error${RESET} ${DIM}TS${diagnostic.code}:${RESET} ${text}`,
      '',
      ...codeFrame(source, line, column, 0, length),
      '',
    );
  }
  const more = found.length - 1;
  if (found.length > MAX_SHOWN) traceback.push(`… and ${found.length - MAX_SHOWN} more`, '');
  return {
    ename: 'TypeCheckError',
    evalue: `${plain[0]}${more > 0 ? ` (and ${more} more)` : ''}`,
    traceback,
  };
}
