/** `quire doctor`: what is installed, what is wrong, and how to mend it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { tensorflowFolder } from '@quire/runtime/setup';
import { KernelClient } from '../client/client.ts';
import { findExecutable } from '../language/server.ts';
import { KERNEL_ENTRY, kernelCommand } from '../launch.ts';
import { PACKAGE_FOLDER } from '../package.ts';
import { type Command, parse } from './arguments.ts';
import { dataFolders } from './folders.ts';
import { type FoundKernelspec, findKernelspecs } from './kernelspec.ts';
import { findJupyterLab, versionOf } from './lab.ts';
import { findPrograms, printedBy } from './programs.ts';

export interface Finding {
  /** `wrong`: something needed is broken; `absent`: something that may be there isn't. */
  state: 'good' | 'absent' | 'wrong';
  what: string;
  mend?: string;
}

const MARKS = { good: '✓', absent: '–', wrong: '✗' };

/** The oldest Node.js that the kernel runs on. */
const OLDEST_NODE = '20.19';

const NATIVE_PACKAGES = ['zeromq', 'oxc-parser', 'oxc-transform', 'esbuild'];

const ENGINES = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'onnxruntime-node',
];

export const doctor: Command = {
  help: `Usage: quire doctor

Shows what is installed, which front ends, engines and devices are found, what is wrong and
how to mend it. It starts a kernel, too, and lets it compute 1 + 1.

Exit status: 0, or 1 when something needed is broken.`,

  async run(args) {
    parse(args, {});
    let wrong = false;
    for (const [title, check] of CHECKS) {
      console.log(title);
      for (const { state, what, mend } of await check()) {
        console.log(`  ${MARKS[state]} ${what}`);
        if (mend !== undefined) console.log(`    → ${mend}`);
        if (state === 'wrong') wrong = true;
      }
    }
    return wrong ? 1 : 0;
  },
};

const CHECKS: [string, () => Finding[] | Promise<Finding[]>][] = [
  ['Needed', async () => [checkNode(process.versions.node), ...checkPackages(), await checkTypeScript()]],
  ['Kernelspecs', () => describeKernelspecs(findKernelspecs(dataFolders()))],
  ['Front ends', checkFrontEnds],
  ['Engines, as this folder resolves them', checkEngines],
  ['Devices', checkDevices],
  ['Kernel', async () => [await checkKernel()]],
];

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  const what = `Node.js ${version} (${process.execPath})`;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return { state: 'good', what };
  return { state: 'wrong', what, mend: `Install Node.js ${OLDEST_NODE} or later: https://nodejs.org` };
}

function checkPackages(): Finding[] {
  const require = createRequire(import.meta.url);
  return NATIVE_PACKAGES.map((name): Finding => {
    try {
      require(name);
      return { state: 'good', what: `${name} ${installedVersion(require, name) ?? ''}`.trim() };
    } catch (error) {
      const why = String((error as Error).message).split('\n')[0];
      const mend = 'Install the packages again, optional ones included, on this platform.';
      return { state: 'wrong', what: `${name} can't be loaded: ${why}`, mend };
    }
  });
}

async function checkTypeScript(): Promise<Finding> {
  const mend = 'Install the packages again, optional ones included: the compiler is one for each platform.';
  try {
    const program = await findExecutable();
    const printed = printedBy(program, ['--version']);
    if (printed)
      return { state: 'good', what: `TypeScript ${printed.replace(/^Version /, '')} (${program})` };
    return { state: 'wrong', what: `TypeScript's compiler does not run: ${program}`, mend };
  } catch (error) {
    return { state: 'wrong', what: `TypeScript's compiler is missing: ${(error as Error).message}`, mend };
  }
}

export function describeKernelspecs(found: readonly FoundKernelspec[]): Finding[] {
  if (found.length === 0) {
    const mend = 'quire install   ("quire run" and "quire lab" need none)';
    return [{ state: 'absent', what: 'none starts Quire', mend }];
  }
  return found.map(({ folder, gone }): Finding => {
    if (gone === undefined) return { state: 'good', what: folder };
    return {
      state: 'wrong',
      what: `${folder} starts ${gone}, which is gone`,
      mend: `"quire install" with the options of that time writes it anew; or remove it: jupyter kernelspec remove`,
    };
  });
}

function checkFrontEnds(): Finding[] {
  const lab = findJupyterLab();
  const [code] = findPrograms('code');
  const codeVersion = code && printedBy(code, ['--version'])?.split('\n')[0];
  return [
    lab
      ? { state: 'good', what: `JupyterLab ${versionOf(lab) ?? ''} (${lab.join(' ')})` }
      : { state: 'absent', what: 'JupyterLab', mend: 'quire lab   (installs it into a cache of its own)' },
    code
      ? { state: 'good', what: `Visual Studio Code ${codeVersion ?? ''} (${code})` }
      : { state: 'absent', what: 'Visual Studio Code: there is no program "code"' },
  ];
}

function checkEngines(): Finding[] {
  const require = createRequire(join(process.cwd(), 'cell.ts'));
  const engines = ENGINES.map((name): Finding => {
    const version = installedVersion(require, name);
    return { state: version === undefined ? 'absent' : 'good', what: `${name} ${version ?? ''}`.trim() };
  });
  const folder = tensorflowFolder();
  const built = "TensorFlow's own engine, by quire setup tensorflow";
  engines.push(
    existsSync(folder) ? { state: 'good', what: `${built}: ${folder}` } : { state: 'absent', what: built },
  );
  return engines;
}

/** The version of a package that may not export its `package.json`. */
function installedVersion(require: NodeJS.Require, name: string): string | undefined {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const text = readFileSync(join(folder, name, 'package.json'), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch {
      // The next folder.
    }
  }
  return undefined;
}

function checkDevices(): Finding[] {
  const [program] = findPrograms('nvidia-smi');
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
  const nvidia = (program && printedBy(program, query)) || undefined;
  const nodes = existsSync('/dev/dri') ? readdirSync('/dev/dri') : [];
  const render = nodes.filter((name) => name.startsWith('render'));
  const findings: Finding[] = (nvidia?.split('\n') ?? []).map((gpu) => ({
    state: 'good',
    what: `GPU: ${gpu}`,
  }));
  if (render.length > 0)
    findings.push({ state: 'good', what: `GPU: /dev/dri/${render.join(', /dev/dri/')}` });
  if (findings.length > 0) return findings;
  return [{ state: 'absent', what: process.platform === 'linux' ? 'no GPU' : 'no NVIDIA GPU' }];
}

/** The whole way that a cell goes. */
async function checkKernel(): Promise<Finding> {
  if (!existsSync(KERNEL_ENTRY)) {
    const mend = `pnpm run build, in ${dirname(PACKAGE_FOLDER)}`;
    return { state: 'wrong', what: `The kernel is not built: ${KERNEL_ENTRY} is missing`, mend };
  }
  const started = performance.now();
  let client: KernelClient | undefined;
  try {
    client = await KernelClient.start({ command: kernelCommand, folder: process.cwd() });
    let result: unknown;
    await client.execute('1 + 1', {
      onOutput({ header, content }) {
        if (header.msg_type === 'execute_result') result = content.data;
      },
    });
    const milliseconds = Math.round(performance.now() - started);
    if ((result as { 'text/plain'?: string } | undefined)?.['text/plain'] !== '2') {
      return { state: 'wrong', what: `1 + 1 gave ${JSON.stringify(result)}` };
    }
    if (!(await client.beats())) return { state: 'wrong', what: 'It does not answer its heartbeat' };
    return { state: 'good', what: `It started and computed 1 + 1 = 2 in ${milliseconds} ms` };
  } catch (error) {
    return { state: 'wrong', what: (error as Error).message };
  } finally {
    await client?.shutdown();
  }
}
