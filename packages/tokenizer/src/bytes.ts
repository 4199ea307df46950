/** Bytes as text, in the two ways that tokenizers write them. */

/**
 * The characters that stand for the bytes 0 to 255 in byte-level vocabularies (GPT-2's `bytes_to_unicode`): printable
 * ones for themselves, the others from U+0100 on.
 */
const SYMBOLS: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

const BYTES = new Map(SYMBOLS.map((symbol, byte) => [symbol, byte]));

/** Bytes in byte-level characters, as in vocabularies: the bytes of ` a` are `Ġa`. */
export function toByteLevel(bytes: Uint8Array): string {
  let result = '';
  for (const byte of bytes) result += SYMBOLS[byte];
  return result;
}

/** The bytes that byte-level characters stand for; undefined where one of them stands for none. */
export function fromByteLevel(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTES.get(token[i] as string);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/** How SentencePiece vocabularies write a byte: `<0x0A>`. */
export function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** The byte that a token like `<0x0A>` stands for. */
export function byteOfToken(token: string): number | undefined {
  const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
}

/** Bytes in UTF-8 of the code point whose first UTF-16 unit this is, and how many units it has. */
export function utf8Size(text: string, i: number): { bytes: number; units: number } {
  const unit = text.charCodeAt(i);
  if (unit < 0x80) return { bytes: 1, units: 1 };
  if (unit < 0x800) return { bytes: 2, units: 1 };
  if (unit >= 0xd800 && unit < 0xdc00) {
    const next = text.charCodeAt(i + 1);
    if (next >= 0xdc00 && next < 0xe000) return { bytes: 4, units: 2 };
  }
  return { bytes: 3, units: 1 };
}
