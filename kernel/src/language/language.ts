/** Types for cells: checking, completion and inspection, over TypeScript's own process and the log of the session. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Analysis } from '../evaluator/analyze.ts';
import { analyze } from '../evaluator/analyze.ts';
import { RUNTIME } from '../evaluator/compile.ts';
import { describeMagics } from '../protocol/magics.ts';
import type { ErrorReport } from '../protocol/messages.ts';
import type { JsonObject } from '../transport/wire.ts';
import {
  type CompletionEntry,
  kindName,
  magicNames,
  pathCompletions,
  scopeCompletions,
} from './completion.ts';
import { type Diagnostic, reportDiagnostics } from './diagnostics.ts';
import { SessionDocument } from './document.ts';
import { GLOBALS, projectConfig, userConfig } from './project.ts';
import { TypeServer } from './server.ts';

export interface LanguageOptions {
  log: (text: string) => void;
  /** Names and kinds of the properties of the value at a path such as `['model', 'layers']`. */
  properties: (path: string[]) => Promise<{ name: string; kind: string }[]>;
}

interface Snapshot {
  snapshot: number;
  projects: { id: string }[];
}

interface SymbolResponse {
  id: number;
  name: string;
  flags: number;
}

const ALIAS_FLAG = 2097152;
/**
 * What `noImplicitAny` reports. It is on, because only then does `const list = []` take its type from what is put into
 * it; what it reports is left out unless the project's tsconfig asks for it.
 */
const IMPLICIT_ANY = new Set([
  7005, 7006, 7008, 7009, 7010, 7011, 7012, 7013, 7014, 7015, 7016, 7017, 7018, 7019, 7020, 7022, 7023, 7024,
  7025, 7031, 7032, 7033, 7034, 7036, 7041, 7050, 7051, 7052, 7053, 7055, 7057,
]);
const CANNOT_FIND_MODULE = new Set([2307, 2792, 7016]);
const RESTARTS = 3;

export class Language {
  readonly #options: LanguageOptions;
  readonly #document = new SessionDocument();
  #folder = process.cwd();
  #server: Promise<TypeServer> | undefined;
  #failures = 0;
  #text = '';
  #opened = false;
  #lastCompletion: { snapshot: number; position: number; entries: CompletionEntry[] } | undefined;
  #current: Snapshot | undefined;
  /** Files outside packages that the server has read, and when they last changed. */
  readonly #read = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();
  #warmed = false;
  #closed = false;

  constructor(options: LanguageOptions) {
    this.#options = options;
  }

  get experimentalDecorators(): boolean {
    return /"experimentalDecorators"\s*:\s*true/.test(userConfig(this.#folder)?.text ?? '');
  }

  /** Starts the server in a moment, once. */
  warmUp(delay: number): void {
    if (this.#warmed) return;
    this.#warmed = true;
    setTimeout(() => void this.#exclusive(() => this.#update('', []).then(() => undefined)), delay);
  }

  /** A cell ran: later cells see its names. */
  executed(source: string, analysis: Analysis, succeeded: boolean): void {
    this.#document.add(source, analysis, succeeded);
  }

  /** A JavaScript cell ran: its names are there, as `any`. */
  executedUntyped({ bindings }: Analysis): void {
    if (bindings.length === 0) return;
    const source = `declare let ${[...new Set(bindings.map(({ name }) => name))].map((name) => `${name}: any`).join(', ')};`;
    this.#document.add(source, analyze(source), true);
  }

  reset(): void {
    this.#document.clear();
  }

  /** The notebook's folder changed (`%cd`): packages and local files are looked for from there. */
  moveTo(folder: string): void {
    this.#folder = folder;
    this.#stop();
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #stop(): void {
    void this.#server?.then(
      (server) => server.close(),
      () => {},
    );
    this.#server = undefined;
    this.#opened = false;
    this.#lastCompletion = undefined;
    this.#current = undefined;
    this.#read.clear();
  }

  // ── Requests ────────────────────────────────────────────────────────────────

  /** What TypeScript finds wrong in a cell, or undefined. */
  async check(source: string, analysis: Analysis, label: string): Promise<ErrorReport | undefined> {
    return this.#exclusive(async () => {
      const first = this.#diagnose(source, analysis);
      // A server that ended is started again, once.
      let { found, offset } = await first.catch(() => this.#diagnose(source, analysis));
      if (found.some(({ code }) => CANNOT_FIND_MODULE.has(code))) {
        // It may have been installed since the server looked.
        ({ found, offset } = await this.#diagnose(source, analysis, true));
      }
      return found.length > 0 ? reportDiagnostics(found, offset, source, label) : undefined;
    });
  }

  async #diagnose(
    source: string,
    analysis: Analysis,
    again = false,
  ): Promise<{ found: Diagnostic[]; offset: number }> {
    const { server, place, offset } = await this.#update(source, analysis.bindings, again);
    const file = { ...place, file: this.#cellFile };
    const [syntactic, semantic] = await Promise.all([
      server.request<Diagnostic[] | null>('getSyntacticDiagnostics', file),
      server.request<Diagnostic[] | null>('getSemanticDiagnostics', file),
    ]);
    const lenient = !/"(strict|noImplicitAny)"/.test(userConfig(this.#folder)?.text ?? '');
    const found = [...(syntactic ?? []), ...(semantic ?? [])].filter(
      ({ pos, category, code }) => category === 1 && pos >= offset && !(lenient && IMPLICIT_ANY.has(code)),
    );
    return { found, offset };
  }

  async complete(code: string, cursor: number): Promise<JsonObject> {
    const at = toUtf16(code, cursor);
    const before = code.slice(0, at);
    const word = /[\w$]*$/u.exec(before)?.[0] ?? '';
    const answer = (start: number, entries: CompletionEntry[]): JsonObject => {
      const cursorStart = toCodePoints(code, start);
      return {
        status: 'ok',
        matches: entries.map(({ name }) => name),
        cursor_start: cursorStart,
        cursor_end: cursor,
        metadata: {
          _jupyter_types_experimental: entries.map(({ name, kind, signature }) => ({
            start: cursorStart,
            end: cursor,
            text: name,
            type: kind,
            signature: signature ?? '',
          })),
        },
      };
    };

    const magic = /(?:^|\n)(%{1,2}\w*)$/.exec(before)?.[1];
    if (magic !== undefined) return answer(at - magic.length, magicNames(magic));

    const imported = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(["'])([^"'\n]*)$/.exec(before)?.[2];
    if (imported !== undefined)
      return answer(
        at - imported.length + imported.lastIndexOf('/') + 1,
        pathCompletions(imported, this.#folder),
      );

    let entries: CompletionEntry[] = [];
    try {
      const without = code.slice(0, at - word.length) + code.slice(at);
      entries = await this.#exclusive(() => this.#completions(without, at - word.length));
    } catch (error) {
      // TypeScript's API leaves out names in scope: it would have to look for imports that could bring more.
      if (/auto imports/.test((error as Error).message))
        entries = scopeCompletions(code, at - word.length, this.#document.names());
      else this.#options.log(`complete: ${(error as Error).message}`);
    }
    entries = entries.filter(({ name }) => name.startsWith(word) && !name.startsWith(RUNTIME));
    if (entries.length === 0) {
      const path =
        /([\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*)\.[\w$]*$/u.exec(
          before,
        )?.[1];
      if (path) {
        const names = await this.#options.properties(path.split('.'));
        entries = names.filter(({ name }) => name.startsWith(word));
      }
    }
    return answer(at - word.length, entries);
  }

  /** What may stand at `at`, where the word that is being typed has been taken out: the same until it is ended. */
  async #completions(code: string, at: number): Promise<CompletionEntry[]> {
    const source = blankMagics(code);
    const { server, place, offset } = await this.#update(source, analyze(source).bindings);
    const position = offset + at;
    const last = this.#lastCompletion;
    if (last && last.snapshot === place.snapshot && last.position === position) return last.entries;
    const answer = await server.request<{
      entries?: { name: string; kind?: number; sortText?: string; insertText?: string; detail?: string }[];
    } | null>('getCompletionsAtPosition', { ...place, file: this.#cellFile, position });
    const entries = (answer?.entries ?? [])
      .filter(({ name }) => /^[\p{ID_Start}$_#][\p{ID_Continue}$]*$/u.test(name))
      .sort((a, b) => compare(a.sortText ?? '', b.sortText ?? '') || compare(a.name, b.name))
      .map(({ name, kind, detail }) => ({
        name,
        kind: kindName(kind),
        ...(detail ? { signature: detail } : {}),
      }));
    this.#lastCompletion = { snapshot: place.snapshot, position, entries };
    return entries;
  }

  async inspect(code: string, cursor: number, detail: number): Promise<JsonObject> {
    const nothing = { status: 'ok', found: false, data: {}, metadata: {} };
    const at = toUtf16(code, cursor);
    const magic = /^%{1,2}\w+/.exec(code.slice(code.lastIndexOf('\n', at - 1) + 1));
    if (magic) return { ...nothing, found: true, data: { 'text/plain': describeMagics() } };
    const name = wordAt(code, at);
    if (!name) return nothing;
    try {
      return (await this.#exclusive(() => this.#describe(code, name, detail))) ?? nothing;
    } catch (error) {
      this.#options.log(`inspect: ${(error as Error).message}`);
      return nothing;
    }
  }

  async #describe(
    code: string,
    { word, start }: { word: string; start: number },
    detail: number,
  ): Promise<JsonObject | undefined> {
    const source = blankMagics(code);
    const { server, place, offset } = await this.#update(source, analyze(source).bindings);
    let symbol = await server.request<SymbolResponse | null>('getSymbolAtPosition', {
      ...place,
      file: this.#cellFile,
      position: offset + start,
    });
    if (!symbol) return undefined;
    if (symbol.flags & ALIAS_FLAG) {
      const target = await server.request<SymbolResponse | null>('getAliasedSymbol', {
        ...place,
        symbol: symbol.id,
      });
      if (target && target.name !== 'unknown') symbol = target;
    }
    const [type, documentation, tags] = await Promise.all([
      server.request<{ id: number } | null>('getTypeOfSymbol', { ...place, symbol: symbol.id }),
      server
        .request<string | null>('getDocumentationComment', { ...place, symbol: symbol.id })
        .catch(() => ''),
      server
        .request<{ name: string; text?: string }[] | null>('getJsDocTags', {
          ...place,
          symbol: symbol.id,
        })
        .catch(() => []),
    ]);
    const text = type ? await server.request<string>('typeToString', { ...place, type: type.id }) : '';
    const signature =
      `${symbolKind(symbol.flags)} ${word}${text && text !== 'any' ? `: ${text}` : ''}`.trim();
    const tagLines = (tags ?? []).map((tag) => `@${tag.name}${tag.text ? ` ${tag.text}` : ''}`);
    const shownTags = detail > 0 ? tagLines : tagLines.slice(0, 12);
    const plain = [signature, documentation, shownTags.join('\n')].filter(Boolean).join('\n\n');
    const markdown = [
      `\`\`\`ts\n${signature}\n\`\`\``,
      documentation,
      shownTags.map((line) => `- ${line}`).join('\n'),
    ]
      .filter(Boolean)
      .join('\n\n');
    return {
      status: 'ok',
      found: true,
      data: { 'text/plain': plain, 'text/markdown': markdown },
      metadata: {},
    };
  }

  // ── The server ──────────────────────────────────────────────────────────────

  get #cellFile(): string {
    return join(this.#folder, '__quire_session.ts');
  }

  get #configFile(): string {
    return join(this.#folder, '__quire_tsconfig.json');
  }

  /** One request after the other: all of them share the one file. */
  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Shows the server the session with `source` as its last cell. */
  async #update(
    source: string,
    bindings: Analysis['bindings'],
    everything = false,
  ): Promise<{ server: TypeServer; place: { snapshot: number; project: string }; offset: number }> {
    const { text, offset } = this.#document.render(source, bindings);
    const server = await this.#started();
    const fileChanges = everything ? { invalidateAll: true } : { changed: this.#changedFiles() };
    if (text !== this.#text || !this.#current || everything || fileChanges.changed?.length) {
      this.#text = text;
      const old = this.#current;
      const request = this.#opened
        ? {
            fileChanges: everything
              ? fileChanges
              : { changed: [this.#cellFile, ...(fileChanges.changed ?? [])] },
          }
        : { openProjects: [this.#configFile] };
      this.#current = await server.request<Snapshot>('updateSnapshot', request);
      this.#opened = true;
      if (old) void server.request('release', { snapshot: old.snapshot }).catch(() => {});
    }
    const current = this.#current as Snapshot;
    const project = current.projects[0];
    if (!project) throw new Error('TypeScript did not open the notebook.');
    return { server, place: { snapshot: current.snapshot, project: project.id }, offset };
  }

  #started(): Promise<TypeServer> {
    if (this.#closed) return Promise.reject(new Error('The kernel is shutting down.'));
    if (this.#failures >= RESTARTS) {
      return Promise.reject(
        new Error('The TypeScript process keeps ending: cells run unchecked with %typecheck off.'),
      );
    }
    this.#warmed = true;
    this.#server ??= TypeServer.start({
      folder: this.#folder,
      readFile: (path) => this.#readFile(path),
      exited: () => {
        if (this.#closed || !this.#server) return;
        this.#failures += 1;
        this.#options.log('The TypeScript process ended; it is started again when it is needed.');
        this.#stop();
      },
    });
    return this.#server;
  }

  #readFile(path: string): string | undefined {
    if (path === this.#cellFile) return this.#text;
    if (path === this.#configFile) return projectConfig(this.#folder, this.#cellFile);
    if (!path.includes('/node_modules/') && path !== GLOBALS) {
      this.#read.set(path, statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    }
    return undefined;
  }

  #changedFiles(): string[] {
    const changed: string[] = [];
    for (const [path, time] of this.#read) {
      const now = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (now === time) continue;
      this.#read.set(path, now);
      changed.push(path);
    }
    return changed;
  }
}

/** Protocol cursors count code points, JavaScript counts UTF-16 code units. */
export function toUtf16(code: string, codePoints: number): number {
  let at = 0;
  for (let left = codePoints; left > 0 && at < code.length; left--)
    at += (code.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return at;
}

export function toCodePoints(code: string, utf16: number): number {
  let count = 0;
  for (let at = 0; at < utf16; count++) at += (code.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return count;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Magic lines as spaces: the checker doesn't know them, and positions stay. */
function blankMagics(code: string): string {
  return code.replace(/^(?:%%?[A-Za-z_]|!(?!=)).*$/gm, (line) => ' '.repeat(line.length));
}

/** The identifier at or just before a position, or before the parenthesis that is open there. */
function wordAt(code: string, at: number): { word: string; start: number } | undefined {
  const around = (position: number): { word: string; start: number } | undefined => {
    const before = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, position))?.[0] ?? '';
    const after = /^[\p{ID_Continue}$]*/u.exec(code.slice(position))?.[0] ?? '';
    const word = before + after;
    return /^[\p{ID_Start}$_]/u.test(word) ? { word, start: position - before.length } : undefined;
  };
  const direct = around(at);
  if (direct) return direct;
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    if (code[i] === ')') depth++;
    else if (code[i] === '(' && depth-- === 0) return around(i);
  }
  return undefined;
}

function symbolKind(flags: number): string {
  if (flags & 16) return '(function)';
  if (flags & 32) return '(class)';
  if (flags & 64) return '(interface)';
  if (flags & 8192) return '(method)';
  if (flags & (4 | 98304)) return '(property)';
  if (flags & 524288) return '(type)';
  if (flags & 384) return '(enum)';
  if (flags & 1536) return '(module)';
  return flags & 3 ? '(variable)' : '';
}
