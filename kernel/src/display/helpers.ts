/** Functions that make a value to be shown: `html`, `markdown`, pictures, sounds and charts. */
import { mediaType, toBase64, toBytes } from './bytes.ts';
import { mediaBundle } from './format.ts';
import { escapeHtml, Html, Shown } from './html.ts';
import type { Displayable, MimeBundle } from './types.ts';

/** Bytes, or their base64 text (a data URL too). */
export type Binary = Uint8Array | ArrayBuffer | string;

/**
 * HTML from a string, taken as it stands, or from a template whose interpolated values are escaped:
 * ``html`<b>${name}</b>` ``. Values made by `html` itself, and arrays of them, go in unescaped.
 */
export function html(source: string | TemplateStringsArray, ...values: unknown[]): Html {
  if (typeof source === 'string') return new Html(source);
  const part = (value: unknown): string => {
    if (value instanceof Html) return value.source;
    if (Array.isArray(value)) return value.map(part).join('');
    return value === undefined || value === null || value === false ? '' : escapeHtml(String(value));
  };
  return new Html(source.map((text, i) => text + (i < values.length ? part(values[i]) : '')).join(''));
}

/** Markdown. */
export function markdown(source: string): Displayable {
  return new Shown({ 'text/markdown': source, 'text/plain': source });
}

/** LaTeX, as MathJax shows it: `latex('$e^{i\\pi} = -1$')`. */
export function latex(source: string): Displayable {
  return new Shown({ 'text/latex': source, 'text/plain': source });
}

/** A JSON value as a tree that can be folded. */
export function json(value: unknown): Displayable {
  const text = JSON.stringify(value, null, 2);
  if (text === undefined)
    throw new TypeError('json() takes a value that JSON can hold, not a function, a symbol or undefined.');
  return new Shown({ 'application/json': JSON.parse(text) as unknown, 'text/plain': text });
}

/** An SVG picture, from its source. */
export function svg(source: string): Displayable {
  return new Shown({
    'image/svg+xml': source,
    'text/plain': `<SVG picture, ${source.length.toLocaleString('en')} characters>`,
  });
}

function picture(type: 'image/png' | 'image/jpeg', data: Binary): Displayable {
  const bytes = toBytes(data);
  if (mediaType(bytes) !== type) {
    throw new TypeError(
      `These bytes aren't a ${type.slice(6).toUpperCase()} picture (found: ${mediaType(bytes) ?? 'no known format'}).`,
    );
  }
  return new Shown({
    [type]: toBase64(bytes),
    'text/plain': `<${type.slice(6).toUpperCase()} picture, ${bytes.length.toLocaleString('en')} bytes>`,
  });
}

/** A PNG picture. @throws {TypeError} when the bytes are something else */
export function png(data: Binary): Displayable {
  return picture('image/png', data);
}

/** A JPEG picture. @throws {TypeError} when the bytes are something else */
export function jpeg(data: Binary): Displayable {
  return picture('image/jpeg', data);
}

/** A PNG, JPEG, GIF, WebP or SVG picture, told by its bytes. @throws {TypeError} when they are none of these */
export function image(data: Binary): Displayable {
  const bytes = toBytes(data);
  const bundle = mediaType(bytes)?.startsWith('image/') ? mediaBundle(bytes) : undefined;
  if (!bundle) throw new TypeError("These bytes aren't a PNG, JPEG, GIF, WebP or SVG picture.");
  return new Shown(bundle);
}

/** A player for WAV, MP3 or Ogg sound. @throws {TypeError} when the bytes are none of these */
export function audio(data: Binary): Displayable {
  const bytes = toBytes(data);
  const bundle = mediaType(bytes)?.startsWith('audio/') ? mediaBundle(bytes) : undefined;
  if (!bundle) throw new TypeError("These bytes aren't WAV, MP3 or Ogg sound.");
  return new Shown(bundle);
}

/** A chart from a Vega-Lite specification (version 5). */
export function vegaLite(specification: object): Displayable {
  return new Shown({ 'application/vnd.vegalite.v5+json': specification, 'text/plain': '<Vega-Lite chart>' });
}

/** A Plotly figure: `{ data, layout }`. */
export function plotly(figure: { data: unknown; layout?: unknown; [key: string]: unknown }): Displayable {
  return new Shown({ 'application/vnd.plotly.v1+json': figure, 'text/plain': '<Plotly figure>' });
}

/** JavaScript that the front end runs, where it trusts the notebook. */
export function javascript(source: string): Displayable {
  return new Shown({ 'application/javascript': source, 'text/plain': '<JavaScript>' });
}

/** Any MIME bundle, as it stands. */
export function raw(bundle: MimeBundle): Displayable {
  return new Shown(bundle);
}
