/** A temporary folder for a notebook and the files beside it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

export interface Folder {
  path: string;
  /** Writes a file, and the folders above it. */
  write(name: string, content: string | Uint8Array): void;
}

/** Made at once; removed after the file's tests. */
export function temporaryFolder(files: Record<string, string> = {}): Folder {
  const path = mkdtempSync(join(tmpdir(), 'quire-notebook-'));
  const write = (name: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return { path, write };
}
