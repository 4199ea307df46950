/** Comparing a model with the reference numbers of `fixtures`. */
import { fileURLToPath } from 'node:url';
import { type DeviceName, jit, tf, valueAndGradients } from '@quire/runtime';
import { loadPretrained } from '../checkpoints/load.ts';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import { type Named, namedLeaves } from '../parameters/names.ts';
import { merge, partition, trainable } from '../parameters/partition.ts';
import type { Architecture } from './architecture.ts';

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** The largest differences from the reference, relative to its largest number, or to 1 where that is smaller. */
export interface Difference {
  /** By what was compared: `logits`, `hidden_states.0`, `loss`. */
  outputs: Record<string, number>;
  /** By parameter. */
  gradients: Record<string, number>;
}

export interface ParityOptions {
  /** What it is compiled for; the CPU where not given. */
  device?: DeviceName;
  /** Op by op instead of compiled. */
  eager?: boolean;
  /** What `forward` and `loss` take beside their inputs. */
  settings?: object;
}

/** Runs `fixtures/<name>`, compiled, on its batch. The batch's names are Hugging Face's in camel case. */
export async function differences<A extends Architecture>(
  name: string,
  architecture: A,
  options: ParityOptions = {},
): Promise<Difference> {
  const { config, params } = await loadPretrained(fixture(name), { architecture } as never);
  const reference = await SafetensorsFile.open(`${fixture(name)}/reference.safetensors`);
  const batch = await batchOf(reference);
  const forward = (params: object, batch: object) => {
    const { labels: _, nextSentenceLabel: __, ...inputs } = batch as Record<string, tf.Tensor>;
    return architecture.forward(
      params as never,
      inputs as never,
      config as never,
      { attentions: true, ...options.settings } as never,
    );
  };
  const device = options.device && { device: options.device };
  const run = jit(forward, { ...device });
  const outputs: Difference['outputs'] = {};
  const compare = (key: string, found: tf.Tensor): Promise<number> => compared(reference, key, found);
  const result = (
    options.eager
      ? tf.tidy(() => forward(params as object, batch) as never)
      : await run(params as object, batch)
  ) as object;
  // `text.hiddenStates.0` is `text.hidden_states.0` in Python.
  const found = namedLeaves(result).map(({ name, value }): [string, tf.Tensor] => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  const wanted = [...reference.tensors.keys()].filter(
    (key) => !/^(input\.|gradients\.|training\.|features\.|loss$)/.test(key),
  );
  const missing = wanted.filter((key) => !found.some(([name]) => name === key));
  if (missing.length > 0) throw new Error(`${name} has no ${missing.join(', ')}.`);
  for (const [key, tensor] of found) if (wanted.includes(key)) outputs[key] = await compare(key, tensor);

  const gradients: Difference['gradients'] = {};
  if (reference.tensors.has('loss') && !options.eager) {
    const step = jit(
      (params: object, batch: object) =>
        valueAndGradients(
          (params) =>
            architecture.loss(params as never, batch as never, config as never, options.settings as never),
          params,
        ),
      { ...device },
    );
    const { value, gradients: made } = await step(params as object, batch);
    outputs.loss = await compare('loss', value);
    for (const { name: key, value: gradient } of namedLeaves(made)) {
      if (reference.tensors.has(`gradients.${key}`))
        gradients[key] = await compare(`gradients.${key}`, gradient);
    }
    const lost = [...reference.tensors.keys()].filter(
      (key) => key.startsWith('gradients.') && !(key.slice('gradients.'.length) in gradients),
    );
    if (lost.length > 0) throw new Error(`${name} has no ${lost.join(', ')}.`);
    await step.release();
    tf.dispose([value, made as never]);
  }
  await run.release();
  await reference.close();
  tf.dispose([params as never, batch as never, result as never]);
  return { outputs, gradients };
}

/** What the modules of architectures with running statistics have. */
interface WithStatistics extends Architecture {
  lossAndStatistics(
    params: never,
    batch: never,
    config: never,
  ): { loss: tf.Scalar; also: Record<string, tf.Tensor> };
}

export interface TrainingDifference {
  loss: number;
  /** By parameter. */
  gradients: Record<string, number>;
  /** By running statistic. */
  statistics: Record<string, number>;
}

/** The differences of `fixtures/<name>` in training mode, where a batch is normalized by its own statistics. */
export async function trainingDifferences(
  name: string,
  architecture: WithStatistics,
): Promise<TrainingDifference> {
  const { config, params } = await loadPretrained(fixture(name), { architecture } as never);
  const reference = await SafetensorsFile.open(`${fixture(name)}/reference.safetensors`);
  const batch = await batchOf(reference);
  const [trained, buffers] = partition(params as object, trainable(architecture.spec(config as never)));
  const step = jit((trained: object, buffers: object, batch: object) =>
    valueAndGradients(
      (trained) =>
        architecture.lossAndStatistics(
          merge(params as object, trained, buffers) as never,
          batch as never,
          config as never,
        ),
      trained,
    ),
  );
  const made = (await step(trained, buffers, batch)) as never as {
    value: tf.Tensor;
    gradients: object;
    also: Record<string, tf.Tensor>;
  };
  const compareAll = async (kind: string, found: readonly Named<tf.Tensor>[]) => {
    const start = `training.${kind}.`;
    const wanted = [...reference.tensors.keys()].filter((key) => key.startsWith(start));
    const lost = wanted.filter((key) => !found.some(({ name }) => start + name === key));
    if (lost.length > 0) throw new Error(`${name} has no ${lost.join(', ')}.`);
    const differences: Record<string, number> = {};
    for (const { name, value } of found) differences[name] = await compared(reference, start + name, value);
    return differences;
  };
  const result = {
    loss: await compared(reference, 'training.loss', made.value),
    gradients: await compareAll('gradients', namedLeaves(made.gradients)),
    statistics: await compareAll(
      'statistics',
      Object.entries(made.also).map(([name, value]) => ({ name, value })),
    ),
  };
  await step.release();
  await reference.close();
  tf.dispose([params as never, batch as never, made as never]);
  return result;
}

/** The batch of a fixture, by Hugging Face's names in camel case. */
export async function batchOf(reference: SafetensorsFile): Promise<Record<string, tf.Tensor>> {
  const batch: Record<string, tf.Tensor> = {};
  for (const { name: key, shape } of reference.tensors.values()) {
    if (!key.startsWith('input.')) continue;
    const data = await reference.read(key);
    const dtype = data instanceof Float32Array ? 'float32' : 'int32';
    batch[camelCase(key.slice('input.'.length))] = tf.tensor(data as never, shape as number[], dtype);
  }
  return batch;
}

async function compared(reference: SafetensorsFile, key: string, found: tf.Tensor): Promise<number> {
  const wanted = reference.tensors.get(key);
  if (!wanted) throw new Error(`The reference has no ${key}.`);
  if (`${wanted.shape}` !== `${found.shape}`)
    throw new Error(`${key} is [${found.shape}], and has to be [${wanted.shape}].`);
  return difference((await found.data()) as Float32Array, (await reference.read(key)) as Float32Array);
}

/** The largest difference, relative to the largest number that is wanted, or to 1 where that is smaller. */
export function difference(found: Float32Array, wanted: Float32Array): number {
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  // NaN is the largest difference of all.
  return found.reduce((most, value, i) => {
    const off = Math.abs(value - (wanted[i] as number)) / largest;
    return Number.isNaN(off) ? Number.POSITIVE_INFINITY : Math.max(most, off);
  }, 0);
}

function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
