/** `quire lab`: JupyterLab with this kernel. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Command, UserError } from './arguments.ts';
import { cacheFolder } from './folders.ts';
import { writeKernelspec } from './kernelspec.ts';
import { binFolder, findPrograms, printedBy, runInPlace } from './programs.ts';

/** A command line that starts JupyterLab. */
export type JupyterLab = [program: string, ...args: string[]];

export const lab: Command = {
  help: `Usage: quire lab [arguments of JupyterLab]

Starts JupyterLab with this kernel, whether the kernel is installed or not. Where there is
no JupyterLab, it is installed into a Python environment in the user's cache folder first,
which nothing else uses.

quire lab -- --help    shows the arguments of JupyterLab`,

  async run(args) {
    const [program, ...first] = findJupyterLab() ?? installJupyterLab();
    // Found through JUPYTER_PATH, so that nothing outside the cache changes.
    const data = join(cacheFolder(), 'jupyter');
    writeKernelspec(data);
    const handedOn = args[0] === '--' ? args.slice(1) : args;
    return await runInPlace(program, [...first, ...handedOn], {
      environment: {
        ...process.env,
        JUPYTER_PATH: [data, process.env.JUPYTER_PATH].filter(Boolean).join(delimiter),
      },
      // JupyterLab ends its kernels for this one only.
      interrupt: 'SIGTERM',
    });
  },
};

/** The JupyterLab that is installed: in the active Python environment, on the path, or in the cache. */
export function findJupyterLab(): JupyterLab | undefined {
  const candidates = [
    ...findPrograms('jupyter-lab').map((program): JupyterLab => [program]),
    ...findPrograms('jupyter').map((program): JupyterLab => [program, 'lab']),
  ];
  // A program of that name may be a shim for one that isn't there.
  const working = candidates.find((candidate) => versionOf(candidate) !== undefined);
  if (working) return working;
  const own = environmentFolder();
  return existsSync(completed(own)) ? [join(binFolder(own), 'jupyter-lab')] : undefined;
}

export function versionOf([program, ...args]: JupyterLab): string | undefined {
  return printedBy(program, [...args, '--version']) || undefined;
}

function environmentFolder(): string {
  return join(cacheFolder(), 'jupyterlab');
}

/** There when the environment is whole: an installation may have been cut off. */
function completed(environment: string): string {
  return join(environment, 'complete');
}

function installJupyterLab(): JupyterLab {
  const python = [...findPrograms('python3'), ...findPrograms('python')].find((path) =>
    printedBy(path, ['-c', 'import sys; assert sys.version_info >= (3, 9); print(sys.version)']),
  );
  if (python === undefined) {
    throw new UserError(
      'JupyterLab needs Python 3.9 or later, and none was found. Install Python from https://www.python.org, or use ' +
        'another front end: "quire install" makes the kernel known to VS Code.',
    );
  }
  const folder = environmentFolder();
  console.error(`There is no JupyterLab: installing it into ${folder}, once.`);
  const program = join(binFolder(folder), 'jupyter-lab');
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    makeEnvironment(python, folder);
    installPackages(join(binFolder(folder), 'python'));
    if (versionOf([program]) === undefined) throw new UserError(`JupyterLab does not start: ${program}`);
    writeFileSync(completed(folder), '');
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (error instanceof UserError) throw error;
    throw new UserError(`JupyterLab can't be installed into ${folder}: ${(error as Error).message}`);
  }
  return [program];
}

function makeEnvironment(python: string, folder: string): void {
  const made = spawnSync(python, ['-m', 'venv', folder], { encoding: 'utf8' });
  if (made.status === 0) return;
  const printed = `${made.stdout ?? ''}${made.stderr ?? ''}`.trim();
  if (/ensurepip|No module named venv/.test(printed)) {
    throw new UserError(
      `${python} has no module "venv", which JupyterLab's installation needs. On Debian and Ubuntu: apt install python3-venv`,
    );
  }
  throw new UserError(`${python} can't make a virtual environment:\n${printed}`);
}

function installPackages(python: string): void {
  const args = ['-m', 'pip', 'install', '--disable-pip-version-check', 'jupyterlab>=4,<5'];
  // What pip prints is no output of this command.
  const { status } = spawnSync(python, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new UserError('pip could not install JupyterLab; what it printed says why.');
}
