/** How the kernel process is started: used by the kernelspec, `quire run` and the benchmarks. */
import { join } from 'node:path';
import { PACKAGE_FOLDER } from './package.ts';

/**
 * Node's flags for the kernel. V8 modules load local `.ts` files, `import.meta.resolve` finds packages from the
 * notebook's folder, and the async-hooks check is off because an interrupt ends a callback without its "after".
 */
export const NODE_FLAGS = [
  '--experimental-vm-modules',
  '--experimental-import-meta-resolve',
  '--no-force-async-hooks-checks',
  '--expose-internals',
  '--disable-warning=ExperimentalWarning',
] as const;

/** The bundled entry point of the kernel process. */
export const KERNEL_ENTRY = join(PACKAGE_FOLDER, 'dist', 'kernel.js');

/** The command line of a kernel; `connectionFile` may be Jupyter's `{connection_file}` placeholder. */
export function kernelCommand(connectionFile: string, node = process.execPath): [string, ...string[]] {
  return [node, ...NODE_FLAGS, KERNEL_ENTRY, connectionFile];
}
