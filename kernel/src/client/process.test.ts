import { existsSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { CHANNELS } from '../transport/connection.ts';
import { KernelDied, KernelProcess } from './process.ts';

/** A process that gets the connection file as its last argument. */
function start(code: string, seen: (connectionFile: string) => void = () => {}): Promise<KernelProcess> {
  return KernelProcess.start({
    folder: tmpdir(),
    command(connectionFile) {
      seen(connectionFile);
      return [process.execPath, '-e', code, connectionFile];
    },
  });
}

test('the connection file is private and tells each channel another address', async () => {
  let path = '';
  const kernel = await start('setInterval(() => {}, 1000)', (connectionFile) => {
    path = connectionFile;
  });
  const content = JSON.parse(readFileSync(path, 'utf8'));
  expect(content.key).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(CHANNELS.map((channel) => content[`${channel}_port`])).size).toBe(CHANNELS.length);
  if (process.platform !== 'win32') {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  }
  kernel.kill();
  await kernel.ended;
  expect(existsSync(dirname(path))).toBe(false);
});

test('the end of a process is told with its status and what it wrote last', async () => {
  const kernel = await start('console.error("no room"); process.exit(3)');
  const died = await kernel.ended;
  expect(died).toBeInstanceOf(KernelDied);
  expect(died.message).toBe('The kernel ended with status 3. It wrote last:\nno room');
});

test('a program that is not there is told', async () => {
  const kernel = await KernelProcess.start({ folder: tmpdir(), command: () => ['no-such-program'] });
  expect((await kernel.ended).message).toMatch(/could not be started: .*ENOENT/);
});

test.skipIf(process.platform === 'win32')('what the process started ends with it', async () => {
  const kernel = await start(`
    const child = require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' });
    console.error(child.pid);
    setTimeout(() => process.exit(1), 100);`);
  const pid = Number(/\d+$/.exec((await kernel.ended).message)?.[0]);
  expect(pid).toBeGreaterThan(0);
  // A process that was killed is there until its parent has seen that.
  const gone = (): boolean =>
    !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z');
  if (process.platform === 'linux') await expect.poll(gone).toBe(true);
});
