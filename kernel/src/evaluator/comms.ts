/** Comms: two-way messages between a cell's code and the front end, on which widgets are built. */
import { randomUUID } from 'node:crypto';

export interface CommMessage {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  buffers: Uint8Array[];
}

export interface CommOptions {
  metadata?: Record<string, unknown>;
  buffers?: Uint8Array[];
}

type Kind = 'comm_open' | 'comm_msg' | 'comm_close';
type Send = (kind: Kind, content: Record<string, unknown>, options: CommOptions) => void;
type Listener = (message: CommMessage) => void;

export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Sends data, and binary buffers beside it, to the other side. */
  send(data: Record<string, unknown>, options?: CommOptions): void;
  /** Ends the comm on both sides. */
  close(data?: Record<string, unknown>, options?: CommOptions): void;
  /** Calls `listener` for each message, or when the other side closes. Returns the comm. */
  on(event: 'message' | 'close', listener: Listener): Comm;
  off(event: 'message' | 'close', listener: Listener): Comm;
}

export interface Comms {
  /** Calls `opened` when the front end opens a comm to `target`. */
  registerTarget(target: string, opened: (comm: Comm, message: CommMessage) => void): void;
  unregisterTarget(target: string): void;
  /** Opens a comm to what the front end registered as `target`. */
  open(target: string, data?: Record<string, unknown>, options?: CommOptions): Comm;
  /** The open comms. */
  list(): Comm[];
}

interface OpenComm extends Comm {
  emit(event: 'message' | 'close', message: CommMessage): void;
}

export interface CommManager extends Comms {
  receive(
    kind: 'open' | 'msg' | 'close',
    content: Record<string, unknown>,
    metadata: Record<string, unknown>,
    buffers: Uint8Array[],
  ): void;
}

/**
 * @param send puts a message on iopub
 * @param changed is told which comms are open, for `comm_info_request`
 */
export function createComms(send: Send, changed: (open: Record<string, string>) => void): CommManager {
  const targets = new Map<string, (comm: Comm, message: CommMessage) => void>();
  const open = new Map<string, OpenComm>();

  const tell = (): void =>
    changed(Object.fromEntries([...open.values()].map((comm) => [comm.id, comm.target])));

  const create = (id: string, target: string): OpenComm => {
    const listeners = { message: new Set<Listener>(), close: new Set<Listener>() };
    const comm: OpenComm = {
      id,
      target,
      send(data, options = {}) {
        if (!open.has(id))
          throw new Error(`The comm ${id} (${target}) is closed: nothing can be sent over it.`);
        send('comm_msg', { comm_id: id, data }, options);
      },
      close(data = {}, options = {}) {
        if (!open.delete(id)) return;
        send('comm_close', { comm_id: id, data }, options);
        tell();
      },
      on(event, listener) {
        listeners[event].add(listener);
        return comm;
      },
      off(event, listener) {
        listeners[event].delete(listener);
        return comm;
      },
      emit(event, message) {
        for (const listener of [...listeners[event]]) listener(message);
      },
    };
    open.set(id, comm);
    tell();
    return comm;
  };

  return {
    registerTarget(target, opened) {
      targets.set(target, opened);
    },
    unregisterTarget(target) {
      targets.delete(target);
    },
    open(target, data = {}, options = {}) {
      const comm = create(randomUUID(), target);
      send('comm_open', { comm_id: comm.id, target_name: target, data }, options);
      return comm;
    },
    list: () => [...open.values()],
    receive(kind, content, metadata, buffers) {
      const id = String(content.comm_id);
      const message: CommMessage = {
        data: (content.data ?? {}) as Record<string, unknown>,
        metadata,
        buffers,
      };
      if (kind === 'open') {
        const target = String(content.target_name);
        const opened = targets.get(target);
        if (!opened) {
          // The protocol's answer to an unknown target.
          send('comm_close', { comm_id: id, data: {} }, {});
          return;
        }
        const comm = create(id, target);
        try {
          opened(comm, message);
        } catch (error) {
          comm.close();
          throw error;
        }
      } else if (kind === 'msg') open.get(id)?.emit('message', message);
      else {
        const comm = open.get(id);
        if (!comm) return;
        open.delete(id);
        tell();
        comm.emit('close', message);
      }
    },
  };
}
