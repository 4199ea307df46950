/** Training that is killed at random goes on from its checkpoints as if nothing had happened. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../dist/training/run.js', import.meta.url));
const parent = mkdtempSync(join(tmpdir(), 'quire-killed-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** Runs it, and kills it when it has printed that step. @returns the last line; undefined where it was killed. */
async function run(folder: string, killAt = Number.POSITIVE_INFINITY): Promise<string | undefined> {
  const child = spawn(process.execPath, ['--conditions=built', script, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  let last: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (line === `step ${killAt}`) child.kill('SIGKILL');
  }
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve([child.exitCode, child.signalCode]);
    else child.once('exit', (...ended) => resolve(ended));
  });
  if (signal === 'SIGKILL') return undefined;
  expect(code, errors).toBe(0);
  return last;
}

it('gives the same numbers, bit for bit, killed by SIGKILL three times', async () => {
  const whole = await run(join(parent, 'whole'));
  expect(whole).toContain('digest');
  const folder = join(parent, 'killed');
  let from = 1;
  for (let kill = 0; kill < 3; kill++) {
    const at = Math.min(38, from + 4 + Math.floor(Math.random() * 8));
    expect(await run(folder, at), `the run was to be killed at step ${at}`).toBeUndefined();
    from = at;
  }
  expect(await run(folder)).toBe(whole);
}, 120_000);
