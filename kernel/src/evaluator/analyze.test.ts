import { describe, expect, it } from 'vitest';
import { analyze, isTriviallyTyped } from './analyze.ts';

const names = (source: string): string[] => analyze(source).bindings.map(({ name }) => name);

describe('analyze', () => {
  it('finds every name that a cell binds at the top level, and none below', () => {
    expect(names('const { a, b: [c], ...d } = x; let e = 1; { let f = 2 } for (const g of []) {}')).toEqual([
      'a',
      'c',
      'd',
      'e',
    ]);
    expect(
      names('function f(p) { let q } class C {} interface I {} type T = 1; enum E {} namespace N {}'),
    ).toEqual(['f', 'C', 'I', 'T', 'E', 'N']);
    expect(
      names("import d, { a as b, type c } from 'm'; import * as n from 'n'; export const x = 1"),
    ).toEqual(['d', 'b', 'c', 'n', 'x']);
  });

  it('gives spans that hold the name, in UTF-16 units', () => {
    const source = "const s = '😀', { é: ü } = o";
    for (const { name, start, end } of analyze(source).bindings) expect(source.slice(start, end)).toBe(name);
  });
});

describe('isTriviallyTyped', () => {
  it.each(['1 + 1', '-(2 ** 8) % 3', '"text"', '`text`', 'const x = 5', "console.log('hi', 3)", ''])(
    'takes %s',
    (source) => {
      expect(isTriviallyTyped(analyze(source).body)).toBe(true);
    },
  );

  it.each([
    'x',
    "1 + 'a'",
    'f()',
    'const x: string = 5',
    'const x: string = 1 + 1',
    '`${x}`',
    'console.log(x)',
    'let x',
    'true + 1',
  ])('leaves %s to the checker', (source) => {
    expect(isTriviallyTyped(analyze(source).body)).toBe(false);
  });
});
