import { describe, expect, it } from 'vitest';
import { formatValue } from './format.ts';
import * as helpers from './helpers.ts';
import { escapeHtml } from './html.ts';
import type { MimeBundle } from './types.ts';

const { html, markdown, latex, json, svg, png, jpeg, image, audio, vegaLite, plotly, javascript, raw } =
  helpers;
const bundle = (value: unknown): MimeBundle => formatValue(value) as MimeBundle;

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat([...parts.map((part) => Buffer.from(part as string, 'latin1')), Buffer.alloc(32)]);
const JPEG = bytes([0xff, 0xd8, 0xff, 0xe0]);
const GIF = bytes('GIF89a');
const WEBP = bytes('RIFF', [1, 0, 0, 0], 'WEBP');
const WAV = bytes('RIFF', [1, 0, 0, 0], 'WAVE');
const SVG = '<?xml version="1.0"?>\n<!-- <svg> -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>';

describe('html', () => {
  it('escapes what is interpolated, and not what is HTML already', () => {
    const item = (text: string) => html`<li>${text}</li>`;
    expect(html`<ul>${['<a>', 'b'].map(item)}</ul>${null}${undefined}${false}${5}${0}`.source).toBe(
      '<ul><li>&lt;a&gt;</li><li>b</li></ul>50',
    );
    expect(html`<a title="${`"'&<`}">`.source).toBe('<a title="&quot;&#39;&amp;&lt;">');
    expect(html('<b>"as it is"</b>').source).toBe('<b>"as it is"</b>');
  });

  it('does not take an object for HTML because it looks like it', () => {
    const fake = { source: '<script>', toString: () => '<script>', 'text/html': '<script>' };
    expect(html`${fake}`.source).toBe('&lt;script&gt;');
  });

  it('takes pictures and players in', () => {
    expect(html`<td>${png(PNG)}</td>`.source).toBe(
      `<td><img alt="picture" src="data:image/png;base64,${PNG}"></td>`,
    );
    expect(html`${svg('<svg onload="x"/>')}`.source).toBe(
      `<img alt="picture" src="data:image/svg+xml;base64,${Buffer.from('<svg onload="x"/>').toString('base64')}">`,
    );
    expect(html`${audio(WAV)}`.source).toMatch(/^<audio controls /);
    expect(html`${markdown('<b>')}`.source).toBe('&lt;b&gt;');
    expect(html`${raw({ 'image/png"><script>': 'x"><script>' })}`.source).not.toContain('<script>');
  });

  it('has its text as text/plain', () => {
    expect(bundle(html('<h1>A &amp; B</h1><script>x()</script>\n <p>c</p>'))).toEqual({
      'text/html': '<h1>A &amp; B</h1><script>x()</script>\n <p>c</p>',
      'text/plain': 'A & B c',
    });
    expect(bundle(html('<hr>'))['text/plain']).toBe('<HTML>');
    expect(String(bundle(html('<'.repeat(1e6)))['text/plain']).length).toBeLessThanOrEqual(2000);
  });
});

describe('escapeHtml', () => {
  it('leaves nothing that HTML would take for its own', () => {
    expect(escapeHtml(`<a href="x" title='y'>&amp;</a>`)).toBe(
      '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;',
    );
  });
});

describe('text of other kinds', () => {
  it('is sent as its type', () => {
    expect(bundle(markdown('# t'))).toEqual({ 'text/markdown': '# t', 'text/plain': '# t' });
    expect(bundle(latex('$x$'))).toEqual({ 'text/latex': '$x$', 'text/plain': '$x$' });
    expect(bundle(javascript('f()'))['application/javascript']).toBe('f()');
    expect(bundle(svg('<svg/>'))).toEqual({
      'image/svg+xml': '<svg/>',
      'text/plain': '<SVG picture, 6 bytes>',
    });
  });
});

describe('json', () => {
  it('shows a copy, as it was when asked', () => {
    const value = { a: [1], array: new Float32Array([0.5]) };
    const shown = json(value);
    value.a.push(2);
    expect(bundle(shown)).toEqual({
      'application/json': { a: [1], array: [0.5] },
      'text/plain': '{\n  "a": [\n    1\n  ],\n  "array": [\n    0.5\n  ]\n}',
    });
    expect(bundle(json(null))).toEqual({ 'application/json': null, 'text/plain': 'null' });
  });

  it('refuses what JSON cannot hold', () => {
    for (const value of [undefined, () => {}, Symbol('s'), 1n]) expect(() => json(value)).toThrow(TypeError);
  });

  it('bounds its text', () => {
    expect(bundle(json('x'.repeat(1e6)))['text/plain']).toMatch(/… 900,002 more characters$/);
  });
});

describe('pictures and sounds', () => {
  it('come from bytes, base64 or a data URL', () => {
    const binary = Buffer.from(PNG, 'base64');
    const view = new DataView(binary.buffer, binary.byteOffset, binary.byteLength);
    for (const data of [binary, new Uint8Array(binary), view, PNG, `data:image/png;base64,${PNG}`]) {
      expect(bundle(png(data))).toEqual({
        'image/png': PNG,
        'text/plain': `<PNG picture, ${binary.length} bytes>`,
      });
    }
    expect(bundle(image(`data:image/svg+xml,${encodeURIComponent(SVG)}`))['image/svg+xml']).toBe(SVG);
  });

  it('are told by their bytes', () => {
    expect(bundle(jpeg(JPEG))['image/jpeg']).toBe(JPEG.toString('base64'));
    expect(bundle(image(JPEG))['image/jpeg']).toBe(JPEG.toString('base64'));
    expect(bundle(image(GIF))['image/gif']).toBe(GIF.toString('base64'));
    expect(bundle(image(WEBP))['text/html']).toMatch(/^<img alt="picture" src="data:image\/webp;base64,/);
    expect(bundle(image(SVG))['image/svg+xml']).toBe(SVG);
    expect(bundle(image(Buffer.from(SVG)))['image/svg+xml']).toBe(SVG);
    expect(bundle(audio(WAV))['text/plain']).toBe('<WAV sound, 44 bytes>');
    expect(bundle(audio(bytes('ID3')))['text/html']).toContain('data:audio/mpeg;');
    expect(bundle(audio(bytes([0xff, 0xfb, 0x90])))['text/plain']).toBe('<MP3 sound, 35 bytes>');
    expect(bundle(audio(bytes('OggS')))['text/html']).toContain('data:audio/ogg;');
  });

  it('refuse bytes that are something else, and say what they are', () => {
    for (const make of [png, jpeg, audio, image]) expect(() => make(new Uint8Array(20))).toThrow(TypeError);
    expect(() => png(JPEG)).toThrow("These 36 bytes aren't a PNG picture (found: image/jpeg).");
    expect(() => image(WAV)).toThrow(/found: audio\/wav/);
    expect(() => audio(bytes([0xff, 0xff, 0xff]))).toThrow(TypeError);
    expect(() => image(null as never)).toThrow('not null');
  });

  it('say how to read a file, given its path', () => {
    expect(() => image('./cat.jpg')).toThrow(/readFile/);
    expect(() => audio('https://example.org/a.wav')).toThrow(/fetch/);
  });
});

describe('charts', () => {
  it('are sent as what JSON holds of them', () => {
    expect(bundle(vegaLite({ mark: 'bar', data: { values: [{ a: 1 }] } }))).toEqual({
      'application/vnd.vegalite.v5+json': { mark: 'bar', data: { values: [{ a: 1 }] } },
      'text/plain': '<Vega-Lite chart>',
    });
    expect(bundle(plotly({ data: [{ x: new Float64Array([1, 2]) }] }))).toEqual({
      'application/vnd.plotly.v1+json': { data: [{ x: [1, 2] }] },
      'text/plain': '<Plotly figure>',
    });
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(() => vegaLite(circle)).toThrow(TypeError);
  });
});
