/** MIME bundles made fit to be sent: strings for text and bytes, and for JSON types what JSON can hold. */
import { toBase64 } from './bytes.ts';
import type { MimeBundle } from './types.ts';

const BINARY = /^(image\/(?!svg)|audio\/|video\/|application\/(pdf|octet-stream))/;
const TEXT = /^(text|image|audio|video)\/|^application\/(javascript|pdf|octet-stream|xml)$|\+xml$/;

/**
 * What of `value` JSON holds, since it has to cross threads and the wire. Typed arrays become arrays.
 * @throws {TypeError} for big integers, what is circular, and what as a whole is nothing in JSON
 * @throws {RangeError} for what is nested too deep
 */
export function jsonCopy(value: unknown): unknown {
  const text = jsonText(value);
  return JSON.parse(text) as unknown;
}

/** The text of {@link jsonCopy}, indented by `indent` spaces. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, plain, indent) as string | undefined;
  if (text === undefined) {
    throw new TypeError(`JSON can't hold a ${typeof value}.`);
  }
  return text;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<number | bigint>);
  }
  return value;
}

/**
 * `bundle` as it can be sent. Bytes become base64, or text where the type is text; what a type for text has instead of
 * a string becomes one; entries without content are left out.
 * @throws {TypeError} when it is no object of MIME types, or a content can't be sent
 */
export function sendable(bundle: unknown): MimeBundle {
  if (typeof bundle !== 'object' || bundle === null || Array.isArray(bundle)) {
    throw new TypeError(
      "A MIME bundle is an object of MIME types and contents, such as { 'text/html': '<b>x</b>' }.",
    );
  }
  const sent: MimeBundle = {};
  for (const [type, content] of Object.entries(bundle)) {
    if (content === undefined || (content === null && !/json$/.test(type))) continue;
    if (!/^[^\s/]+\/[^\s/]+$/.test(type)) {
      throw new TypeError(`${JSON.stringify(type.slice(0, 100))} isn't a MIME type, such as 'text/html'.`);
    }
    sent[type] = sendableContent(type, content);
  }
  return sent;
}

function sendableContent(type: string, content: unknown): unknown {
  if (typeof content === 'string') return content.toWellFormed();
  if (content instanceof Uint8Array) {
    return BINARY.test(type) ? toBase64(content) : Buffer.from(content).toString('utf8');
  }
  if (!TEXT.test(type)) return jsonCopy(content);
  // nbformat's multiline strings.
  if (Array.isArray(content)) return content.map(String).join('').toWellFormed();
  if (typeof content === 'object' || typeof content === 'function') {
    throw new TypeError(`The content of ${type} has to be a string.`);
  }
  return String(content);
}
