import { expect, test } from 'vitest';
import { loadCountries } from './countries.ts';
import { withDamagedCopy } from './damaged-copy.ts';

test('every member state has a region, a capital, a language and a currency', async () => {
  const { countries } = await loadCountries();
  expect(countries.length).toBe(193);
  expect(countries.find(({ code }) => code === 'CH')).toEqual({
    code: 'CH',
    alpha3: 'CHE',
    name: 'Switzerland',
    region: 'Europe',
    subregion: 'Western Europe',
    capital: 'Bern',
    population: 8_860_570,
    gdp: 733_800_000_000,
    literacyPercent: 99,
    officialLanguages: ['de', 'fr', 'gsw', 'it'],
    currencies: ['CHF'],
  });
  for (const country of countries) {
    expect(Object.values(country).flat()).not.toContain('');
    expect(country.literacyPercent).toBeLessThanOrEqual(100);
  }
});

test('triples connect the countries', async () => {
  const { entities, triples } = await loadCountries();
  expect([entities.length, triples.length]).toEqual([723, 1636]);
  const names = new Map(entities.map(({ id, name }) => [id, name]));
  const of = (id: string, relation: string) =>
    triples
      .filter((triple) => triple.relation === relation && triple.head === id)
      .map(({ tail }) => names.get(tail))
      .sort();
  expect(of('country/JP', 'capital')).toEqual(['Tokyo']);
  expect(of('country/JP', 'borders')).toEqual([]);
  expect(of('country/PT', 'part of')).toEqual(['Southern Europe']);
  expect(of('region/039', 'part of')).toEqual(['Europe']);
  const neighbours = triples.flatMap(({ head, relation, tail }) =>
    relation !== 'borders' ? [] : head === 'country/CH' ? [tail] : tail === 'country/CH' ? [head] : [],
  );
  expect(neighbours.map((id) => names.get(id)).sort()).toEqual([
    'Austria',
    'France',
    'Germany',
    'Italy',
    'Liechtenstein',
  ]);
});

test('a triple of an unknown entity is found, with its line', async () => {
  const damage = (text: string) => text.replace('capital\tcity/AD', 'capital\tcity/Q1');
  await withDamagedCopy('countries', 'triples.tsv', damage, async (options) => {
    await expect(loadCountries(options)).rejects.toThrow(
      /datasets\/countries\/triples\.tsv, line \d+: expected ids of entities\.tsv, which has no city\/Q1/,
    );
  });
});
