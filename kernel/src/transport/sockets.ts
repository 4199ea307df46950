/** The five sockets of a kernel: https://jupyter-client.readthedocs.io/en/stable/messaging.html#introduction */
import { createRequire } from 'node:module';
import type { Publisher, Reply, Router } from 'zeromq';
import { address, type Channel, type ConnectionInfo } from './connection.ts';
import { decode, encode, type Message, WireError } from './wire.ts';

// zeromq's CommonJS build loads in a third of the time of its ESM one.
const require = createRequire(import.meta.url);

export interface Transport {
  /** Answers on a channel that requests came from. */
  send(channel: 'shell' | 'control' | 'stdin', message: Message): void;
  /** Puts a message on iopub, after all that was put there before. */
  publish(message: Message): void;
  /** Resolves when everything was handed to ZeroMQ. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

export interface Handlers {
  receive(channel: 'shell' | 'control' | 'stdin', message: Message): void;
  /** A message that was dropped, and why. */
  dropped(channel: Channel, reason: string): void;
}

/** Sends one message at a time, in order: ZeroMQ loses what is sent while a send is pending. */
function createWriter(socket: Router | Publisher): {
  write(frames: Uint8Array[]): void;
  flushed(): Promise<void>;
} {
  const queue: Uint8Array[][] = [];
  let writing: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    for (let frames = queue.shift(); frames; frames = queue.shift()) {
      try {
        await socket.send(frames as never);
      } catch {
        // The peer is gone, or the socket is closed: nobody is left to tell.
      }
    }
    writing = undefined;
  };
  return {
    write(frames) {
      queue.push(frames);
      writing ??= drain();
    },
    async flushed() {
      while (writing) await writing;
    },
  };
}

export async function openTransport(connection: ConnectionInfo, handlers: Handlers): Promise<Transport> {
  const zmq = require('zeromq') as typeof import('zeromq');
  const { key } = connection;
  // Without a limit nothing is lost, however slow the reader: memory is bounded by the evaluator's own brake.
  const unlimited = { sendHighWaterMark: 0, linger: 1000 };
  const routers = {
    shell: new zmq.Router(unlimited),
    control: new zmq.Router(unlimited),
    stdin: new zmq.Router(unlimited),
  };
  const iopub = new zmq.Publisher(unlimited);
  const heartbeat: Reply = new zmq.Reply({ linger: 0 });
  await Promise.all([
    ...Object.entries(routers).map(([channel, socket]) =>
      socket.bind(address(connection, channel as Channel)),
    ),
    iopub.bind(address(connection, 'iopub')),
    heartbeat.bind(address(connection, 'hb')),
  ]);

  let open = true;
  const listen = async (channel: 'shell' | 'control' | 'stdin', socket: Router): Promise<void> => {
    while (open) {
      let frames: Buffer[];
      try {
        frames = await socket.receive();
      } catch {
        return;
      }
      let message: Message;
      try {
        message = decode(frames, key);
      } catch (error) {
        handlers.dropped(channel, error instanceof WireError ? error.message : String(error));
        continue;
      }
      handlers.receive(channel, message);
    }
  };
  for (const [channel, socket] of Object.entries(routers)) void listen(channel as 'shell', socket);
  void (async () => {
    while (open) {
      try {
        await heartbeat.send(await heartbeat.receive());
      } catch {
        return;
      }
    }
  })();

  const writers = {
    shell: createWriter(routers.shell),
    control: createWriter(routers.control),
    stdin: createWriter(routers.stdin),
    iopub: createWriter(iopub),
  };
  return {
    send: (channel, message) => writers[channel].write(encode(message, key)),
    publish: (message) => writers.iopub.write(encode(message, key)),
    async flushed() {
      await Promise.all(Object.values(writers).map((writer) => writer.flushed()));
    },
    async close() {
      open = false;
      for (const socket of [...Object.values(routers), iopub, heartbeat]) socket.close();
    },
  };
}
