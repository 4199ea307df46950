/** The command `quire`. */
import { kernelCommand } from '../launch.ts';
import { packageVersion } from '../package.ts';
import { type Command, UsageError, UserError } from './arguments.ts';

const HELP = `Usage: quire COMMAND [arguments]

TypeScript notebooks.

  run NOTEBOOK…    runs notebooks without a front end
  lab              starts JupyterLab with this kernel
  install          makes the kernel known to Jupyter, VS Code and other front ends
  uninstall        takes that back
  setup tensorflow builds TensorFlow's own engine for Node.js
  doctor           shows what is installed, what is wrong and how to mend it
  kernel FILE      starts the kernel for a connection file

  --version        prints the version
  --help           prints this; after a command, what it takes`;

const kernel: Command = {
  help: `Usage: quire kernel CONNECTION_FILE

Starts the kernel, as front ends do.`,

  async run([file, ...more]) {
    if (file === undefined || more.length > 0)
      throw new UsageError('quire kernel takes one connection file.');
    const { runInPlace } = await import('./programs.ts');
    const [program, ...args] = kernelCommand(file);
    return await runInPlace(program, args);
  },
};

// A command's code is loaded when it is called.
const COMMANDS: Record<string, () => Promise<Command>> = {
  run: async () => (await import('./run.ts')).run,
  lab: async () => (await import('./lab.ts')).lab,
  install: async () => (await import('./install.ts')).install,
  uninstall: async () => (await import('./install.ts')).uninstall,
  setup: async () => (await import('./setup.ts')).setup,
  doctor: async () => (await import('./doctor.ts')).doctor,
  kernel: async () => kernel,
};

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).some((arg) => arg === '--help' || arg === '-h');
}

async function main([name, ...args]: string[]): Promise<number> {
  let help = HELP;
  try {
    if (name === '--version' || name === '-V') {
      console.log(packageVersion());
      return 0;
    }
    if (name === '--help' || name === '-h' || name === 'help') {
      console.log(HELP);
      return 0;
    }
    if (name === undefined) throw new UsageError('quire takes a command.');
    if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`There is no command "${name}".`);
    const command = await (COMMANDS[name] as () => Promise<Command>)();
    help = command.help;
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    return await command.run(args);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error instanceof UsageError ? `${error.message}\n\n${help}` : error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}

// Whoever reads the output, as `head`, may have read enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await main(process.argv.slice(2));
