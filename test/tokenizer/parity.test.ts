/** Tokenizers against the reference's numbers, line by line: see `fixtures/make_fixtures.py`. */
import { crc32 } from 'node:zlib';
import { Tokenizer } from '@quire/tokenizer';
import { beforeAll, describe, expect, test } from 'vitest';
import { parityLines } from './lines.ts';
import { fixture, PARITY_TOKENIZERS } from './tokenizers.ts';

let lines: string[];
beforeAll(async () => {
  lines = await parityLines();
});

test('the lines are those that the reference was given', async () => {
  const versions = JSON.parse((await fixture('versions.json')).toString('utf8'));
  const given = lines.map((line) => line.toWellFormed()).join('\n');
  expect({ lines: lines.length, linesCrc32: crc32(given) }).toEqual({
    lines: versions.lines,
    linesCrc32: versions.linesCrc32,
  });
  expect(lines.length).toBeGreaterThan(10_000);
});

describe.each(PARITY_TOKENIZERS)('$name', ({ name, reference, config }) => {
  test('gives the ids, the offsets and the text of the reference on every line', async () => {
    const tokenizer = new Tokenizer(await config());
    const expected = await fixture(`${name}.crc.gz`);
    const different: string[] = [];
    lines.forEach((line, i) => {
      // Divisions of one letter many times over are equally probable, up to how SentencePiece rounds to float32.
      if (name === 'sentencepiece-unigram' && /(.)\1{39}/.test(line)) return;
      const encoding = tokenizer.encode(line, {
        specialTokens: reference === 'tokenizers' ? 'parse' : 'text',
      });
      const numbers = Array.from(encoding.ids);
      if (reference === 'tokenizers') numbers.push(...encoding.offsetsIn('codePoints').flat());
      const encoded = crc32(new Uint8Array(Int32Array.from(numbers).buffer)) & 0xffff;
      const decoded = crc32(tokenizer.decode(encoding.ids)) & 0xffff;
      if (encoded !== expected.readUInt16LE(4 * i)) different.push(`line ${i}: ${line.slice(0, 60)}`);
      // SentencePiece writes ⁇ for what it doesn't know, where Hugging Face's leaves special tokens out.
      if (reference === 'sentencepiece' && encoding.ids.includes(0)) return;
      if (decoded !== expected.readUInt16LE(4 * i + 2)) {
        different.push(`text of line ${i}: ${line.slice(0, 60)}`);
      }
    });
    expect(different).toEqual([]);
  });
});
