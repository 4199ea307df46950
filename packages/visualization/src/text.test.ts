import { describe, expect, it } from 'vitest';
import { escapeHtml, plotText, readable, sceneText, shorten } from './text.ts';

describe('plotText', () => {
  it('leaves nothing that Plotly takes for a tag, an entity or a template', () => {
    expect(plotText('<b>x</b><a href="javascript:f()">')).toBe(
      '&lt;b&gt;x&lt;/b&gt;&lt;a href="javascript:f()"&gt;',
    );
    expect(plotText('&lt; &#60;')).toBe('&amp;lt; &amp;#60;');
    expect(plotText('%{x} %{y:.2f} %_xother{x} 50 % {a}')).toBe(
      '&#37;{x} &#37;{y:.2f} &#37;_xother{x} 50 % {a}',
    );
  });

  it('keeps lines, and takes any value', () => {
    expect(plotText('a\nb\r\nc')).toBe('a<br>b<br>c');
    expect(plotText(5)).toBe('5');
    expect(plotText('half \ud83d')).toBe('half \ufffd');
  });
});

describe('sceneText', () => {
  it('has no tag, and no entity that would be seen', () => {
    expect(sceneText('<b>a</b> & %{x}')).toBe('<\u200bb>a<\u200b/b> & %{x}');
  });
});

describe('escapeHtml', () => {
  it('leaves nothing that HTML would take for its own', () => {
    expect(escapeHtml(`<a b="c">'&amp;`)).toBe('&lt;a b=&quot;c&quot;&gt;&#39;&amp;amp;');
  });
});

describe('shorten', () => {
  it('counts an emoji as one character', () => {
    expect(shorten('😀😀😀', 3)).toBe('😀😀😀');
    expect(shorten('😀😀😀😀', 3)).toBe('😀😀…');
  });
});

describe('readable', () => {
  it('has four digits, or all of a whole number', () => {
    expect([1234567, 0.123456, 12345.6, 1.5e-7, 2.5e8 + 0.5, Number.NaN, -Infinity].map(readable)).toEqual([
      '1,234,567',
      '0.1235',
      '12,346',
      '1.50e-7',
      '2.50e8',
      'NaN',
      '−∞',
    ]);
  });
});
