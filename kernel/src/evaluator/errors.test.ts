import { describe, expect, it } from 'vitest';
import { codeFrame, reportAt, reportError } from './errors.ts';
import { registerScript } from './stacks.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
const plain = (lines: string[]): string => lines.join('\n').replace(/\u001b\[[0-9;]*m/g, '');

describe('reportError', () => {
  it('unfolds causes and the errors of an AggregateError', () => {
    const error = new AggregateError([new RangeError('one'), 'two'], 'several', {
      cause: new TypeError('inner', { cause: 7 }),
    });
    const { ename, evalue, traceback } = reportError(error);
    expect([ename, evalue]).toEqual(['AggregateError', 'several']);
    const text = plain(traceback);
    for (const part of [
      'RangeError: one',
      "'two'",
      '[2 of 2]',
      'Caused by:\nTypeError: inner',
      'Caused by:\n7',
    ])
      expect(text).toContain(part);
  });

  it('shows the code of the first frame that is the user’s, and a package’s only where there is no other', () => {
    registerScript('test:package', '/packages/one/src/deep.ts', 'a\nthrow deep\n', [], true);
    registerScript('test:cell', 'In [901]', 'one\ncalls(it)\n', []);
    const deep = '    at deep (/packages/one/src/deep.ts:2:1)';
    const error = new Error('no');
    error.stack = ['Error: no', deep, '    at In [901]:2:1'].join('\n');
    const text = plain(reportError(error).traceback);
    expect(text).toContain('In [901], line 2\n  1 | one\n> 2 | calls(it)');
    expect(text).not.toContain('> 2 | throw deep');
    error.stack = ['Error: no', deep].join('\n');
    expect(plain(reportError(error).traceback)).toContain('> 2 | throw deep');
  });

  it('stops at errors that cause each other', () => {
    const a = new Error('a');
    a.cause = new Error('b', { cause: a });
    expect(plain(reportError(a).traceback)).toMatch(/Error: a[\s\S]*Error: b[\s\S]*…$/);
  });

  it('shows what libraries put on their errors', () => {
    expect(plain(reportError(Object.assign(new Error('no'), { code: 'ENOENT' })).traceback)).toContain(
      "code: 'ENOENT'",
    );
  });

  it('reports whatever was thrown, and never throws itself', () => {
    const hostile = {
      get message(): string {
        throw new Error('no');
      },
      toString(): string {
        throw new Error('no');
      },
    };
    Object.setPrototypeOf(hostile, Error.prototype);
    const proxy = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
        getPrototypeOf: () => {
          throw new Error('trap');
        },
      },
    );
    for (const thrown of [undefined, null, 5, 'text', Symbol('s'), hostile, proxy, Object.create(null)]) {
      const report = reportError(thrown);
      expect(report.ename).toEqual(expect.any(String));
      expect(report.traceback.length).toBeGreaterThan(0);
    }
    expect(reportError(5)).toMatchObject({ ename: 'Uncaught', evalue: '5' });
  });
});

describe('codeFrame', () => {
  it('marks the line, points at the column and keeps tabs', () => {
    expect(plain(codeFrame('a\n\tbad()\nc\nd\ne', 2, 2))).toBe(
      '  1 | a\n> 2 | \tbad()\n    | \t^\n  3 | c\n  4 | d',
    );
  });

  it('counts line and column from an offset', () => {
    expect(plain(reportAt('SyntaxError', 'no', 'In [1]', 'ab\ncd', 4).traceback)).toContain(
      'In [1], line 2\n  1 | ab\n> 2 | cd\n    |  ^',
    );
  });
});
