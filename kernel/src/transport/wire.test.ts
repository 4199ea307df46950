import { describe, expect, it } from 'vitest';
import { decode, encode, type Message, newHeader, WireError } from './wire.ts';

const message = (): Message => ({
  identities: [Buffer.from('client')],
  header: newHeader('execute_request', 'session'),
  parentHeader: {},
  metadata: { a: 1 },
  content: { code: 'x = "é😀"' },
  buffers: [Buffer.from([1, 2, 3])],
});

describe('the wire format', () => {
  it('reads back what it wrote, identities and buffers included', () => {
    const original = message();
    const read = decode(encode(original, 'key'), 'key');
    expect(read).toEqual(original);
  });

  it('refuses a message signed with another key, and one without a signature', () => {
    expect(() => decode(encode(message(), 'other'), 'key')).toThrow(/signature does not match/);
    expect(() => decode(encode(message(), ''), 'key')).toThrow(/unsigned/);
  });

  it('refuses a message whose content was changed after signing', () => {
    const frames = encode(message(), 'key');
    const at = frames.length - 2;
    frames[at] = Buffer.from(JSON.stringify({ code: 'evil' }));
    expect(() => decode(frames, 'key')).toThrow(WireError);
  });

  it('takes unsigned messages where the key is empty', () => {
    expect(decode(encode(message(), ''), '').content).toEqual({ code: 'x = "é😀"' });
  });

  it('says what is wrong with frames that are no message', () => {
    expect(() => decode([Buffer.from('x')], 'key')).toThrow(/delimiter/);
    expect(() => decode([Buffer.from('<IDS|MSG>'), Buffer.from('')], 'key')).toThrow(/frames/);
    const frames = encode(message(), '');
    frames[3] = Buffer.from('{');
    expect(() => decode(frames, '')).toThrow(/header is not JSON/);
    frames[3] = Buffer.from('[]');
    expect(() => decode(frames, '')).toThrow(/header is not a JSON object/);
    frames[3] = Buffer.from('{}');
    expect(() => decode(frames, '')).toThrow(/msg_type/);
  });
});
