/** Functions that make a value to be shown: `html`, `markdown`, pictures, sounds and charts. */
import { jsonCopy, jsonText } from './bundle.ts';
import { type Binary, type MediaType, mediaBundle, mediaType, toBytes } from './bytes.ts';
import { escapeHtml, Html, Shown } from './html.ts';
import { bounded } from './text.ts';
import { DISPLAY, type Displayable, type MimeBundle } from './types.ts';

const MAX_TEXT = 100_000;

/**
 * HTML from a string, taken as it stands, or from a template whose interpolated values are escaped:
 * ``html`<b>${name}</b>` ``. Values made by `html` itself go in unescaped, pictures and players as what they show, and
 * of an array each item; `undefined`, `null` and `false` leave nothing.
 */
export function html(source: string | TemplateStringsArray, ...values: unknown[]): Html {
  if (typeof source === 'string') return new Html(source);
  const texts = source.map((text, i) => (i < values.length ? text + interpolated(values[i]) : text));
  return new Html(texts.join(''));
}

function interpolated(value: unknown): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.source;
  if (value instanceof Shown) return embedded(value[DISPLAY]());
  if (Array.isArray(value)) return value.map(interpolated).join('');
  return escapeHtml(String(value));
}

function embedded(bundle: MimeBundle): string {
  const source = bundle['text/html'];
  if (typeof source === 'string') return source;
  for (const [type, content] of Object.entries(bundle)) {
    if (typeof content !== 'string' || !type.startsWith('image/')) continue;
    const data = type === 'image/svg+xml' ? Buffer.from(content).toString('base64') : content;
    return `<img alt="picture" src="data:${escapeHtml(type)};base64,${escapeHtml(data)}">`;
  }
  return escapeHtml(String(bundle['text/plain'] ?? ''));
}

/** Markdown. */
export function markdown(source: string): Displayable {
  return new Shown({ 'text/markdown': source, 'text/plain': source });
}

/** LaTeX, as MathJax shows it: `latex('$e^{i\\pi} = -1$')`. Formulas need their dollars. */
export function latex(source: string): Displayable {
  return new Shown({ 'text/latex': source, 'text/plain': source });
}

/**
 * A JSON value as a tree that can be folded. Typed arrays become arrays.
 * @throws {TypeError} for what JSON can't hold, such as big integers or a circular object
 */
export function json(value: unknown): Displayable {
  const text = jsonText(value, 2);
  return new Shown({
    'application/json': JSON.parse(text) as unknown,
    'text/plain': bounded(text, MAX_TEXT),
  });
}

/** An SVG picture, from its source. */
export function svg(source: string): Displayable {
  return new Shown(mediaBundle('image/svg+xml', Buffer.from(source)));
}

/** A PNG picture, from bytes or base64. @throws {TypeError} when they are something else */
export function png(data: Binary): Displayable {
  return media(toBytes(data), ['image/png'], 'a PNG picture');
}

/** A JPEG picture, from bytes or base64. @throws {TypeError} when they are something else */
export function jpeg(data: Binary): Displayable {
  return media(toBytes(data), ['image/jpeg'], 'a JPEG picture');
}

const PICTURES: MediaType[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml'];

/**
 * A PNG, JPEG, GIF, WebP or SVG picture, told by its bytes: those themselves, base64, a data URL, or SVG source.
 * @throws {TypeError} when it is none of these, such as a path
 */
export function image(data: Binary): Displayable {
  const bytes = typeof data === 'string' && /^\s*</.test(data) ? Buffer.from(data) : toBytes(data);
  return media(bytes, PICTURES, 'a PNG, JPEG, GIF, WebP or SVG picture');
}

/** A player for WAV, MP3 or Ogg sound, from bytes or base64. @throws {TypeError} when they are none of these */
export function audio(data: Binary): Displayable {
  return media(toBytes(data), ['audio/wav', 'audio/mpeg', 'audio/ogg'], 'WAV, MP3 or Ogg sound');
}

function media(bytes: Uint8Array, types: MediaType[], expected: string): Displayable {
  const found = mediaType(bytes);
  if (!found || !types.includes(found)) {
    throw new TypeError(
      `These ${bytes.length} bytes aren't ${expected} (found: ${found ?? 'no known format'}).`,
    );
  }
  return new Shown(mediaBundle(found, bytes));
}

/**
 * A chart from a Vega-Lite specification (version 5): https://vega.github.io/vega-lite/docs/spec.html
 * @throws {TypeError} for what JSON can't hold, such as big integers or a circular object
 */
export function vegaLite(specification: object): Displayable {
  const content = jsonCopy(specification);
  return new Shown({ 'application/vnd.vegalite.v5+json': content, 'text/plain': '<Vega-Lite chart>' });
}

/**
 * A Plotly figure, `{ data, layout }`: https://plotly.com/javascript/reference/
 * @throws {TypeError} for what JSON can't hold, such as big integers or a circular object
 */
export function plotly(figure: { data: unknown; layout?: unknown; [key: string]: unknown }): Displayable {
  return new Shown({ 'application/vnd.plotly.v1+json': jsonCopy(figure), 'text/plain': '<Plotly figure>' });
}

/** JavaScript that the front end runs, where it trusts the notebook. */
export function javascript(source: string): Displayable {
  return new Shown({ 'application/javascript': source, 'text/plain': '<JavaScript>' });
}

/**
 * Any MIME bundle: `raw({ 'text/html': '<b>x</b>', 'text/plain': 'x' })`. Bytes become base64. `metadata` is for the
 * front end, by MIME type: `{ 'image/png': { width: 300 } }`.
 */
export function raw(bundle: MimeBundle, metadata?: Record<string, unknown>): Displayable {
  return new Shown(bundle, metadata);
}
