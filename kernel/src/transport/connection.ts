/** Connection files: https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files */
import { chmodSync, readFileSync } from 'node:fs';

export const CHANNELS = ['shell', 'iopub', 'stdin', 'control', 'hb'] as const;
export type Channel = (typeof CHANNELS)[number];

export interface ConnectionInfo {
  transport: 'tcp' | 'ipc';
  ip: string;
  key: string;
  ports: Record<Channel, number>;
}

/**
 * Reads a connection file and makes it private to the user (it holds the signing key).
 * @throws when it is missing, isn't JSON, lacks a port, or names a transport or signature scheme that isn't spoken.
 */
export function readConnectionFile(path: string): ConnectionInfo {
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`The connection file ${path} can't be read: ${(error as Error).message}`);
  }
  const transport = raw.transport ?? 'tcp';
  if (transport !== 'tcp' && transport !== 'ipc') {
    throw new Error(
      `The connection file ${path} names the transport "${String(transport)}"; tcp and ipc are spoken.`,
    );
  }
  const scheme = raw.signature_scheme ?? 'hmac-sha256';
  if (scheme !== 'hmac-sha256') {
    throw new Error(
      `The connection file ${path} names the signature scheme "${String(scheme)}"; hmac-sha256 is spoken.`,
    );
  }
  const ports = {} as Record<Channel, number>;
  for (const channel of CHANNELS) {
    const port = raw[`${channel}_port`];
    if (typeof port !== 'number' || !Number.isInteger(port)) {
      throw new Error(`The connection file ${path} has no integer "${channel}_port".`);
    }
    ports[channel] = port;
  }
  if (process.platform !== 'win32') {
    try {
      chmodSync(path, 0o600);
    } catch {
      // Another user's file (a gateway's) is as private as that user made it.
    }
  }
  return {
    transport,
    ip: typeof raw.ip === 'string' ? raw.ip : '127.0.0.1',
    key: typeof raw.key === 'string' ? raw.key : '',
    ports,
  };
}

/** The ZeroMQ address of a channel: `tcp://ip:port` or `ipc://ip-port`. */
export function address(connection: ConnectionInfo, channel: Channel): string {
  const separator = connection.transport === 'tcp' ? ':' : '-';
  return `${connection.transport}://${connection.ip}${separator}${connection.ports[channel]}`;
}
