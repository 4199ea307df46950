import { AlignedText } from '../aligned.ts';
import { toByteLevel } from '../bytes.ts';
import type { NormalizerConfig, PreTokenizerConfig } from '../load/config.ts';
import { normalizerOf } from '../steps/normalizers.ts';
import { type PreTokenizer, preTokenizationOf } from '../steps/pre-tokenizers.ts';
import type { Pace } from './pace.ts';

/** Texts to learn from: one, or a series of them, one by one or in batches. A series is read once. */
export type Corpus =
  | string
  | Iterable<string | readonly string[]>
  | AsyncIterable<string | readonly string[]>;

/** What is done to a text before its words are counted, as `tokenizer.json` says it. */
export interface Splitting {
  /** None where not given. */
  normalizer?: NormalizerConfig | null;
  /** Splits texts into words; no token goes beyond a word. Where not given, each text is one word. */
  preTokenizer?: PreTokenizerConfig | null;
}

/** Different words and how often each occurs, in the order in which they come first. */
export type WordCounts = ReadonlyMap<string, number>;

/**
 * The words of a corpus, normalized, byte-level where the pre-tokenizer is. Keeps the different words, and no text.
 *
 * @throws {Error} where the corpus has no words.
 * @throws {TypeError} where it has something else than texts.
 */
export async function countWords(
  corpus: Corpus,
  { normalizer: normalizerConfig = null, preTokenizer = null }: Splitting,
  pace: Pace,
): Promise<WordCounts> {
  const normalizer = normalizerOf(normalizerConfig);
  const { steps, byteLevel } = preTokenizationOf(preTokenizer);
  const counts = new Map<string, { count: number }>();
  const visit = (word: string): void => {
    const known = counts.get(word);
    if (known) known.count++;
    else counts.set(unshared(word), { count: 1 });
  };
  let texts = 0;
  const read = (text: unknown): void => {
    if (typeof text !== 'string') {
      throw new TypeError(`Text ${texts + 1} of the corpus is ${kindOf(text)}: a string was expected.`);
    }
    texts++;
    const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
    const piece = new AlignedText(wellFormed);
    splitInto(normalizer ? normalizer(piece) : piece, steps, 0, visit);
  };
  for await (const item of typeof corpus === 'string' ? [corpus] : corpus) {
    for (const text of Array.isArray(item) ? item : [item]) {
      read(text);
      if (pace.due) await pace.rest({ stage: 'reading', done: texts, total: undefined });
    }
  }
  pace.report({ stage: 'reading', done: texts, total: undefined });
  if (counts.size === 0) {
    throw new Error(
      `The corpus has no words to learn from: ${texts === 0 ? 'it has no texts' : `its ${texts} texts are empty, or nothing is left of them after normalizing and splitting`}.`,
    );
  }
  return new Map(
    Array.from(counts, ([word, { count }]) => [
      byteLevel ? toByteLevel(Buffer.from(word, 'utf8')) : word,
      count,
    ]),
  );
}

function splitInto(
  piece: AlignedText,
  steps: readonly PreTokenizer[],
  step: number,
  visit: (word: string) => void,
): void {
  const current = steps[step];
  if (!current) {
    if (piece.text !== '') visit(piece.text);
    return;
  }
  const prepared = current.prepare?.(piece) ?? piece;
  const last = step === steps.length - 1;
  const words = last ? current.words?.(prepared.text) : undefined;
  if (words) {
    for (const word of words) visit(word);
    return;
  }
  current.split(prepared.text, (from, to) => {
    if (last) visit(prepared.text.slice(from, to));
    else splitInto(prepared.slice(from, to), steps, step + 1, visit);
  });
}

/** Shorter parts of a string are copies in V8; longer ones keep all of the string. */
const SHORTEST_SHARED = 13;

function unshared(word: string): string {
  return word.length < SHORTEST_SHARED ? word : Buffer.from(word, 'utf8').toString('utf8');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : typeof value;
}
