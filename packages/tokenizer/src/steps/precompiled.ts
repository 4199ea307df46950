import { type AlignedText, codePointLength, codePointRanges, Edit } from '../aligned.ts';
import { utf8Size } from '../bytes.ts';

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/**
 * SentencePiece's compiled normalization (`normalizer_spec.precompiled_charsmap`): a double-array trie
 * (https://github.com/s-yata/darts-clone) from UTF-8 to places in a list of replacements, which end with a zero.
 *
 * Hugging Face's `tokenizers` looks up whole graphemes, and characters where there is no such grapheme.
 *
 * @param base64 the size of the trie in bytes as a little-endian uint32, the trie, the replacements
 * @param longestMatch whether the longest beginning of what is left is looked up, as SentencePiece itself does it
 * @throws {Error} where the data are damaged.
 */
export function precompiledCharacters(
  base64: string,
  longestMatch = false,
): (text: AlignedText) => AlignedText {
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

  /** The beginnings of `text` that have a replacement, the shortest first: bytes of UTF-8, and where it is. */
  const matchesOf = (text: string): { bytes: number; at: number }[] => {
    const found: { bytes: number; at: number }[] = [];
    let node = offsetOf(units[0] as number);
    let bytes = 0;
    for (const byte of Buffer.from(text, 'utf8')) {
      if (byte === 0) break;
      node ^= byte;
      const unit = units[node] ?? 0;
      if ((unit & 0x800000ff) !== byte) break;
      node ^= offsetOf(unit);
      bytes++;
      if ((unit >>> 8) & 1) found.push({ bytes, at: (units[node] as number) & 0x7fffffff });
    }
    return found;
  };
  const replacementAt = (at: number): string => {
    const end = replacements.indexOf(0, at);
    return replacements.toString('utf8', at, end < 0 ? undefined : end);
  };
  if (longestMatch) return (source) => replaceLongest(source, matchesOf, replacementAt);

  /** The reference takes the shortest beginning that has a replacement for that of the whole. */
  const replacementOf = (text: string): string | undefined => {
    const [first] = matchesOf(text);
    return first && replacementAt(first.at);
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
    if (PRINTABLE_ASCII.test(source.text)) return source;
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

/** The most bytes of UTF-8 that an entry may have; SentencePiece's own maps have entries of 18 at most. */
const LONGEST_ENTRY = 64;

function replaceLongest(
  source: AlignedText,
  matchesOf: (text: string) => { bytes: number; at: number }[],
  replacementAt: (at: number) => string,
): AlignedText {
  const { text } = source;
  if (PRINTABLE_ASCII.test(text)) return source;
  const edit = new Edit(source);
  for (let i = 0; i < text.length; ) {
    const longest = matchesOf(text.slice(i, i + LONGEST_ENTRY).toWellFormed()).at(-1);
    if (!longest) {
      const next = i + codePointLength(text, i);
      edit.copy(i, next);
      i = next;
      continue;
    }
    let end = i;
    for (let bytes = 0; bytes < longest.bytes; ) {
      const size = utf8Size(text, end);
      bytes += size.bytes;
      end += size.units;
    }
    replaceCharacters(edit, text.slice(i, end), replacementAt(longest.at), i);
    i = end;
  }
  return edit.finish();
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
