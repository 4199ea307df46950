/** Models to checkpoints. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { tf } from '@quire/runtime';
import { saveTokenizer, type Tokenizer } from '@quire/tokenizer';
import type { Architecture } from '../architectures/architecture.ts';
import type { JsonObject } from '../config-json.ts';
import { namedLeaves } from '../parameters/names.ts';
import type { ParameterSpec } from '../parameters/spec.ts';
import { encode, SAVED_DTYPES, type SavedDType } from './dtypes.ts';
import { type GenerationConfig, generationConfigJson } from './generation-config.ts';
import { bytesOf, type TensorToWrite, writeSafetensors } from './safetensors.ts';
import { isThere, WEIGHTS, WEIGHTS_INDEX } from './weights.ts';

/** What is saved; what `loadPretrained` gives is one. */
export interface ModelToSave<A extends Architecture = Architecture> {
  architecture: A;
  config: ReturnType<A['readConfig']>;
  params: object;
  tokenizer?: Tokenizer;
  generation?: GenerationConfig;
}

export interface SavePretrainedOptions {
  /** What weights are stored as; float32 where not given. */
  dtype?: SavedDType;
  /** The most bytes of tensors in a file; 5 GB where not given. A larger tensor has a file of its own. */
  shardBytes?: number;
}

/**
 * Writes a model in Hugging Face's layout: `config.json`, `model.safetensors` or shards with
 * `model.safetensors.index.json`, and where the model has them `tokenizer.json` and `generation_config.json`. Names are
 * those that `transformers` gives them, which loads the folder with `from_pretrained`.
 *
 * A new folder is there when all of it is. In a folder that was there, files are replaced once all are written, and
 * weights of before are removed; files of other kinds stay.
 *
 * @throws {RangeError} where a number is beyond `dtype`. Nothing is changed then.
 * @throws {Error} where parameters aren't those of the configuration, or a file can't be written.
 */
export async function savePretrained<A extends Architecture>(
  folder: string,
  model: ModelToSave<A>,
  options: SavePretrainedOptions = {},
): Promise<void> {
  const { dtype = 'float32', shardBytes = 5e9 } = options;
  if (!Object.hasOwn(SAVED_DTYPES, dtype)) {
    throw new RangeError(
      `Weights can't be saved as ${JSON.stringify(dtype)}: choose from ${Object.keys(SAVED_DTYPES).join(', ')}.`,
    );
  }
  if (!(shardBytes > 0)) throw new RangeError(`shardBytes must be above 0, and is ${shardBytes}.`);
  const target = resolve(folder);
  const isNew = !(await isThere(target));
  await mkdir(isNew ? dirname(target) : target, { recursive: true });
  // Beside a new folder, or in the old one: a rename stays within the file system.
  const own = `.${basename(target)}.${randomUUID()}.tmp`;
  const stage = join(isNew ? dirname(target) : target, own);
  await mkdir(stage);
  try {
    await writeWeights(stage, tensorsOf(model, dtype), shardBytes);
    await writeJson(join(stage, 'config.json'), configJson(model, dtype));
    if (model.generation && Object.keys(model.generation).length > 0) {
      await writeJson(join(stage, 'generation_config.json'), generationConfigJson(model.generation));
    }
    if (model.tokenizer) await saveTokenizer(join(stage, 'tokenizer.json'), model.tokenizer);
    if (isNew) {
      await rename(stage, target);
      return;
    }
    const written = await readdir(stage);
    for (const name of written) await rename(join(stage, name), join(target, name));
    for (const name of await readdir(target)) {
      if (isWeights(name) && !written.includes(name)) await rm(join(target, name));
    }
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

function isWeights(name: string): boolean {
  return name === WEIGHTS || name === WEIGHTS_INDEX || /^model-\d{5}-of-\d{5}\.safetensors$/.test(name);
}

function writeJson(path: string, json: JsonObject): Promise<void> {
  return writeFile(path, `${JSON.stringify(json, null, 2)}\n`);
}

function configJson({ architecture, config }: ModelToSave, dtype: SavedDType): JsonObject {
  const [name] = Object.entries(architecture.heads).find(([, head]) => head === config.head) ?? [];
  return {
    ...(name !== undefined && { architectures: [name] }),
    model_type: architecture.modelType,
    dtype,
    ...architecture.writeConfig(config as never),
  };
}

/** In the order of `safetensors` itself, by name, with the names of the class that `config.json` names. */
function tensorsOf({ architecture, config, params }: ModelToSave, dtype: SavedDType): TensorToWrite[] {
  const specs = namedLeaves<ParameterSpec>(architecture.spec(config as never));
  const given = new Map(namedLeaves<tf.Tensor>(params).map(({ name, value }) => [name, value]));
  const prefix = config.head === 'none' && architecture.prefix !== '' ? `${architecture.prefix}.` : '';
  const tensors = specs.map(({ name, value: { shape } }) => {
    const tensor = given.get(name);
    given.delete(name);
    if (!tensor) throw new Error(`The parameters have no ${name}, which the configuration has.`);
    if (`${tensor.shape}` !== `${shape}`) {
      throw new Error(`${name} is [${tensor.shape}], and by the configuration [${shape}].`);
    }
    return {
      name: name.startsWith(prefix) ? name.slice(prefix.length) : name,
      dtype: SAVED_DTYPES[dtype],
      shape,
      bytes: async () => {
        const values = await tensor.data();
        if (values instanceof Float32Array) return encode(values, dtype, name);
        throw new Error(`${name} is of ${tensor.dtype}, and parameters are of float32.`);
      },
    };
  });
  const [other] = given.keys();
  if (other !== undefined) throw new Error(`The parameters have ${other}, which the configuration hasn't.`);
  return tensors.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function writeWeights(
  folder: string,
  tensors: readonly TensorToWrite[],
  shardBytes: number,
): Promise<void> {
  const shards = inShards(tensors, shardBytes);
  if (shards.length === 1) return writeSafetensors(join(folder, WEIGHTS), tensors);
  const number = (n: number): string => String(n).padStart(5, '0');
  const map: [string, string][] = [];
  for (const [i, shard] of shards.entries()) {
    const file = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    await writeSafetensors(join(folder, file), shard);
    for (const { name } of shard) map.push([name, file]);
  }
  const total = tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  await writeJson(join(folder, WEIGHTS_INDEX), {
    metadata: { total_size: total },
    weight_map: Object.fromEntries(map),
  });
}

function inShards(tensors: readonly TensorToWrite[], shardBytes: number): TensorToWrite[][] {
  const shards: TensorToWrite[][] = [[]];
  let size = 0;
  for (const tensor of tensors) {
    const bytes = bytesOf(tensor);
    if (size > 0 && size + bytes > shardBytes) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)?.push(tensor);
    size += bytes;
  }
  return shards;
}
