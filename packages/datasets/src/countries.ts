import type { DatasetOptions } from './folder.ts';
import { readTable, toChoice, toNumber } from './read.ts';

/** A member state of the United Nations. */
export interface Country {
  /** ISO 3166-1 alpha-2, such as `FR`. */
  code: string;
  /** ISO 3166-1 alpha-3, such as `FRA`. */
  alpha3: string;
  /** In English, as all names here. */
  name: string;
  region: 'Africa' | 'Americas' | 'Asia' | 'Europe' | 'Oceania';
  /** Such as `Western Europe`, of the United Nations' M49. */
  subregion: string;
  capital: string;
  population: number;
  /** Gross domestic product at purchasing power parity, in international dollars. */
  gdp: number;
  literacyPercent: number;
  /** Language codes of CLDR, such as `fr`. */
  officialLanguages: string[];
  /** ISO 4217, such as `EUR`. */
  currencies: string[];
}

const KINDS = ['city', 'country', 'currency', 'language', 'region'] as const;

/** What a triple is about. */
export interface CountryEntity {
  /** Kind and code, such as `country/FR`, `language/fr`; a capital has its country's code. */
  id: string;
  kind: (typeof KINDS)[number];
  name: string;
}

/** The relations from a country to something else, or, `part of`, from a region; `borders` is symmetric. */
export const COUNTRY_RELATIONS = [
  'borders',
  'capital',
  'common language',
  'currency',
  'official language',
  'part of',
] as const;
export type CountryRelation = (typeof COUNTRY_RELATIONS)[number];

/** Ids of entities, and what relates them. */
export interface CountryTriple {
  head: string;
  relation: CountryRelation;
  tail: string;
}

const REGIONS = ['Africa', 'Americas', 'Asia', 'Europe', 'Oceania'] as const;

/**
 * The 193 member states of the United Nations as a table, and as a graph of 1,636 triples over 723 entities. See
 * `datasets/countries/README.md`.
 *
 * @throws DatasetError where a file is missing or damaged.
 */
export async function loadCountries(
  options: DatasetOptions = {},
): Promise<{ countries: Country[]; entities: CountryEntity[]; triples: CountryTriple[] }> {
  const columns = [
    'code',
    'alpha3',
    'name',
    'region',
    'subregion',
    'capital',
    'population',
    'gdp',
    'literacyPercent',
    'officialLanguages',
    'currencies',
  ];
  const countries = await readTable(
    'countries',
    'countries.tsv',
    columns,
    options,
    (cells, fail): Country => {
      const cell = (name: string) => cells[columns.indexOf(name)]!;
      const number = (name: string) => toNumber(cell(name), name, fail);
      return {
        code: cell('code'),
        alpha3: cell('alpha3'),
        name: cell('name'),
        region: toChoice(cell('region'), REGIONS, 'region', fail),
        subregion: cell('subregion'),
        capital: cell('capital'),
        population: number('population'),
        gdp: number('gdp'),
        literacyPercent: number('literacyPercent'),
        officialLanguages: cell('officialLanguages').split('|'),
        currencies: cell('currencies').split('|'),
      };
    },
  );
  const entities = await readTable(
    'countries',
    'entities.tsv',
    ['id', 'kind', 'name'],
    options,
    ([id, kind, name], fail): CountryEntity => {
      if (!id!.startsWith(`${kind}/`)) fail('an id that begins with its kind');
      return { id: id!, kind: toChoice(kind!, KINDS, 'kind', fail), name: name! };
    },
  );
  const known = new Set(entities.map(({ id }) => id));
  const triples = await readTable(
    'countries',
    'triples.tsv',
    ['head', 'relation', 'tail'],
    options,
    ([head, relation, tail], fail): CountryTriple => {
      for (const id of [head!, tail!]) if (!known.has(id)) fail(`ids of entities.tsv, which has no ${id}`);
      return {
        head: head!,
        relation: toChoice(relation!, COUNTRY_RELATIONS, 'relation', fail),
        tail: tail!,
      };
    },
  );
  return { countries, entities, triples };
}
