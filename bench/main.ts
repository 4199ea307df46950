/** `pnpm bench AREA [--json FILE] [--quick]` */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compression } from './areas/compression.ts';
import { kernel } from './areas/kernel.ts';
import { model } from './areas/model.ts';
import { multimodal } from './areas/multimodal.ts';
import { runtime } from './areas/runtime.ts';
import { tokenizer } from './areas/tokenizer.ts';
import { visualization } from './areas/visualization.ts';
import { type Area, machine, runCases, table } from './harness.ts';
import { replaceSection, sectionText } from './results.ts';

const AREAS: Record<string, Area> = {
  compression,
  kernel,
  model,
  multimodal,
  runtime,
  tokenizer,
  visualization,
};
const RESULTS = fileURLToPath(new URL('../RESULTS.md', import.meta.url));
/** For measuring, so that no area takes over ten minutes; installing the peers, once, comes on top. */
const BUDGET_MS = 9 * 60 * 1000;

function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, quick: { type: 'boolean' } },
});
const area = AREAS[positionals[0] ?? ''];
if (!area || positionals.length !== 1) {
  console.error(`Usage: pnpm bench AREA [--json FILE] [--quick]\nAreas: ${Object.keys(AREAS).join(', ')}`);
  process.exit(2);
}

const { cases, teardown } = await area.setup();
const report = (text: string): void => console.error(text);
let rows: Awaited<ReturnType<typeof runCases>>;
try {
  rows = await runCases(
    cases,
    values.quick ? { rounds: 1, budget: BUDGET_MS / 3, report } : { rounds: 9, budget: BUDGET_MS, report },
  );
} finally {
  await teardown();
}
const where = machine();
console.log(table(rows));
console.log(`\n${where.cpu}, ${where.cores} cores, ${where.memory}, ${where.system}, Node.js ${where.node}`);
if (values.json !== undefined) {
  const content = {
    area: area.name,
    machine: where,
    rows: rows.map(({ name, unit, ours, peers, ratio }) => ({ name, unit, ours, peers, ratio })),
  };
  writeAtomically(
    resolve(process.env.INIT_CWD ?? process.cwd(), values.json),
    `${JSON.stringify(content, null, 2)}\n`,
  );
}
if (!values.quick) {
  const section = sectionText(area.name, where, rows, new Date().toISOString().slice(0, 10));
  writeAtomically(
    RESULTS,
    replaceSection(existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : '', area.name, section),
  );
}
process.exit(0);
