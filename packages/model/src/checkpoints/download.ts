/** A file from the hub: broken off and taken up again, and checked. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ATTEMPTS, HubUnreachableError, waitToRetry } from './hub-client.ts';

export interface RemoteFile {
  name: string;
  /** Bytes. */
  size: number;
  /** SHA-256 of the file, or SHA-1 of it as a blob of git, in hexadecimal digits. */
  checksum: string;
}

export interface Download {
  file: RemoteFile;
  /** Where it is to be. */
  path: string;
  /** The file's bytes from `offset` on. */
  openAt: (offset: number) => Promise<ReadableStream<Uint8Array>>;
  /** Told how many bytes are there. */
  onBytes: (done: number) => void;
  signal?: AbortSignal;
}

/**
 * Downloads a file next to `path` and renames it when its checksum is right. What a download that broke off has left,
 * also of a process that was killed, is gone on with.
 *
 * @throws {Error} where it breaks off again and again without a byte more, or isn't what the hub says it is.
 */
export function download(job: Download): Promise<void> {
  const downloading = active.get(job.path) ?? start(job).finally(() => active.delete(job.path));
  active.set(job.path, downloading);
  return downloading;
}

/** By path: a file that is wanted twice at the same time is downloaded once. */
const active = new Map<string, Promise<void>>();

async function start(job: Download): Promise<void> {
  const { file, path, openAt, signal } = job;
  await mkdir(dirname(path), { recursive: true });
  const part = await takePart(path);
  let hash = newHash(file);
  let done = await hashPart(part, hash, file.size);
  if (done > file.size) [hash, done] = await restart(part, file);
  let resumed = done > 0;
  job.onBytes(done);
  for (let attempt = 0; ; ) {
    const before = done;
    try {
      const target = await open(part, 'a');
      try {
        if (done < file.size) {
          for await (const chunk of await openAt(done)) {
            signal?.throwIfAborted();
            if (done + chunk.length > file.size)
              throw new WrongFileError(file, 'is longer than the hub says');
            await target.appendFile(chunk);
            hash.update(chunk);
            done += chunk.length;
            job.onBytes(done);
          }
        }
        if (done < file.size) throw new Error(`the connection ended after ${done} of ${file.size} bytes`);
        await target.sync();
      } finally {
        await target.close();
      }
      if (hash.digest('hex') !== file.checksum) throw new WrongFileError(file, 'has the wrong checksum');
      await rename(part, path);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof WrongFileError && resumed) {
        // The part that was there may be what is wrong.
        resumed = false;
        [hash, done] = await restart(part, file);
        job.onBytes(done);
        continue;
      }
      if (error instanceof WrongFileError) {
        await rm(part, { force: true });
        throw error;
      }
      if (isFinal(error)) throw error;
      attempt = done > before ? 0 : attempt + 1;
      if (attempt >= ATTEMPTS) {
        throw new Error(
          `${file.name} broke off ${ATTEMPTS} times in a row after ${done} of ${file.size} bytes (${messageOf(error)}). The next try goes on from there.`,
          { cause: error },
        );
      }
      await waitToRetry(attempt, signal);
    }
  }
}

class WrongFileError extends Error {
  constructor({ name, checksum }: RemoteFile, what: string) {
    super(
      `${name} from the hub ${what} (expected ${checksum}): it was damaged on its way, or something between changed it. Nothing of it was kept.`,
    );
  }
}

/** What another try doesn't mend: the hub's answer, or the disk. */
function isFinal(error: unknown): boolean {
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  return (
    statusCode !== undefined ||
    error instanceof HubUnreachableError ||
    /^E(NOSPC|DQUOT|ROFS|ACCES|PERM|IO|NOENT)$/.test(code ?? '')
  );
}

/** Streams of `@huggingface/hub` fail with a text. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function newHash({ checksum, size }: RemoteFile): Hash {
  return checksum.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

async function restart(part: string, file: RemoteFile): Promise<[Hash, number]> {
  await rm(part, { force: true });
  return [newHash(file), 0];
}

/** Reads what is there into `hash`, unless it is more than `most` bytes. @returns how many bytes it has */
async function hashPart(part: string, hash: Hash, most: number): Promise<number> {
  const size = (await stat(part).catch(() => undefined))?.size ?? 0;
  if (size === 0 || size > most) return size;
  for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return size;
}

/** The process that writes a part. */
const SUFFIX = /\.(\d+)\.quire\.incomplete$/;

/**
 * The name of this process's part of a file. It is the largest one of a process that is gone, where there is one; that
 * of a process that lives is its own.
 */
async function takePart(path: string): Promise<string> {
  const folder = dirname(path);
  const own = `${path}.${process.pid}.quire.incomplete`;
  const left: { name: string; size: number }[] = [];
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(`${basename(path)}.`) ? SUFFIX.exec(name)?.[1] : undefined;
    if (pid === undefined || isOtherProcess(Number(pid))) continue;
    left.push({ name: join(folder, name), size: (await stat(join(folder, name))).size });
  }
  const [largest, ...others] = left.sort((a, b) => b.size - a.size);
  if (largest && largest.name !== own) await rename(largest.name, own);
  for (const { name } of others) if (name !== own) await rm(name, { force: true });
  return own;
}

function isOtherProcess(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // One of another user's lives too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
