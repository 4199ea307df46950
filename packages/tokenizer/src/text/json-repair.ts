import { createContext, Script } from 'node:vm';
import { lazy } from './lazy.ts';

export interface RepairJsonOptions {
  /** How long a repair may take, in milliseconds: some malformed texts take time quadratic in their length. Default 2,000. */
  timeLimit?: number;
}

const library = lazy((require) => require('jsonrepair') as typeof import('jsonrepair'));
const timedCall = lazy(() => {
  const context = createContext({ call: (): string => '' });
  const script = new Script('call()');
  return (call: () => string, timeout: number): string => {
    context.call = call;
    return script.runInContext(context, { timeout }) as string;
  };
});

/**
 * The JSON in what a model wrote: without the prose and the code fence around it, with quotes, commas, brackets, comments and
 * constants put right, and what was cut off closed (`jsonrepair`). Valid JSON comes back as it is.
 * @throws {SyntaxError} where there is no JSON, or it can't be repaired in time.
 */
export function repairJson(text: string, { timeLimit = 2000 }: RepairJsonOptions = {}): string {
  if (isJson(text)) return text;
  const json = extractJson(text);
  if (json === undefined) {
    throw new SyntaxError(
      `repairJson: there is no JSON in ${excerpt(text)}: no object, no array, and no value by itself.`,
    );
  }
  if (isJson(json)) return json;
  const { jsonrepair } = library();
  try {
    return timedCall()(() => jsonrepair(json), timeLimit);
  } catch (cause) {
    const { message = String(cause), code } = cause as Partial<NodeJS.ErrnoException>;
    const reason =
      code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
        ? `it takes longer than ${timeLimit} ms; give a larger timeLimit if it is worth it`
        : cause instanceof RangeError || message.includes('call stack')
          ? 'it is nested too deeply'
          : message;
    throw new SyntaxError(`repairJson: ${excerpt(json)} can't be repaired: ${reason}.`, { cause });
  }
}

/**
 * The value of the JSON in what a model wrote, repaired as by `repairJson`. Of a text that is still being written it is what is
 * there so far.
 * @throws {SyntaxError} as `repairJson`.
 */
export function parseRepairedJson(text: string, options: RepairJsonOptions = {}): unknown {
  return JSON.parse(repairJson(text, options));
}

/**
 * The values of JSON that comes in chunks, each time what is there so far: `{"a": [1` gives `{ a: [1] }`. A chunk that adds no
 * value gives nothing. Every value is parsed from the beginning.
 */
export async function* partialJson(
  chunks: AsyncIterable<string> | Iterable<string>,
  options: RepairJsonOptions = {},
): AsyncGenerator<unknown, void> {
  let text = '';
  let last: string | undefined;
  for await (const chunk of chunks) {
    text += chunk;
    let json: string;
    try {
      json = JSON.stringify(parseRepairedJson(text, options));
    } catch {
      // It has not begun, or ends where nothing can be made of it yet.
      continue;
    }
    if (json === last) continue;
    last = json;
    yield JSON.parse(json);
  }
}

const FENCE = /```[^\n`]*\n/g;
const OPENING = /[{[]/;
/** What an object or array begins with, in JSON and in what is nearly JSON; `[see` and `{x}` in prose don't. */
const LIKELY =
  /^(?:\{\s*(?:$|["'“”‘’}/.]|[\w$-]+\s*:)|\[\s*(?:$|["'“”‘’\]/.\d{[-]|(?:true|false|null|True|False|None)\b))/;
const SCALAR = /^(?:"[\s\S]*|-?\d[\d.eE+-]*|true|false|null|True|False|None)$/;

/**
 * The part of a text that is JSON or meant to be: the object or array in the first code fence that begins with one, else the
 * longest between brackets in the text, else a text that is one value.
 */
export function extractJson(text: string): string | undefined {
  for (const fence of text.matchAll(FENCE)) {
    const start = fence.index + fence[0].length;
    const inside = balanced(text, start + leadingSpace(text, start));
    if (inside !== undefined) return inside;
  }
  let longest: string | undefined;
  let start = text.search(OPENING);
  while (start >= 0) {
    const found = balanced(text, start)!;
    if (LIKELY.test(found.slice(0, 100)) && found.length > (longest?.length ?? 0)) longest = found;
    const end = start + found.length;
    const next = text.slice(end).search(OPENING);
    start = next < 0 ? -1 : end + next;
  }
  const value = text.replaceAll('```', '').trim();
  return longest ?? (SCALAR.test(value) ? value : undefined);
}

function leadingSpace(text: string, start: number): number {
  let end = start;
  while (/\s/.test(text[end] ?? '')) end++;
  return end - start;
}

/** From an opening bracket to its partner; to the end, or to the end of the fence, where there is none. */
function balanced(text: string, start: number): string | undefined {
  if (!OPENING.test(text[start] ?? '')) return undefined;
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (quoted) {
      if (character === '\\') i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') {
      quoted = true;
    } else if (character === '{' || character === '[') {
      depth++;
    } else if (character === '}' || character === ']') {
      depth--;
      if (depth === 0) return text.slice(start, i + 1);
    }
  }
  const end = text.indexOf('\n```', start);
  return end >= 0 ? text.slice(start, end) : text.slice(start);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text);
}
