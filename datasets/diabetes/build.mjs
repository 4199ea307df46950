// Writes diabetes.tsv and SHA256SUMS beside this script from the Python wheel of scikit-learn 1.9.1: `node build.mjs`
// (needs Python 3 with pip). `node build.mjs --check` writes nothing and fails where the committed files differ.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pythonWheel, tsv, writeSet } from '../tools.mjs';

const COLUMNS = [
  'age', 'sex', 'bodyMassIndex', 'bloodPressure', 'totalCholesterol', 'ldl', 'hdl', 'cholesterolRatio',
  'logTriglycerides', 'glucose', 'progression',
];

const folder = join(pythonWheel('scikit-learn', '1.9.1'), 'sklearn/datasets/data');
const lines = (name) => gunzipSync(readFileSync(join(folder, name))).toString('utf8').trim().split('\n');
const targets = lines('diabetes_target.csv.gz').map(Number);
const rows = lines('diabetes_data_raw.csv.gz').map((line, i) => [...line.split(' ').map(Number), targets[i]]);
if (rows.length !== 442 || targets.length !== 442) throw new Error(`${rows.length} patients, not 442`);
const bad = rows.find((row) => row.length !== COLUMNS.length || !row.every(Number.isFinite));
if (bad) throw new Error(`not ${COLUMNS.length} numbers: ${bad}`);
writeSet(import.meta.url, [['diabetes.tsv', tsv(COLUMNS, rows)]]);
