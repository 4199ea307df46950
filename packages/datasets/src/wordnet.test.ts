import { expect, test } from 'vitest';
import { withDamagedCopy } from './damaged-copy.ts';
import { loadWordNet, WORDNET_RELATIONS } from './wordnet.ts';

test('synsets have words and a definition', async () => {
  const { synsets } = await loadWordNet();
  expect(synsets.length).toBe(12_769);
  expect(synsets.find(({ synset }) => synset === 'dog.n.01')).toEqual({
    synset: 'dog.n.01',
    part: 'n',
    count: 42,
    words: ['dog', 'domestic dog', 'Canis familiaris'],
    definition: expect.stringMatching(/^a member of the genus Canis .*; occurs in many breeds$/),
  });
  expect(
    synsets.every(({ definition, words }) => definition !== '' && words.every((word) => word !== '')),
  ).toBe(true);
});

test('every noun has a chain of hypernyms up to the entity', async () => {
  const { synsets, triples } = await loadWordNet();
  const parents = new Map<string, string>();
  for (const { head, relation, tail } of triples) {
    if (relation === 'hypernym' || relation === 'instance hypernym') parents.set(head, tail);
  }
  const chain = (synset: string) => {
    const steps = [synset];
    for (let parent = parents.get(synset); parent !== undefined; parent = parents.get(parent))
      steps.push(parent);
    return steps;
  };
  expect(chain('tree.n.01').slice(0, 3)).toEqual(['tree.n.01', 'woody_plant.n.01', 'vascular_plant.n.01']);
  const astray = synsets.filter(({ part, synset }) => part === 'n' && chain(synset).at(-1) !== 'entity.n.01');
  expect(astray).toEqual([]);
});

test('all relations are there, one way only', async () => {
  const { triples } = await loadWordNet();
  expect(triples.length).toBe(13_795);
  expect(new Set(triples.map(({ relation }) => relation))).toEqual(new Set(WORDNET_RELATIONS));
  const has = new Set(triples.map(({ head, relation, tail }) => `${head} ${relation} ${tail}`));
  expect(has.size).toBe(triples.length);
  expect(triples.filter(({ head, relation, tail }) => has.has(`${tail} ${relation} ${head}`))).toEqual([]);
  expect(has.has('cold.a.01 antonym hot.a.01')).toBe(true);
});

test('what is tested and validated with has both its ends in train', async () => {
  const { triples } = await loadWordNet();
  const trained = new Set(
    triples.flatMap(({ head, tail, split }) => (split === 'train' ? [head, tail] : [])),
  );
  const others = triples.filter(({ split }) => split !== 'train');
  expect(others.length).toBe(2 * 689);
  expect(others.filter(({ head, tail }) => !trained.has(head) || !trained.has(tail))).toEqual([]);
});

test('a triple of an unknown synset is found, with its line', async () => {
  const damage = (text: string) => text.replace('\thypernym\t', '\thypernym\tun');
  await withDamagedCopy('wordnet', 'triples.tsv', damage, async (options) => {
    await expect(loadWordNet(options)).rejects.toThrow(
      /datasets\/wordnet\/triples\.tsv, line \d+: expected synsets of synsets\.tsv, which has no un\S+, found/,
    );
  });
});
