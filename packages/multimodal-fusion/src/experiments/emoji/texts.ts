/** Texts as bags: how often each token is there, and each short row of letters. */
import { tf } from '@quire/runtime';
import { byteLevelAlphabet, Tokenizer, trainBpe } from '@quire/tokenizer';

/** What counts of a text are of. */
export interface Vocabulary {
  /** How many there are. */
  size: number;
  /** The numbers of what is in a text, each as often as it is there. */
  of(text: string): readonly number[];
}

/** Tokens of a byte-level BPE that learns from these texts. */
export async function tokenVocabulary(texts: readonly string[], size = 4000): Promise<Vocabulary> {
  const config = await trainBpe(texts, {
    vocabSize: size,
    normalizer: { type: 'Lowercase' },
    preTokenizer: { type: 'ByteLevel', add_prefix_space: true },
    initialAlphabet: byteLevelAlphabet(),
  });
  const tokenizer = new Tokenizer(config);
  return remembered(size, (text) => [...tokenizer.encodeIds(text)]);
}

/** Letters of an n-gram: what is shorter says little, and what is longer is a word. */
const SHORTEST = 2;
const LONGEST = 5;

/**
 * The n-grams of 2 to 5 letters within words that most of these texts have, without accents and case: what words of related
 * languages have in common. N-grams that aren't among them count for nothing.
 */
export function letterVocabulary(texts: readonly string[], size: number): Vocabulary {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const each of new Set(ngrams(text))) counts.set(each, (counts.get(each) ?? 0) + 1);
  const kept = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, size);
  const places = new Map(kept.map(([each], place) => [each, place]));
  return remembered(size, (text) =>
    ngrams(text).flatMap((each) => {
      const place = places.get(each);
      return place === undefined ? [] : [place];
    }),
  );
}

function ngrams(text: string): string[] {
  const found: string[] = [];
  const plain = text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
  for (const word of plain.split(/[\s\p{P}]+/u)) {
    const letters = ['<', ...word, '>'];
    for (let n = SHORTEST; n <= LONGEST; n++)
      for (let i = 0; i + n <= letters.length; i++) found.push(letters.slice(i, i + n).join(''));
  }
  return found;
}

/** A training asks for the same names again and again. */
function remembered(size: number, of: Vocabulary['of']): Vocabulary {
  const known = new Map<string, readonly number[]>();
  return {
    size,
    of(text) {
      const found = known.get(text) ?? of(text);
      known.set(text, found);
      return found;
    },
  };
}

/**
 * Counts, side by side for several vocabularies, each as a vector of length √32, so that a layer sees numbers of usual size.
 *
 * @param texts by row, counted together
 * @returns float32 (B, the sum of sizes)
 */
export function bags(
  vocabularies: readonly Vocabulary[],
  texts: readonly (readonly string[])[],
): tf.Tensor2D {
  const width = vocabularies.reduce((sum, { size }) => sum + size, 0);
  const data = new Float32Array(texts.length * width);
  for (const [b, own] of texts.entries()) {
    let start = b * width;
    for (const { size, of } of vocabularies) {
      const counts = data.subarray(start, start + size);
      const there = new Set<number>();
      for (const text of own) {
        for (const place of of(text)) {
          counts[place]!++;
          there.add(place);
        }
      }
      let squares = 0;
      for (const place of there) squares += counts[place]! ** 2;
      for (const place of there) counts[place]! *= Math.sqrt(32 / squares);
      start += size;
    }
  }
  return tf.tensor2d(data, [texts.length, width]);
}
