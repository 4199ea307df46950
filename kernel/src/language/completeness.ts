/** Whether a cell can run as it stands, for consoles that ask at each Enter. */
import { parse } from '../evaluator/analyze.ts';
import { MagicError, prepare } from '../protocol/magics.ts';

export type Completeness = { status: 'complete' | 'invalid' } | { status: 'incomplete'; indent: string };

const UNFINISHED = /^Unterminated (multiline comment|template|regular)/i;

export function isComplete(code: string): Completeness {
  let source: string;
  try {
    source = prepare(code).source;
  } catch (error) {
    if (error instanceof MagicError) return { status: 'invalid' };
    throw error;
  }
  const { problems } = parse(source);
  const problem = problems[0];
  if (!problem) return { status: 'complete' };
  const end = source.trimEnd().length;
  const openTemplate = problem.message === 'Unterminated string' && source[problem.start ?? 0] === '`';
  if (openTemplate || UNFINISHED.test(problem.message) || (problem.start ?? 0) >= end) {
    return { status: 'incomplete', indent: nextIndent(code) };
  }
  return { status: 'invalid' };
}

/** The indentation of the next line: that of the last one, and a step more after an opening bracket. */
function nextIndent(code: string): string {
  const line = code.trimEnd().split('\n').at(-1) ?? '';
  const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
  const step = indent.startsWith('\t') ? '\t' : '  ';
  return /[([{]\s*$|=>\s*$/.test(line) ? indent + step : indent;
}
