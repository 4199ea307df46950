/** Stack traces in the lines that the user wrote: source maps for cells and local files, our own frames left out. */
import { fileURLToPath } from 'node:url';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { SourceMap } from './compile.ts';

interface Script {
  label: string;
  /** Of a package: errors are shown where the user called it. */
  library: boolean;
  source: string;
  maps: SourceMap[] | (() => SourceMap[]);
  traced: TraceMap[] | undefined;
}

export interface Position {
  /** Counted from 1. */
  line: number;
  /** Counted from 1. */
  column: number;
}

const scripts = new Map<string, Script>();
const OWN = import.meta.url;

/** Makes known what the script at `url` was compiled from; `library`: that it belongs to a package. */
export function registerScript(
  url: string,
  label: string,
  source: string,
  maps: SourceMap[] | (() => SourceMap[]),
  library = false,
): void {
  scripts.set(url, { label, library, source, maps, traced: undefined });
}

export function scriptAt(label: string): { source: string; library: boolean } | undefined {
  for (const script of scripts.values()) if (script.label === label) return script;
  return undefined;
}

/** From a position in compiled code to the text it came from, or undefined in code that the compiler added. */
export function originalPosition(
  url: string,
  position: Position,
): (Position & { label: string }) | undefined {
  const script = scripts.get(url);
  if (!script) return undefined;
  script.traced ??= (typeof script.maps === 'function' ? script.maps() : script.maps).map(
    (map) => new TraceMap(map as ConstructorParameters<typeof TraceMap>[0]),
  );
  let { line, column } = position;
  for (const map of script.traced) {
    const found = originalPositionFor(map, { line, column: column - 1 });
    if (found.line === null) return undefined;
    line = found.line;
    column = found.column + 1;
  }
  return { label: script.label, line, column };
}

function isOwn(url: string): boolean {
  return url === OWN || url.startsWith('node:') || url === '' || url.startsWith('evalmachine');
}

/** So many frames of Node's own above the user's don't happen. */
const DEEPEST = 64;

/** Whether code of the user, or a library's, is on the stack. */
export function runsUserCode(): boolean {
  const { prepareStackTrace: prepare, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = DEEPEST;
    Error.prepareStackTrace = (_, found) => found;
    const sites: unknown = new Error().stack;
    // A text while a stack is being prepared.
    if (!Array.isArray(sites)) return false;
    return (
      sites.length === DEEPEST ||
      (sites as NodeJS.CallSite[]).some((site) => !site.isAsync() && !isOwn(urlOf(site)))
    );
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepare;
  }
}

function urlOf(site: NodeJS.CallSite): string {
  return site.getScriptNameOrSourceURL?.() ?? site.getFileName() ?? '';
}

function describe(site: NodeJS.CallSite): string | undefined {
  const url = urlOf(site);
  const line = site.getLineNumber() ?? 0;
  const column = site.getColumnNumber() ?? 0;
  if (scripts.has(url)) {
    const found = originalPosition(url, { line, column });
    if (!found) return undefined;
    const name = frameName(site);
    const at = `${found.label}:${found.line}:${found.column}`;
    return name ? `${name} (${at})` : at;
  }
  if (isOwn(url)) return undefined;
  return site.toString();
}

function frameName(site: NodeJS.CallSite): string {
  const name = site.getFunctionName();
  if (!name) return '';
  const type = site.isToplevel() ? undefined : site.getTypeName();
  const text = site.isConstructor()
    ? `new ${name}`
    : type && type !== 'Object' && !name.includes('.')
      ? `${type}.${name}`
      : name;
  return site.isAsync() ? `async ${text}` : text;
}

/**
 * The text of `error.stack`: its head and the frames that are the user's, or a library's called by the user.
 * Frames of the kernel below the cell, and Node's own, are left out.
 */
export function prepareStackTrace(error: Error, sites: NodeJS.CallSite[]): string {
  const frames: string[] = [];
  try {
    for (const site of sites) {
      const frame = describe(site);
      if (frame) frames.push(`    at ${frame}`);
    }
  } catch {
    // A stack that can't be read is shown without frames.
  }
  return [head(error), ...frames].join('\n');
}

function head(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

/** A frame's place as {@link prepareStackTrace} writes it: `f (In [3]:2:7)` or `In [3]:2:7`. */
export function parseFrame(line: string): { label: string; line: number; column: number } | undefined {
  const match = /^\s+at (?:.*\()?(.*?):(\d+):(\d+)\)?$/.exec(line);
  if (!match) return undefined;
  let label = match[1] as string;
  if (label.startsWith('file://')) label = fileURLToPath(label);
  return { label, line: Number(match[2]), column: Number(match[3]) };
}
