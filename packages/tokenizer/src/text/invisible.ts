export interface RemoveInvisibleOptions {
  /** C0 and C1 controls; tab and line ends always stay. Default true. */
  controls?: boolean;
  /** Zero-width spaces, byte order marks, soft hyphens, joiners, tags and variation selectors that mean nothing. Default true. */
  zeroWidth?: boolean;
  /** Marks, embeddings, overrides and isolates of writing direction. Default true. */
  bidi?: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]+/g;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;
const ZERO_WIDTH =
  /(?:\u034f|[\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb])+/g;
/** Zero-width non-joiner and joiner. */
const JOINERS = /[\u200c\u200d]+/g;
/** Scripts in which joiners change how letters are written. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{M}]$/u;
const BEFORE_EMOJI_JOINER = /(?:\ufe0f|[\p{Extended_Pictographic}\p{Emoji_Modifier}\u{e007f}])$/u;
const SELECTORS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]+/gu;
const TAGS = /[\u{e0000}-\u{e007f}]+/gu;
/** The tags of a flag such as Scotland's: letters and digits, then the end. */
const FLAG_TAGS = /^[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,6}\u{e007f}$/u;
const BLACK_FLAG = '\u{1f3f4}';

/**
 * Removes characters that show nothing: they split words, hide text from readers, or turn its direction. Joiners stay where
 * they write something else (in emoji, and in Persian and Indic scripts), and so do the variation selector after a character
 * and the tags of a flag.
 */
export function removeInvisible(
  text: string,
  { controls = true, zeroWidth = true, bidi = true }: RemoveInvisibleOptions = {},
): string {
  let result = text;
  if (controls) result = result.replace(CONTROLS, '');
  if (bidi) result = result.replace(BIDI, '');
  if (!zeroWidth) return result;
  result = result.replace(ZERO_WIDTH, '');
  result = result.replace(TAGS, (run: string, at: number, whole: string) =>
    FLAG_TAGS.test(run) && whole.slice(at - 2, at) === BLACK_FLAG ? run : '',
  );
  result = result.replace(SELECTORS, (run: string, at: number, whole: string) =>
    isShown(whole, at) ? String.fromCodePoint(run.codePointAt(0)!) : '',
  );
  return result.replace(JOINERS, (run: string, at: number, whole: string) => {
    const before = whole.slice(Math.max(0, at - 2), at);
    const after = whole.slice(at + run.length, at + run.length + 2);
    const emoji = run[0] === '\u200d' && BEFORE_EMOJI_JOINER.test(before) && isEmojiPart(after);
    return emoji || (JOINING.test(before) && /^[\p{L}\p{M}]/u.test(after)) ? run[0]! : '';
  });
}

function isEmojiPart(after: string): boolean {
  return /^\p{Extended_Pictographic}/u.test(after);
}

function isShown(text: string, at: number): boolean {
  return at > 0 && !/\s/.test(text[at - 1]!);
}
