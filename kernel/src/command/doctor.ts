/** `quire doctor`: what is there, what is wrong, and how to mend it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { KernelClient } from '../client/client.ts';
import { findExecutable } from '../language/server.ts';
import { KERNEL_ENTRY, kernelCommand } from '../launch.ts';
import { userDataFolder } from './kernelspec.ts';
import { findJupyterLab } from './lab.ts';

export const DOCTOR_HELP = `quire doctor

Shows what is installed, which front ends and devices are found, what is wrong and how to mend it.
Exit status: 0, or 1 where something is missing without which the kernel doesn't run.`;

type Finding = { state: 'good' | 'missing' | 'broken'; what: string; mend?: string };

const MARKS = { good: '✓', missing: '–', broken: '✗' };
const OLDEST_NODE = [20, 19] as const;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const supported = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const what = `Node.js ${version}`;
  return supported
    ? { state: 'good', what }
    : { state: 'broken', what, mend: `Install Node.js ${OLDEST_NODE.join('.')} or later.` };
}

function checkPackages(): Finding[] {
  const require = createRequire(import.meta.url);
  return ['zeromq', 'oxc-parser', 'oxc-transform', 'esbuild'].map((name) => {
    try {
      require(name);
      return { state: 'good', what: `the package ${name}` };
    } catch (error) {
      return {
        state: 'broken',
        what: `the package ${name}: ${(error as Error).message.split('\n')[0]}`,
        mend: 'Install the packages again.',
      };
    }
  });
}

async function checkTypeScript(): Promise<Finding> {
  try {
    const program = await findExecutable();
    const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
    if (status === 0) return { state: 'good', what: `TypeScript: ${stdout.trim()}` };
    throw new Error(`${program} ended with status ${status}`);
  } catch (error) {
    return {
      state: 'broken',
      what: `TypeScript: ${(error as Error).message}`,
      mend: 'Install the packages again, with optional dependencies.',
    };
  }
}

/** Kernelspecs that start Quire, and whether what they start is still there. */
export function findKernelspecs(dataFolders: readonly string[]): Finding[] {
  const found: Finding[] = [];
  for (const folder of dataFolders) {
    const kernels = join(folder, 'kernels');
    for (const name of existsSync(kernels) ? readdirSync(kernels) : []) {
      try {
        const { argv } = JSON.parse(readFileSync(join(kernels, name, 'kernel.json'), 'utf8')) as {
          argv: string[];
        };
        const entry = argv.find((part) => part.endsWith('kernel.js'));
        if (!entry || !/quire|kernel[\\/]dist/.test(entry)) continue;
        const gone = [argv[0] as string, entry].find((path) => !existsSync(path));
        found.push(
          gone
            ? {
                state: 'broken',
                what: `the kernelspec ${join(kernels, name)}: ${gone} is gone`,
                mend: 'quire install writes it anew.',
              }
            : { state: 'good', what: `the kernelspec ${join(kernels, name)}` },
        );
      } catch {
        // Not a kernelspec that can be read.
      }
    }
  }
  return found;
}

function version(program: string, args = ['--version']): string | undefined {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}

function checkFrontEnds(): Finding[] {
  const lab = findJupyterLab();
  const code = version('code');
  return [
    lab
      ? { state: 'good', what: `JupyterLab ${version(lab)} (${lab})` }
      : { state: 'missing', what: 'JupyterLab', mend: '`quire lab` installs it into a cache of its own.' },
    code ? { state: 'good', what: `VS Code ${code}` } : { state: 'missing', what: 'VS Code' },
  ];
}

function checkDevices(): Finding[] {
  const require = createRequire(join(process.cwd(), 'notebook.ts'));
  const packages = [
    '@tensorflow/tfjs-node-gpu',
    '@tensorflow/tfjs-node',
    '@tensorflow/tfjs',
    'onnxruntime-node',
  ].map((name): Finding => {
    try {
      const { version: installed } = require(`${name}/package.json`) as { version: string };
      return { state: 'good', what: `${name} ${installed}, from this folder` };
    } catch {
      return { state: 'missing', what: `${name}, from this folder` };
    }
  });
  const gpu = version('nvidia-smi', ['--query-gpu=name,memory.total', '--format=csv,noheader']);
  const render = existsSync('/dev/dri')
    ? readdirSync('/dev/dri').filter((name) => name.startsWith('render'))
    : [];
  return [
    ...packages,
    gpu ? { state: 'good', what: `the GPU ${gpu}` } : { state: 'missing', what: 'an NVIDIA GPU' },
    ...(render.length > 0
      ? [{ state: 'good', what: `render devices: ${render.join(', ')}` } as Finding]
      : []),
  ];
}

async function checkKernel(): Promise<Finding> {
  if (!existsSync(KERNEL_ENTRY))
    return { state: 'broken', what: 'the kernel is not built', mend: 'Run: pnpm run build' };
  const started = performance.now();
  try {
    const client = await KernelClient.start(kernelCommand, process.cwd());
    let result = '';
    await client.execute('1 + 1', {
      output: (type, content) => {
        if (type === 'execute_result')
          result = String((content.data as Record<string, unknown>)['text/plain']);
      },
    });
    await client.shutdown();
    if (result !== '2') throw new Error(`1 + 1 gave ${result || 'nothing'}`);
    return {
      state: 'good',
      what: `a kernel started and answered 1 + 1 = 2 in ${Math.round(performance.now() - started)} ms`,
    };
  } catch (error) {
    return { state: 'broken', what: `a kernel could not be used: ${(error as Error).message}` };
  }
}

export async function doctor(args: string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(DOCTOR_HELP);
    return 0;
  }
  const kernelspecs = findKernelspecs([
    userDataFolder(),
    ...(process.env.JUPYTER_PATH ?? '').split(delimiter).filter(Boolean),
    ...[process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX, '/usr/local', '/usr'].flatMap((prefix) =>
      prefix ? [join(prefix, 'share', 'jupyter')] : [],
    ),
  ]);
  const findings: [string, Finding[]][] = [
    [
      'Needed',
      [checkNode(process.versions.node), ...checkPackages(), await checkTypeScript(), await checkKernel()],
    ],
    [
      'Kernelspecs',
      kernelspecs.length > 0
        ? kernelspecs
        : [
            {
              state: 'missing',
              what: 'none that starts Quire',
              mend: '`quire install` writes one; `quire lab` needs none.',
            },
          ],
    ],
    ['Front ends', checkFrontEnds()],
    ['Devices and engines', checkDevices()],
  ];
  for (const [title, list] of findings) {
    console.log(title);
    for (const { state, what, mend } of list)
      console.log(`  ${MARKS[state]} ${what}${mend ? `\n    ${mend}` : ''}`);
  }
  return findings.some(([, list]) => list.some(({ state }) => state === 'broken')) ? 1 : 0;
}
