/** A kernel's process, with its private connection file and what it wrote last. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHANNELS, type Channel, type ConnectionInfo } from '../transport/connection.ts';

export interface KernelOptions {
  /** The kernel's command line for a connection file. */
  command: (connectionFile: string) => readonly [string, ...string[]];
  /** The kernel's working directory. */
  folder: string;
}

/** The kernel's process ended, or could not be started; the message says how and ends with what it wrote last. */
export class KernelDied extends Error {
  override name = 'KernelDied';
}

/** How much of what a kernel's process writes is kept for the message about its end. */
const LOG_TAIL = 4000;

/** How long the last outputs of a dead kernel may take to arrive. */
const LAST_WORDS_MS = 200;

/** The longest path of a socket that every platform takes. */
const SOCKET_PATH_BYTES = 100;

const running = new Set<KernelProcess>();

// A client that ends in a hurry leaves no kernel and no connection file.
process.on('exit', () => {
  for (const kernel of running) kernel.kill();
});

export class KernelProcess {
  readonly connection: ConnectionInfo;
  /** Resolves when the process has ended, whether it was asked to or not. */
  readonly ended: Promise<KernelDied>;
  readonly #child: ChildProcess;
  readonly #private: string;
  #log = '';

  private constructor(options: KernelOptions, folder: string, connection: ConnectionInfo) {
    this.connection = connection;
    this.#private = folder;
    const file = join(folder, 'connection.json');
    writeFileSync(file, connectionFile(connection), { mode: 0o600 });
    const [program, ...args] = options.command(file);
    this.#child = spawn(program, args, {
      cwd: options.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, JPY_PARENT_PID: String(process.pid) },
      // A group of its own: Ctrl-C in the terminal is for the client, and what cells started ends with the kernel.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const keep = (bytes: Buffer): void => {
      this.#log = (this.#log + bytes.toString()).slice(-LOG_TAIL);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    running.add(this);
    this.ended = this.#watch();
  }

  static async start(options: KernelOptions): Promise<KernelProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'quire-kernel-'));
    try {
      return new KernelProcess(options, folder, await newConnection(folder));
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  #watch(): Promise<KernelDied> {
    return new Promise((resolve) => {
      const end = (how: string): void => {
        this.kill();
        const log = this.#log.trim();
        resolve(new KernelDied(log === '' ? how : `${how} It wrote last:\n${log}`));
      };
      this.#child.once('error', (error) => end(`The kernel could not be started: ${error.message}.`));
      this.#child.once('exit', (code, signal) => {
        const how = signal ? `The kernel was ended by ${signal}` : `The kernel ended with status ${code}`;
        const closed = new Promise((done) => this.#child.once('close', done));
        const waited = new Promise((done) => setTimeout(done, LAST_WORDS_MS));
        void Promise.all([Promise.race([closed, waited]), waited]).then(() => end(`${how}${hint(signal)}.`));
      });
    });
  }

  /** Ends the process and what it started at once, and removes the connection file. Harmless when it has ended. */
  kill(): void {
    if (!running.delete(this)) return;
    const { pid } = this.#child;
    if (pid !== undefined) {
      try {
        if (process.platform === 'win32') this.#child.kill('SIGKILL');
        else process.kill(-pid, 'SIGKILL');
      } catch {
        // Nothing is left of the group.
      }
    }
    rmSync(this.#private, { recursive: true, force: true });
  }
}

function hint(signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL' || signal === 'SIGABRT') return ' (often for want of memory)';
  if (signal === 'SIGSEGV' || signal === 'SIGBUS') return ' (a crash in native code)';
  return '';
}

/**
 * Unix sockets where there are any: their names can't be taken by another process before the kernel binds them, and
 * the folder keeps other users out.
 */
async function newConnection(folder: string): Promise<ConnectionInfo> {
  const key = randomBytes(32).toString('hex');
  const ip = join(folder, 'kernel');
  if (process.platform !== 'win32' && Buffer.byteLength(ip) + 2 <= SOCKET_PATH_BYTES) {
    const ports = Object.fromEntries(CHANNELS.map((channel, index) => [channel, index + 1]));
    return { transport: 'ipc', ip, key, ports: ports as Record<Channel, number> };
  }
  return { transport: 'tcp', ip: '127.0.0.1', key, ports: await freePorts() };
}

/** Ports that the system chooses: all held until the last is chosen, so that they differ. */
async function freePorts(): Promise<Record<Channel, number>> {
  const listening = CHANNELS.map(
    (channel) =>
      new Promise<[Channel, Server]>((resolve, reject) => {
        const server = createServer();
        server.once('error', reject).listen(0, '127.0.0.1', () => resolve([channel, server]));
      }),
  );
  const servers = await Promise.all(listening);
  const ports = servers.map(([channel, server]) => [channel, (server.address() as AddressInfo).port]);
  await Promise.all(servers.map(([, server]) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(ports) as Record<Channel, number>;
}

function connectionFile({ transport, ip, key, ports }: ConnectionInfo): string {
  const named = Object.fromEntries(CHANNELS.map((channel) => [`${channel}_port`, ports[channel]]));
  const content = { transport, ip, key, signature_scheme: 'hmac-sha256', kernel_name: 'quire', ...named };
  return JSON.stringify(content);
}
