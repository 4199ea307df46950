/** Arrays of records as a table, in HTML and as text. */
import { types } from 'node:util';
import { escapeHtml } from './html.ts';
import { inspectCell } from './inspect.ts';
import { columns, more, oneLine, pad, shorten } from './text.ts';
import type { MimeBundle } from './types.ts';

const MAX_ROWS = 60;
const MAX_COLUMNS = 30;
const MAX_CELL = 200;
const MAX_TEXT_CELL = 40;
/** Objects of more keys are no rows. */
const MAX_KEYS = 1000;

type Row = Record<string, unknown>;

function isPlainRecord(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null || types.isProxy(value) || Array.isArray(value))
    return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

/** Whether `value` is shown as a table: an array of plain objects that share a column at least. */
export function isTable(value: unknown): value is Row[] {
  if (!Array.isArray(value) || types.isProxy(value) || value.length === 0) return false;
  const shared = new Set<string>();
  return sampled(value).every((row, i) => {
    if (!isPlainRecord(row)) return false;
    const keys = Object.keys(row);
    if (keys.length > MAX_KEYS) return false;
    if (i === 0) for (const key of keys) shared.add(key);
    return keys.some((key) => shared.has(key));
  });
}

/** All of a short array, the first and the last items of a long one; a hole is undefined. */
function sampled(items: readonly unknown[]): unknown[] {
  return items.length > 200 ? [...items.slice(0, 100), ...items.slice(-100)] : [...items];
}

interface Table {
  names: string[];
  cells: string[][];
  /** Which columns hold numbers only. */
  numeric: boolean[];
  /** The row before which others were left out. */
  gap: number | undefined;
  hidden: string[];
}

export function tableBundle(rows: readonly Row[]): MimeBundle {
  const half = MAX_ROWS / 2;
  const shown = rows.length > MAX_ROWS ? [...rows.slice(0, half), ...rows.slice(-half)] : rows;
  const keys = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const names = keys.slice(0, MAX_COLUMNS);
  const hidden: string[] = [];
  if (rows.length > shown.length) hidden.push(more(rows.length - shown.length, 'row'));
  if (keys.length > names.length) hidden.push(more(keys.length - names.length, 'column'));
  const table: Table = {
    names,
    cells: shown.map((row) => names.map((name) => cellText(row, name))),
    numeric: names.map((name) => shown.every((row) => isNumeric(row, name))),
    gap: rows.length > shown.length ? half : undefined,
    hidden,
  };
  return { 'text/plain': asText(table), 'text/html': asHtml(table) };
}

function isNumeric(row: Row, key: string): boolean {
  const property = Object.getOwnPropertyDescriptor(row, key);
  return !property || ['undefined', 'number', 'bigint'].includes(typeof property.value);
}

/** One cell of a table as text. Getters aren't run. */
function cellText(row: Row, key: string): string {
  const property = Object.getOwnPropertyDescriptor(row, key);
  if (!property) return '';
  if (!('value' in property)) return '[getter]';
  const value = property.value as unknown;
  if (value === undefined) return '';
  if (typeof value === 'string') return shorten(value, MAX_CELL).toWellFormed();
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(8)));
  return shorten(inspectCell(value), MAX_CELL).toWellFormed();
}

function asText({ names, cells, numeric, gap, hidden }: Table): string {
  const flat = [names, ...cells].map((row) => row.map((cell) => shorten(oneLine(cell), MAX_TEXT_CELL)));
  const widths = names.map((_, i) => Math.max(1, ...flat.map((row) => columns(row[i] as string))));
  const lines = flat.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i] as number, numeric[i] ? 'left' : 'right'))
      .join('  ')
      .trimEnd(),
  );
  if (gap !== undefined) lines.splice(gap + 1, 0, '…');
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  if (hidden.length > 0) lines.push(`… ${hidden.join(', ')}`);
  return lines.join('\n');
}

/** Jupyter's own style of tables, which the class `dataframe` asks for, fits light and dark themes. */
function asHtml({ names, cells, numeric, gap, hidden }: Table): string {
  const align = (i: number): string => ` style="text-align:${numeric[i] ? 'right' : 'left'}"`;
  const heading = names
    .map((name, i) => `<th scope="col"${align(i)}>${escapeHtml(shorten(name, MAX_CELL))}</th>`)
    .join('');
  const rows = cells.map(
    (row) => `<tr>${row.map((cell, i) => `<td${align(i)}>${escapeHtml(cell)}</td>`).join('')}</tr>`,
  );
  if (gap !== undefined) rows.splice(gap, 0, `<tr><td colspan="${names.length}">…</td></tr>`);
  const note = hidden.length > 0 ? `<p><small>… ${hidden.join(', ')}</small></p>` : '';
  return `<table class="dataframe"><thead><tr>${heading}</tr></thead><tbody>${rows.join('')}</tbody></table>${note}`;
}
