/** A table that can be sorted, with sparklines. */
import { type ColumnName, isList, readData, type TableData } from './data.ts';
import { DISPLAY, type Displayable, type MimeBundle } from './display.ts';
import { seriesColor } from './palettes.ts';
import { AS_TYPED, escapeHtml, OWN_KEYS, readable, shorten } from './text.ts';

export interface TableOptions<R extends object> {
  /** Which columns there are, from left to right. Default: all. */
  columns?: readonly ColumnName<R>[];
  /** How a column's values are written. Default: numbers with up to four digits. */
  format?: Partial<Record<ColumnName<R>, (value: never) => string>>;
  /** The columns of numbers that have a bar behind each value, as long as it is large. */
  bars?: readonly ColumnName<R>[];
  /** Rows that are shown at most. Default: 200. */
  rows?: number;
  /** What stands above it. */
  title?: string;
}

/** Numbers along a line of text: 100 x 20 pixels. Gaps where they aren't finite. */
function sparkline(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const at = (value: number, i: number): string => {
    const x = 2 + (96 * i) / Math.max(1, values.length - 1);
    const y = high === low ? 10 : 18 - (16 * (value - low)) / (high - low);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  let path = '';
  let open = false;
  values.forEach((value, i) => {
    if (Number.isFinite(value)) path += `${open ? 'L' : 'M'}${at(value, i)}`;
    open = Number.isFinite(value);
  });
  const last = values.findLastIndex(Number.isFinite);
  const [x, y] = last < 0 ? [] : at(values[last]!, last).split(',');
  const color = seriesColor(0);
  const dot = x === undefined ? '' : `<circle cx="${x}" cy="${y}" r="2" fill="${color}"/>`;
  const source =
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="20" viewBox="0 0 100 20">' +
    `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.4"/>${dot}</svg>`;
  const text = finite.length === 0 ? 'no numbers' : `${readable(finite[0]!)} to ${readable(finite.at(-1)!)}`;
  return `<img alt="${escapeHtml(text)}" width="100" height="20" src="data:image/svg+xml;base64,${Buffer.from(source).toString('base64')}">`;
}

const isNumbers = (value: unknown): value is ArrayLike<number> =>
  isList(value) && value.length > 0 && typeof value[0] === 'number';

/** What a cell is sorted by. */
function sortKey(value: unknown): number | string {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.getTime();
  if (isNumbers(value)) return value[value.length - 1]!;
  return value === null || value === undefined ? '' : String(value);
}

function written(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return readable(value);
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? '' : value.toISOString().slice(0, 19).replace('T', ' ');
  return shorten(typeof value === 'object' ? JSON.stringify(value) : String(value), 200);
}

/** Sorts by the column whose heading was clicked; a second click turns the order round. */
const SORT = `((table) => {
const body = table.tBodies[0];
[...table.tHead.rows[0].cells].forEach((head, column) => {
head.style.cursor = 'pointer';
head.tabIndex = 0;
const sort = () => {
const down = head.getAttribute('aria-sort') === 'ascending';
for (const other of head.parentElement.cells) other.removeAttribute('aria-sort');
head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
for (const other of head.parentElement.cells) other.lastElementChild.textContent = '';
head.lastElementChild.textContent = down ? ' ▼' : ' ▲';
const key = (row) => row.cells[column].dataset.key ?? '';
const numeric = head.dataset.numeric === '1';
const compare = (a, b) => numeric ? (key(a) === '' ? Infinity : key(a)) - (key(b) === '' ? Infinity : key(b)) || 0 : key(a).localeCompare(key(b));
body.append(...[...body.rows].sort((a, b) => (down ? -1 : 1) * compare(a, b)));
};
head.addEventListener('click', sort);
head.addEventListener('keydown', (event) => { if (event.key === 'Enter') sort(); });
});
})(document.currentScript.previousElementSibling.querySelector('table'));`;

/**
 * Rows as a table whose columns are sorted by a click on their heading. A cell that holds numbers (an array or a typed
 * array) is a sparkline: `table([{ run: 'a', accuracy: 0.9, loss: [2, 1, 0.5] }], { bars: ['accuracy'] })`.
 * @throws {RangeError} when the data is empty, columns differ in length, or one that is named isn't there
 */
export function table<R extends object>(data: TableData<R>, options: TableOptions<R> = {}): Displayable {
  const frame = readData('table', data);
  const names = options.columns ?? [...frame.columns.keys()];
  const columns = names.map((name) => {
    const found = frame.columns.get(name);
    if (!found) throw new RangeError(`table: the data has no column "${name}".`);
    return found;
  });
  const most = options.rows ?? 200;
  const count = Math.min(frame.length, most);
  const formats = (options.format ?? {}) as Record<string, ((value: unknown) => string) | undefined>;
  const text = (name: string, value: unknown): string =>
    formats[name] && value !== null && value !== undefined ? formats[name](value) : written(value);
  const greatest = new Map(
    (options.bars ?? []).map((name) => {
      const numbers = (frame.columns.get(name)?.values ?? []).filter((value): value is number =>
        Number.isFinite(value),
      );
      return [name as string, numbers.reduce((a, b) => Math.max(a, Math.abs(b)), 0)];
    }),
  );

  const cell = (name: string, value: unknown): string => {
    const key = ` data-key="${escapeHtml(String(sortKey(value)))}"`;
    if (isNumbers(value) && !formats[name]) return `<td${key}>${sparkline(Array.from(value))}</td>`;
    const content = escapeHtml(text(name, value));
    const align =
      typeof value === 'number' ? 'text-align:right;font-variant-numeric:tabular-nums' : 'text-align:left';
    const top = greatest.get(name);
    const share = top && typeof value === 'number' ? (100 * Math.abs(value)) / top : 0;
    const bar =
      share > 0
        ? `;background:linear-gradient(to right,rgba(0,114,178,0.22) ${share.toFixed(1)}%,transparent 0)`
        : '';
    return `<td${key} style="${align}${bar}">${content}</td>`;
  };
  const head = columns
    .map(({ name, kind, values }) => {
      const numeric = kind !== 'category' || isNumbers(values.find((value) => value !== null));
      const align = kind === 'number' ? 'right' : 'left';
      return `<th ${OWN_KEYS}${numeric ? ' data-numeric="1"' : ''} style="text-align:${align}">${escapeHtml(name)}<span></span></th>`;
    })
    .join('');
  const body = Array.from(
    { length: count },
    (_, row) => `<tr>${columns.map(({ name, values }) => cell(name, values[row])).join('')}</tr>`,
  ).join('');
  const left = frame.length - count;
  const caption =
    options.title === undefined
      ? ''
      : `<caption style="text-align:left;font-weight:600;padding:4px 0">${escapeHtml(options.title)}</caption>`;
  const more = left > 0 ? `<p>… and ${left} more rows</p>` : '';
  const plain = [
    names.join('\t'),
    ...Array.from({ length: count }, (_, row) =>
      columns
        .map(({ name, values }) => (isNumbers(values[row]) && !formats[name] ? '~' : text(name, values[row])))
        .join('\t'),
    ),
  ];

  return {
    [DISPLAY](): MimeBundle {
      return {
        'text/html': `<div class="${AS_TYPED}"><table style="border-spacing:12px 2px">${caption}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>${more}</div><script>${SORT}</script>`,
        'text/plain': plain.join('\n') + (left > 0 ? `\n… and ${left} more rows` : ''),
      };
    },
  };
}
