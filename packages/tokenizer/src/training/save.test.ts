import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadTokenizer } from '../load/files.ts';
import { Tokenizer } from '../tokenizer.ts';
import { trainBpe } from './bpe.ts';
import { saveTokenizer } from './save.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quire-save-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a saved configuration and a saved tokenizer are the same file, which loads', async () => {
  const config = await trainBpe('some words and __proto__ 1 2 10', {
    preTokenizer: { type: 'WhitespaceSplit' },
    specialTokens: ['<s>'],
  });
  const [first, second] = [join(folder, 'a.json'), join(folder, 'b.json')];
  await saveTokenizer(first, config);
  await saveTokenizer(second, new Tokenizer(config));
  expect(readFileSync(second, 'utf8')).toBe(readFileSync(first, 'utf8'));
  const loaded = await loadTokenizer(first);
  const text = 'words and 10 __proto__';
  expect(loaded.encodeIds(text)).toEqual(new Tokenizer(config).encodeIds(text));
  expect(loaded.idOf('__proto__')).toBe(new Tokenizer(config).idOf('__proto__'));
  expect(readdirSync(folder).sort()).toEqual(['a.json', 'b.json']);
});

test('a file that can’t be written leaves nothing behind, and what was there as it was', async () => {
  const config = await trainBpe('some words');
  const path = join(folder, 'missing', 'tokenizer.json');
  await expect(saveTokenizer(path, config)).rejects.toThrow(`can't be written to ${path}`);
  const taken = join(folder, 'taken.json');
  writeFileSync(taken, 'kept');
  const circular = { ...config, padding: {} as never };
  (circular.padding as Record<string, unknown>).self = circular;
  await expect(saveTokenizer(taken, circular)).rejects.toThrow();
  expect(readFileSync(taken, 'utf8')).toBe('kept');
  expect(readdirSync(folder)).toEqual(['taken.json']);
});

test('tiktoken’s rule can’t be saved, and it says so', async () => {
  const model = { type: 'BPE', vocab: { a: 0 }, merges: 'implied' } as const;
  await expect(saveTokenizer(join(folder, 'x.json'), { model })).rejects.toThrow('as tiktoken does');
});
