import { sentenceGoesOn } from './abbreviations.ts';
import { segments } from './segment.ts';
import type { Span } from './span.ts';

export interface SentenceOptions {
  /** A BCP 47 tag, default `en`. Abbreviations are known of de, en, es, fr, it, nl, pl, pt, ru and sv. */
  language?: string;
  /**
   * `space`: a single line break is white space, and a blank line ends a sentence (default). `end`: every line break ends one,
   * as in lists and poems.
   */
  lineBreaks?: 'space' | 'end';
}

const WHITE_SPACE = /[\s\u0085]+/g;
const LINE_BREAK = /\r\n|[\n\r\u0085\u2028]/g;

/**
 * The sentences of a text, and where they are, without white space around them: the boundaries of Unicode Standard Annex 29,
 * less those after abbreviations (`Dr. Who`, `e.g. this`, `J. S. Bach`, `3. Oktober`), list numbers, and speech that a sentence
 * goes on after (`“Who?” she said.`).
 * @throws {RangeError} where the language is no BCP 47 tag.
 */
export function findSentences(
  text: string,
  { language = 'en', lineBreaks = 'space' }: SentenceOptions = {},
): Span[] {
  const joined = lineBreaks === 'space' ? joinLines(text) : text;
  const sentences: Span[] = [];
  let start: number | undefined;
  let previous = '';
  const finish = (): void => {
    if (start === undefined) return;
    const from = start + (/^[\s\u0085]*/.exec(text.slice(start, end))?.[0].length ?? 0);
    const sentence = trimEnd(text.slice(from, end));
    if (sentence !== '') sentences.push({ start: from, end: from + sentence.length, text: sentence });
    start = undefined;
  };
  let end = 0;
  for (const segment of segments(joined, { granularity: 'sentence', language })) {
    if (start !== undefined && !goesOn(previous, segment.text, language)) finish();
    start ??= segment.start;
    end = segment.end;
    previous = segment.text;
  }
  finish();
  return sentences;
}

/** The sentences that `findSentences` finds. */
export function splitSentences(text: string, options: SentenceOptions = {}): string[] {
  return findSentences(text, options).map((sentence) => sentence.text);
}

/** The text, as long, with spaces for single line breaks. */
function joinLines(text: string): string {
  return text.replace(WHITE_SPACE, (run) => {
    const breaks = run.match(LINE_BREAK);
    return breaks?.length === 1 && !run.includes('\u2029') ? ' '.repeat(run.length) : run;
  });
}

function goesOn(before: string, after: string, language: string): boolean {
  const tail = before.slice(-60);
  if (/[\n\r\u0085\u2028\u2029]/.test(tail.slice(trimEnd(tail).length))) return false;
  const next = after.slice(0, 60);
  if (before.length < 12 && /^\s*[([]?(?:\p{N}{1,3}|\p{L})[.)]\s*$/u.test(before) && !/^\s*I\./.test(before))
    return true;
  if (/[!?…][”"’'»)\]]+\s*$/u.test(tail) && /^\p{Ll}/u.test(next)) return true;
  if (/[。！？][」』”）]+$/u.test(tail) && /^\p{Script=Hiragana}/u.test(next)) return true;
  return sentenceGoesOn(tail, next, language);
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /[\s\u0085]/.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}
