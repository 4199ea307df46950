/** The command `quire`. */
import { spawnSync } from 'node:child_process';
import { kernelCommand } from '../launch.ts';
import { packageVersion } from '../package.ts';
import { UserError } from './notebook.ts';

const HELP = `quire: TypeScript notebooks

  quire run NOTEBOOK…       runs notebooks without a front end
  quire lab                 JupyterLab with this kernel
  quire install             makes the kernel known to Jupyter, VS Code and other front ends
  quire uninstall           takes that back
  quire doctor              what is installed, what is wrong, how to mend it
  quire kernel FILE         the kernel itself, for a connection file

quire COMMAND --help tells more; quire --version tells the version.`;

const COMMANDS: Record<string, (args: string[]) => Promise<number> | number> = {
  run: async (args) => (await import('./run.ts')).run(args),
  lab: async (args) => (await import('./lab.ts')).lab(args),
  install: async (args) => (await import('./kernelspec.ts')).install(args),
  uninstall: async (args) => (await import('./kernelspec.ts')).uninstall(args),
  doctor: async (args) => (await import('./doctor.ts')).doctor(args),
  kernel: ([file]) => {
    if (!file) throw new UserError('quire kernel needs a connection file.');
    const [program, ...args] = kernelCommand(file);
    return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
  },
};

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    console.log(packageVersion());
    return 0;
  }
  const command = COMMANDS[name];
  if (!command)
    throw new UserError(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
  return command(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!(error instanceof UserError) && !code.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}
