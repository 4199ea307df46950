/** TensorFlow.js's own backends, on which ops run that no `jit` compiles. */
import * as tf from '../tf.ts';
import { shareClones } from './shared-clones.ts';
import { findTensorflow, loadTensorflow } from './tensorflow.ts';
import { loadWasm } from './wasm.ts';

/** `tensorflow` is TensorFlow's own engine (`@tensorflow/tfjs-node`), from the fastest to the slowest. */
export type EagerName = 'tensorflow' | 'wasm' | 'cpu';

export interface EagerReport {
  name: EagerName;
  available: boolean;
  /** Of the package, and of the engine where it has one of its own. */
  version: string;
  /** What to do to get it. */
  missing?: string;
}

export interface EagerChoice {
  name: EagerName;
  version: string;
  reason: string;
}

const REASONS: Record<EagerName, string> = {
  tensorflow: "TensorFlow's own engine, the fastest",
  wasm: 'the fastest of those that need no setup',
  cpu: 'plain JavaScript, since WebAssembly failed',
};

const EAGER_NAMES: readonly EagerName[] = ['tensorflow', 'wasm', 'cpu'];

/** Makes TensorFlow.js know the backend, without choosing it; answers its version. */
async function load(name: EagerName): Promise<string> {
  const version = await LOADING[name]();
  shareClones(name);
  return version;
}

const LOADING: Record<EagerName, () => string | Promise<string>> = {
  tensorflow: loadTensorflow,
  wasm: loadWasm,
  cpu: () => tf.version_core,
};

// TensorFlow.js uses it before any is chosen.
shareClones('cpu');

/** TensorFlow.js's backends here, and what is missing. None is chosen by this. */
export async function listEager(): Promise<EagerReport[]> {
  const found = findTensorflow();
  const tensorflow: EagerReport =
    'missing' in found
      ? { name: 'tensorflow', available: false, version: '', missing: found.missing }
      : { name: 'tensorflow', available: true, version: found.version };
  return [
    tensorflow,
    { name: 'wasm', available: 'WebAssembly' in globalThis, version: tf.version_core },
    { name: 'cpu', available: true, version: tf.version_core },
  ];
}

/**
 * Chooses the backend for eager ops: the one that is asked for, else the fastest that works.
 *
 * @throws {Error} where the one that is asked for isn't there, saying what to install.
 */
export async function useEager(preferred?: EagerName): Promise<EagerChoice> {
  if (preferred !== undefined && !EAGER_NAMES.includes(preferred)) {
    throw new RangeError(
      `There is no eager backend '${String(preferred)}': choose from ${EAGER_NAMES.join(', ')}.`,
    );
  }
  for (const name of preferred === undefined ? EAGER_NAMES : [preferred]) {
    if (name === 'tensorflow' && preferred === undefined && 'missing' in findTensorflow()) continue;
    let version: string;
    try {
      version = await load(name);
    } catch (error) {
      if (preferred === undefined && name !== 'cpu') continue;
      throw new Error(`The eager backend '${name}' can't be used: ${(error as Error).message}`, {
        cause: error,
      });
    }
    await tf.setBackend(name);
    return { name, version, reason: preferred === undefined ? REASONS[name] : 'asked for' };
  }
  throw new Error("TensorFlow.js's backends are gone.");
}
