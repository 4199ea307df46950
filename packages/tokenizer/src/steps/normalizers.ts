/** What is done to a text before it is split: each step as Hugging Face's `tokenizers` does it, alignment included. */
import { type AlignedText, codePointRanges, Edit } from '../aligned.ts';
import type { NormalizerConfig, PatternConfig, UnicodeForm } from '../load/config.ts';
import { compilePattern, literalPattern } from '../pattern.ts';
import { CONTROL, MARKS, NEWER_DECOMPOSITIONS, NONSPACING_MARKS } from '../unicode.ts';
import { precompiledCharacters } from './precompiled.ts';

export type Normalizer = (text: AlignedText) => AlignedText;

const ASCII = /^[\0-\x7f]*$/;

/** @throws {Error} for a normalizer that isn't known. */
export function normalizerOf(config: NormalizerConfig | null): Normalizer | undefined {
  if (config === null) return undefined;
  switch (config.type) {
    case 'Sequence': {
      const steps = config.normalizers.flatMap((each) => normalizerOf(each) ?? []);
      return (text) => steps.reduce((current, step) => step(current), text);
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => unicodeForm(text, config.type);
    case 'Lowercase':
      return lowercase;
    case 'Strip':
      return (text) => strip(text, config.strip_left ?? true, config.strip_right ?? true);
    case 'StripAccents':
      return (text) => (ASCII.test(text.text) ? text : text.without(MARKS));
    case 'Replace': {
      const pattern = patternOf(config.pattern);
      return (text) => text.replace(pattern, config.content);
    }
    case 'Prepend':
      return (text) => text.prepend(config.prepend);
    case 'BertNormalizer':
      return bertNormalizer(config);
    case 'Precompiled':
      return precompiledCharacters(config.precompiled_charsmap, config.longest_match ?? false);
    case 'Nmt':
      return nmt;
    default:
      throw new Error(
        `The normalizer ${(config as { type: string }).type} isn't known. Known are Sequence, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Replace, Prepend, BertNormalizer, Precompiled and Nmt.`,
      );
  }
}

export function patternOf(pattern: PatternConfig): RegExp {
  return 'String' in pattern ? literalPattern(pattern.String) : compilePattern(pattern.Regex);
}

/**
 * What can be normalized by itself: a letter with its marks, and with the four letters that become marks, or a Hangul
 * syllable in parts.
 */
const CLUSTER =
  /[\u1100-\u115f\ua960-\ua97c][\u1160-\u11a7\ud7b0-\ud7c6]?[\u11a8-\u11ff\ud7cb-\ud7fb]?\p{M}*|[\uac00-\ud7a3][\u11a8-\u11ff]?\p{M}*|\P{M}(?:\p{M}|[\u0e33\u0eb3\uff9e\uff9f])*|\p{M}+/gu;

/** Unicode's normalization forms (https://unicode.org/reports/tr15/). */
function unicodeForm(source: AlignedText, form: UnicodeForm): AlignedText {
  const { text } = source;
  if (ASCII.test(text) || text.normalize(form) === text) return source;
  const edit = new Edit(source);
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    const normalized = NEWER_DECOMPOSITIONS.test(cluster) ? cluster : cluster.normalize(form);
    if (normalized === cluster) {
      edit.copy(index, index + cluster.length);
      continue;
    }
    const origins = originsOf(cluster, form);
    const ranges = codePointRanges(cluster);
    Array.from(normalized).forEach((character, i) => {
      const [from, to] = ranges[origins[i] as number] as [number, number];
      edit.put(character, index + from, index + to);
    });
  }
  return edit.finish();
}

/**
 * For each code point of the normalized cluster, the number of the one that it stands for. The reference counts: what
 * a decomposition adds stands for the one before; what was composed stands for its first, and the next ones are passed
 * over; all others stand for the next.
 */
function originsOf(cluster: string, form: UnicodeForm): number[] {
  const decomposing = form.includes('K') ? 'NFKD' : 'NFD';
  const unordered = Array.from(cluster).flatMap((character) =>
    Array.from(character.normalize(decomposing), (part, i) => ({ part, added: i > 0 ? 1 : 0 })),
  );
  const parts = Array.from(cluster.normalize(decomposing), (part) => takePart(unordered, part));
  const origins: number[] = [];
  let next = 0;
  for (const character of cluster.normalize(form)) {
    const composed = form.endsWith('D') ? [character] : Array.from(character.normalize('NFD'));
    const added = composed.reduce((sum, part) => sum + takePart(parts, part).added, 1 - composed.length);
    origins.push(added > 0 ? Math.max(0, next - 1) : next);
    if (added <= 0) next += 1 - added;
  }
  return origins;
}

/** Takes the first that is `part` out of the list. */
function takePart<T extends { part: string }>(parts: T[], part: string): T {
  return parts.splice(
    parts.findIndex((each) => each.part === part),
    1,
  )[0] as T;
}

function lowercase(source: AlignedText): AlignedText {
  const lower = source.text.toLowerCase();
  if (lower === source.text) return source;
  // Only İ becomes longer; and Σ depends on its place in JavaScript, which a tokenizer doesn't look at.
  if (lower.length === source.text.length && !source.text.includes('Σ')) return source.withText(lower);
  return source.mapCodePoints((character) => {
    const changed = character.toLowerCase();
    return changed === character ? undefined : changed;
  });
}

const LEFT_SPACE = /^\p{White_Space}+/u;
const RIGHT_SPACE = /\p{White_Space}+$/u;

function strip(source: AlignedText, left: boolean, right: boolean): AlignedText {
  const { text } = source;
  const from = left ? (LEFT_SPACE.exec(text)?.[0].length ?? 0) : 0;
  const to = right ? text.length - (RIGHT_SPACE.exec(text.slice(from))?.[0].length ?? 0) : text.length;
  return source.slice(from, to);
}

const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/u;

/** BERT's basic cleaning (https://github.com/google-research/bert, `tokenization.py`). */
function bertNormalizer(config: Extract<NormalizerConfig, { type: 'BertNormalizer' }>): Normalizer {
  const { clean_text: clean = true, handle_chinese_chars: chinese = true, lowercase: lower = true } = config;
  const accents = config.strip_accents ?? lower;
  return (source) => {
    let text = source;
    if (clean) {
      text = text.without(CONTROL);
      if (/[^\S ]|\u0085/.test(text.text)) text = text.replace(/[^\P{White_Space} ]/gu, ' ');
    }
    if (chinese && CHINESE.test(text.text))
      text = text.mapCodePoints((character) => (CHINESE.test(character) ? ` ${character} ` : undefined));
    if (accents && !ASCII.test(text.text)) text = unicodeForm(text, 'NFD').without(NONSPACING_MARKS);
    return lower ? lowercase(text) : text;
  };
}

// Without \t, \n, \f and \r, which become spaces.
const NMT_REMOVED = /[^\P{Cc}\0\t\n\f\r\u0080-\u008e\u0090-\u009e]/gu;
const NMT_SPACE = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/gu;

function nmt(source: AlignedText): AlignedText {
  return source.without(NMT_REMOVED).replace(NMT_SPACE, ' ');
}
