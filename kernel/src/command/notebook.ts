/** Notebook files: https://nbformat.readthedocs.io/en/latest/format_description.html */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export type Bundle = Record<string, unknown>;

export type Output =
  | { output_type: 'stream'; name: string; text: string }
  | { output_type: 'display_data'; data: Bundle; metadata: Bundle }
  | { output_type: 'execute_result'; execution_count: number; data: Bundle; metadata: Bundle }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] };

export interface Cell {
  cell_type: 'code' | 'markdown' | 'raw';
  id: string;
  metadata: { tags?: string[]; [key: string]: unknown };
  source: string;
  attachments?: unknown;
  execution_count?: number | null;
  outputs?: Output[];
}

export interface Notebook {
  cells: Cell[];
  metadata: { kernelspec?: Bundle; language_info?: Bundle; [key: string]: unknown };
  nbformat: 4;
  nbformat_minor: number;
}

/** Something wrong with what the user gave, told without a stack. */
export class UserError extends Error {
  override name = 'UserError';
}

/** A multi-line string may be an array of lines. */
function joined(text: unknown): string {
  return Array.isArray(text) ? text.join('') : String(text ?? '');
}

function split(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function isJsonType(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json');
}

function mapBundle(bundle: Bundle, change: (text: unknown) => unknown): Bundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([type, content]) => [type, isJsonType(type) ? content : change(content)]),
  );
}

/**
 * @throws {UserError} for a file that is missing, isn't JSON, or isn't a notebook of format 4
 */
export function readNotebook(path: string): Notebook {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UserError(
      missing ? `There is no file ${path}.` : `${path} can't be read: ${(error as Error).message}`,
    );
  }
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new UserError(`${path} is not a notebook: it isn't JSON (${(error as Error).message}).`);
  }
  if (typeof raw !== 'object' || raw === null || raw.nbformat !== 4 || !Array.isArray(raw.cells)) {
    const version = typeof raw?.nbformat === 'number' ? ` of format ${raw.nbformat}` : '';
    throw new UserError(
      `${path} is not a notebook of format 4${version ? ` but${version}; convert it with: jupyter nbconvert --to notebook` : '.'}`,
    );
  }
  return {
    cells: raw.cells.map((cell: Record<string, unknown>) => readCell(cell)),
    metadata: (raw.metadata ?? {}) as Notebook['metadata'],
    nbformat: 4,
    nbformat_minor: Number(raw.nbformat_minor ?? 0),
  };
}

function readCell(raw: Record<string, unknown>): Cell {
  const type = raw.cell_type;
  const cell: Cell = {
    cell_type: type === 'code' || type === 'raw' ? type : 'markdown',
    id: typeof raw.id === 'string' ? raw.id : randomUUID().slice(0, 8),
    metadata: (raw.metadata ?? {}) as Cell['metadata'],
    source: joined(raw.source),
  };
  if (raw.attachments !== undefined) cell.attachments = raw.attachments;
  if (cell.cell_type === 'code') {
    cell.execution_count = (raw.execution_count ?? null) as number | null;
    cell.outputs = ((raw.outputs ?? []) as Record<string, unknown>[]).map(readOutput);
  }
  return cell;
}

function readOutput(raw: Record<string, unknown>): Output {
  if (raw.output_type === 'stream') return { ...raw, text: joined(raw.text) } as Output;
  if (raw.data) return { ...raw, data: mapBundle(raw.data as Bundle, joined) } as Output;
  return raw as Output;
}

/** Keys in alphabetical order, as nbformat writes them, so that differences between versions stay small. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/** The file's text: nbformat 4.5, indented by one space, multi-line strings as arrays of lines. */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: split(cell.source),
    ...(cell.outputs && {
      outputs: cell.outputs.map((output) => {
        if (output.output_type === 'stream') return { ...output, text: split(output.text) };
        if ('data' in output) {
          return {
            ...output,
            data: mapBundle(output.data, (text) => (typeof text === 'string' ? split(text) : text)),
          };
        }
        return output;
      }),
    }),
  }));
  const file = {
    cells,
    metadata: notebook.metadata,
    nbformat: 4,
    nbformat_minor: Math.max(5, notebook.nbformat_minor),
  };
  return `${JSON.stringify(sorted(file), null, 1)}\n`;
}

/** Writes under a temporary name first: a notebook is there whole, or as it was. */
export function writeNotebook(path: string, notebook: Notebook): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, formatNotebook(notebook));
    renameSync(temporary, path);
  } catch (error) {
    try {
      unlinkSync(temporary);
    } catch {
      // It was never there.
    }
    throw new UserError(`${path} can't be written: ${(error as Error).message}`);
  }
}
