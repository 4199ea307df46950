import { describe, expect, it } from 'vitest';
import { packed, plotlyJson } from './json.ts';

describe('plotlyJson', () => {
  it('takes what JSON can’t hold for what Plotly reads', () => {
    expect(
      plotlyJson({
        gap: [1, Number.NaN, Infinity],
        typed: new Float32Array([0.1, 2]),
        big: 5n,
        date: new Date(0),
        none: undefined,
        f: () => 1,
      }),
    ).toEqual({ gap: [1, null, null], typed: [0.100000001, 2], big: 5, date: '1970-01-01T00:00:00.000Z' });
  });

  it('keeps differences that are small beside the numbers', () => {
    const times = [1.7e9 + 0.125, 1.7e9 + 0.25];
    expect(plotlyJson(times)).toEqual(times);
    const rates = Array.from({ length: 600 }, (_, i) => 10 ** (-i / 60));
    expect((plotlyJson(rates) as number[]).at(-1)! / rates.at(-1)!).toBeCloseTo(1, 4);
    expect(plotlyJson([12345678, 0.5])).toEqual([12345678, 0.5]);
  });
});

describe('packed', () => {
  const list = Array.from({ length: 100 }, (_, i) => i);

  it('leaves short lists and text', () => {
    expect(packed({ x: [1, 2, 3], text: ['a'], z: [[1, 2]] })).toEqual({
      x: [1, 2, 3],
      text: ['a'],
      z: [[1, 2]],
    });
  });

  it('has the smallest type that holds all', () => {
    const type = (numbers: (number | null)[]) => (packed(numbers) as { dtype: string }).dtype;
    expect(type(list)).toBe('u1');
    expect(type(list.map((i) => i - 50))).toBe('i2');
    expect(type(list.map((i) => i * 1000))).toBe('i4');
    expect(type(list.map((i) => i / 3))).toBe('f4');
    expect(type(list.map((i) => 1.7e9 + i / 3))).toBe('f8');
    expect(type([...list, null])).toBe('f4');
  });

  it('is read back as it was, gaps as NaN', () => {
    const { bdata } = packed([...list, null]) as { bdata: string };
    const bytes = Buffer.from(bdata, 'base64');
    const floats = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    expect([...floats]).toEqual([...list, Number.NaN]);
  });

  it('keeps the shape of a matrix', () => {
    expect(packed([list, list])).toMatchObject({ dtype: 'u1', shape: '2, 100' });
    expect(packed([list, [1]])).toEqual([packed(list), [1]]);
  });
});
