/** Arrays of records as a table, in HTML and as text. */
import { inspect } from 'node:util';
import { escapeHtml } from './html.ts';
import { columns, pad, shorten } from './text.ts';
import type { MimeBundle } from './types.ts';

const MAX_ROWS = 60;
const MAX_COLUMNS = 30;
const MAX_CELL = 200;

type Row = Record<string, unknown>;

function isPlainRecord(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return (prototype === Object.prototype || prototype === null) && Object.keys(value).length > 0;
}

/** Whether `value` is shown as a table: an array of plain objects that share a column at least. */
export function isTable(value: unknown): value is Row[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const sample = value.length > 200 ? [...value.slice(0, 100), ...value.slice(-100)] : value;
  if (!sample.every(isPlainRecord)) return false;
  const first = new Set(Object.keys(sample[0] as Row));
  return sample.every((row) => Object.keys(row as Row).some((key) => first.has(key)));
}

/** One cell of a table as text. Getters aren't run. */
function cellText(row: Row, key: string): string {
  const property = Object.getOwnPropertyDescriptor(row, key);
  if (!property) return '';
  if (!('value' in property)) return '[getter]';
  const value = property.value as unknown;
  if (typeof value === 'string') return shorten(value, MAX_CELL);
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(8)));
  if (value === undefined) return '';
  return shorten(
    inspect(value, {
      depth: 1,
      breakLength: Number.POSITIVE_INFINITY,
      maxArrayLength: 10,
      maxStringLength: 100,
    }),
    MAX_CELL,
  );
}

export function tableBundle(rows: readonly Row[]): MimeBundle {
  const shown =
    rows.length > MAX_ROWS ? [...rows.slice(0, MAX_ROWS / 2), ...rows.slice(-MAX_ROWS / 2)] : rows;
  const keys = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const names = keys.slice(0, MAX_COLUMNS);
  const numeric = new Set(
    names.filter((name) =>
      shown.every((row) =>
        ['undefined', 'number', 'bigint'].includes(typeof Object.getOwnPropertyDescriptor(row, name)?.value),
      ),
    ),
  );
  const cells = shown.map((row) => names.map((name) => cellText(row, name)));
  const hidden = [
    rows.length > shown.length ? `${(rows.length - shown.length).toLocaleString('en')} more rows` : '',
    keys.length > names.length ? `${keys.length - names.length} more columns` : '',
  ].filter(Boolean);
  const gap = rows.length > shown.length ? MAX_ROWS / 2 : -1;
  return {
    'text/plain': asText(names, cells, numeric, gap, hidden),
    'text/html': asHtml(names, cells, numeric, gap, hidden),
  };
}

function asText(
  names: string[],
  cells: string[][],
  numeric: Set<string>,
  gap: number,
  hidden: string[],
): string {
  const flat = cells.map((row) => row.map((cell) => shorten(cell.replace(/\s+/g, ' '), 40)));
  const widths = names.map((name, i) =>
    Math.max(columns(name), ...flat.map((row) => columns(row[i] as string))),
  );
  const line = (row: string[]): string =>
    row
      .map((cell, i) => pad(cell, widths[i] as number, numeric.has(names[i] as string) ? 'left' : 'right'))
      .join('  ')
      .trimEnd();
  const lines = [line(names), widths.map((width) => '─'.repeat(width)).join('  '), ...flat.map(line)];
  if (gap >= 0) lines.splice(gap + 2, 0, '…');
  if (hidden.length > 0) lines.push(`… ${hidden.join(', ')}`);
  return lines.join('\n');
}

function asHtml(
  names: string[],
  cells: string[][],
  numeric: Set<string>,
  gap: number,
  hidden: string[],
): string {
  const align = (i: number): string =>
    numeric.has(names[i] as string) ? ' style="text-align:right"' : ' style="text-align:left"';
  const head = names.map((name, i) => `<th${align(i)}>${escapeHtml(name)}</th>`).join('');
  const rows = cells.map(
    (row) => `<tr>${row.map((cell, i) => `<td${align(i)}>${escapeHtml(cell)}</td>`).join('')}</tr>`,
  );
  if (gap >= 0) rows.splice(gap, 0, `<tr><td colspan="${names.length}">…</td></tr>`);
  const note = hidden.length > 0 ? `<p><small>… ${escapeHtml(hidden.join(', '))}</small></p>` : '';
  return `<table class="dataframe"><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>${note}`;
}
