// Writes admissions.tsv and SHA256SUMS beside this script from the table UCBAdmissions of R's package datasets (4.2.2):
// `apt-get install r-base-core`, then `node build.mjs`. `node build.mjs --check` writes nothing and fails where the
// committed files differ.
import { run, tsv, writeSet } from '../tools.mjs';

const expression = 'write.csv(as.data.frame(UCBAdmissions), row.names = FALSE, quote = FALSE)';
const printed = run('Rscript', ['-e', expression], { hint: '(apt-get install r-base-core)' });
const groups = new Map();
for (const line of printed.trim().split('\n').slice(1)) {
  const [decision, gender, department, count] = line.split(',');
  const key = `${department}\t${gender.toLowerCase()}`;
  groups.set(key, { ...groups.get(key), [decision]: Number(count) });
}
const rows = [...groups]
  .map(([key, { Admitted, Rejected }]) => [...key.split('\t'), Admitted, Rejected])
  .sort(([a, , ,], [b, , ,]) => (a < b ? -1 : a > b ? 1 : 0));
const total = rows.reduce((sum, [, , admitted, rejected]) => sum + admitted + rejected, 0);
if (rows.length !== 12 || total !== 4526) throw new Error(`${rows.length} groups of ${total} applicants, not 12 of 4526`);
writeSet(import.meta.url, [['admissions.tsv', tsv(['department', 'gender', 'admitted', 'rejected'], rows)]]);
