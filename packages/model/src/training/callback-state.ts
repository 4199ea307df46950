/** What checkpoints keep of callbacks. */
import { device, tf } from '@quire/runtime';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import type { TrainerCallback } from './trainer.ts';

export interface CallbackState {
  /** float32, int32 or bool, by name. */
  tensors: Readonly<Record<string, tf.Tensor>>;
  /** What JSON can hold. */
  about?: unknown;
}

/** What is written of a callback beside its tensors. */
export interface KeptCallback {
  /** Of its tensors. */
  names: string[];
  about?: unknown;
}

/** What is to be written of each callback: its tensors, and the rest; nothing of one without a `state`. */
export function callbackStates(callbacks: readonly TrainerCallback[]): {
  tensors: Readonly<Record<string, tf.Tensor>>[];
  kept: (KeptCallback | null)[];
} {
  const states = callbacks.map((callback) => callback.state?.());
  return {
    tensors: states.map((state) =>
      Object.fromEntries(Object.values(state?.tensors ?? {}).map((tensor, i) => [`t${i}`, tensor])),
    ),
    kept: states.map((state) => (state ? { names: Object.keys(state.tensors), about: state.about } : null)),
  };
}

/**
 * Gives callbacks back what a checkpoint kept of them.
 *
 * @throws {Error} where other callbacks have a state than had one when it was written.
 */
export async function restoreCallbacks(
  path: string,
  callbacks: readonly TrainerCallback[],
  kept: readonly (KeptCallback | null)[],
): Promise<void> {
  const wanted = callbacks.flatMap((callback, i) => (callback.state ? [i] : []));
  const found = kept.flatMap((each, i) => (each ? [i] : []));
  if (`${wanted}` !== `${found}`) {
    const told = (places: readonly number[]) => (places.length > 0 ? `at ${places.join(', ')}` : 'nowhere');
    throw new Error(
      `${path} has states of the callbacks ${told(found)}, and this run has callbacks with a state ${told(wanted)}: give the same callbacks in the same order.`,
    );
  }
  const file = await SafetensorsFile.open(path);
  try {
    for (const [i, each] of kept.entries()) {
      if (!each) continue;
      const tensors: Record<string, tf.Tensor> = {};
      try {
        for (const [t, name] of each.names.entries()) {
          const stored = `callbacks[${i}].t${t}`;
          const shape = file.tensors.get(stored)?.shape ?? [];
          tensors[name] = await device.put(await file.read(stored), [...shape] as never);
        }
      } catch (error) {
        tf.dispose(tensors);
        throw error;
      }
      await callbacks[i]?.restore?.({ tensors, about: each.about });
    }
  } finally {
    await file.close();
  }
}
