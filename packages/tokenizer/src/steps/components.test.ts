import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AlignedText } from '../aligned.ts';
import type { NormalizerConfig, PreTokenizerConfig } from '../load/config.ts';
import { normalizerOf } from './normalizers.ts';
import { preTokenizationOf } from './pre-tokenizers.ts';

type Component = { name: string; crcs: number[] } & (
  | { kind: 'normalizer'; config: NormalizerConfig }
  | { kind: 'preTokenizer'; config: PreTokenizerConfig }
);

const components = JSON.parse(
  readFileSync(new URL('../../fixtures/components.json', import.meta.url), 'utf8'),
) as Component[];

const BLOCK = 0x1000;

function bytesOf(component: Component): (character: string) => Uint8Array {
  if (component.kind === 'normalizer') {
    const normalize = normalizerOf(component.config);
    return (character) => Buffer.from(`${normalize?.(new AlignedText(`a${character}b`)).text}\n`);
  }
  const { steps } = preTokenizationOf(component.config);
  return (character) => {
    const text = `a${character}b${character}${character}1`;
    const places: number[] = [];
    const codePoints = (units: number): number => Array.from(text.slice(0, units)).length;
    steps[0]?.split(text, (from, to) => places.push(codePoints(from), codePoints(to)));
    return new Uint8Array(Int32Array.from(places).buffer);
  };
}

/** Characters are classified by the engine's tables: those of another version of Unicode know others. */
const UNICODE = '17.0';

describe.skipIf(process.versions.unicode !== UNICODE)(
  `on every character of the first two planes, with the tables of Unicode ${UNICODE}`,
  () => {
    for (const component of components) {
      test(`${component.name} does what the reference does`, () => {
        const bytes = bytesOf(component);
        component.crcs.forEach((expected, block) => {
          let crc = 0;
          for (let code = block * BLOCK; code < (block + 1) * BLOCK; code++) {
            if (code < 0xd800 || code >= 0xe000) crc = crc32(bytes(String.fromCodePoint(code)), crc);
          }
          expect(crc, `from U+${(block * BLOCK).toString(16)} on`).toBe(expected);
        });
      });
    }
  },
);
