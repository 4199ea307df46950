// Writes digits.tsv and SHA256SUMS beside this script from the Python wheel of scikit-learn 1.9.1: `node build.mjs`
// (needs Python 3 with pip). `node build.mjs --check` writes nothing and fails where the committed files differ.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pythonWheel, tsv, writeSet } from '../tools.mjs';

const file = join(pythonWheel('scikit-learn', '1.9.1'), 'sklearn/datasets/data/digits.csv.gz');
const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
if (lines.length !== 1797) throw new Error(`${lines.length} digits, not 1797`);
const rows = lines.map((line) => {
  const values = line.split(',').map(Number);
  const bad = values.some((value, i) => !Number.isInteger(value) || value < 0 || value > (i < 64 ? 16 : 9));
  if (values.length !== 65 || bad) throw new Error(`not 64 pixels from 0 to 16 and a digit: ${line}`);
  return [values[64], values.slice(0, 64).join(' ')];
});
writeSet(import.meta.url, [['digits.tsv', tsv(['digit', 'pixels'], rows)]]);
