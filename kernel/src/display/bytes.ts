/** Pictures and sounds, told by their first bytes. */
import { grouped } from './text.ts';
import type { MimeBundle } from './types.ts';

export type MediaType =
  | 'image/png'
  | 'image/jpeg'
  | 'image/gif'
  | 'image/webp'
  | 'image/svg+xml'
  | 'audio/wav'
  | 'audio/mpeg'
  | 'audio/ogg';

/** Bytes, or their base64 text (a data URL too). */
export type Binary = ArrayBufferView | ArrayBufferLike | string;

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

const SVG = /^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/i;

/** The picture or sound format of `bytes`, or undefined. */
export function mediaType(bytes: Uint8Array): MediaType | undefined {
  if (bytes.length < 12) return undefined;
  if (latin1(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'image/jpeg';
  const start = latin1(bytes, 0, 6);
  if (start === 'GIF87a' || start === 'GIF89a') return 'image/gif';
  if (start.startsWith('RIFF')) {
    const form = latin1(bytes, 8, 12);
    if (form === 'WEBP') return 'image/webp';
    if (form === 'WAVE') return 'audio/wav';
  }
  if (start.startsWith('OggS')) return 'audio/ogg';
  if (start.startsWith('ID3') || isMpegFrame(bytes)) return 'audio/mpeg';
  return SVG.test(new TextDecoder().decode(bytes.subarray(0, 1024)).trimStart())
    ? 'image/svg+xml'
    : undefined;
}

/** Whether an MPEG audio frame of layer III begins here, with none of its fields reserved. */
function isMpegFrame([a, b, c]: Uint8Array): boolean {
  return (
    a === 0xff &&
    (b! & 0xe0) === 0xe0 &&
    (b! & 0x18) !== 0x08 &&
    (b! & 0x06) === 0x02 &&
    (c! & 0xf0) !== 0xf0 &&
    (c! & 0x0c) !== 0x0c
  );
}

/**
 * Whether bytes that nobody said to be `type` are shown as that. The other formats of sound have first bytes that
 * numbers may well begin with.
 */
export function isEvident(type: MediaType): boolean {
  return type !== 'audio/mpeg' && type !== 'audio/ogg';
}

/** @throws {TypeError} for what holds no bytes, a path or a URL included */
export function toBytes(data: Binary): Uint8Array {
  if (typeof data === 'string') return fromText(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  throw new TypeError(`Expected bytes or base64, not ${data === null ? 'null' : `a ${typeof data}`}.`);
}

function fromText(text: string): Uint8Array {
  const url = /^data:([^,]*),/.exec(text.slice(0, 1000));
  const content = url ? text.slice(url[0].length) : text;
  if (url && !url[1]!.endsWith(';base64')) return Buffer.from(decodeURIComponent(content));
  // Decides by the beginning, since all of it may be long.
  if (!/^[\w+/=\s-]*$/.test(content.slice(0, 1000))) {
    throw new TypeError(
      `Expected bytes or base64, not ${JSON.stringify(content.slice(0, 60))}. Read a file with readFile() of 'node:fs/promises', and a URL with fetch().`,
    );
  }
  return Buffer.from(content, 'base64');
}

export function toBase64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

/** `bytes` as a picture, or as a player for a sound. */
export function mediaBundle(type: MediaType, bytes: Uint8Array): MimeBundle {
  const name = type === 'image/svg+xml' ? 'SVG' : type === 'audio/mpeg' ? 'MP3' : type.slice(6).toUpperCase();
  const text = `<${name} ${type.startsWith('audio/') ? 'sound' : 'picture'}, ${grouped(bytes.length)} bytes>`;
  if (type === 'image/svg+xml') {
    return { 'image/svg+xml': new TextDecoder().decode(bytes), 'text/plain': text };
  }
  const data = toBase64(bytes);
  if (type.startsWith('audio/')) {
    return {
      'text/html': `<audio controls src="data:${type};base64,${data}"></audio>`,
      'text/plain': text,
    };
  }
  // No front end shows this type by itself.
  if (type === 'image/webp') {
    return { 'text/html': `<img alt="picture" src="data:${type};base64,${data}">`, 'text/plain': text };
  }
  return { [type]: data, 'text/plain': text };
}
