import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetFolder } from './folder.ts';

/**
 * For tests: copies a set to a temporary folder, changes one of its files (`undefined` removes it), calls `use` with the
 * options that name the copy, and removes it.
 */
export async function withDamagedCopy<Result>(
  set: string,
  file: string,
  change: (text: string) => string | undefined,
  use: (options: { folder: string }) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'quire-datasets-'));
  try {
    await cp(datasetFolder(set), join(folder, set), { recursive: true });
    const path = join(folder, set, file);
    // latin1 keeps every byte of a file that isn't text.
    const changed = change(await readFile(path, 'latin1'));
    if (changed === undefined) await rm(path);
    else await writeFile(path, changed, 'latin1');
    return await use({ folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}
