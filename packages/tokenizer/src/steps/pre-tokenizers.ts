/** How a normalized text is split into the words that the model takes: as Hugging Face's `tokenizers` does it. */
import type { AlignedText } from '../aligned.ts';
import type { PreTokenizerConfig, SplitBehavior } from '../load/config.ts';
import { compilePattern, literalPattern } from '../pattern.ts';
import { PUNCTUATION } from '../unicode.ts';
import { patternOf } from './normalizers.ts';

export type Visit = (from: number, to: number) => void;

/** One step: what is done to a piece, and where it is split. */
export interface PreTokenizer {
  prepare?: (piece: AlignedText) => AlignedText;
  split: (text: string, visit: Visit) => void;
  /** The parts alone, which is faster; undefined where they aren't found in this way. Empty ones don't count. */
  words?: (text: string) => readonly string[] | undefined;
}

export interface PreTokenization {
  steps: PreTokenizer[];
  /** Words go to the model as the bytes of their UTF-8. */
  byteLevel: boolean;
}

const GPT2_WORDS = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** @throws {Error} for a pre-tokenizer that isn't known. */
export function preTokenizationOf(config: PreTokenizerConfig | null): PreTokenization {
  const flat = config === null ? [] : flatten(config);
  const byteLevel = flat.findIndex(({ type }) => type === 'ByteLevel');
  if (byteLevel >= 0 && byteLevel < flat.length - 1) {
    throw new Error('The pre-tokenizer ByteLevel is only known as the last of a sequence.');
  }
  return { steps: flat.flatMap((each) => stepOf(each) ?? []), byteLevel: byteLevel >= 0 };
}

type Single = Exclude<PreTokenizerConfig, { type: 'Sequence' }>;

function flatten(config: PreTokenizerConfig): Single[] {
  return config.type === 'Sequence' ? config.pretokenizers.flatMap(flatten) : [config];
}

function stepOf(config: Single): PreTokenizer | undefined {
  switch (config.type) {
    case 'ByteLevel': {
      const { add_prefix_space: prefix = true, use_regex: words = true } = config;
      if (!prefix && !words) return undefined;
      return {
        ...(prefix ? { prepare: (piece) => (piece.text.startsWith(' ') ? piece : piece.prepend(' ')) } : {}),
        ...(words ? isolated(compilePattern(GPT2_WORDS)) : { split: unsplit }),
      };
    }
    case 'Whitespace':
      return matches(WORDS);
    case 'WhitespaceSplit':
      return matches(/\P{White_Space}+/gu);
    case 'BertPreTokenizer':
      return matches(BERT_WORDS);
    case 'Punctuation':
      return bySplitting(EACH_PUNCTUATION, config.behavior ?? 'Isolated', false);
    case 'Digits':
      return bySplitting(config.individual_digits ? /\p{N}/gu : /\p{N}+/gu, 'Isolated', false);
    case 'Split':
      return bySplitting(patternOf(config.pattern), config.behavior, config.invert ?? false);
    case 'CharDelimiterSplit':
      return bySplitting(literalPattern(config.delimiter), 'Removed', false);
    case 'Metaspace':
      return metaspace(config);
    default:
      throw new Error(
        `The pre-tokenizer ${(config as { type: string }).type} isn't known. Known are Sequence, ByteLevel, Whitespace, WhitespaceSplit, BertPreTokenizer, Punctuation, Digits, Split, CharDelimiterSplit and Metaspace.`,
      );
  }
}

const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d';
const WORDS = new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, 'gu');
const EACH_PUNCTUATION = new RegExp(PUNCTUATION, 'gu');
const BERT_WORDS = new RegExp(`${PUNCTUATION}|(?:(?!${PUNCTUATION})\\P{White_Space})+`, 'gu');

function metaspace(config: Extract<PreTokenizerConfig, { type: 'Metaspace' }>): PreTokenizer {
  const { replacement = '▁', split = true } = config;
  const scheme = config.prepend_scheme ?? (config.add_prefix_space === false ? 'never' : 'always');
  return {
    prepare: (piece) => {
      const marked =
        replacement.length === 1
          ? piece.withText(piece.text.replaceAll(' ', replacement))
          : piece.replace(/ /gu, replacement);
      const prefixed =
        !marked.text.startsWith(replacement) &&
        (scheme === 'always' || (scheme === 'first' && marked.text !== '' && marked.start(0) === 0));
      return prefixed ? marked.prepend(replacement) : marked;
    },
    ...(split ? bySplitting(literalPattern(replacement), 'MergedWithNext', false) : { split: unsplit }),
  };
}

function unsplit(text: string, visit: Visit): void {
  if (text !== '') visit(0, text.length);
}

/** The matches alone. */
function matches(pattern: RegExp): PreTokenizer {
  return {
    split: (text, visit) => {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        if (match[0] === '') pattern.lastIndex++;
        else visit(match.index, pattern.lastIndex);
      }
    },
    words: (text) => text.match(pattern) ?? [],
  };
}

/** Matches and what is between them, each by itself. */
function isolated(pattern: RegExp): PreTokenizer {
  const { split, words } = matches(pattern);
  return {
    split: (text, visit) => {
      let done = 0;
      split(text, (from, to) => {
        if (from > done) visit(done, from);
        visit(from, to);
        done = to;
      });
      if (done < text.length) visit(done, text.length);
    },
    words: (text) => {
      const found = words?.(text);
      return found && totalLength(found) === text.length ? found : undefined;
    },
  };
}

/** In UTF-16 units. */
export function totalLength(words: readonly string[]): number {
  let length = 0;
  for (const word of words) length += word.length;
  return length;
}

/** The parts of a text, each with whether it is a delimiter. */
function partsOf(
  text: string,
  pattern: RegExp,
  invert: boolean,
): { from: number; to: number; delimiter: boolean }[] {
  const parts: { from: number; to: number; delimiter: boolean }[] = [];
  let done = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (match === '') continue;
    if (index > done) parts.push({ from: done, to: index, delimiter: invert });
    parts.push({ from: index, to: index + match.length, delimiter: !invert });
    done = index + match.length;
  }
  if (done < text.length) parts.push({ from: done, to: text.length, delimiter: invert });
  return parts;
}

function bySplitting(pattern: RegExp, behavior: SplitBehavior, invert: boolean): PreTokenizer {
  if (behavior === 'Isolated' && !invert) return isolated(pattern);
  if (behavior === 'Removed' && invert) return matches(pattern);
  return { split: (text, visit) => visitParts(partsOf(text, pattern, invert), behavior, visit) };
}

function visitParts(
  parts: readonly { from: number; to: number; delimiter: boolean }[],
  behavior: SplitBehavior,
  visit: Visit,
): void {
  let [from, to] = [0, 0];
  const flush = (): void => {
    if (to > from) visit(from, to);
  };
  parts.forEach((part, i) => {
    const before = parts[i - 1];
    const joins =
      before !== undefined &&
      (behavior === 'Contiguous'
        ? before.delimiter === part.delimiter
        : behavior === 'MergedWithPrevious'
          ? part.delimiter && !before.delimiter
          : behavior === 'MergedWithNext'
            ? before.delimiter && !part.delimiter
            : false);
    if (joins) {
      to = part.to;
      return;
    }
    flush();
    [from, to] = behavior === 'Removed' && part.delimiter ? [part.to, part.to] : [part.from, part.to];
  });
  flush();
}
