import { expect, test } from 'vitest';
import { parse, positive, UsageError } from './arguments.ts';

const OPTIONS = { jobs: { type: 'string', short: 'j' }, quiet: { type: 'boolean' } } as const;

test('options and the rest are told apart', () => {
  const { values, positionals } = parse(['a.ipynb', '-j', '2', '--quiet', 'b.ipynb'], OPTIONS, true);
  expect(values).toMatchObject({ jobs: '2', quiet: true });
  expect(positionals).toEqual(['a.ipynb', 'b.ipynb']);
});

test('an unknown option, a missing value and a stray argument are wrong usage, told in one sentence', () => {
  expect(() => parse(['--speed'], OPTIONS)).toThrow(new UsageError("Unknown option '--speed'."));
  expect(() => parse(['--jobs'], OPTIONS)).toThrow(/^Option '-j, --jobs <value>' argument missing\.$/);
  expect(() => parse(['stray'], OPTIONS)).toThrow(/^Unexpected argument 'stray'\.$/);
});

test('a number has to be above 0', () => {
  expect(positive('1.5', '--timeout')).toBe(1.5);
  expect(positive(undefined, '--timeout')).toBeUndefined();
  for (const text of ['0', '-1', 'ten', '', 'Infinity']) {
    expect(() => positive(text, '--timeout')).toThrow(UsageError);
  }
});
