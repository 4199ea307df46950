import { describe, expect, it } from 'vitest';
import { isComplete } from './completeness.ts';

describe('isComplete', () => {
  it.each(['1 + 1', 'for (;;) {}', 'const f = () => 1', '%who', '!ls', '{ a: 1 }', ''])(
    '%j is complete',
    (code) => {
      expect(isComplete(code)).toEqual({ status: 'complete' });
    },
  );

  it.each([
    ['for (;;) {', '  '],
    ['if (a) {\n  b(', '    '],
    ['const f = () =>', '  '],
    ['f(1,', ''],
    ['`abc', ''],
    ['/* abc', ''],
    ['\tif (x) {', '\t\t'],
  ])('%j goes on', (code, indent) => {
    expect(isComplete(code)).toEqual({ status: 'incomplete', indent });
  });

  it.each(['let a = ;', ')', "'abc", '%nosuch'])('%j is invalid', (code) => {
    expect(isComplete(code)).toEqual({ status: 'invalid' });
  });
});
