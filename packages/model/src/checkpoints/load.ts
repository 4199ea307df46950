/** Models from checkpoints. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { device, type random, tf, unflatten } from '@quire/runtime';
import { loadTokenizer, TOKENIZER_FILES, type Tokenizer } from '@quire/tokenizer';
import type { Architecture } from '../architectures/architecture.ts';
import { ARCHITECTURES, type KnownArchitecture } from '../architectures/index.ts';
import type { JsonObject } from '../config-json.ts';
import { initialize } from '../parameters/initialize.ts';
import { namedLeaves } from '../parameters/names.ts';
import type { ParameterSpec } from '../parameters/spec.ts';
import { isReal } from './dtypes.ts';
import { type GenerationConfig, readGenerationConfig } from './generation-config.ts';
import { downloadCheckpoint, isHubId } from './hub.ts';
import type { HubOptions } from './hub-settings.ts';
import { readObject, readObjectIfThere } from './json.ts';
import { describeMismatch, type Match, matchParameters } from './match.ts';
import { checkQuantization, dequantize, type Quantized, quantizedTensors } from './quantized.ts';
import type { StoredTensor } from './safetensors.ts';
import { isThere, openWeights, type Weights } from './weights.ts';

/** A model of a checkpoint. Whoever loaded it disposes `params`. */
export interface PretrainedModel<A extends Architecture> {
  architecture: A;
  config: ReturnType<A['readConfig']>;
  params: Awaited<ReturnType<A['init']>>;
  /** Where the checkpoint has one. */
  tokenizer?: Tokenizer;
  /** Of `generation_config.json`; where there is none, the special tokens that `config.json` names. */
  generation: GenerationConfig;
  /** Parameters that the checkpoint lacked, and that start from random numbers. */
  initialized: string[];
  /** Tensors of the checkpoint that the model has no place for. */
  dropped: string[];
  /** The folder that it was read from. */
  folder: string;
}

export type Pretrained<A extends Architecture = KnownArchitecture> = A extends Architecture
  ? PretrainedModel<A>
  : never;

export interface LoadPretrainedOptions<A extends Architecture> extends HubOptions {
  /** What the checkpoint has to be of; else `config.json` says it. */
  architecture?: A;
  /** The head, where it isn't to be that of `config.json`'s class. */
  head?: ReturnType<A['readConfig']>['head'];
  /** What is to be other than `config.json` has it: `{ labels: ['no', 'yes'] }`. */
  config?: Partial<ReturnType<A['readConfig']>>;
  /** Parameters that the checkpoint lacks: refused unless given, or started from random numbers by `key`. */
  missing?: 'refuse' | 'initialize';
  /** Parameters that have another shape in the checkpoint, as a head for other labels: refused unless given. */
  misshaped?: 'refuse' | 'initialize';
  /** Tensors that the model has no place for, as another head: refused unless given. */
  unexpected?: 'refuse' | 'drop';
  /** For what is initialized: `random.key(seed)`. */
  key?: random.Key;
  /** Whether the tokenizer is loaded; true where not given. */
  tokenizer?: boolean;
}

/** Bytes that are compared at a time. */
const PIECE = 1 << 22;

/**
 * A model from a folder in Hugging Face's layout, or from the hub by its name (`openai-community/gpt2`), on the device in
 * use: `config.json`, the weights in `model.safetensors` or in the shards of `model.safetensors.index.json`, and where there are such files its tokenizer
 * and `generation_config.json`. Weights become float32 whatever they are stored as. They are read one by one into the
 * memory that the device uses, so that little more than the model itself is needed.
 *
 * @throws {Error} where a file is missing or damaged, and where names or shapes don't fit, with each of them.
 */
export async function loadPretrained<A extends Architecture = KnownArchitecture>(
  idOrFolder: string,
  options: LoadPretrainedOptions<A> = {},
): Promise<Pretrained<A>> {
  const initializes = options.missing === 'initialize' || options.misshaped === 'initialize';
  if (initializes && !options.key) {
    throw new TypeError(
      "What is to be initialized needs a key: { missing: 'initialize', key: random.key(1) }.",
    );
  }
  const folder = await folderOf(idOrFolder, options);
  const json = await readConfigFile(folder);
  const architecture = (options.architecture ?? architectureOf(json, folder)) as A;
  const read = architecture.readConfig(json, (options.head ?? headOf(json, architecture)) as never);
  const config = { ...read, ...options.config };
  const generation = readGenerationConfig(
    (await readObjectIfThere(join(folder, 'generation_config.json'))) ?? specialTokens(json),
  );
  const tokenizer = options.tokenizer === false ? undefined : await tokenizerIn(folder);
  const spec = architecture.spec(config as never);
  const { tensors, initialized, dropped } = await readParameters(folder, architecture, spec, options);
  return {
    architecture,
    config,
    params: unflatten(spec, tensors),
    ...(tokenizer && { tokenizer }),
    generation,
    initialized,
    dropped,
    folder,
  } as unknown as Pretrained<A>;
}

interface ReadParameters {
  /** In the order of the spec. */
  tensors: tf.Tensor[];
  initialized: string[];
  dropped: string[];
}

type Policy = Pick<LoadPretrainedOptions<Architecture>, 'missing' | 'misshaped' | 'unexpected' | 'key'>;

async function readParameters(
  folder: string,
  architecture: Architecture,
  spec: unknown,
  options: Policy,
): Promise<ReadParameters> {
  const weights = await openWeights(folder);
  const leaves = namedLeaves<ParameterSpec>(spec);
  const tensors = new Map<string, tf.Tensor>();
  try {
    const quantized = quantizedTensors(weights.tensors);
    const match = matchParameters(architecture, spec, shapesOf(weights, quantized));
    for (const { stored, parameter } of match.tied) {
      const source = match.sources.get(parameter);
      if (source === undefined || !(await isEqual(weights, stored, source))) match.unexpected.push(stored);
    }
    check(match, weights, options);
    for (const { name } of match.misshaped) match.sources.set(name, undefined);
    for (const { name, value } of leaves) {
      const source = match.sources.get(name);
      if (source === undefined) continue;
      const data = await readReals(weights, source, quantized.get(source));
      tensors.set(name, await device.put(data, value.shape as never));
    }
    const others = leaves.filter(({ name }) => !tensors.has(name));
    if (others.length > 0) {
      const specs = Object.fromEntries(others.map(({ name, value }) => [name, value]));
      const drawn = await initialize(specs, options.key as random.Key);
      for (const [name, tensor] of Object.entries(drawn)) tensors.set(name, tensor);
    }
    return {
      tensors: leaves.map(({ name }) => tensors.get(name) as tf.Tensor),
      initialized: others.map(({ name }) => name),
      dropped: match.unexpected,
    };
  } catch (error) {
    tf.dispose([...tensors.values()]);
    throw error;
  } finally {
    await weights.close();
  }
}

/** Shapes of what may be a parameter. */
function shapesOf(
  { tensors }: Weights,
  quantized: ReadonlyMap<string, Quantized>,
): Map<string, readonly number[]> {
  const companions = new Set(
    [...quantized.values()].flatMap(({ scale, zeroPoint }) => [scale.name, zeroPoint?.name]),
  );
  return new Map(
    [...tensors.values()].flatMap(({ name, shape }) => (companions.has(name) ? [] : [[name, shape]])),
  );
}

/** @throws {Error} where something doesn't fit that `options` don't allow, saying what they would have to be. */
function check(match: Match, { path }: Weights, options: Policy): void {
  const refused = {
    missing: options.missing === 'initialize' ? [] : match.missing,
    misshaped: options.misshaped === 'initialize' ? [] : match.misshaped,
    unexpected: options.unexpected === 'drop' ? [] : match.unexpected,
  };
  const mismatch = describeMismatch(refused);
  if (mismatch !== '') {
    const ways = [
      ...(refused.missing.length > 0 ? ["missing: 'initialize' with a key starts what is missing anew"] : []),
      ...(refused.misshaped.length > 0
        ? ["misshaped: 'initialize' with a key starts what has another shape anew"]
        : []),
      ...(refused.unexpected.length > 0 ? ["unexpected: 'drop' leaves out what is no parameter"] : []),
    ];
    throw new Error(
      `${path} doesn't fit its configuration and head:\n${mismatch}\nWhere that is meant: ${ways.join('; ')}.`,
    );
  }
  if ([...match.sources.values()].every((source) => source === undefined)) {
    throw new Error(`${path} has no parameter of this architecture at all.`);
  }
}

async function readReals(
  weights: Weights,
  name: string,
  quantized: Quantized | undefined,
): Promise<Float32Array> {
  const tensor = weights.tensors.get(name) as StoredTensor;
  const data = await weights.read(name);
  if (data instanceof Float32Array) return data;
  if (!quantized) {
    throw new Error(
      `${weights.path} stores ${name} as ${tensor.dtype}, and a parameter is of real numbers${tensor.dtype === 'I8' ? ` (there is no ${name}_scale)` : ''}.`,
    );
  }
  const { scale, zeroPoint } = quantized;
  if (!isReal(scale.dtype)) throw new Error(`${weights.path} stores ${scale.name} as ${scale.dtype}.`);
  const scales = (await weights.read(scale.name)) as Float32Array;
  const zeroPoints = zeroPoint && ((await weights.read(zeroPoint.name)) as Int32Array);
  return dequantize(tensor, data as Int32Array, quantized, scales, zeroPoints);
}

/** Whether two tensors are stored as the same bytes. */
async function isEqual(weights: Weights, a: string, b: string): Promise<boolean> {
  const [first, second] = [a, b].map((name) => weights.tensors.get(name)) as [StoredTensor, StoredTensor];
  const size = first.end - first.begin;
  if (first.dtype !== second.dtype || `${first.shape}` !== `${second.shape}`) return false;
  for (let at = 0; at < size; at += PIECE) {
    const [own, other] = [first, second].map(() => Buffer.allocUnsafe(Math.min(PIECE, size - at)));
    await weights.readBytes(first, at, own as Buffer);
    await weights.readBytes(second, at, other as Buffer);
    if (!(own as Buffer).equals(other as Buffer)) return false;
  }
  return true;
}

async function tokenizerIn(folder: string): Promise<Tokenizer | undefined> {
  for (const name of TOKENIZER_FILES) {
    if (!(await isThere(join(folder, name)))) continue;
    const { do_lower_case: lowercase } =
      (await readObjectIfThere(join(folder, 'tokenizer_config.json'))) ?? {};
    return loadTokenizer(folder, typeof lowercase === 'boolean' ? { lowercase } : {});
  }
  return undefined;
}

/** What older checkpoints say about generating in `config.json`. */
function specialTokens(json: JsonObject): JsonObject {
  const names = ['pad_token_id', 'bos_token_id', 'eos_token_id', 'decoder_start_token_id'];
  return Object.fromEntries(names.flatMap((name) => (json[name] === undefined ? [] : [[name, json[name]]])));
}

/** A folder that is there is one; what can be the name of a model is one of the hub's. */
async function folderOf(idOrFolder: string, options: HubOptions): Promise<string> {
  if ((await stat(idOrFolder).catch(() => undefined))?.isDirectory()) return idOrFolder;
  if (isHubId(idOrFolder)) return downloadCheckpoint(idOrFolder, options);
  throw new Error(`${idOrFolder} is not a folder.`);
}

async function readConfigFile(folder: string): Promise<JsonObject> {
  if (!(await isThere(join(folder, 'config.json')))) {
    throw new Error(`${folder} has no config.json: it is not a checkpoint in Hugging Face's layout.`);
  }
  const json = await readObject(join(folder, 'config.json'));
  checkQuantization(json, folder);
  return json;
}

function architectureOf(json: JsonObject, folder: string): Architecture {
  const types = ({ modelType, modelTypes = [modelType] }: Architecture): readonly string[] => modelTypes;
  const found = ARCHITECTURES.find((each) => types(each).some((type) => type === json.model_type));
  if (found) return found;
  const known = ARCHITECTURES.flatMap(types).join(', ');
  throw new Error(`${folder} is a model of the type ${JSON.stringify(json.model_type)}; known are ${known}.`);
}

/** The head of the class that the checkpoint was saved from; none where that isn't known. */
function headOf(json: JsonObject, { heads }: Architecture): string {
  const [name] = Array.isArray(json.architectures) ? json.architectures : [];
  return (typeof name === 'string' && Object.hasOwn(heads, name) ? heads[name] : undefined) ?? 'none';
}
