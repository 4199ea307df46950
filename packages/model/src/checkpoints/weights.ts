/** The weights of a checkpoint, in one file or in several. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorData } from './dtypes.ts';
import { readObject } from './json.ts';
import { SafetensorsFile, type StoredTensor } from './safetensors.ts';

export const WEIGHTS = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';

/** Files of other formats, and what they are. */
export const OTHER_WEIGHTS: Readonly<Record<string, string>> = {
  'pytorch_model.bin': "PyTorch's pickle",
  'pytorch_model.bin.index.json': "PyTorch's pickle",
  'tf_model.h5': "TensorFlow's HDF5",
  'flax_model.msgpack': "Flax's MessagePack",
};

/** Reads tensors by name, whichever file they are in. */
export interface Weights {
  /** The file that they are in, or that lists the files. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  read(name: string): Promise<TensorData>;
  readBytes(tensor: StoredTensor, offset: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * The weights in a folder, `model.safetensors` or the shards that `model.safetensors.index.json` lists. Headers are read
 * and checked; tensors are read when they are asked for.
 *
 * @throws {Error} where there are none, or a file is damaged, or the shards aren't what the index says.
 */
export async function openWeights(folder: string): Promise<Weights> {
  if (await isThere(join(folder, WEIGHTS))) return SafetensorsFile.open(join(folder, WEIGHTS));
  if (await isThere(join(folder, WEIGHTS_INDEX))) return openShards(folder);
  for (const [name, format] of Object.entries(OTHER_WEIGHTS)) {
    if (await isThere(join(folder, name))) throw new Error(otherFormat(folder, name, format));
  }
  throw new Error(`${folder} has no weights: ${WEIGHTS} and ${WEIGHTS_INDEX} were looked for.`);
}

export function otherFormat(where: string, name: string, format: string): string {
  const danger = format.includes('pickle') ? ', which can run any code when it is loaded' : '';
  return `${where} has its weights in ${name} only: ${format}${danger}. Convert it once in Python: from transformers import AutoModel; AutoModel.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER) writes ${WEIGHTS}; take the class of its head (AutoModelForSequenceClassification, …) to keep the head.`;
}

/**
 * The shards that an index lists, in order.
 *
 * @throws {Error} for a name that is no plain file name: a path could lead out of the folder.
 */
export async function readIndex(path: string): Promise<Map<string, Set<string>>> {
  const { weight_map: map } = await readObject(path);
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new Error(`${path} has no weight_map of names and files.`);
  }
  const shards = new Map<string, Set<string>>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || !/^[\w.-]+\.safetensors$/.test(shard) || shard.startsWith('.')) {
      throw new Error(
        `${path} has ${JSON.stringify(name)} in the file ${JSON.stringify(shard)}: that must be the name of a .safetensors file beside it, without any folder.`,
      );
    }
    const names = shards.get(shard) ?? new Set();
    shards.set(shard, names.add(name));
  }
  if (shards.size === 0) throw new Error(`${path} lists no tensors.`);
  return shards;
}

async function openShards(folder: string): Promise<Weights> {
  const path = join(folder, WEIGHTS_INDEX);
  const files = new Map<string, SafetensorsFile>();
  const tensors = new Map<string, StoredTensor>();
  const close = async (): Promise<void> => {
    for (const file of new Set(files.values())) await file.close();
  };
  const fileOf = (name: string): SafetensorsFile => {
    const file = files.get(name);
    if (!file) throw new RangeError(`${path} has no tensor ${JSON.stringify(name)}.`);
    return file;
  };
  try {
    for (const [shard, names] of await readIndex(path)) {
      if (!(await isThere(join(folder, shard)))) {
        throw new Error(`${folder} lacks ${shard}, which ${WEIGHTS_INDEX} lists.`);
      }
      const file = await SafetensorsFile.open(join(folder, shard));
      try {
        const lacking = [...names].find((name) => !file.tensors.has(name));
        const surplus = [...file.tensors.keys()].find((name) => !names.has(name));
        if (lacking !== undefined)
          throw new Error(`${path} has ${lacking} in ${shard}, which has no such tensor.`);
        if (surplus !== undefined)
          throw new Error(`${file.path} holds ${surplus}, which ${WEIGHTS_INDEX} hasn't there.`);
      } catch (error) {
        await file.close();
        throw error;
      }
      for (const [name, tensor] of file.tensors) {
        files.set(name, file);
        tensors.set(name, tensor);
      }
      // A shard without tensors is closed with the others too.
      if (file.tensors.size === 0) await file.close();
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    path,
    tensors,
    close,
    read: async (name) => fileOf(name).read(name),
    readBytes: async (tensor, offset, bytes) => fileOf(tensor.name).readBytes(tensor, offset, bytes),
  };
}

export async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
