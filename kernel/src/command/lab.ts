/** `quire lab`: JupyterLab with this kernel. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DEFAULT_NAME, writeKernelspec } from './kernelspec.ts';
import { UserError } from './notebook.ts';

export const LAB_HELP = `quire lab [arguments of JupyterLab]

Starts JupyterLab with this kernel. Where JupyterLab isn't installed, it is put into a Python environment
in the user's cache folder first, which nothing else uses.`;

export function cacheFolder(): string {
  if (process.platform === 'win32')
    return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'quire');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'quire');
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'quire');
}

/** The command that starts an installed JupyterLab, or undefined. */
export function findJupyterLab(): string | undefined {
  const program = process.platform === 'win32' ? 'jupyter-lab.exe' : 'jupyter-lab';
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (process.env.VIRTUAL_ENV)
    folders.unshift(join(process.env.VIRTUAL_ENV, process.platform === 'win32' ? 'Scripts' : 'bin'));
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path) && works(path));
}

function works(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function installJupyterLab(): string {
  const folder = join(cacheFolder(), 'jupyterlab');
  const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  const program = join(bin, process.platform === 'win32' ? 'jupyter-lab.exe' : 'jupyter-lab');
  if (existsSync(program) && works(program)) return program;
  const python = ['python3', 'python'].find(works);
  if (!python) {
    throw new UserError(
      'JupyterLab needs Python, and none was found. Install Python 3.10 or later, or use VS Code with `quire install`.',
    );
  }
  console.error(`JupyterLab isn't installed: putting it into ${folder} …`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cacheFolder(), { recursive: true });
  if (spawnSync(python, ['-m', 'venv', folder], { stdio: 'inherit' }).status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new UserError(
      'Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv',
    );
  }
  const pip = spawnSync(
    join(bin, 'python'),
    ['-m', 'pip', 'install', '--disable-pip-version-check', 'jupyterlab>=4'],
    {
      stdio: 'inherit',
    },
  );
  if (pip.status !== 0) throw new UserError('pip could not install JupyterLab; its messages above say why.');
  return program;
}

export async function lab(args: string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(LAB_HELP);
    return 0;
  }
  const program = findJupyterLab() ?? installJupyterLab();
  // The kernel is found through JUPYTER_PATH, so that nothing outside the cache changes.
  const data = join(cacheFolder(), 'jupyter');
  writeKernelspec(data, DEFAULT_NAME);
  const child = spawn(program, args, {
    stdio: 'inherit',
    env: { ...process.env, JUPYTER_PATH: [data, process.env.JUPYTER_PATH].filter(Boolean).join(delimiter) },
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  // A terminal sends SIGINT to the whole group: JupyterLab asks, and this process waits for its answer.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new UserError(`JupyterLab could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}
