import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKPOINTS, type Checkpoint, checkpointFolder } from './checkpoints.ts';
import { withDamagedCopy } from './damaged-copy.ts';

test.each(CHECKPOINTS)('%s is as its checksums say', async (name) => {
  const folder = await checkpointFolder(name);
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  expect(name.split('-')[0]).toBe(config.model_type.replace(/2$/, ''));
});

test('damaged weights are found, with how to restore them', async () => {
  const set = 'checkpoints/gpt-king-james';
  const damage = (text: string) => `${text.slice(0, -1)}\0`.replace(/.$/su, '\x7f');
  await withDamagedCopy(set, 'model.safetensors', damage, async (options) => {
    await expect(checkpointFolder('gpt-king-james', options)).rejects.toThrow(
      /model\.safetensors: its SHA-256 is .* Restore it with `git checkout datasets\/checkpoints\/gpt-king-james`, or make it again with `node --conditions=built datasets\/checkpoints\/dist\/train\.js gpt-king-james`/,
    );
  });
});

test('an unknown name is refused, with those that there are', async () => {
  await expect(checkpointFolder('../udhr' as Checkpoint)).rejects.toThrow(/no checkpoint .*gpt-king-james/);
});
