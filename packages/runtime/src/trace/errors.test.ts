import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { atUserFrame, userFrame } from './errors.ts';

test('the user’s frame of an error is that of a file, or of a notebook’s cell', () => {
  expect(userFrame(new Error('here'))).toMatch(/errors\.test\.ts:\d+:\d+$/);
  for (const code of ['new Error("there")', '(function step() { return new Error("there"); })()']) {
    const error = runInThisContext(code, { filename: 'In [3]', lineOffset: 4 }) as Error;
    expect(atUserFrame(error)).toMatch(/^ \(at In \[3\]:5:\d+\)$/);
  }
});

test('frames of Node.js and of packages are not the user’s', () => {
  const error = new Error('nowhere');
  error.stack = [
    'Error: nowhere',
    '    at Module._compile (node:internal/modules/cjs/loader:1554:14)',
    '    at async Engine.run (/home/me/node_modules/some/dist/index.js:10:3)',
    '    at async /home/me/train.ts:7:11',
  ].join('\n');
  expect(userFrame(error)).toBe('/home/me/train.ts:7:11');
});
