import { expect, test } from 'vitest';
import { withDamagedCopy } from './damaged-copy.ts';
import { loadKingJames } from './king-james.ts';

test('a change that no format forbids is found by its checksum', async () => {
  const damage = (text: string) => text.replace('the generations', 'the vegetations');
  await withDamagedCopy('king-james', 'test.txt', damage, async (options) => {
    await expect(loadKingJames(options)).rejects.toThrow(
      /datasets\/king-james\/test\.txt: its SHA-256 is [0-9a-f]{64}, and SHA256SUMS expects [0-9a-f]{64}\. Restore it/,
    );
  });
});

test('a missing file is named, with the folder that was searched', async () => {
  await withDamagedCopy(
    'king-james',
    'test.txt',
    () => undefined,
    async (options) => {
      const error = await loadKingJames(options).catch((reason) => reason);
      expect(error.message).toContain('datasets/king-james/test.txt: there is no such file in');
      expect(error.message).toContain(options.folder);
      await expect(loadKingJames({ ...options, split: 'train' })).resolves.toHaveLength(7334);
    },
  );
});

test('a file that ends within a line is said to', async () => {
  await withDamagedCopy(
    'king-james',
    'test.txt',
    (text) => text.slice(0, 1000),
    async (options) => {
      await expect(loadKingJames(options)).rejects.toMatchObject({ file: 'test.txt', line: 10 });
      await expect(loadKingJames(options)).rejects.toThrow('ends within a line');
    },
  );
});

test('bytes that are not UTF-8 are an error', async () => {
  await withDamagedCopy(
    'king-james',
    'test.txt',
    (text) => `\xff${text}`,
    async (options) => {
      await expect(loadKingJames(options)).rejects.toThrow('expected UTF-8');
    },
  );
});

test('a file without a checksum is not trusted', async () => {
  const damage = (text: string) => text.replace('test.txt', 'toast.txt');
  await withDamagedCopy('king-james', 'SHA256SUMS', damage, async (options) => {
    await expect(loadKingJames(options)).rejects.toThrow(
      'datasets/king-james/SHA256SUMS: has no sum of test.txt',
    );
  });
});

test('the environment names the folder where no option does', async () => {
  await withDamagedCopy(
    'king-james',
    'test.txt',
    () => undefined,
    async ({ folder }) => {
      process.env.QUIRE_DATASETS = folder;
      try {
        await expect(loadKingJames()).rejects.toThrow(folder);
      } finally {
        delete process.env.QUIRE_DATASETS;
      }
    },
  );
});
