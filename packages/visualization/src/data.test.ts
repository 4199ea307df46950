import { describe, expect, it } from 'vitest';
import { axisValues, column, numbersOf, readData, readMatrix } from './data.ts';

describe('readData', () => {
  it('reads rows, columns and plain numbers alike', () => {
    const rows = readData('f', [{ a: 1, b: 'x' }, { a: 2 }]);
    expect([...rows.columns.values()]).toEqual([
      { name: 'a', values: [1, 2], kind: 'number' },
      { name: 'b', values: ['x', null], kind: 'category' },
    ]);
    expect(readData('f', { a: new Float32Array([1, 2]) }).columns.get('a')).toEqual({
      name: 'a',
      values: [1, 2],
      kind: 'number',
    });
    expect(readData('f', [3, 4]).columns.get('value')?.values).toEqual([3, 4]);
    expect(readData('f', { t: [new Date(0), null] }).columns.get('t')?.kind).toBe('time');
    expect(readData('f', { t: [1, 'a'] }).columns.get('t')?.kind).toBe('category');
  });

  it('says what is wrong, and where', () => {
    expect(() => readData('line', [])).toThrow('line: there is nothing to draw, the data is empty.');
    expect(() => readData('line', { a: [] })).toThrow(/the data is empty/);
    expect(() => readData('line', { a: [1, 2], b: [1] })).toThrow(
      'line: the columns differ in length: "a" has 2 values, "b" 1.',
    );
    expect(() => readData('line', { a: 5 })).toThrow('line: column "a" has to be an array, not 5.');
    expect(() => readData('line', [{ a: 1 }, 5])).toThrow('line: row 1 has to be an object, not 5.');
    expect(() => readData('line', [[1], [2]])).toThrow(/Give each series a name/);
    expect(() => readData('line', null)).toThrow(
      'line: the data has to be rows, columns or numbers, not null.',
    );
    expect(() => column('line', readData('line', { a: [1] }), 'b')).toThrow(
      'line: the data has no column "b". It has "a".',
    );
  });
});

describe('numbersOf', () => {
  it('takes null for a gap, and nothing that is no number', () => {
    expect(numbersOf('f', { name: 'a', values: [1, null, 2n, Number.NaN], kind: 'number' })).toEqual([
      1,
      Number.NaN,
      2,
      Number.NaN,
    ]);
    expect(() => numbersOf('line', { name: 'loss', values: [1, '2'], kind: 'category' })).toThrow(
      'line: column "loss" has to hold numbers; at row 1 it holds "2".',
    );
  });
});

describe('axisValues', () => {
  it('escapes text', () => {
    expect(axisValues({ name: 'a', values: ['<b>', null], kind: 'category' })).toEqual(['&lt;b&gt;', null]);
  });
});

describe('readMatrix', () => {
  it('takes arrays and typed arrays of equal length only', () => {
    expect(readMatrix('heatmap', 'z', [new Float32Array([1, 2]), [3, 4]])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(() => readMatrix('heatmap', 'z', [[1, 2], [3]])).toThrow(
      'heatmap: the rows of z differ in length: row 0 has 2 values, row 1 1.',
    );
    expect(() => readMatrix('heatmap', 'z', [1, 2])).toThrow(/an array of rows of numbers/);
    expect(() => readMatrix('heatmap', 'z', [])).toThrow(/an array of rows/);
  });
});
