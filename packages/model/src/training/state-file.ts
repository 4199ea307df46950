/** The state of a training run in a file: all tensors, by their places, and what else is needed to go on. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { device, leavesOf, tf, unflatten } from '@quire/runtime';
import { SafetensorsFile, writeSafetensors } from '../checkpoints/safetensors.ts';

const TYPES = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const;

/** Writes nested tensors, atomically. */
export async function writeState(path: string, state: unknown, about: object): Promise<void> {
  const tensors = leavesOf<tf.Tensor>(state).map(({ path: name, value }) => ({
    name,
    dtype: TYPES[value.dtype as keyof typeof TYPES],
    shape: value.shape,
    bytes: async () => {
      const data = (await value.data()) as Float32Array;
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
  }));
  await writeSafetensors(path, tensors, { training: JSON.stringify(about) });
}

/** @throws {Error} where the file isn't of a state of the structure and shapes of `like`. */
export async function readState<State>(path: string, like: State): Promise<{ state: State; about: unknown }> {
  const file = await SafetensorsFile.open(path);
  const tensors: tf.Tensor[] = [];
  try {
    const { training } = file.metadata;
    if (training === undefined) throw new Error(`${path} holds no training run.`);
    for (const { path: name, value } of leavesOf<tf.Tensor>(like)) {
      const stored = file.tensors.get(name);
      if (!stored || `${stored.shape}` !== `${value.shape}`) {
        throw new Error(
          `${path} is of another model or optimizer: ${name} is ${stored ? `[${stored.shape}]` : 'missing'}, and has to be [${value.shape}].`,
        );
      }
      tensors.push(await device.put(await file.read(name), value.shape as never));
    }
    return { state: unflatten(like, tensors) as State, about: JSON.parse(training) };
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  } finally {
    await file.close();
  }
}

const NAME = /^step-(\d+)\.safetensors$/;

export const stateName = (step: number): string => `step-${String(step).padStart(8, '0')}.safetensors`;

/** Files of a run's states, newest first; none where the folder isn't there. */
export async function stateFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .reverse()
    .map((name) => join(folder, name));
}

/** Removes all but the newest `keep`, and what an end in the middle of writing left. */
export async function pruneStates(folder: string, keep: number): Promise<void> {
  for (const path of (await stateFiles(folder)).slice(keep)) await rm(path, { force: true });
}

export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const left = (await readdir(folder)).filter((name) => /^step-\d+\.safetensors\.\d+\.tmp$/.test(name));
  for (const name of left) await rm(join(folder, name), { force: true });
}
