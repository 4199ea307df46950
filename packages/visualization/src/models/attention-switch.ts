/** Switches of a page for the layer and the heads whose attention is shown. */
import { seriesColor } from '../palettes.ts';
import { escapeHtml, OWN_KEYS } from '../text.ts';

export interface SwitchedLines {
  /** Of each layer, the strongest first. */
  lines: readonly (readonly { head: number; from: number; to: number; weight: number }[])[];
  heads: number;
  /** Heads that are on at first. */
  chosen: readonly number[];
  layer: number;
  /** The lines of that layer and those heads: what is seen where no script runs. */
  svg: string;
  geometry: { left: number; middle: number; right: number; top: number; row: number };
  /** The keys' texts. */
  names: readonly string[];
}

/** Draws the lines of the layer that is chosen and the heads that are on. `lines`: head, from, to, weight by 255. */
const SCRIPT = `((root, packed, keys, [left, middle, right, top, row], colors) => {
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const layers = packed.map((text) => new Uint16Array(bytes(text).buffer));
const select = root.querySelector('select');
const boxes = [...root.querySelectorAll('input')];
const queries = [...root.querySelectorAll('.query')];
const firsts = queries.map((query) => query.querySelector('title').textContent.split('\\n')[0]);
const y = (i) => top + i * row + row / 2;
const draw = () => {
const on = boxes.map((box) => box.checked);
const several = on.filter(Boolean).length > 1;
const told = queries.map((_, i) => [firsts[i]]);
for (const query of queries) query.querySelector('g').replaceChildren();
const lines = layers[select.value];
for (let i = 0; i < lines.length; i += 4) {
const [head, from, to, weight] = [lines[i], lines[i + 1], lines[i + 2], lines[i + 3] / 65535];
if (!on[head]) continue;
const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
const set = (name, value) => path.setAttribute(name, value);
set('d', 'M' + left + ' ' + y(from) + 'C' + middle + ' ' + y(from) + ' ' + middle + ' ' + y(to) + ' ' + right + ' ' + y(to));
set('fill', 'none');
set('stroke', colors[head % colors.length]);
set('stroke-width', 0.5 + 2.5 * weight);
set('stroke-opacity', 0.15 + 0.75 * weight);
queries[from].querySelector('g').append(path);
if (told[from].length < 9) told[from].push('→ ' + JSON.stringify(keys[to]) + ' ' + Number(weight.toPrecision(3)) + (several ? ' (head ' + head + ')' : ''));
}
queries.forEach((query, i) => { query.querySelector('title').textContent = told[i].join('\\n'); });
};
select.addEventListener('change', draw);
for (const box of boxes) {
box.addEventListener('change', draw);
box.parentElement.addEventListener('dblclick', (event) => { event.preventDefault(); for (const other of boxes) other.checked = other === box; draw(); });
}
root.querySelector('.switches').hidden = false;
draw();
})(document.currentScript.previousElementSibling`;

/** HTML, escaped. Without scripts the switches aren't seen. */
export function switched(
  name: string,
  { lines, heads, chosen, layer, svg, geometry, names }: SwitchedLines,
): string {
  const packed = lines.map((own) => {
    const numbers = own.flatMap(({ head, from, to, weight }) => [
      head,
      from,
      to,
      Math.round(65_535 * Math.min(1, weight)),
    ]);
    return Buffer.from(Uint16Array.from(numbers).buffer).toString('base64');
  });
  const { left, middle, right, top, row } = geometry;
  const colors = Array.from({ length: 8 }, (_, i) => seriesColor(i));
  const given = [packed, names, [left, middle, right, top, row], colors]
    .map((value) => JSON.stringify(value).replaceAll('<', '\\u003c'))
    .join(', ');
  const options = lines.map((_, l) => `<option value="${l}"${l === layer ? ' selected' : ''}>${l}</option>`);
  const boxes = Array.from({ length: heads }, (_, h) => {
    const color = escapeHtml(seriesColor(h));
    return (
      `<label style="margin-right:8px;white-space:nowrap"><input ${OWN_KEYS} type="checkbox"${chosen.includes(h) ? ' checked' : ''} ` +
      `style="accent-color:${color};vertical-align:-2px"><span style="border-bottom:3px solid ${color}">${h}</span></label>`
    );
  });
  return (
    `<div class="${name}-page"><div class="switches" hidden style="font-size:12px;margin:2px 0 6px">` +
    `<label style="margin-right:14px">layer <select ${OWN_KEYS}>${options.join('')}</select></label>` +
    `<span title="A double click leaves one head on">heads ${boxes.join('')}</span></div>${svg}</div>` +
    `<script>${SCRIPT}, ${given})</script>`
  );
}
