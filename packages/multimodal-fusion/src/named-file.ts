/** Files, whose names errors begin with. */
import { readFile } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Takes half of the processor time of `readFile` of `node:fs/promises`. */
const read = promisify(readFile);

/** Something that can't be read: which file, and why. */
export class FileError extends Error {
  /** The file, as it was asked for. */
  readonly file: string;

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}`, options);
    this.file = file;
  }
}

/**
 * The bytes of a file, and its path.
 *
 * @param path a path or a `file:` URL
 * @throws {FileError} of the class that is given, where it can't be read.
 */
export async function readNamed(
  path: string | URL,
  Failure: new (file: string, problem: string, options?: ErrorOptions) => FileError,
): Promise<{ name: string; bytes: Uint8Array }> {
  const name = path instanceof URL || path.startsWith('file:') ? fileURLToPath(path) : path;
  try {
    return { name, bytes: await read(name) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(name, code === 'ENOENT' ? 'there is no such file.' : message, { cause: error });
  }
}
