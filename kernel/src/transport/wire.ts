/**
 * The Jupyter wire format: https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
 * A message is `[...identities, "<IDS|MSG>", signature, header, parent_header, metadata, content, ...buffers]`,
 * signed with HMAC-SHA256 over the four JSON frames.
 */
import { createHmac, createSecretKey, type KeyObject, randomUUID, timingSafeEqual } from 'node:crypto';

export const PROTOCOL_VERSION = '5.4';

export type JsonObject = { [key: string]: unknown };

export interface Header {
  msg_id: string;
  session: string;
  username: string;
  date: string;
  msg_type: string;
  version: string;
  subshell_id?: string | null;
}

export interface Message {
  /** Routing prefixes of the sender, to be put before an answer. */
  identities: Uint8Array[];
  header: Header;
  /** Empty when the message answers none. */
  parentHeader: Header | Record<string, never>;
  metadata: JsonObject;
  content: JsonObject;
  buffers: Uint8Array[];
}

/** A message that can't be trusted or read: dropped with a log line, never answered. */
export class WireError extends Error {
  override name = 'WireError';
}

const DELIMITER = Buffer.from('<IDS|MSG>');

export function newHeader(msgType: string, session: string, username = 'quire'): Header {
  return {
    msg_id: randomUUID(),
    session,
    username,
    date: new Date().toISOString(),
    msg_type: msgType,
    version: PROTOCOL_VERSION,
  };
}

// A key object is prepared once; a kernel has one key.
const secrets = new Map<string, KeyObject>();

function sign(key: string, frames: readonly Uint8Array[]): string {
  if (key === '') return '';
  let secret = secrets.get(key);
  if (!secret) {
    secret = createSecretKey(key, 'utf8');
    secrets.set(key, secret);
  }
  const hmac = createHmac('sha256', secret);
  for (const frame of frames) hmac.update(frame);
  return hmac.digest('hex');
}

/** The frames of `message`, signed with `key` (an empty key turns signing off, as the protocol says). */
export function encode(message: Message, key: string): Uint8Array[] {
  const parts = [message.header, message.parentHeader, message.metadata, message.content].map((part) =>
    Buffer.from(JSON.stringify(part)),
  );
  return [...message.identities, DELIMITER, Buffer.from(sign(key, parts)), ...parts, ...message.buffers];
}

/**
 * Reads and checks one multipart message.
 * @throws {WireError} when the delimiter or a frame is missing, the signature is wrong, or a frame isn't JSON.
 */
export function decode(frames: readonly Uint8Array[], key: string): Message {
  const at = frames.findIndex((frame) => DELIMITER.equals(frame));
  if (at < 0) throw new WireError('a message without the <IDS|MSG> delimiter');
  if (frames.length < at + 6) {
    throw new WireError(`a message with ${frames.length - at - 1} frames after the delimiter, not 5 or more`);
  }
  const parts = frames.slice(at + 2, at + 6);
  const given = Buffer.from(frames[at + 1]!);
  const expected = Buffer.from(sign(key, parts));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new WireError(
      given.length === 0 ? 'an unsigned message' : 'a message whose signature does not match the key',
    );
  }
  const [header, parentHeader, metadata, content] = parts.map((part, index) => {
    const name = ['header', 'parent_header', 'metadata', 'content'][index];
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(part).toString('utf8'));
    } catch {
      throw new WireError(`a message whose ${name} is not JSON`);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new WireError(`a message whose ${name} is not a JSON object`);
    }
    return value as JsonObject;
  });
  if (typeof header!.msg_type !== 'string' || typeof header!.msg_id !== 'string') {
    throw new WireError('a message whose header has no msg_type or no msg_id');
  }
  return {
    identities: frames.slice(0, at),
    header: header as unknown as Header,
    parentHeader: parentHeader as unknown as Header,
    metadata: metadata!,
    content: content!,
    buffers: frames.slice(at + 6),
  };
}
