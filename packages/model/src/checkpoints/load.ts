import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { device, tf, unflatten } from '@quire/runtime';
import type { Architecture } from '../architectures/architecture.ts';
import { ARCHITECTURES, type KnownArchitecture } from '../architectures/index.ts';
import type { JsonObject } from '../config-json.ts';
import { namedLeaves } from '../parameters/names.ts';
import type { ParameterSpec } from '../parameters/spec.ts';
import { describeMismatch, matchParameters } from './match.ts';
import { SafetensorsFile } from './safetensors.ts';

/** A model of a checkpoint. Whoever loaded it disposes `params`. */
export interface PretrainedModel<A extends Architecture> {
  architecture: A;
  config: ReturnType<A['readConfig']>;
  params: Awaited<ReturnType<A['init']>>;
}

export type Pretrained<A extends Architecture = KnownArchitecture> = A extends Architecture
  ? PretrainedModel<A>
  : never;

export interface LoadPretrainedOptions<A extends Architecture> {
  /** What the checkpoint has to be of; else `config.json` says it. */
  architecture?: A;
  /** The head, where it isn't to be that of `config.json`'s class. */
  head?: ReturnType<A['readConfig']>['head'];
}

/**
 * A model from a folder in Hugging Face's layout, `config.json` and `model.safetensors`, on the device in use.
 *
 * @throws {Error} where a file is missing or damaged, and where names or shapes don't fit, with each of them.
 */
export async function loadPretrained<A extends Architecture = KnownArchitecture>(
  folder: string,
  options: LoadPretrainedOptions<A> = {},
): Promise<Pretrained<A>> {
  const json = await readConfigFile(folder);
  const architecture = (options.architecture ?? architectureOf(json, folder)) as A;
  const config = architecture.readConfig(json, (options.head ?? headOf(json, architecture)) as never);
  const spec = architecture.spec(config as never);
  const file = await SafetensorsFile.open(join(folder, 'model.safetensors'));
  const tensors: tf.Tensor[] = [];
  try {
    const shapes = new Map([...file.tensors.values()].map(({ name, shape }) => [name, shape]));
    const match = matchParameters(architecture, spec, shapes);
    const mismatch = describeMismatch(match);
    if (mismatch !== '') throw new Error(`${file.path} doesn't fit its configuration:\n${mismatch}`);
    for (const [i, { value }] of namedLeaves<ParameterSpec>(spec).entries()) {
      const data = await file.read(match.sources[i] as string);
      tensors.push(await device.put(data, value.shape as never));
    }
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  } finally {
    await file.close();
  }
  return { architecture, config, params: unflatten(spec, tensors) } as unknown as Pretrained<A>;
}

async function readConfigFile(folder: string): Promise<JsonObject> {
  const path = join(folder, 'config.json');
  const text = await readFile(path, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw new Error(`${path} must hold an object.`);
}

function architectureOf(json: JsonObject, folder: string): Architecture {
  const found = ARCHITECTURES.find(({ modelType }) => modelType === json.model_type);
  if (found) return found;
  const known = ARCHITECTURES.map(({ modelType }) => modelType).join(', ');
  throw new Error(`${folder} is a model of the type ${JSON.stringify(json.model_type)}; known are ${known}.`);
}

/** The head of the class that the checkpoint was saved from; none where that isn't known. */
function headOf(json: JsonObject, { heads }: Architecture): string {
  const [name] = Array.isArray(json.architectures) ? json.architectures : [];
  return (typeof name === 'string' ? heads[name] : undefined) ?? 'none';
}
