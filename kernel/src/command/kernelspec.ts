/** `quire install` and `quire uninstall`: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { kernelCommand } from '../launch.ts';
import { RESOURCES } from '../package.ts';
import { UserError } from './notebook.ts';

export const DEFAULT_NAME = 'quire';

export const INSTALL_HELP = `quire install [options]      makes the kernel known to Jupyter, VS Code and other front ends
quire uninstall [options]    takes that back

  --user            for this user (the default)
  --sys-prefix      into the active Python environment
  --prefix PATH     into PATH/share/jupyter/kernels
  --name NAME       the kernel's name (${DEFAULT_NAME})
  --display-name D  how front ends list it (TypeScript (Quire))`;

const LOGOS = ['logo-32x32.png', 'logo-64x64.png', 'logo-svg.svg'];

export interface Kernelspec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode: 'message' | 'signal';
  metadata: Record<string, unknown>;
}

export function kernelspec(displayName = 'TypeScript (Quire)'): Kernelspec {
  return {
    argv: kernelCommand('{connection_file}'),
    display_name: displayName,
    language: 'typescript',
    interrupt_mode: 'message',
    metadata: { debugger: false },
  };
}

/** Jupyter's data folder of the user: https://docs.jupyter.org/en/latest/use/jupyter-directories.html */
export function userDataFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  if (environment.JUPYTER_DATA_DIR) return environment.JUPYTER_DATA_DIR;
  if (platform === 'darwin') return join(home, 'Library', 'Jupyter');
  if (platform === 'win32') return join(environment.APPDATA ?? join(home, 'AppData', 'Roaming'), 'jupyter');
  return join(environment.XDG_DATA_HOME || join(home, '.local', 'share'), 'jupyter');
}

function systemPrefix(): string {
  const active = process.env.VIRTUAL_ENV ?? process.env.CONDA_PREFIX;
  if (active) return active;
  for (const python of ['python3', 'python']) {
    try {
      return execFileSync(python, ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' }).trim();
    } catch {
      // The next name.
    }
  }
  throw new UserError('--sys-prefix needs Python: none was found. Use --user or --prefix.');
}

/** Writes the kernelspec whole, or leaves what was there. @returns its folder */
export function writeKernelspec(dataFolder: string, name: string, displayName?: string): string {
  const kernels = join(dataFolder, 'kernels');
  const target = join(kernels, name);
  mkdirSync(kernels, { recursive: true });
  const temporary = mkdtempSync(join(kernels, '.quire-'));
  try {
    writeFileSync(join(temporary, 'kernel.json'), `${JSON.stringify(kernelspec(displayName), null, 2)}\n`);
    for (const logo of LOGOS) cpSync(join(RESOURCES, logo), join(temporary, logo));
    rmSync(target, { recursive: true, force: true });
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  return target;
}

function options(args: string[]): {
  help: boolean;
  dataFolder: string;
  name: string;
  displayName: string | undefined;
} {
  const { values } = parseArgs({
    args,
    options: {
      user: { type: 'boolean' },
      'sys-prefix': { type: 'boolean' },
      prefix: { type: 'string' },
      name: { type: 'string' },
      'display-name': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const places = [values.user, values['sys-prefix'], values.prefix !== undefined].filter(Boolean).length;
  if (places > 1) throw new UserError('Only one of --user, --sys-prefix and --prefix can be given.');
  const name = values.name ?? DEFAULT_NAME;
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    throw new UserError(
      `A kernel's name is made of letters, digits, ".", "_" and "-", not ${JSON.stringify(name)}.`,
    );
  const prefix =
    values.prefix !== undefined ? resolve(values.prefix) : values['sys-prefix'] ? systemPrefix() : undefined;
  return {
    help: values.help ?? false,
    dataFolder: prefix === undefined ? userDataFolder() : join(prefix, 'share', 'jupyter'),
    name,
    displayName: values['display-name'],
  };
}

export function install(args: string[]): number {
  const { help, dataFolder, name, displayName } = options(args);
  if (help) {
    console.log(INSTALL_HELP);
    return 0;
  }
  try {
    console.log(`Installed the kernel "${name}" in ${writeKernelspec(dataFolder, name, displayName)}`);
  } catch (error) {
    throw new UserError(`The kernel can't be installed in ${dataFolder}: ${(error as Error).message}`);
  }
  return 0;
}

export function uninstall(args: string[]): number {
  const { help, dataFolder, name } = options(args);
  if (help) {
    console.log(INSTALL_HELP);
    return 0;
  }
  const target = join(dataFolder, 'kernels', name);
  if (!existsSync(join(target, 'kernel.json')))
    throw new UserError(`No kernel "${name}" is installed in ${dirname(target)}.`);
  rmSync(target, { recursive: true });
  console.log(`Removed ${target}`);
  return 0;
}
