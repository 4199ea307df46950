/** `quire install` and `quire uninstall`. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { KERNEL_ENTRY } from '../launch.ts';
import { type Command, parse, UsageError, UserError } from './arguments.ts';
import { activePrefixes, prefixDataFolder, userDataFolder } from './folders.ts';
import { DISPLAY_NAME, KERNEL_NAME, removeKernelspec, writeKernelspec } from './kernelspec.ts';
import { findPrograms, printedBy } from './programs.ts';

const WHERE = `  --user             for this user (the default)
  --sys-prefix       in the active Python environment
  --prefix FOLDER    in FOLDER/share/jupyter/kernels
  --name NAME        the kernel's name, "${KERNEL_NAME}" unless given`;

const WHERE_OPTIONS = {
  user: { type: 'boolean' },
  'sys-prefix': { type: 'boolean' },
  prefix: { type: 'string' },
  name: { type: 'string', default: KERNEL_NAME },
} as const;

export const install: Command = {
  help: `Usage: quire install [options]

Makes the kernel known to Jupyter, VS Code and other front ends.

${WHERE}
  --display-name D   what front ends call it, "${DISPLAY_NAME}" unless given`,

  run(args) {
    const { values } = parse(args, { ...WHERE_OPTIONS, 'display-name': { type: 'string' } });
    const name = checkedName(values.name);
    const dataFolder = chosenFolder(values);
    if (!existsSync(KERNEL_ENTRY)) {
      throw new UserError(`The kernel is not built: ${KERNEL_ENTRY} is missing. Run: pnpm run build`);
    }
    const folder = writeKernelspec(dataFolder, { name, displayName: values['display-name'] });
    console.log(`Installed the kernel "${name}" in ${folder}`);
    return 0;
  },
};

export const uninstall: Command = {
  help: `Usage: quire uninstall [options]

Removes what "quire install" with the same options wrote.

${WHERE}`,

  run(args) {
    const { values } = parse(args, WHERE_OPTIONS);
    const folder = removeKernelspec(chosenFolder(values), checkedName(values.name));
    console.log(`Removed ${folder}`);
    return 0;
  },
};

interface Where {
  user?: boolean | undefined;
  'sys-prefix'?: boolean | undefined;
  prefix?: string | undefined;
}

function chosenFolder({ user, 'sys-prefix': inEnvironment, prefix }: Where): string {
  if ([user, inEnvironment, prefix !== undefined].filter(Boolean).length > 1) {
    throw new UsageError('--user, --sys-prefix and --prefix exclude each other.');
  }
  if (prefix !== undefined) return prefixDataFolder(resolve(prefix));
  return inEnvironment ? prefixDataFolder(environmentPrefix()) : userDataFolder();
}

/** Jupyter lowers the case of names, so that two that differ in it only are one kernel. */
function checkedName(name: string): string {
  if (!/^[a-z0-9._-]+$/.test(name) || /^\.+$/.test(name)) {
    throw new UsageError(`A kernel's name is of a-z, 0-9, ".", "_" and "-"; "${name}" is not.`);
  }
  return name;
}

function environmentPrefix(): string {
  const [active] = activePrefixes();
  if (active !== undefined) return active;
  for (const python of [...findPrograms('python3'), ...findPrograms('python')]) {
    const prefix = printedBy(python, ['-c', 'import sys; print(sys.prefix)']);
    if (prefix) return prefix;
  }
  throw new UserError(
    '--sys-prefix needs a Python environment, and no Python was found. Use --user or --prefix.',
  );
}
