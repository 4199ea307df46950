// Writes countries.tsv, entities.tsv, triples.tsv, LICENSE-*.txt and SHA256SUMS beside this script from the npm packages
// cldr-core, cldr-localenames-full and cldr-numbers-full 48.2.0, countries-list 3.4.1 and world-atlas 2.0.2:
// `node build.mjs` (needs npm and tar). `node build.mjs --check` writes nothing and fails where the committed files differ.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmPackage, tsv, writeSet } from '../tools.mjs';

const core = npmPackage('cldr-core', '48.2.0');
const numbers = npmPackage('cldr-numbers-full', '48.2.0');
const localeNames = npmPackage('cldr-localenames-full', '48.2.0');
const list = npmPackage('countries-list', '3.4.1');
const atlas = npmPackage('world-atlas', '2.0.2');
const json = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const supplemental = (name) => json(core, 'supplemental', `${name}.json`).supplemental;
const english = (folder, name) => json(folder, 'main/en', `${name}.json`).main.en;

const containment = supplemental('territoryContainment').territoryContainment;
const information = supplemental('territoryInfo').territoryInfo;
const codes = supplemental('codeMappings').codeMappings;
const currencyRegions = supplemental('currencyData').currencyData.region;
const territoryNames = english(localeNames, 'territories').localeDisplayNames.territories;
const languageNames = english(localeNames, 'languages').localeDisplayNames.languages;
const currencyNames = english(numbers, 'currencies').numbers.currencies;
const capitals = json(list, 'countries.min.json');

/** The member states of the United Nations. */
const COUNTRIES = [...containment.UN._contains].sort();
if (COUNTRIES.length !== 193) throw new Error(`${COUNTRIES.length} member states, not 193`);

const entities = new Map();
const entity = (kind, code, name) => {
  if (name === undefined) throw new Error(`no name of ${kind} ${code}`);
  const id = `${kind}/${code}`;
  entities.set(id, [id, kind, name.normalize('NFC')]);
  return id;
};
const triples = new Map();
const triple = (...parts) => triples.set(parts.join('\t'), parts);

// The tree of regions, as the United Nations' statistics have it (UN M49): codes of three digits.
const parents = new Map();
for (const [region, { _contains }] of Object.entries(containment)) {
  if (/^\d{3}$/.test(region)) for (const part of _contains) parents.set(part, region);
}
const regionOf = (code) => entity('region', code, territoryNames[code]);

const table = [];
for (const code of COUNTRIES) {
  const country = entity('country', code, territoryNames[code]);
  const chain = [];
  for (let part = code; parents.has(part); part = parents.get(part)) chain.push(parents.get(part));
  if (chain.at(-1) !== '001') throw new Error(`${code} isn't in the world: ${chain}`);
  chain.reduce((part, region) => {
    triple(part, 'part of', regionOf(region));
    return regionOf(region);
  }, country);

  const capital = capitals[code]?.capital;
  if (!capital) throw new Error(`${code} has no capital`);
  triple(country, 'capital', entity('city', code, capital));

  const { _population, _gdp, _literacyPercent, languagePopulation } = information[code];
  const official = new Set();
  for (const [tag, { _officialStatus, _populationPercent }] of Object.entries(languagePopulation)) {
    // Such as sr_Latn: Serbian, which script it is written in aside.
    const [language] = tag.split('_');
    const isOfficial = /^(official|de_facto_official)$/.test(_officialStatus ?? '');
    const isCommon = Number(_populationPercent) >= 10;
    if (!isOfficial && !isCommon) continue;
    // CLDR has no English name of some spoken ones, and of two of the Comoros' official ones.
    if (languageNames[language] === undefined) continue;
    const id = entity('language', language, languageNames[language]);
    if (isCommon) triple(country, 'common language', id);
    if (isOfficial) {
      triple(country, 'official language', id);
      official.add(language);
    }
  }

  const currencies = currencyRegions[code]
    .flatMap((each) => Object.entries(each))
    .filter(([, { _to, _tender }]) => _to === undefined && _tender !== 'false')
    .map(([currency]) => currency);
  for (const currency of currencies) {
    triple(country, 'currency', entity('currency', currency, currencyNames[currency]?.displayName));
  }
  table.push([
    code, codes[code]._alpha3, territoryNames[code], territoryNames[chain.at(-2)], territoryNames[chain[0]], capital,
    _population, _gdp, _literacyPercent, [...official].join('|'), currencies.join('|'),
  ]);
}

// Two countries border each other where their outlines share an arc. https://github.com/topojson/topojson-specification
const numeric = new Map(COUNTRIES.map((code) => [codes[code]._numeric, code]));
const countriesOfArc = new Map();
for (const { id, arcs } of json(atlas, 'countries-10m.json').objects.countries.geometries) {
  const code = numeric.get(id);
  if (code === undefined) continue;
  for (const index of (arcs ?? []).flat(Infinity)) {
    // ~i is the arc i, from its end.
    const arc = index < 0 ? ~index : index;
    countriesOfArc.set(arc, (countriesOfArc.get(arc) ?? new Set()).add(code));
  }
}
for (const sharing of countriesOfArc.values()) {
  const [a, b] = [...sharing].sort();
  if (b !== undefined) triple(`country/${a}`, 'borders', `country/${b}`);
}

const columns = [
  'code', 'alpha3', 'name', 'region', 'subregion', 'capital', 'population', 'gdp', 'literacyPercent', 'officialLanguages',
  'currencies',
];
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
writeSet(import.meta.url, [
  ['countries.tsv', tsv(columns, table)],
  ['entities.tsv', tsv(['id', 'kind', 'name'], [...entities.values()].sort(([a], [b]) => compare(a, b)))],
  ['triples.tsv', tsv(['head', 'relation', 'tail'], [...triples.keys()].sort(compare).map((key) => triples.get(key)))],
  ['LICENSE-unicode.txt', readFileSync(join(core, 'LICENSE'))],
  ['LICENSE-countries-list.txt', readFileSync(join(list, 'LICENSE'))],
  ['LICENSE-world-atlas.txt', readFileSync(join(atlas, 'LICENSE'))],
]);
