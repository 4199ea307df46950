/** Models to checkpoints. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ops, type tf } from '@quire/runtime';
import { saveTokenizer, type Tokenizer } from '@quire/tokenizer';
import type { Architecture } from '../architectures/architecture.ts';
import type { JsonObject } from '../config-json.ts';
import { namedLeaves } from '../parameters/names.ts';
import type { ParameterSpec } from '../parameters/spec.ts';
import { DTYPES, encode, REAL_DTYPES, type RealDType } from './dtypes.ts';
import { type GenerationConfig, generationConfigJson } from './generation-config.ts';
import { INT8_CONFIG, isQuantizable, type QuantizedRows, quantizeRows } from './quantized.ts';
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

/** What weights can be stored as. */
export type SavedDType = RealDType | 'int8';

export interface SavePretrainedOptions {
  /**
   * What weights are stored as; float32 where not given. Of int8 are the matrices of layers, each row with a float32
   * scale as `compressed-tensors` has it; all else is float32 then.
   */
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
export async function savePretrained(
  folder: string,
  model: ModelToSave,
  options: SavePretrainedOptions = {},
): Promise<void> {
  const { dtype = 'float32', shardBytes = 5e9 } = options;
  const known = [...Object.keys(REAL_DTYPES), 'int8'];
  if (!known.includes(dtype)) {
    throw new RangeError(
      `Weights can't be saved as ${JSON.stringify(dtype)}: choose from ${known.join(', ')}.`,
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
    dtype: dtype === 'int8' ? 'float32' : dtype,
    ...architecture.writeConfig(config as never),
    ...(dtype === 'int8' && { quantization_config: INT8_CONFIG }),
  };
}

/** In the order of `safetensors` itself, larger types first and then by name, with the names of the class that `config.json` names. */
function tensorsOf({ architecture, config, params }: ModelToSave, dtype: SavedDType): TensorToWrite[] {
  const specs = namedLeaves<ParameterSpec>(architecture.spec(config as never));
  const given = new Map(namedLeaves<tf.Tensor>(params).map(({ name, value }) => [name, value]));
  const prefix = config.head === 'none' && architecture.prefix !== '' ? `${architecture.prefix}.` : '';
  const tensors = specs.flatMap(({ name: own, value: { shape } }): TensorToWrite[] => {
    const tensor = given.get(own);
    given.delete(own);
    if (!tensor) throw new Error(`The parameters have no ${own}, which the configuration has.`);
    if ((tensor as unknown) instanceof ops.QuantizedMatrix) {
      throw new Error(
        `${own} is quantized, and is saved as an ordinary weight: save compression.dequantize(params), as int8 with dtype: 'int8'.`,
      );
    }
    if (`${tensor.shape}` !== `${shape}`) {
      throw new Error(`${own} is [${tensor.shape}], and by the configuration [${shape}].`);
    }
    const numbers = async (): Promise<Float32Array> => {
      const values = await tensor.data();
      if (values instanceof Float32Array) return values;
      throw new Error(`${own} is of ${tensor.dtype}, and parameters are of float32.`);
    };
    const name = own.startsWith(prefix) ? own.slice(prefix.length) : own;
    if (dtype === 'int8' && isQuantizable(name, shape)) return inInt8(name, shape, numbers);
    const type = dtype === 'int8' ? 'float32' : dtype;
    return [{ name, dtype: REAL_DTYPES[type], shape, bytes: async () => encode(await numbers(), type, own) }];
  });
  const [other] = given.keys();
  if (other !== undefined) throw new Error(`The parameters have ${other}, which the configuration hasn't.`);
  return tensors.sort((a, b) => DTYPES[b.dtype] - DTYPES[a.dtype] || (a.name < b.name ? -1 : 1));
}

/** A matrix and its scales. Each is computed when its turn to be written comes. */
function inInt8(
  name: string,
  shape: readonly number[],
  numbers: () => Promise<Float32Array>,
): TensorToWrite[] {
  const [rows = 1] = shape;
  const quantized = async (): Promise<QuantizedRows> => quantizeRows(await numbers(), rows, name);
  const bytes = ({ buffer }: Int8Array | Float32Array): Uint8Array => new Uint8Array(buffer);
  return [
    { name, dtype: 'I8', shape, bytes: async () => bytes((await quantized()).values) },
    {
      name: `${name}_scale`,
      dtype: 'F32',
      shape: [rows, 1],
      bytes: async () => bytes((await quantized()).scales),
    },
  ];
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
