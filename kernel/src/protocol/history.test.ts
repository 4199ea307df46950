import { describe, expect, it } from 'vitest';
import { History } from './history.ts';

const history = new History();
for (const [i, input] of ['a = 1', 'b = 2', 'a = 1', 'print(*)'].entries()) history.add(i + 1, input);
history.setOutput(2, '2');

describe('History', () => {
  it('gives the last entries', () => {
    expect(history.find({ hist_access_type: 'tail', n: 2 })).toEqual([
      [1, 3, 'a = 1'],
      [1, 4, 'print(*)'],
    ]);
    expect(history.find({ hist_access_type: 'tail', n: 0 })).toEqual([]);
  });

  it('gives a range without its end, with outputs when asked', () => {
    expect(history.find({ hist_access_type: 'range', session: 0, start: 1, stop: 3, output: true })).toEqual([
      [1, 1, ['a = 1', null]],
      [1, 2, ['b = 2', '2']],
    ]);
    expect(history.find({ hist_access_type: 'range', session: 7 })).toEqual([]);
  });

  it('searches with globs, once per text when asked', () => {
    expect(
      history.find({ hist_access_type: 'search', pattern: '? = *', n: 10 }).map(([, line]) => line),
    ).toEqual([1, 2, 3]);
    expect(
      history.find({ hist_access_type: 'search', pattern: 'a*', unique: true }).map(([, line]) => line),
    ).toEqual([3]);
    expect(history.find({ hist_access_type: 'search', pattern: 'print(' })).toEqual([]);
  });
});
