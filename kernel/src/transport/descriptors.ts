/**
 * What native code and child processes write on the descriptors 1 and 2, which JavaScript's `process.stdout` doesn't
 * see. Both are put onto named pipes that the protocol thread reads.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmdirSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Descriptors {
  /** Where the process' own log lines go: what was descriptor 2. */
  log: number;
  /** The folder with the pipes `stdout` and `stderr`; none where the platform has no named pipes. */
  pipes: string | undefined;
}

/**
 * Replaces the descriptors 1 and 2. To be called before any other thread runs: an opened file gets the lowest free
 * descriptor, which is the one just closed only as long as nobody else opens files.
 */
export function captureDescriptors(): Descriptors {
  if (process.platform === 'win32') return { log: 2, pipes: undefined };
  const folder = mkdtempSync(join(tmpdir(), 'quire-'));
  const names = ['stdout', 'stderr'].map((name) => join(folder, name)) as [string, string];
  if (spawnSync('mkfifo', ['-m', '600', ...names]).status !== 0) {
    rmdirSync(folder);
    return { log: 2, pipes: undefined };
  }
  let log: number;
  try {
    log = openSync(process.platform === 'linux' ? '/proc/self/fd/2' : '/dev/fd/2', 'a');
  } catch {
    log = openSync('/dev/null', 'a');
  }
  for (const [index, name] of names.entries()) {
    closeSync(index + 1);
    openSync(name, constants.O_RDWR);
  }
  return { log, pipes: folder };
}

/**
 * Reads the pipes.
 * @returns a function that takes at once all that was written so far
 */
export function readDescriptors(
  folder: string,
  receive: (name: 'stdout' | 'stderr', text: string) => void,
): () => void {
  const readers = (['stdout', 'stderr'] as const).map((name) => {
    const descriptor = openSync(join(folder, name), constants.O_RDONLY | constants.O_NONBLOCK);
    unlinkSync(join(folder, name));
    const decoder = new TextDecoder();
    const take = (bytes: Uint8Array): void => receive(name, decoder.decode(bytes, { stream: true }));
    const socket = new Socket({ fd: descriptor, readable: true, writable: false });
    socket.on('data', take).on('error', () => {});
    socket.unref();
    const buffer = Buffer.alloc(64 * 1024);
    return () => {
      try {
        for (let count = readSync(descriptor, buffer); count > 0; count = readSync(descriptor, buffer)) {
          take(buffer.subarray(0, count));
        }
      } catch {
        // EAGAIN: nothing more is there.
      }
    };
  });
  rmdirSync(folder);
  return () => {
    for (const read of readers) read();
  };
}
