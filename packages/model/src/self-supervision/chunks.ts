export interface ChunkOptions {
  /** Tokens of a chunk. */
  length: number;
  /** Put after each document. */
  separatorId?: number;
  /** Tokens from the start of a chunk to that of the next; the length where not given, so that none comes twice. */
  stride?: number;
  /** Whether to keep a last chunk that is shorter, of at least two tokens; false where not given. */
  keepRest?: boolean;
}

/**
 * Documents one after another, cut into chunks of the same length, for causal language modelling: no padding, and each
 * token is seen (Radford et al. 2018, https://openai.com/index/language-unsupervised/).
 *
 * @param documents token ids of each document
 * @throws {RangeError} where length or stride isn't a whole number above 0, or nothing fills a chunk.
 */
export function chunkTokens(documents: Iterable<ArrayLike<number>>, options: ChunkOptions): Int32Array[] {
  const { length, separatorId, stride = length, keepRest = false } = options;
  for (const [name, value] of Object.entries({ length, stride })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new RangeError(`${name} must be a whole number from 1 on, and is ${value}.`);
    }
  }
  const all = [...documents];
  const end = separatorId === undefined ? 0 : 1;
  const tokens = new Int32Array(all.reduce((sum, document) => sum + document.length + end, 0));
  let at = 0;
  for (const document of all) {
    tokens.set(document, at);
    at += document.length;
    if (separatorId !== undefined) tokens[at++] = separatorId;
  }
  const chunks: Int32Array[] = [];
  let from = 0;
  for (; from + length <= tokens.length; from += stride) chunks.push(tokens.slice(from, from + length));
  // Where the last chunk ended; a stride below the length may have left nothing new.
  const seen = chunks.length > 0 ? from - stride + length : 0;
  if (keepRest && tokens.length > seen && tokens.length - from >= 2) chunks.push(tokens.slice(from));
  if (chunks.length === 0) {
    throw new RangeError(
      `${tokens.length} tokens don't fill a chunk of ${length}: keepRest keeps what there is.`,
    );
  }
  return chunks;
}
