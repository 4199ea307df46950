/** TensorFlow's engine for Node.js on a current machine: its published binding, built against a current library. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { tensorflowFolder } from './folder.ts';
import { findLibrary, installLibrary, type Library, trimLibrary, type Variant } from './library.ts';
import { runStep } from './steps.ts';

const BINDING = '@tensorflow/tfjs-node';
const BINDING_VERSION = '4.22.0';
const HEADERS = 'node-api-headers@1.9.0';

/** Where the package looks for its addon, by the version of Node's interface that it is built for. */
const NAPI_VERSION = 8;
const ADDON = join('lib', `napi-v${NAPI_VERSION}`, 'tfjs_binding.node');

const COMPILER = 'A C++ compiler is needed (Debian: apt install g++); another one can be named in CXX.';

export interface SetupOptions {
  /** The GPU's where nvidia-smi answers, unless given. */
  variant?: Variant;
  /** Told of each step. */
  log?: (line: string) => void;
}

export interface TensorflowReport {
  /** Where it is. */
  folder: string;
  /** Of `@tensorflow/tfjs-node`. */
  version: string;
  /** Of TensorFlow's library. */
  tensorflow: string;
  device: 'CPU' | 'GPU';
  /** Where the library came from. */
  from: string;
}

/**
 * Builds TensorFlow's engine for this Node.js and this machine into the user's data folder, and checks a matrix product
 * and a gradient. An engine that is there stays until the new one works.
 *
 * @throws {Error} where a step fails, saying what it needs.
 */
export async function setupTensorflow(options: SetupOptions = {}): Promise<TensorflowReport> {
  const { log = () => {} } = options;
  if (process.platform !== 'linux') {
    throw new Error(
      `quire setup tensorflow works on Linux; on ${process.platform} install @tensorflow/tfjs-node into the project.`,
    );
  }
  await requireCompiler();
  const variant = options.variant ?? (hasNvidia() ? 'gpu' : 'cpu');
  const target = tensorflowFolder();
  const building = `${target}.${process.pid}.tmp`;
  mkdirSync(building, { recursive: true });
  try {
    let library = await findLibrary();
    log(`TensorFlow: ${library?.from ?? `downloading it with pip, for the ${variant.toUpperCase()}`}`);
    const python = join(building, 'python');
    const downloaded = library === undefined;
    library ??= await installLibrary(python, variant);
    log(`${BINDING} ${BINDING_VERSION}: installing its source`);
    const binding = await installBinding(building);
    log('building it with the C++ compiler');
    await build(binding, library, downloaded);
    mend(join(binding, 'dist'));
    if (downloaded) trimLibrary(python);
    log('checking a matrix product and a gradient');
    const checked = await check(building);
    const replaced = `${target}.${process.pid}.old`;
    if (existsSync(target)) renameSync(target, replaced);
    renameSync(building, target);
    rmSync(replaced, { recursive: true, force: true });
    return { folder: target, version: BINDING_VERSION, ...checked, from: library.from };
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** Takes back what `setupTensorflow` made; false where there is nothing. */
export function removeTensorflow(): boolean {
  const folder = tensorflowFolder();
  if (!existsSync(folder)) return false;
  rmSync(folder, { recursive: true });
  return true;
}

function hasNvidia(): boolean {
  try {
    return execFileSync('nvidia-smi', ['-L'], { encoding: 'utf8', stdio: 'pipe' }).includes('GPU');
  } catch {
    return false;
  }
}

/** @returns the package's folder */
async function installBinding(root: string): Promise<string> {
  writeFileSync(
    join(root, 'package.json'),
    `${JSON.stringify({ name: 'quire-tensorflow', private: true })}\n`,
  );
  // Its install script would download a library and a binary that don't work on current machines.
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await runStep('npm', [...args, `${BINDING}@${BINDING_VERSION}`, HEADERS], {
    cwd: root,
    otherwise: `npm, which comes with Node.js, is needed to download ${BINDING}.`,
  });
  return join(root, 'node_modules', BINDING);
}

const compiler = (): string => process.env.CXX || 'g++';

/** Before anything is downloaded. */
async function requireCompiler(): Promise<void> {
  await runStep(compiler(), ['--version'], { otherwise: COMPILER });
}

async function build(binding: string, library: Library, downloaded: boolean): Promise<void> {
  const addon = join(binding, ADDON);
  mkdirSync(dirname(addon), { recursive: true });
  const sources = readdirSync(join(binding, 'binding')).filter((name) => name.endsWith('.cc'));
  const headers = join(binding, '..', '..', 'node-api-headers', 'include');
  // A library that moves with the addon is found from it; one of the user's stays where it is.
  const place = downloaded ? `$ORIGIN/${relative(dirname(addon), library.folder)}` : library.folder;
  await runStep(
    compiler(),
    [
      '-std=c++17',
      '-O2',
      '-fPIC',
      '-shared',
      '-w',
      `-DNAPI_VERSION=${NAPI_VERSION}`,
      `-I${headers}`,
      `-I${library.include}`,
      ...sources.map((name) => join(binding, 'binding', name)),
      `-L${library.folder}`,
      ...library.files.map((name) => `-l:${name}`),
      `-Wl,-rpath,${place}`,
      '-o',
      addon,
    ],
    { otherwise: COMPILER },
  );
}

/** Node 23 removed these functions of `util`. */
function mend(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.js')) continue;
    const path = join(folder, name);
    const code = readFileSync(path, 'utf8');
    const mended = code
      .replace(/\(0, util_\d+\.isNullOrUndefined\)\(([^()]+)\)/g, '($1 == null)')
      .replace(/\(0, util_\d+\.isArray\)\(/g, 'Array.isArray(');
    if (mended !== code) writeFileSync(path, mended);
  }
}

/** Runs in a process of its own, and prints what the engine says of itself. */
const CHECK = `
const tf = require('${BINDING}');
const { binding, isUsingGpuDevice } = tf.backend();
const near = (found, wanted) => found.every((x, i) => Math.abs(x - wanted[i]) < 1e-5);
const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
const product = Array.from(a.matMul(a).dataSync());
if (!near(product, [7, 10, 15, 22])) throw new Error('a matrix product is wrong: ' + product);
// The gradient of the sum of x x is a row's sum and a column's.
const gradient = Array.from(tf.grad((x) => x.matMul(x).sum())(a).dataSync());
if (!near(gradient, [7, 11, 9, 13])) throw new Error('a gradient is wrong: ' + gradient);
const [k] = tf.topk(tf.tensor1d([1, 3, 2]), 1).values.dataSync();
if (k !== 3) throw new Error('topk is wrong: ' + k);
console.log(JSON.stringify({ tensorflow: binding.TF_Version, device: isUsingGpuDevice ? 'GPU' : 'CPU' }));
`;

async function check(root: string): Promise<{ tensorflow: string; device: 'CPU' | 'GPU' }> {
  const printed = await runStep(process.execPath, ['-e', CHECK], {
    cwd: root,
    environment: { TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '' },
    otherwise: 'The engine was built and does not work.',
  });
  return JSON.parse(printed.trim().split('\n').at(-1) as string) as Awaited<ReturnType<typeof check>>;
}
