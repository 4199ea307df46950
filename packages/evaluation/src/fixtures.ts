/** For tests: what the reference implementations say, made by `fixtures/make_fixtures.py`. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** The cases of one fixture file. The caller states their shape; the tests fail where it isn't so. */
export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** Expects numbers, nested lists of them included, to be within 1e-9 (relative where they are above 1). null is NaN. */
export function expectClose(actual: unknown, expected: unknown, path = 'value'): void {
  if (Array.isArray(expected)) {
    expect(actual, path).toHaveLength(expected.length);
    expected.forEach((each, i) => {
      expectClose((actual as unknown[])[i], each, `${path}[${i}]`);
    });
    return;
  }
  if (expected === null) return void expect(actual, path).toBeNaN();
  const tolerance = 1e-9 * Math.max(1, Math.abs(expected as number));
  expect(typeof actual, path).toBe('number');
  const difference = Math.abs((actual as number) - (expected as number));
  expect(difference, `${path} is ${actual}, the reference says ${expected}`).toBeLessThanOrEqual(tolerance);
}
