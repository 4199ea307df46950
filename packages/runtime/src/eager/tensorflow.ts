/** TensorFlow's own engine: `@tensorflow/tfjs-node` of the user's project, or what `quire setup tensorflow` made. */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { tensorflowFolder } from '../setup/folder.ts';
import * as tf from '../tf.ts';
import { borrowKernels } from './borrow.ts';
import { registerExplicitPadding } from './explicit-padding.ts';
import { mendTensorflow } from './tensorflow-mended.ts';

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

export type FoundTensorflow =
  | { require: NodeJS.Require; name: string; version: string }
  | { missing: string };

/** Where the package is, without loading it. */
export function findTensorflow(): FoundTensorflow {
  for (const folder of [process.cwd(), tensorflowFolder()]) {
    const require = createRequire(join(folder, 'package.json'));
    for (const name of PACKAGES) {
      try {
        const text = readFileSync(require.resolve(`${name}/package.json`), 'utf8');
        const { version } = JSON.parse(text) as { version: string };
        return { require, name, version };
      } catch {}
    }
  }
  return { missing: 'not set up: run quire setup tensorflow' };
}

type Resolve = (request: string, ...rest: unknown[]) => string;

let loaded: string | undefined;

/**
 * Registers the backend `tensorflow` with this package's TensorFlow.js; answers its version and the engine's.
 *
 * @throws {Error} where it isn't there, or doesn't load.
 */
export function loadTensorflow(): string {
  if (loaded !== undefined) return loaded;
  const found = findTensorflow();
  if ('missing' in found) throw new Error(`TensorFlow's engine is ${found.missing}.`);
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const own = createRequire(import.meta.url);
  const loader = Module as unknown as { _resolveFilename: Resolve };
  const resolve = loader._resolveFilename;
  // The package registers its kernels with the TensorFlow.js that it finds, which has to be the one of this package.
  const shared = new Map(
    ['@tensorflow/tfjs', '@tensorflow/tfjs-core'].map((name) => [name, own.resolve(name)]),
  );
  loader._resolveFilename = (request, ...rest) =>
    shared.get(request) ?? resolve.call(loader, request, ...rest);
  const previous = tf.getBackend();
  try {
    found.require(found.name);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new Error(
      `${found.name} doesn't load (${reason}). Run quire setup tensorflow, which builds it for this machine.`,
      { cause: error },
    );
  } finally {
    loader._resolveFilename = resolve;
    void tf.setBackend(previous);
  }
  mendTensorflow();
  registerExplicitPadding();
  // Of floats it gives floats, where the other backends give int32.
  tf.unregisterKernel('FloorDiv', 'tensorflow');
  borrowKernels('cpu', 'tensorflow');
  const engine = tf.findBackend('tensorflow') as unknown as Engine;
  readAnyBackend(engine);
  loaded = `${found.version} with TensorFlow ${engine.binding.TF_Version}`;
  return loaded;
}

/** What is used here of `NodeJSKernelBackend`. */
interface Engine {
  binding: { TF_Version: string };
  readSync(id: tf.DataId): unknown;
  tensorMap: { has(id: tf.DataId): boolean };
}

/** Its kernels read what they need to know at once from itself, also where it was made on another backend. */
function readAnyBackend(engine: Engine): void {
  const readSync = engine.readSync.bind(engine);
  engine.readSync = (id) => (engine.tensorMap.has(id) ? readSync(id) : tf.engine().readSync(id));
}
