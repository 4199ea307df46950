/**
 * Text as typed: Plotly reads labels as pseudo-HTML (`<b>`, `<a href>`, entities), fills `%{…}` in templates, and hands
 * `$…$` to MathJax. Every text that isn't the package's own goes through here on its way into a figure or a page.
 */

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * The class of elements in whose text front ends find no formulas: MathJax 3's and MathJax 2's name for it. Every output
 * of HTML has it on its outermost element, or `$…$` in a label would be typeset.
 */
export const AS_TYPED = 'mathjax_ignore tex2jax_ignore';

/** An attribute of what takes keys: JupyterLab leaves it those that are its own shortcuts elsewhere, as arrows and Enter. */
export const OWN_KEYS = 'data-lm-suppress-shortcuts="true"';

/** Text that is safe inside an HTML element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/**
 * Text that Plotly shows as it was typed, in labels and in templates: `<`, `>`, `&` and the `%` of `%{` become entities,
 * which Plotly turns back when it draws. A new line stays one. (`$…$` stays as it is: figures turn MathJax off.)
 */
export function plotText(value: unknown): string {
  return String(value)
    .toWellFormed()
    .replace(/[&<>]/g, (character) => ENTITIES[character]!)
    .replace(/%(?=\w*\{)/g, '&#37;')
    .replace(/\r\n?|\n/g, '<br>');
}

/**
 * Text that Plotly shows as it was typed on the axes of a scene in space, which is drawn in another way: tags are read
 * there, entities aren't. A space without width keeps `<` from being the beginning of a tag.
 */
export function sceneText(value: unknown): string {
  return String(value).toWellFormed().replaceAll('<', '<\u200b');
}

/** At most `length` characters of `text`, an ellipsis in place of the rest. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A number as people read it: whole ones with commas, others with four significant digits. */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return WHOLE.format(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2).replace('e+', 'e');
  return size >= 1000 ? WHOLE.format(value) : String(Number(value.toPrecision(4)));
}
