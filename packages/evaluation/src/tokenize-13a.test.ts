import { expect, it } from 'vitest';
import { readFixture } from './fixtures.ts';
import { tokenize13a } from './tokenize-13a.ts';

it.each(readFixture<[string, string[]][]>('tokenize-13a'))('sacreBLEU splits %j the same', (text, tokens) => {
  expect(tokenize13a(text)).toEqual(tokens);
});
