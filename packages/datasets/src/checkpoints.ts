import { DatasetError } from './dataset-error.ts';
import { type DatasetOptions, datasetFolder } from './folder.ts';
import { checksums, readChecked } from './read.ts';

/** Small models that were trained on these sets; see `datasets/checkpoints/README.md`. */
export const CHECKPOINTS = ['bert-udhr', 'gpt-king-james', 'vit-emoji'] as const;

export type Checkpoint = (typeof CHECKPOINTS)[number];

/**
 * The folder of a small pretrained model in Hugging Face's layout, once all of its files are as their checksums say:
 * `loadPretrained(await checkpointFolder('gpt-king-james'))` with `@quire/model`.
 *
 * @throws DatasetError where a file is missing or damaged.
 * @throws RangeError for a name that isn't one of `CHECKPOINTS`.
 */
export async function checkpointFolder(name: Checkpoint, options: DatasetOptions = {}): Promise<string> {
  if (!CHECKPOINTS.includes(name)) {
    throw new RangeError(`There is no checkpoint ${name}; there are ${CHECKPOINTS.join(', ')}.`);
  }
  const set = `checkpoints/${name}`;
  const files = [...(await checksums(set, options)).keys()];
  if (!files.includes('model.safetensors')) {
    throw new DatasetError(set, 'SHA256SUMS', 'has no sum of model.safetensors');
  }
  await Promise.all(files.map((file) => readChecked(set, file, options, () => undefined)));
  return datasetFolder(set, options);
}
