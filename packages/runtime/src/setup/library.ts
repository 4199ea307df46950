/** Where TensorFlow's own library is, or gets to be. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { outcomeOf, runStep } from './steps.ts';

export interface Library {
  /** Has `tensorflow/c/c_api.h`. */
  include: string;
  /** Has `files`. */
  folder: string;
  /** The libraries to link with: of the C API, and of what it shares with plugins. */
  files: string[];
  /** Told to the user. */
  from: string;
}

export type Variant = 'cpu' | 'gpu';

/** What pip installs where no TensorFlow is found. */
const WHEEL_VERSION = '2.21.0';

/** The library below `root`: as in Google's archives of the C library, or as in the Python package. */
function libraryAt(root: string, from: string): Library | undefined {
  const include = join(root, 'include');
  if (!existsSync(join(include, 'tensorflow', 'c', 'c_api.h'))) return undefined;
  for (const folder of [root, join(root, 'lib'), join(root, 'lib64')]) {
    if (!existsSync(folder)) continue;
    const names = readdirSync(folder);
    const withApi =
      names.find((name) => /^libtensorflow_cc\.so\.2$/.test(name)) ??
      names.find((name) => /^libtensorflow\.so(\.2)?$/.test(name));
    const shared = names.find((name) => /^libtensorflow_framework\.so\.2$/.test(name));
    if (withApi && shared) return { include, folder, files: [withApi, shared], from };
  }
  return undefined;
}

/**
 * What the user named in QUIRE_LIBTENSORFLOW, else the TensorFlow of the Python on the path.
 *
 * @throws {Error} where QUIRE_LIBTENSORFLOW names a folder without it.
 */
export async function findLibrary(): Promise<Library | undefined> {
  const { QUIRE_LIBTENSORFLOW } = process.env;
  if (QUIRE_LIBTENSORFLOW) {
    const library = libraryAt(resolve(QUIRE_LIBTENSORFLOW), `QUIRE_LIBTENSORFLOW (${QUIRE_LIBTENSORFLOW})`);
    if (library) return library;
    throw new Error(
      `QUIRE_LIBTENSORFLOW is ${QUIRE_LIBTENSORFLOW}, and there is no TensorFlow: include/tensorflow/c/c_api.h, libtensorflow_cc.so.2 (or libtensorflow.so.2) and libtensorflow_framework.so.2 were looked for.`,
    );
  }
  const script =
    'import importlib.util as u; s = u.find_spec("tensorflow"); print(s.submodule_search_locations[0] if s else "")';
  const outcome = await outcomeOf('python3', ['-c', script]);
  const root = outcome?.status === 0 ? outcome.stdout.trim() : '';
  return root === '' ? undefined : libraryAt(root, `Python's package in ${root}`);
}

/**
 * Installs the Python package into `folder`, which may be moved later, and drops what only Python needs.
 *
 * @throws {Error} where there is no pip, or it fails.
 */
export async function installLibrary(folder: string, variant: Variant): Promise<Library> {
  const name =
    variant === 'gpu' ? 'tensorflow[and-cuda]' : process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  // CUDA's libraries come as dependencies; on the CPU the library needs none.
  const dependencies = variant === 'gpu' ? [] : ['--no-deps'];
  await runStep(
    'python3',
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--only-binary=:all:',
      ...dependencies,
      '--target',
      folder,
      `${name}==${WHEEL_VERSION}`,
    ],
    {
      otherwise: `pip is needed to download TensorFlow ${WHEEL_VERSION} (Debian: apt install python3-pip). Where it can't, name a folder with TensorFlow's C library in QUIRE_LIBTENSORFLOW.`,
    },
  );
  const library = libraryAt(join(folder, 'tensorflow'), `pip's ${name} ${WHEEL_VERSION}`);
  if (!library) throw new Error(`${name} ${WHEEL_VERSION} came without TensorFlow's library.`);
  return library;
}

/** Drops what the engine doesn't need from the Python packages in `folder`: about half. */
export function trimLibrary(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name !== 'tensorflow' && name !== 'nvidia') rmSync(join(folder, name), { recursive: true });
  }
  const tensorflow = join(folder, 'tensorflow');
  for (const name of readdirSync(tensorflow)) {
    if (!/^lib.*\.so(\.\d+)?$/.test(name)) rmSync(join(tensorflow, name), { recursive: true });
  }
}
