/** How a result shows itself in a notebook: https://docs.deno.com/runtime/reference/cli/jupyter/#rich-content-output */
import { characterCount } from './characters.ts';

/** A notebook shows an object by calling the method with this name, which answers with a MIME bundle. */
export const DISPLAY = Symbol.for('Jupyter.display');

/** What a result answers with: the same content twice, for a terminal and for a page. */
export interface TextAndHtml {
  'text/plain': string;
  'text/html': string;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes any text safe as HTML content or as a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** A table whose cells are plain text: the first cell of each row is its heading. Every cell is escaped. */
export function htmlTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('');
  const body = rows.map(([heading = '', ...cells]) => {
    const data = cells.map((cell) => `<td style="text-align:right">${escapeHtml(cell)}</td>`).join('');
    return `<tr><th style="text-align:left">${escapeHtml(heading)}</th>${data}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

/** `padStart` that counts an emoji as one character. */
export function alignRight(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - characterCount(text))) + text;
}
