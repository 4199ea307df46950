import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { address, readConnectionFile } from './connection.ts';

const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };

function file(content: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'quire-test-')), 'connection.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o644 });
  return path;
}

describe('readConnectionFile', () => {
  it('gives addresses for tcp and ipc', () => {
    const tcp = readConnectionFile(file({ ...ports, ip: '127.0.0.1', transport: 'tcp', key: 'k' }));
    expect(address(tcp, 'iopub')).toBe('tcp://127.0.0.1:2');
    expect(tcp.key).toBe('k');
    expect(address(readConnectionFile(file({ ...ports, ip: '/tmp/s', transport: 'ipc' })), 'hb')).toBe(
      'ipc:///tmp/s-5',
    );
  });

  it.skipIf(process.platform === 'win32')('makes the file private to the user', () => {
    const path = file({ ...ports });
    readConnectionFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('says what is wrong with a file', () => {
    expect(() => readConnectionFile('/nowhere/connection.json')).toThrow(/can't be read/);
    expect(() => readConnectionFile(file('{'))).toThrow(/can't be read/);
    expect(() => readConnectionFile(file({ ...ports, shell_port: undefined }))).toThrow(/shell_port/);
    expect(() => readConnectionFile(file({ ...ports, transport: 'udp' }))).toThrow(/udp/);
    expect(() => readConnectionFile(file({ ...ports, signature_scheme: 'hmac-md5' }))).toThrow(/hmac-md5/);
  });
});
