import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What every loader takes. */
export interface DatasetOptions {
  /** The folder that holds the sets. Default: the environment's `QUIRE_DATASETS`, else the clone's `datasets`. */
  folder?: string;
}

/** The folder of one data set. */
export function datasetFolder(set: string, options: DatasetOptions = {}): string {
  const root =
    options.folder ??
    process.env.QUIRE_DATASETS ??
    fileURLToPath(new URL('../../../datasets', import.meta.url));
  return join(resolve(root), set);
}
