/**
 * The folder in which Python's `huggingface_hub` keeps files, so that both use the same ones
 * (https://huggingface.co/docs/huggingface_hub/guides/manage-cache):
 *
 *     models--<owner>--<name>/blobs/<checksum>           the files
 *     models--<owner>--<name>/snapshots/<commit>/<name>  links to them
 *     models--<owner>--<name>/refs/<revision>            the commit of a branch or tag
 *     models--<owner>--<name>/.no_exist/<commit>/<name>  empty: the commit has no such file
 */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isThere, readIndex, WEIGHTS, WEIGHTS_INDEX } from './weights.ts';

const COMMIT = /^[0-9a-f]{40}$/;

export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

export class HubCache {
  /** Of the repository. */
  readonly folder: string;

  /** @param id of the repository, which was checked */
  constructor(cacheFolder: string, id: string) {
    this.folder = join(cacheFolder, ['models', ...id.split('/')].join('--'));
  }

  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  blob(checksum: string): string {
    return join(this.folder, 'blobs', checksum);
  }

  /** The commit that a branch or tag was when it was last looked up. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(join(this.folder, 'refs', revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  async keepCommit(revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.commitOf(revision)) === commit) return;
    await writeWhole(join(this.folder, 'refs', revision), commit);
  }

  /** Whether a commit has a file; undefined where that isn't known. */
  async has(commit: string, name: string): Promise<boolean | undefined> {
    if (await isThere(join(this.snapshot(commit), name))) return true;
    return (await isThere(join(this.folder, '.no_exist', commit, name))) ? false : undefined;
  }

  async keepAbsence(commit: string, name: string): Promise<void> {
    const path = join(this.folder, '.no_exist', commit, name);
    if (!(await isThere(path))) await writeWhole(path, '');
  }

  /** Puts a file that is in `blobs` into a commit's folder. */
  async link(commit: string, name: string, checksum: string): Promise<void> {
    const path = join(this.snapshot(commit), name);
    const blob = this.blob(checksum);
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    try {
      await symlink(relative(dirname(path), blob), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another process was faster.
      if (code === 'EEXIST' && (await isThere(path))) return;
      // Windows allows links to some users only.
      await copyFile(blob, path);
    }
  }

  /** The folder of a commit, where its configuration and all of its weights are there. */
  async complete(commit: string | undefined): Promise<string | undefined> {
    if (commit === undefined) return undefined;
    const folder = this.snapshot(commit);
    const there = (name: string): Promise<boolean> => isThere(join(folder, name));
    if (!(await there('config.json'))) return undefined;
    if (await there(WEIGHTS)) return folder;
    if (!(await there(WEIGHTS_INDEX))) return undefined;
    for (const shard of (await readIndex(join(folder, WEIGHTS_INDEX))).keys()) {
      if (!(await there(shard))) return undefined;
    }
    return folder;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}
