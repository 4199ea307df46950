import { random } from '@quire/runtime';

export interface SentencePair<Sentence> {
  first: Sentence[];
  second: Sentence[];
  /** 0 where the second continues the first, 1 where it is of another document: as BERT's checkpoints have it. */
  label: 0 | 1;
}

export interface NextSentenceOptions<Sentence> {
  /** Tokens of both parts together that are aimed at. */
  length: number;
  /** Tokens of a sentence. */
  lengthOf: (sentence: Sentence) => number;
  /** How many pairs don't belong together; 0.5 where not given. */
  randomShare?: number;
}

/**
 * Pairs for next-sentence prediction, made as BERT's pre-training data was (Devlin et al. 2018,
 * https://arxiv.org/abs/1810.04805): sentences of a document are gathered up to the length and divided at random; half of
 * the time the second part is of another document, and the sentences that it replaced are used again. A part may be
 * longer than aimed at by its last sentence: truncate when encoding.
 *
 * @param documents the sentences of each document, in order
 * @param key a random key
 * @throws {RangeError} where there are fewer than two documents with sentences, or the length isn't above 0.
 */
export function nextSentencePairs<Sentence>(
  documents: readonly (readonly Sentence[])[],
  options: NextSentenceOptions<Sentence>,
  key: random.Key,
): SentencePair<Sentence>[] {
  const { length, lengthOf, randomShare = 0.5 } = options;
  const filled = documents.filter((document) => document.length > 0);
  if (filled.length < 2) throw new RangeError('Pairs need at least two documents that have sentences.');
  if (!(length > 0)) throw new RangeError(`length must be above 0, and is ${length}.`);
  const next = draws(key);
  const below = (count: number): number => Math.floor(next() * count);
  const pairs: SentencePair<Sentence>[] = [];
  for (const [own, document] of filled.entries()) {
    let gathered: Sentence[] = [];
    let total = 0;
    for (let i = 0; i < document.length; i++) {
      gathered.push(document[i] as Sentence);
      total += lengthOf(document[i] as Sentence);
      if (total < length && i < document.length - 1) continue;
      const cut = gathered.length > 1 ? 1 + below(gathered.length - 1) : 1;
      const first = gathered.slice(0, cut);
      let second = gathered.slice(cut);
      const isRandom = second.length === 0 || next() < randomShare;
      if (isRandom) {
        // What the other document's part replaces comes again.
        i -= second.length;
        const other = below(filled.length - 1);
        const source = filled[other < own ? other : other + 1] as readonly Sentence[];
        const room = length - first.reduce((sum, sentence) => sum + lengthOf(sentence), 0);
        second = upTo(source, below(source.length), room, lengthOf);
      }
      pairs.push({ first, second, label: isRandom ? 1 : 0 });
      gathered = [];
      total = 0;
    }
  }
  return pairs;
}

/** Sentences from `start` on until they have `room` tokens; at least one. */
function upTo<Sentence>(
  source: readonly Sentence[],
  start: number,
  room: number,
  lengthOf: (sentence: Sentence) => number,
): Sentence[] {
  const taken: Sentence[] = [];
  let total = 0;
  for (let i = start; i < source.length && (i === start || total < room); i++) {
    taken.push(source[i] as Sentence);
    total += lengthOf(source[i] as Sentence);
  }
  return taken;
}

/** Numbers in [0, 1), one after another, that the key decides. */
function draws(key: random.Key): () => number {
  let block: ArrayLike<number> = [];
  let used = 0;
  let blocks = 0;
  return () => {
    if (used === block.length) {
      const own = random.foldIn(key, blocks++);
      const drawn = random.uniform(own, [1024]);
      block = drawn.dataSync();
      own.dispose();
      drawn.dispose();
      used = 0;
    }
    return block[used++] as number;
  };
}
