import { describe, expect, it } from 'vitest';
import { anyOf, layersFrom, named, not } from './predicates.ts';

const names = [
  'transformer.wte.weight',
  'transformer.h.1.ln_1.bias',
  'transformer.h.10.ln_1.weight',
  'transformer.h.11.attn.c_attn.weight',
  'score.weight',
];
const chosen = (predicate: (name: string) => boolean): string[] => names.filter(predicate);

describe('predicates of names', () => {
  it('mean whole parts of a name, or what an expression matches', () => {
    expect(chosen(named('transformer.h.1', 'score'))).toEqual([names[1], names[4]]);
    expect(chosen(named(/\.bias$/))).toEqual([names[1]]);
    expect(chosen(named('score.weight'))).toEqual([names[4]]);
  });

  it('mean layers by their number, not by their first digit', () => {
    expect(chosen(layersFrom('transformer.h', 10))).toEqual([names[2], names[3]]);
    expect(chosen(layersFrom('transformer.h', 2))).toEqual([names[2], names[3]]);
    expect(chosen(layersFrom('encoder.layer', 0))).toEqual([]);
  });

  it('are combined', () => {
    const trained = anyOf(layersFrom('transformer.h', 11), named('score'));
    expect(chosen(trained)).toEqual([names[3], names[4]]);
    expect(chosen(not(trained))).toEqual(names.slice(0, 3));
  });
});
