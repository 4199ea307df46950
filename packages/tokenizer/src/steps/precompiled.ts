import { type AlignedText, codePointRanges, Edit } from '../aligned.ts';

/**
 * SentencePiece's compiled normalization (`normalizer_spec.precompiled_charsmap`): a double-array trie
 * (https://github.com/s-yata/darts-clone) from UTF-8 to places in a list of replacements, which end with a zero.
 *
 * @param base64 the size of the trie in bytes as a little-endian uint32, the trie, the replacements
 * @throws {Error} where the data are damaged.
 */
export function precompiledCharacters(base64: string): (text: AlignedText) => AlignedText {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0) return (text) => text;
  const trieBytes = bytes.length >= 4 ? bytes.readUInt32LE(0) : -1;
  if (trieBytes < 4 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length) {
    throw new Error(
      `The precompiled character map is damaged: it names a trie of ${trieBytes} bytes and has ${bytes.length}.`,
    );
  }
  const units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
  const replacements = bytes.subarray(4 + trieBytes);

  /** The replacement of the whole of `text`; that of a beginning of it where there is none for the whole. */
  const replacementOf = (text: string): string | undefined => {
    let node = 0;
    let unit = units[0] as number;
    node ^= offsetOf(unit);
    let found: number | undefined;
    for (const byte of Buffer.from(text, 'utf8')) {
      if (byte === 0) break;
      node ^= byte;
      unit = units[node] ?? 0;
      if ((unit & 0x800000ff) !== byte) break;
      node ^= offsetOf(unit);
      if ((unit >>> 8) & 1) {
        found ??= (units[node] as number) & 0x7fffffff;
      }
    }
    if (found === undefined) return undefined;
    const end = replacements.indexOf(0, found);
    return replacements.toString('utf8', found, end < 0 ? undefined : end);
  };

  const known = new Map<string, string | undefined>();
  const cached = (text: string): string | undefined => {
    if (!known.has(text)) {
      if (known.size > 20_000) known.clear();
      known.set(text, replacementOf(text));
    }
    return known.get(text);
  };

  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  return (source) => {
    if (/^[\x20-\x7e]*$/.test(source.text)) return source;
    const edit = new Edit(source);
    for (const { segment, index } of graphemes.segment(source.text)) {
      const whole = Buffer.byteLength(segment) < 6 ? cached(segment) : undefined;
      if (whole !== undefined) {
        replaceCharacters(edit, segment, whole, index);
        continue;
      }
      let at = index;
      for (const character of segment) {
        const replaced = cached(character);
        if (replaced === undefined) edit.copy(at, at + character.length);
        else replaceCharacters(edit, character, replaced, at);
        at += character.length;
      }
    }
    return edit.finish();
  };
}

/** Each new character stands for the old one of its number, those beyond for the last. */
function replaceCharacters(edit: Edit, old: string, replacement: string, at: number): void {
  const ranges = codePointRanges(old);
  Array.from(replacement).forEach((character, i) => {
    const [start, end] = ranges[Math.min(i, ranges.length - 1)] as [number, number];
    edit.put(character, at + start, at + end);
  });
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
}
