import { describe, expect, it } from 'vitest';
import type { Architecture } from '../architectures/architecture.ts';
import { layers, ones, zeros } from '../parameters/spec.ts';
import { describeMismatch, matchParameters } from './match.ts';

const norm = { weight: ones([4]), bias: zeros([4]) };
const base = {
  bert: {
    embeddings: { word_embeddings: { weight: zeros([9, 4]) }, LayerNorm: norm },
    layer: layers(2, () => ({ dense: { weight: zeros([4, 4]) } })),
  },
};
const withHead = { ...base, classifier: { weight: zeros([2, 4]) } };

type Naming = Pick<Architecture, 'prefix' | 'ignoredNames' | 'renamed' | 'tied'>;
const naming: Naming = {
  prefix: 'bert',
  ignoredNames: /position_ids$/,
  renamed: (name) =>
    name.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias'),
  tied: { 'cls.decoder.weight': 'bert.embeddings.word_embeddings.weight' },
};
const match = (spec: unknown, stored: Record<string, number[]>, changes: Partial<Naming> = {}) =>
  matchParameters({ ...naming, ...changes } as Architecture, spec, new Map(Object.entries(stored)));

const current = {
  'bert.embeddings.word_embeddings.weight': [9, 4],
  'bert.embeddings.LayerNorm.weight': [4],
  'bert.embeddings.LayerNorm.bias': [4],
  'bert.layer.0.dense.weight': [4, 4],
  'bert.layer.1.dense.weight': [4, 4],
};
const renamedKeys = (change: (name: string) => string): Record<string, number[]> =>
  Object.fromEntries(Object.entries(current).map(([name, shape]) => [change(name), shape]));

describe('names of a checkpoint', () => {
  it('that are those of the parameters fit, in the order of the parameters', () => {
    const { sources, ...rest } = match(base, current);
    expect([...sources]).toEqual(Object.keys(current).map((name) => [name, name]));
    expect(rest).toEqual({ missing: [], unexpected: [], misshaped: [], tied: [] });
  });

  it('that are old ones fit, with the prefix and without', () => {
    const old = (name: string): string =>
      name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta');
    for (const change of [old, (name: string) => old(name).replace('bert.', '')]) {
      const { sources, missing, unexpected } = match(base, renamedKeys(change));
      expect([...sources].map(([, source]) => source)).toEqual(Object.keys(current).map(change));
      expect([missing, unexpected]).toEqual([[], []]);
    }
  });

  it('may lack the prefix in a checkpoint with a head', () => {
    const stored = { ...renamedKeys((name) => name.replace('bert.', '')), 'classifier.weight': [2, 4] };
    expect(match(withHead, stored)).toMatchObject({ missing: [], unexpected: [], misshaped: [] });
  });

  it('that a library has in its own way fit by their new names, of base and head', () => {
    const stored = {
      ...renamedKeys((name) => name.replace('bert.layer', 'blocks').replace('bert.embeddings', 'stem')),
      'fc.weight': [2, 4],
    };
    const renamed = (name: string): string =>
      name.replace('blocks', 'layer').replace('stem', 'embeddings').replace(/^fc/, 'classifier');
    expect(match(withHead, stored, { renamed })).toMatchObject({ missing: [], unexpected: [] });
  });

  it('that are no parameters are unexpected, unless they are known to be none', () => {
    const stored = {
      ...current,
      'bert.embeddings.position_ids': [1, 4],
      'cls.bias': [9],
      'bert.toString': [1],
    };
    expect(match(base, stored).unexpected).toEqual(['cls.bias', 'bert.toString']);
  });

  it('of a weight that is saved again are told with the parameter that it must be equal to', () => {
    const found = match(base, { ...current, 'cls.decoder.weight': [9, 4] });
    expect(found.unexpected).toEqual([]);
    expect(found.tied).toEqual([
      { stored: 'cls.decoder.weight', parameter: 'bert.embeddings.word_embeddings.weight' },
    ]);
    // Where it is there under the other name alone, that is the parameter.
    const { 'bert.embeddings.word_embeddings.weight': _, ...rest } = current;
    const other = match(base, { ...rest, 'cls.decoder.weight': [9, 4] });
    expect(other.sources.get('bert.embeddings.word_embeddings.weight')).toBe('cls.decoder.weight');
    expect(other).toMatchObject({ missing: [], unexpected: [], misshaped: [], tied: [] });
    // A model that has it as a parameter of its own doesn't share it.
    const own = match(
      { ...base, cls: { decoder: { weight: zeros([9, 4]) } } },
      { ...current, 'cls.decoder.weight': [9, 4] },
    );
    expect(own.tied).toEqual([]);
    expect(own.sources.get('cls.decoder.weight')).toBe('cls.decoder.weight');
  });

  it('that are missing, and other shapes, are listed, of many the first 20', () => {
    const { 'bert.layer.1.dense.weight': _, ...rest } = current;
    const found = match(withHead, {
      ...rest,
      'bert.embeddings.LayerNorm.bias': [4, 1],
      'classifier.weight': [3, 4],
    });
    expect(found.missing).toEqual(['bert.layer.1.dense.weight']);
    expect(describeMismatch(found).split('\n')).toEqual([
      '  bert.embeddings.LayerNorm.bias is [4,1], and has to be [4]',
      '  classifier.weight is [3,4], and has to be [2,4]',
      '  bert.layer.1.dense.weight is missing',
    ]);
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x.${i}`, [1]]));
    const lines = describeMismatch(match(base, { ...current, ...many })).split('\n');
    expect(lines.length).toBe(21);
    expect(lines.at(-1)).toBe('  and 10 more');
  });

  it('of which two are the same parameter are refused', () => {
    const twice = { ...current, 'embeddings.LayerNorm.gamma': [4] };
    expect(() => match(base, twice)).toThrow(
      'bert.embeddings.LayerNorm.weight and embeddings.LayerNorm.gamma are both the parameter bert.embeddings.LayerNorm.weight',
    );
  });
});
