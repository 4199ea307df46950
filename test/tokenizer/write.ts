/** Writes the lines and the tokenizers for `fixtures/make_fixtures.py`: `node test/dist/tokenizer/write.js FOLDER`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { saveTokenizer } from '@quire/tokenizer';
import { parityLines } from './lines.ts';
import { PARITY_TOKENIZERS, withListedMerges } from './tokenizers.ts';

const folder = process.argv[2];
if (!folder) throw new Error('Where to? node test/dist/tokenizer/write.js FOLDER');
mkdirSync(folder, { recursive: true });
const lines = await parityLines();
writeFileSync(join(folder, 'lines.json'), JSON.stringify(lines.map((line) => line.toWellFormed())));
for (const { name, reference, config } of PARITY_TOKENIZERS) {
  if (reference !== 'tokenizers') continue;
  try {
    await saveTokenizer(join(folder, `${name}.json`), withListedMerges(await config()));
  } catch (error) {
    console.warn(`${name}: ${(error as Error).message}`);
  }
}
