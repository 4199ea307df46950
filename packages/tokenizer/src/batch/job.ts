/** A batch that several threads work on, each taking the next part that nobody has taken. */
import type { Tokens } from '../encoding.ts';
import { numbersOf } from '../numbers.ts';
import type { EncodeOptions, Tokenizer } from '../tokenizer.ts';

export type SequenceOptions = Pick<EncodeOptions, 'specialTokens'>;

export interface Job {
  number: number;
  texts: readonly string[];
  /** Texts `chunks[i]` to `chunks[i + 1]` are taken together. */
  chunks: Int32Array;
  /** How many chunks have been taken: one number. */
  taken: SharedArrayBuffer;
  options: SequenceOptions;
}

/** The tokens of a chunk: of each text its number, and then ids, starts, ends and words of all texts. */
export interface ChunkResult {
  job: number;
  chunk: number;
  /** Undefined where a text couldn't be encoded: whoever asked does it again, and meets the error. */
  tokens?: { counts: Int32Array; fields: Int32Array };
}

/** Units of UTF-16 in a chunk: small enough that no thread is late at the end, large enough to be worth a message. */
const MOST_UNITS = 16_384;
const FEWEST_UNITS = 1_024;
const CHUNKS = 8;

/** UTF-16 units of all texts together. */
export function unitsOf(texts: readonly string[]): number {
  let units = 0;
  for (const text of texts) units += text.length;
  return units;
}

export function makeJob(number: number, texts: readonly string[], options: SequenceOptions): Job {
  const enough = Math.min(MOST_UNITS, Math.max(FEWEST_UNITS, unitsOf(texts) / CHUNKS));
  const chunks = [0];
  let units = 0;
  texts.forEach((text, i) => {
    units += text.length;
    if (units < enough) return;
    chunks.push(i + 1);
    units = 0;
  });
  if (chunks.at(-1) !== texts.length) chunks.push(texts.length);
  return { number, texts, chunks: Int32Array.from(chunks), taken: new SharedArrayBuffer(4), options };
}

/** Takes chunks until none is left; `encode` does one. */
export function workOn(job: Job, encode: (chunk: number, texts: readonly string[]) => void): void {
  const taken = new Int32Array(job.taken);
  for (;;) {
    const chunk = Atomics.add(taken, 0, 1);
    const [from, to] = [job.chunks[chunk], job.chunks[chunk + 1]];
    if (from === undefined || to === undefined) return;
    encode(chunk, job.texts.slice(from, to));
  }
}

/** Undefined where a text couldn't be encoded. */
export function tokensOf(
  texts: readonly string[],
  tokenizer: Tokenizer,
  options: SequenceOptions,
): PlacedTokens[] | undefined {
  try {
    return texts.map((text) => placedTokens(text, tokenizer, options));
  } catch {
    return undefined;
  }
}

/** @throws {Error} where the text can't be encoded. */
export function placedTokens(text: string, tokenizer: Tokenizer, options: SequenceOptions): PlacedTokens {
  const { ids, starts, ends, words } = tokenizer.tokenize(text, options);
  return { ids, starts, ends, words };
}

/** For another thread, text by text one after the other. */
export function pack(all: readonly PlacedTokens[]): NonNullable<ChunkResult['tokens']> {
  const counts = Int32Array.from(all, ({ ids }) => ids.length);
  const total = counts.reduce((a, b) => a + b, 0);
  const fields = new Int32Array(4 * total);
  let at = 0;
  for (const { ids, starts, ends, words } of all) {
    fields.set(ids, at);
    fields.set(starts, total + at);
    fields.set(ends, 2 * total + at);
    fields.set(words, 3 * total + at);
    at += ids.length;
  }
  return { counts, fields };
}

/** What another thread found, text by text. */
export function unpack({ counts, fields }: NonNullable<ChunkResult['tokens']>): PlacedTokens[] {
  const total = fields.length / 4;
  const all: PlacedTokens[] = [];
  let at = 0;
  for (const count of counts) {
    all.push({
      ids: numbersOf(fields, at, count),
      starts: numbersOf(fields, total + at, count),
      ends: numbersOf(fields, 2 * total + at, count),
      words: numbersOf(fields, 3 * total + at, count),
    });
    at += count;
  }
  return all;
}

export type PlacedTokens = Pick<Tokens, 'ids' | 'starts' | 'ends' | 'words'>;
