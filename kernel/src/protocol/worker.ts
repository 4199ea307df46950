/** The protocol thread: sockets, requests, history, language services. It answers while a cell computes. */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { parse } from '../evaluator/analyze.ts';
import { compileCell } from '../evaluator/compile.ts';
import { readConnectionFile } from '../transport/connection.ts';
import { type Descriptors, readDescriptors } from '../transport/descriptors.ts';
import { RingReader } from '../transport/ring.ts';
import { openTransport, type Transport } from '../transport/sockets.ts';
import type { Message } from '../transport/wire.ts';
import { onSigint } from './interrupts.ts';
import type { FromEvaluator, ToEvaluator } from './messages.ts';
import { KernelSession } from './session.ts';

export interface WorkerData extends Descriptors {
  connectionFile: string;
  /** The ring of printed text. */
  memory: SharedArrayBuffer;
}

const { connectionFile, memory, log: logDescriptor, pipes } = workerData as WorkerData;
const port = parentPort!;

function log(text: string): void {
  try {
    writeSync(logDescriptor, `[quire] ${text}\n`);
  } catch {
    // Nobody reads the log.
  }
}

/** Ends the process for good: the main thread first, which ends its children; by force if it doesn't. */
function exit(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1500);
  port.postMessage({ type: 'shutdown' } satisfies ToEvaluator);
}

process.on('uncaughtException', (error) => log(`An error in the protocol thread: ${error.stack ?? error}`));
process.on('unhandledRejection', (error) =>
  log(`An error in the protocol thread: ${(error as Error)?.stack ?? error}`),
);

// Messages that come before the session is there wait for it.
const early: ['shell' | 'control' | 'stdin', Message][] = [];
let session: KernelSession | undefined;

try {
  const transport: Transport = await openTransport(readConnectionFile(connectionFile), {
    receive(channel, message) {
      if (session) session.receive(channel, message);
      else early.push([channel, message]);
    },
    dropped: (channel, reason) => log(`Dropped on ${channel}: ${reason}`),
  });
  session = new KernelSession({
    transport,
    log,
    exit,
    evaluator: (message, transfer = []) => port.postMessage(message, transfer),
  });
  const drain = pipes ? readDescriptors(pipes, (name, text) => session?.printed(name, text)) : () => {};
  const ring = new RingReader(memory, (run, name, text) => {
    drain();
    session?.stream(run, name, text);
  });
  port.on('message', (message: FromEvaluator & { mark?: number }) => {
    // What children printed before this message goes out before it.
    drain();
    if (message.mark !== undefined) ring.pass(message.mark);
    if (message.type === 'output') return ring.wake();
    session?.fromEvaluator(message);
    // Code that was ended while it printed may not have said so.
    if (message.type === 'interrupted') ring.wake();
    else ring.drain();
  });
  for (const [channel, message] of early) session.receive(channel, message);
  // What the first cell needs is loaded and run once while the front end connects, and not when the cell waits for it.
  setImmediate(() => void compileCell('0', parse('0'), { id: 0 }));
} catch (error) {
  log((error as Error).message);
  process.kill(process.pid, 'SIGKILL');
}

onSigint(() => void session?.interrupt());

// A front end that died leaves its kernel to another parent.
const parent = Number(process.env.JPY_PARENT_PID) || undefined;
if (parent !== undefined && parent !== 1) {
  setInterval(() => {
    try {
      process.kill(parent, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') exit();
    }
  }, 2000).unref();
}
