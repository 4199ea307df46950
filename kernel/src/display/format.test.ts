import { describe, expect, it } from 'vitest';
import { formatValue, inspectValue } from './format.ts';
import { html } from './helpers.ts';
import { DISPLAY, type MimeBundle } from './types.ts';

const bundle = (value: unknown): MimeBundle => formatValue(value) as MimeBundle;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('formatValue', () => {
  it('shows nothing for undefined and text for everything else', () => {
    expect(formatValue(undefined)).toBeUndefined();
    expect(bundle(null)).toEqual({ 'text/plain': 'null' });
    expect(bundle('a')).toEqual({ 'text/plain': "'a'" });
    expect(bundle(new Map([[1, new Set([2])]]))['text/plain']).toBe('Map(1) { 1 => Set(1) { 2 } }');
  });

  it('lets an object decide, at once or later', async () => {
    expect(bundle({ [DISPLAY]: () => ({ 'text/html': '<b>x</b>', 'text/plain': 'x' }) })).toEqual({
      'text/html': '<b>x</b>',
      'text/plain': 'x',
    });
    const later = { [DISPLAY]: async () => ({ 'image/png': new Uint8Array([1, 2]) }) };
    expect(await formatValue(later)).toEqual({ 'image/png': 'AQI=' });
  });

  it('falls back to text when the object fails to decide', async () => {
    const failing = {
      a: 1,
      [DISPLAY]: () => {
        throw new Error('broken display');
      },
    };
    expect(bundle(failing)['text/plain']).toMatch(/a: 1[\s\S]*broken display/);
    expect(bundle({ [DISPLAY]: () => 5 })['text/plain']).toMatch(/has to answer an object/);
    const unsendable = { [DISPLAY]: () => ({ 'application/json': { n: 1n } }) };
    expect(bundle(unsendable)['text/plain']).toMatch(/BigInt/);
    expect(bundle({ [DISPLAY]: () => ({ 'application/json': { f() {}, a: 1 } }) })).toEqual({
      'application/json': { a: 1 },
    });
    const rejecting = { [DISPLAY]: () => Promise.reject(new Error('late')) };
    expect(((await formatValue(rejecting)) as MimeBundle)['text/plain']).toMatch(/late/);
  });

  it('shows bytes as what they are', () => {
    expect(bundle(new Uint8Array(PNG))).toEqual({
      'image/png': PNG.toString('base64'),
      'text/plain': `<PNG picture, ${PNG.length} bytes>`,
    });
    expect(bundle(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>'))['image/svg+xml']).toMatch(
      /^<svg/,
    );
    const wav = Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(30)]);
    expect(bundle(wav)['text/html']).toMatch(/^<audio controls src="data:audio\/wav;base64,/);
    expect(bundle(new Uint8Array([1, 2, 3]))).toEqual({ 'text/plain': 'Uint8Array(3) [ 1, 2, 3 ]' });
  });

  it('shows records as a table with everything escaped', () => {
    const { 'text/html': source, 'text/plain': text } = bundle([
      { name: '<script>alert(1)</script>', n: 1.5 },
      { name: 'b', extra: true },
    ]);
    expect(source).toContain('&lt;script&gt;');
    expect(source).not.toContain('<script>');
    expect(source).toContain('<td style="text-align:right">1.5</td>');
    expect(String(text).split('\n')[0]).toMatch(/^name\s+n\s+extra$/);
  });

  it('cuts long tables in the middle and says how much', () => {
    const { 'text/plain': text, 'text/html': source } = bundle(
      Array.from({ length: 1000 }, (_, i) => ({ i })),
    );
    expect(text).toMatch(/940 more rows/);
    expect(String(source).match(/<tr>/g)).toHaveLength(62);
    expect(String(source)).toContain('>999<');
  });

  it('leaves arrays that are no table alone', () => {
    expect(Object.keys(bundle([{ a: 1 }, 2]))).toEqual(['text/plain']);
    expect(Object.keys(bundle([new Date(0)]))).toEqual(['text/plain']);
  });

  it('never throws, and runs no getter', () => {
    let ran = false;
    const hostile = [
      {
        get a() {
          ran = true;
          throw new Error('getter');
        },
      },
      [
        {
          get a() {
            ran = true;
            throw new Error('getter');
          },
          b: 1,
        },
      ],
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('trap');
          },
        },
      ),
      {
        [Symbol.for('nodejs.util.inspect.custom')]: () => {
          throw new Error('inspect');
        },
      },
    ];
    for (const value of hostile) expect(bundle(value)['text/plain']).toEqual(expect.any(String));
    expect(ran).toBe(false);
  });

  it('bounds what is huge', () => {
    expect(inspectValue('x'.repeat(1e7)).length).toBeLessThan(25_000);
    expect(inspectValue('x'.repeat(1e7))).toMatch(/9,980,000 more characters$/);
    expect(inspectValue(new Array(1e7).fill(0)).length).toBeLessThan(2000);
    expect(inspectValue(new Float32Array(1e6).fill(2).fill(7, 5, 6))).toMatch(/range 2 … 7$/);
  });
});

describe('html', () => {
  it('escapes what is interpolated, and not what is HTML already', () => {
    const item = (text: string) => html`<li>${text}</li>`;
    expect(html`<ul>${['<a>', 'b'].map(item)}</ul>${null}${5}`.source).toBe(
      '<ul><li>&lt;a&gt;</li><li>b</li></ul>5',
    );
    expect(html('<b>"as it is"</b>').source).toBe('<b>"as it is"</b>');
  });
});
