import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/** Writes a file whole: under a temporary name beside `path` first, so that no reader sees half of it. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}`);
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes a file whole, as what its name ends with.
 * @param what is saved, for the error: `A figure`
 * @param forms content by ending: `{ '.svg': () => figure.toSvg() }`
 * @throws {TypeError} for an ending that isn't among them
 */
export async function saveAs(
  what: string,
  path: string,
  forms: Readonly<Record<string, () => Promise<string | Uint8Array>>>,
): Promise<void> {
  const form = forms[extname(path).toLowerCase()];
  if (!form) {
    const endings = Object.keys(forms);
    throw new TypeError(
      `${what} is saved as ${endings.slice(0, -1).join(', ')} or ${endings.at(-1)}; ${JSON.stringify(path)} ends with none of these.`,
    );
  }
  await writeWhole(path, await form());
}
