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
  // A training asks for the same names again and again.
  const known = new Map<string, readonly number[]>();
  return {
    size,
    of(text) {
      const found = known.get(text) ?? [...tokenizer.encodeIds(text)];
      known.set(text, found);
      return found;
    },
  };
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
  return {
    size,
    of: (text) =>
      ngrams(text).flatMap((each) => {
        const place = places.get(each);
        return place === undefined ? [] : [place];
      }),
  };
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

/**
 * Counts as vectors of length √32, so that a layer sees numbers of usual size.
 *
 * @param texts by row, counted together
 * @param dropped draws whether one that is there isn't counted; none where not given
 * @returns float32 (B, the vocabulary's size)
 */
export function bags(
  { size, of }: Vocabulary,
  texts: readonly (readonly string[])[],
  dropped: () => boolean = () => false,
): tf.Tensor2D {
  const data = new Float32Array(texts.length * size);
  for (const [b, own] of texts.entries()) {
    const counts = data.subarray(b * size, (b + 1) * size);
    const there = new Set<number>();
    for (const place of own.flatMap(of)) {
      if (dropped()) continue;
      counts[place]!++;
      there.add(place);
    }
    let squares = 0;
    for (const place of there) squares += counts[place]! ** 2;
    for (const place of there) counts[place]! *= Math.sqrt(32 / squares);
  }
  return tf.tensor2d(data, [texts.length, size]);
}
