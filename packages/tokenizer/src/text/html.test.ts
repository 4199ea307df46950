import { describe, expect, it } from 'vitest';
import { decodeEntities, htmlToText } from './html.ts';

describe('the text of HTML', () => {
  it('is without tags, comments, scripts and styles', () => {
    expect(
      htmlToText(
        '<!doctype html><html><head><title>T</title><style>p { color: red }</style></head><body>a<!-- no --><script>if (a < b) "</p>"</script> <b>b</b><i>c</i><template><p>x<template>y</template>z</template>d</body></html>',
      ),
    ).toBe('a bcd');
  });

  it('has entities as characters', () => {
    expect(
      htmlToText('<p>R&amp;D &lt;b&gt; caf&eacute; &#128512;&#x1F600; &nbsp;x &copy 2024 &unknown; &#0;</p>'),
    ).toBe('R&D <b> café 😀😀 \u00a0x © 2024 &unknown; \ufffd');
    expect(decodeEntities('&lt;p&gt; &amp;amp; &hearts;')).toBe('<p> &amp; ♥');
  });

  it('has lines and paragraphs where elements make them', () => {
    expect(
      htmlToText('<h1>One</h1>\n<p>two  \n three<br>four</p><ul><li>five<li>six</ul>seven<div>eight</div>'),
    ).toBe('One\n\ntwo three\nfour\n\nfive\nsix\nseven\neight');
    expect(htmlToText('<table><tr><th>a<th>b</tr><tr><td>1</td> <td>2</td></tr></table>')).toBe('a\tb\n1\t2');
  });

  it('keeps white space in pre', () => {
    expect(htmlToText('x<pre>if a:\n    b\n\n</pre>y  z')).toBe('x\n\nif a:\n    b\n\ny z');
  });

  it('makes sense of what is broken', () => {
    expect(htmlToText('a < b && c > d <p class="x>y" <b>z')).toBe('a < b && c > d\n\nz');
    expect(htmlToText('<b><i>a</b>b</i></div></p>c')).toBe('ab\n\nc');
    expect(htmlToText('<P>Ä</P><BR/><Script>x</SCRIPT>y')).toBe('Ä\n\n\ny');
    expect(htmlToText('plain')).toBe('plain');
    expect(htmlToText('')).toBe('');
  });
});
