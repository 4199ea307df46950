/**
 * What the suites need besides Node.js: Python with the real Jupyter clients and ONNX, Chromium, WebGPU, this kernel's
 * kernelspec, and the Node.js that runs the kernel. Made before the first suite, cached, and handed to the suites as `environment`.
 *
 * Read from the process's environment:
 * - `CI`: what is missing fails the run; otherwise the suites that need it are skipped and say why.
 * - `QUIRE_NODE`: the Node.js binary that runs the kernel, or `lts` for the newest long-term release.
 * - `QUIRE_KERNELSPEC`: the folder of another kernelspec to run the suites against, `…/kernels/<name>`.
 * - `QUIRE_CHROMIUM`: the browser's binary, where it isn't found by itself.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

export interface Environment {
  /** The Python of a virtual environment with `requirements.txt`. */
  python: { path: string } | { missing: string };
  chromium: { path: string } | { missing: string };
  /** What WebGPU runs on: the adapter's own driver, or the manifest of a software renderer for Vulkan. */
  webgpu: { manifest?: string } | { missing: string };
  /** Whether TensorFlow's engine can be built: pip and a C++ compiler. */
  tensorflow: { compiler: string } | { missing: string };
  /** The folder of `kernel.json`: `kernels/<name>` in `jupyterPath`. */
  kernelspec: string;
  /** What `JUPYTER_PATH` has to be for clients to find the kernelspec, by its name. */
  jupyterPath: string;
  kernelName: string;
  /** The Node.js that runs the kernel, where not the one that the kernelspec names. */
  node: string | undefined;
}

declare module 'vitest' {
  export interface ProvidedContext {
    environment: Environment;
  }
}

/** The newest long-term release of Node.js. */
const NEWEST_LTS = '24.21.0';

const here = fileURLToPath(new URL('.', import.meta.url));
const quire = fileURLToPath(new URL('../kernel/bin/quire.js', import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'quire');

function run(command: string, args: string[]): void {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw new Error(`${command} could not be started: ${error.message}`);
  if (status !== 0) {
    const printed = `${stdout}${stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${[command, ...args].join(' ')} ended with status ${status}:\n${printed}`);
  }
}

function findPython(): Environment['python'] {
  const requirements = readFileSync(join(here, 'requirements.txt'), 'utf8');
  const wanted = createHash('sha256').update(requirements).digest('hex');
  const folder = join(cache, 'test-venv');
  const stamp = join(folder, 'requirements.sha256');
  const path =
    process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { path };
  try {
    console.log(`Making a Python environment with the Jupyter clients in ${folder} …`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder]);
    run(path, ['-m', 'pip', 'install', '--quiet', '--retries', '0', '-r', join(here, 'requirements.txt')]);
    writeFileSync(stamp, wanted);
    return { path };
  } catch (error) {
    return {
      missing: `No Python with jupyter_client, nbclient and JupyterLab: ${(error as Error).message}`,
    };
  }
}

function findChromium(): Environment['chromium'] {
  const given = process.env.QUIRE_CHROMIUM;
  const folders = (process.env.PATH ?? '').split(process.platform === 'win32' ? ';' : ':');
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const candidates = [
    ...(given ? [given] : []),
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    '/usr/bin/chromium',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  const path = candidates.find((candidate) => existsSync(candidate));
  return path
    ? { path }
    : { missing: 'No Chromium was found. Install it, or name its binary in QUIRE_CHROMIUM.' };
}

/** Chromium brings SwiftShader along, a Vulkan driver that needs no adapter. */
function findWebGpu(): Environment['webgpu'] {
  const adapter = existsSync('/dev/dri/renderD128') || existsSync('/dev/nvidiactl');
  if (process.platform !== 'linux' || process.env.VK_ICD_FILENAMES || adapter) return {};
  const loader = spawnSync('ldconfig', ['-p'], { encoding: 'utf8' }).stdout?.includes('libvulkan.so.1');
  if (!loader) return { missing: 'No Vulkan loader was found (Debian: libvulkan1).' };
  const manifest = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
    .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
    .find((path) => existsSync(path));
  return manifest
    ? { manifest }
    : { missing: 'No graphics adapter, and no SwiftShader of a Chromium in its place.' };
}

function findBuildTools(): Environment['tensorflow'] {
  if (process.platform !== 'linux') return { missing: 'quire setup tensorflow works on Linux only.' };
  const commands = [
    ['python3', '-m', 'pip', '--version'],
    [process.env.CXX || 'g++', '--version'],
  ] as const;
  for (const [program, ...args] of commands) {
    if (spawnSync(program, args).status !== 0) {
      return { missing: `No TensorFlow engine can be built: ${program} ${args.join(' ')} fails.` };
    }
  }
  return { compiler: commands[1][0] };
}

/** npm has each platform's Node.js as a package of its own. */
function findNode(): string | undefined {
  const wanted = process.env.QUIRE_NODE;
  if (wanted !== 'lts') return wanted || undefined;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `${platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${process.arch}`;
  const folder = join(cache, `node-${NEWEST_LTS}`);
  const path = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(path)) {
    console.log(`Installing Node.js ${NEWEST_LTS} into ${folder} …`);
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${NEWEST_LTS}`], {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
  }
  return path;
}

let temporary: string | undefined;

export function setup(project: TestProject): void {
  temporary = mkdtempSync(join(tmpdir(), 'quire-test-'));
  const prefix = join(temporary, 'prefix');
  const python = findPython();
  const chromium = findChromium();
  const webgpu = findWebGpu();
  const tensorflow = findBuildTools();
  const missing = [python, chromium, webgpu, tensorflow].flatMap((found) =>
    'missing' in found ? [found.missing] : [],
  );
  if (missing.length > 0 && process.env.CI) throw new Error(missing.join('\n'));
  for (const reason of missing) console.warn(`Suites are skipped. ${reason}`);

  const node = findNode();
  let kernelspec = process.env.QUIRE_KERNELSPEC;
  if (!kernelspec) {
    run(node ?? process.execPath, [quire, 'install', '--prefix', prefix, '--name', 'quire']);
    kernelspec = join(prefix, 'share', 'jupyter', 'kernels', 'quire');
  }
  project.provide('environment', {
    python,
    chromium,
    webgpu,
    tensorflow,
    node,
    kernelspec,
    jupyterPath: dirname(dirname(kernelspec)),
    kernelName: basename(kernelspec),
  });
}

export function teardown(): void {
  if (temporary) rmSync(temporary, { recursive: true, force: true });
}
