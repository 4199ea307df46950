import { expect, test } from 'vitest';
import { checkNode, describeKernelspecs } from './doctor.ts';

test('a Node.js that is too old is wrong', () => {
  expect(checkNode('20.18.3').state).toBe('wrong');
  expect(checkNode('18.20.0').mend).toContain('20.19');
  expect(checkNode('20.19.0').state).toBe('good');
  expect(checkNode('24.1.0').state).toBe('good');
});

test('to have no kernelspec is not wrong', () => {
  expect(describeKernelspecs([])).toMatchObject([{ state: 'absent' }]);
});
