import type { DatasetOptions } from './folder.ts';
import { readTable, toChoice, toNumber } from './read.ts';
import type { Split } from './split.ts';

/** The relations between synsets. Each triple is there in one direction; the last three relations are symmetric. */
export const WORDNET_RELATIONS = [
  'hypernym',
  'instance hypernym',
  'member holonym',
  'part holonym',
  'substance holonym',
  'entailment',
  'cause',
  'antonym',
  'similar to',
  'attribute',
] as const;
export type WordNetRelation = (typeof WORDNET_RELATIONS)[number];

/** Words of one meaning. */
export interface Synset {
  /** First word, part of speech and number of its sense, such as `dog.n.01`. */
  synset: string;
  /** Noun, verb, adjective or adverb. */
  part: 'n' | 'v' | 'a' | 'r';
  /** How often the words were met with this meaning in the texts that WordNet's authors annotated. */
  count: number;
  words: string[];
  definition: string;
}

/** What relates two synsets: `tail` is the hypernym of `head`, and so on. */
export interface WordNetTriple {
  head: string;
  relation: WordNetRelation;
  tail: string;
  split: Split;
}

/**
 * The commoner part of WordNet 3.1: 12,769 synsets with all their hypernyms, and the 13,795 relations between them. See
 * `datasets/wordnet/README.md`.
 *
 * @throws DatasetError where a file is missing or damaged.
 */
export async function loadWordNet(
  options: DatasetOptions = {},
): Promise<{ synsets: Synset[]; triples: WordNetTriple[] }> {
  const columns = ['synset', 'part', 'count', 'words', 'definition'];
  const synsets = await readTable('wordnet', 'synsets.tsv', columns, options, (cells, fail): Synset => {
    const [synset, part, count, words, definition] = cells as [string, string, string, string, string];
    return {
      synset,
      part: toChoice(part, ['n', 'v', 'a', 'r'], 'part', fail),
      count: toNumber(count, 'count', fail),
      words: words.split('|'),
      definition,
    };
  });
  const known = new Set(synsets.map(({ synset }) => synset));
  const triples = await readTable(
    'wordnet',
    'triples.tsv',
    ['head', 'relation', 'tail', 'split'],
    options,
    (cells, fail): WordNetTriple => {
      const [head, relation, tail, split] = cells as [string, string, string, string];
      for (const each of [head, tail])
        if (!known.has(each)) fail(`synsets of synsets.tsv, which has no ${each}`);
      return {
        head,
        relation: toChoice(relation, WORDNET_RELATIONS, 'relation', fail),
        tail,
        split: toChoice(split, ['train', 'validation', 'test'], 'split', fail),
      };
    },
  );
  return { synsets, triples };
}
