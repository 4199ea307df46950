import { describe, expect, it } from 'vitest';
import { collapseWhitespace } from './whitespace.ts';

describe('white space', () => {
  it('becomes one space, and none at the ends', () => {
    expect(collapseWhitespace(' \t a\u00a0\u3000 b\r\n\n c\u2009d\u0085')).toBe('a b c d');
    expect(collapseWhitespace(' \n ')).toBe('');
  });

  it('can keep lines and paragraphs', () => {
    expect(collapseWhitespace('\n a  b \r\n c\n \n\n\nd\u2029e ', { lineBreaks: 'keep' })).toBe(
      'a b\nc\n\nd\n\ne',
    );
  });
});
