import { describe, expect, it } from 'vitest';
import { DISPLAY, summary } from '../index.ts';
import { format } from './formatter.ts';

const tensor = (shape: number[], data: number[] = new Array(shape.reduce((a, b) => a * b, 1)).fill(0)) => ({
  shape,
  dtype: 'float32',
  isDisposed: false,
  data: async () => Float32Array.from(data),
  dataSync: () => Float32Array.from(data),
});
const parameters = {
  'h.0.weight': tensor([2, 3]),
  h1: { '<b>': tensor([4]), list: [tensor([1]), tensor([5, 5])] },
};

describe('a summary', () => {
  it('has a row for each tensor and their total, escaped', async () => {
    const shown = summary(parameters);
    expect(shown.total).toBe(36);
    expect(shown.rows.map(({ name, shape, parameters: count }) => [name, shape, count])).toEqual([
      ['h.0.weight', '[2, 3]', 6],
      ['h1.<b>', '[4]', 4],
      ['h1.list.0', '[1]', 1],
      ['h1.list.1', '[5, 5]', 25],
    ]);
    const html = (await shown[DISPLAY]())['text/html'] as string;
    expect(html).not.toContain('<b>');
    expect(html).toContain('36 parameters in 4 tensors');
    expect(html).toContain('69.4%');
  });

  it('adds up what is deeper than asked for', () => {
    expect(
      summary(parameters, { depth: 1 }).rows.map(({ name, shape, parameters: count }) => [
        name,
        shape,
        count,
      ]),
    ).toEqual([
      ['h', '1 tensors', 6],
      ['h1', '3 tensors', 30],
    ]);
  });

  it('refuses what holds no tensors, and says where', () => {
    expect(() => summary({})).toThrow('summary: there is no tensor.');
    expect(() => summary({ a: { b: 1 as never } })).toThrow(
      'summary: a.b has to be a tensor or hold some, not 1.',
    );
    expect(() => summary(parameters, { depth: 0 })).toThrow(/depth has to be a whole number/);
  });
});

describe('results of cells', () => {
  it('that are tensors have a picture beside their text', async () => {
    const bundle = await format(tensor([2, 2], [1, Number.NaN, 3, 4]))![DISPLAY]();
    expect(bundle['text/html']).toContain('float32 [2, 2]');
    expect(bundle['text/html']).toContain('1 NaN');
    expect(bundle['image/png']).toBeTypeOf('string');
    expect(bundle['text/plain']).toContain('shape');
  });

  it('that are trees of tensors have a summary', async () => {
    expect((await format(parameters)![DISPLAY]())['text/html']).toContain('36 parameters');
  });

  it('are text where they have no numbers, and others are left alone', async () => {
    const traced = { ...tensor([2]), data: () => Promise.reject(new Error('traced')) };
    expect(Object.keys(await format(traced)![DISPLAY]())).toEqual(['text/plain']);
    for (const other of [
      { ...tensor([2]), isDisposed: true },
      tensor([0]),
      { loss: tensor([]) },
      { a: 1 },
      [1],
      {},
      null,
      5,
    ]) {
      expect(format(other)).toBeUndefined();
    }
  });
});
