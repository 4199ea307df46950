/** Notebook files: https://nbformat.readthedocs.io/en/latest/format_description.html */
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from './arguments.ts';

export type Bundle = Record<string, unknown>;

export type Output =
  | { output_type: 'stream'; name: string; text: string }
  | { output_type: 'display_data'; data: Bundle; metadata: Bundle }
  | { output_type: 'execute_result'; execution_count: number | null; data: Bundle; metadata: Bundle }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] };

export interface CellMetadata {
  tags?: string[];
  [key: string]: unknown;
}

export interface CodeCell {
  cell_type: 'code';
  id: string;
  metadata: CellMetadata;
  source: string;
  execution_count: number | null;
  outputs: Output[];
}

export interface TextCell {
  cell_type: 'markdown' | 'raw';
  id: string;
  metadata: CellMetadata;
  source: string;
  attachments?: Record<string, Bundle>;
}

export type Cell = CodeCell | TextCell;

export interface Notebook {
  cells: Cell[];
  metadata: { kernelspec?: Bundle; language_info?: Bundle; [key: string]: unknown };
  nbformat: 4;
  nbformat_minor: number;
}

/** The first minor version in which cells have ids. */
const MINOR = 5;

export function hasTag(cell: Cell, tag: string): boolean {
  return Array.isArray(cell.metadata.tags) && cell.metadata.tags.includes(tag);
}

// ── Reading ─────────────────────────────────────────────────────────────────────

/** @throws {UserError} when the text isn't a notebook of format 4, with what is wrong with it */
export function parseNotebook(text: string): Notebook {
  let raw: unknown;
  try {
    raw = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UserError(`It is not a notebook: it is not JSON. ${(error as Error).message}.`);
  }
  if (!isRecord(raw) || typeof raw.nbformat !== 'number') {
    throw new UserError('It is not a notebook: it names no nbformat.');
  }
  if (raw.nbformat !== 4) {
    const mend = raw.nbformat < 4 ? ' Convert it: jupyter nbconvert --to notebook --inplace FILE' : '';
    throw new UserError(`It is a notebook of format ${raw.nbformat}; format 4 is read.${mend}`);
  }
  if (!Array.isArray(raw.cells)) throw new UserError('It is not a notebook: it has no cells.');
  const notebook = {
    ...raw,
    cells: raw.cells.map(parseCell),
    metadata: isRecord(raw.metadata) ? raw.metadata : {},
    nbformat: 4,
    nbformat_minor: Math.max(MINOR, Number(raw.nbformat_minor) || 0),
  } as Notebook;
  giveIds(notebook.cells);
  return notebook;
}

function parseCell(raw: unknown, index: number): Cell {
  const wrong = (what: string): UserError => new UserError(`Its cell ${index + 1} ${what}.`);
  if (!isRecord(raw)) throw wrong('is not an object');
  const { cell_type: type } = raw;
  if (type !== 'code' && type !== 'markdown' && type !== 'raw') {
    throw wrong(`has the unknown type ${JSON.stringify(type)}`);
  }
  const source = joinLines(raw.source);
  if (typeof source !== 'string') throw wrong('has no source');
  const cell = { ...raw, source, metadata: isRecord(raw.metadata) ? raw.metadata : {} } as unknown as Cell;
  if (isRecord(raw.attachments)) {
    (cell as TextCell).attachments = mapValues(raw.attachments, (bundle) =>
      mapBundle(bundle as Bundle, joinLines),
    ) as Record<string, Bundle>;
  }
  if (cell.cell_type === 'code') {
    cell.execution_count = (raw.execution_count as number | undefined) ?? null;
    cell.outputs = Array.isArray(raw.outputs) ? raw.outputs.map(parseOutput) : [];
  }
  return cell;
}

function parseOutput(raw: Record<string, unknown>): Output {
  if ('text' in raw) return { ...raw, text: joinLines(raw.text) } as Output;
  return (isRecord(raw.data) ? { ...raw, data: mapBundle(raw.data, joinLines) } : raw) as Output;
}

/**
 * Gives an id to each cell that has none, or the same as another: made of its source, so that the same notebook gets
 * the same ids again.
 */
export function giveIds(cells: readonly Cell[]): void {
  const taken = new Set<string>();
  for (const cell of cells) {
    const valid = typeof cell.id === 'string' && /^[\w-]{1,64}$/.test(cell.id);
    for (let attempt = 0; !valid || taken.has(cell.id); attempt++) {
      cell.id = createHash('sha256').update(`${attempt} ${cell.source}`).digest('hex').slice(0, 8);
      if (!taken.has(cell.id)) break;
    }
    taken.add(cell.id);
  }
}

// ── Writing ─────────────────────────────────────────────────────────────────────

/** The text of the file, the same as nbformat writes. */
export function formatNotebook(notebook: Notebook): string {
  const { orig_nbformat, orig_nbformat_minor, signature, ...metadata } = notebook.metadata;
  const file = { ...notebook, metadata, cells: notebook.cells.map(formatCell) };
  return `${JSON.stringify(sortKeys(file), null, 1)}\n`;
}

function formatCell(cell: Cell): Record<string, unknown> {
  const { trusted, ...metadata } = cell.metadata;
  const formatted: Record<string, unknown> = { ...cell, metadata, source: splitLines(cell.source) };
  if (cell.cell_type === 'code') formatted.outputs = cell.outputs.map(formatOutput);
  else if (cell.attachments) formatted.attachments = mapValues(cell.attachments, formatBundle);
  return formatted;
}

function formatOutput(output: Output): Record<string, unknown> {
  if (output.output_type === 'stream') return { ...output, text: splitLines(output.text) };
  return 'data' in output ? { ...output, data: formatBundle(output.data) } : output;
}

/** Only these types are written as lines; others, as images, are one string. */
function formatBundle(bundle: Bundle): Bundle {
  return mapBundle(bundle, (content, type) => {
    const lines = /^text\/|^application\/javascript$|^image\/svg\+xml$/.test(type);
    return lines && typeof content === 'string' ? splitLines(content) : content;
  });
}

/** Python's `splitlines(True)`, which knows more ends of lines than "\n". */
export function splitLines(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are ends of lines
  return text.split(/(?<=\r\n|\r(?!\n)|[\n\v\f\x1c-\x1e\x85\u2028\u2029])/).filter((line) => line !== '');
}

/** Keys in alphabetical order, as nbformat writes them, so that differences between versions stay small. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}

// ── Files ───────────────────────────────────────────────────────────────────────

/** @throws {UserError} when the file is missing or can't be read */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UserError(missing ? 'There is no such file.' : `It can't be read: ${(error as Error).message}`);
  }
}

/** Writes under a temporary name first: the file is there whole, or as it was. */
export function writeText(path: string, text: string): void {
  let temporary: string | undefined;
  try {
    const target = existing(path);
    temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
    writeFileSync(temporary, text, { flush: true });
    const mode = statSync(target, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined) chmodSync(temporary, mode);
    renameSync(temporary, target);
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { force: true });
    throw new UserError(`${path} can't be written: ${(error as Error).message}`);
  }
}

/** The file that a link leads to: the link stays one. */
function existing(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

// ── Small things ────────────────────────────────────────────────────────────────

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

/** Changes what isn't JSON. */
function mapBundle(bundle: Bundle, change: (content: unknown, type: string) => unknown): Bundle {
  const isJson = (type: string): boolean => /^application\/(?:json$|.*\+json$)/.test(type);
  return mapValues(bundle, (content, type) => (isJson(type) ? content : change(content, type)));
}

/** Files may hold a text as its lines. */
function joinLines(text: unknown): unknown {
  return Array.isArray(text) && text.every((line) => typeof line === 'string') ? text.join('') : text;
}
