import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FORMATTERS, formatValue, metadataOf } from './format.ts';
import { raw } from './helpers.ts';
import { DISPLAY, type MimeBundle, SILENT } from './types.ts';

const bundle = (value: unknown): MimeBundle => formatValue(value) as MimeBundle;
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('formatValue', () => {
  it('shows nothing for undefined and text for everything else', () => {
    expect(formatValue(undefined)).toBeUndefined();
    expect(formatValue({ [SILENT]: true })).toBeUndefined();
    expect(bundle(null)).toEqual({ 'text/plain': 'null' });
    expect(bundle('a')).toEqual({ 'text/plain': "'a'" });
  });

  it('lets an object, a function or a class decide, at once or later', async () => {
    const shown = { 'text/html': '<b>x</b>', 'text/plain': 'x' };
    expect(bundle({ [DISPLAY]: () => shown })).toEqual(shown);
    expect(bundle(Object.assign(() => {}, { [DISPLAY]: () => shown }))).toEqual(shown);
    class Own {
      n = 1;
      static [DISPLAY]() {
        return shown;
      }
    }
    expect(bundle(Own)).toEqual(shown);
    const later = { [DISPLAY]: async () => ({ 'image/png': new Uint8Array([1, 2]) }) };
    expect(await formatValue(later)).toMatchObject({ 'image/png': 'AQI=' });
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library
    const thenable = { [DISPLAY]: () => ({ then: (done: (answer: object) => void) => done(shown) }) };
    expect(await formatValue(thenable)).toEqual(shown);
  });

  it('adds text where the object gives none', () => {
    expect(bundle({ n: 1, [DISPLAY]: () => ({ 'text/html': '<b>' }) })['text/plain']).toMatch(/n: 1/);
    expect(bundle({ [DISPLAY]: () => ({ 'text/markdown': '*m*' }) })['text/plain']).toBe('*m*');
    expect(bundle(raw({ 'image/png': PNG }))['text/plain']).toBe('<image/png>');
    expect(bundle({ n: 1, [DISPLAY]: () => ({}) })['text/plain']).toMatch(/n: 1/);
  });

  it('falls back to text, and tells why, when the object fails to decide', async () => {
    const failing = {
      a: 1,
      [DISPLAY]: () => {
        throw new Error('broken display');
      },
    };
    expect(bundle(failing)['text/plain']).toMatch(/a: 1[\s\S]*broken display/);
    for (const answer of [5, null, undefined, 'text', ['text/html']]) {
      expect(bundle({ [DISPLAY]: () => answer })['text/plain']).toMatch(/has to answer an object/);
    }
    expect(bundle({ [DISPLAY]: () => ({ html: '<b>' }) })['text/plain']).toMatch(/"html" isn't a MIME type/);
    for (const reject of [() => Promise.reject(new Error('late')), async () => Promise.reject('late')]) {
      expect(((await formatValue({ [DISPLAY]: reject })) as MimeBundle)['text/plain']).toMatch(/late/);
    }
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap');
        },
      },
    );
    expect(((await formatValue({ [DISPLAY]: async () => trap })) as MimeBundle)['text/plain']).toMatch(
      /trap/,
    );
  });

  it('gives only what can cross threads and the wire', () => {
    const shown = (answer: object) => bundle({ [DISPLAY]: () => answer });
    expect(shown({ 'application/json': { n: 1n } })['text/plain']).toMatch(/BigInt/);
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(shown({ 'application/json': circle })['text/plain']).toMatch(/circular/);
    expect(shown({ 'text/html': { a: 1 } })['text/plain']).toMatch(/text\/html has to be a string/);
    expect(shown({ 'application/json': { f() {}, a: 1, d: new Date(0) } })).toMatchObject({
      'application/json': { a: 1, d: '1970-01-01T00:00:00.000Z' },
    });
    expect(shown({ 'application/vnd.plotly.v1+json': { x: new Float32Array([1, 2]) } })).toMatchObject({
      'application/vnd.plotly.v1+json': { x: [1, 2] },
    });
    expect(shown({ 'text/plain': 'half \ud83d', 'text/html': ['<b>', '</b>'], 'text/markdown': 5 })).toEqual({
      'text/plain': 'half \ufffd',
      'text/html': '<b></b>',
      'text/markdown': '5',
    });
    expect(
      shown({ 'image/svg+xml': Buffer.from('<svg/>'), 'text/html': undefined, 'text/plain': 's' }),
    ).toEqual({
      'image/svg+xml': '<svg/>',
      'text/plain': 's',
    });
  });

  it('shows bytes as what they are', () => {
    expect(bundle(new Uint8Array(PNG))).toEqual({
      'image/png': PNG.toString('base64'),
      'text/plain': `<PNG picture, ${PNG.length} bytes>`,
    });
    expect(bundle(new Uint8Array(PNG).buffer)['image/png']).toBe(PNG.toString('base64'));
    expect(bundle(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>'))['image/svg+xml']).toMatch(
      /^<svg/,
    );
    const wav = Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(30)]);
    expect(bundle(wav)['text/html']).toMatch(
      /^<audio controls src="data:audio\/wav;base64,[\w+/=]+"><\/audio>$/,
    );
    expect(bundle(new Uint8Array([1, 2, 3]))).toEqual({ 'text/plain': 'Uint8Array(3) [ 1, 2, 3 ]' });
  });

  it('takes numbers that an MP3 could begin with for numbers', () => {
    const pixels = new Uint8Array(64).fill(255).fill(0xfb, 1, 2).fill(0x90, 2, 3);
    expect(Object.keys(bundle(pixels))).toEqual(['text/plain']);
  });

  it('does not throw, whatever the value does', async () => {
    const throwing = (): never => {
      throw new Error('trap');
    };
    const traps = new Proxy({}, { get: () => throwing });
    const allTraps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, throwing]));
    const hostile = [
      new Proxy({}, allTraps),
      new Proxy([], allTraps),
      new Proxy(() => {}, allTraps),
      [new Proxy({}, allTraps)],
      traps,
      Object.defineProperty({}, DISPLAY, { get: throwing }),
      { [inspect.custom]: throwing },
      [{ a: { [inspect.custom]: throwing } }],
      [Object.defineProperty({}, 'a', { get: throwing, enumerable: true })],
      Object.defineProperty(new Uint8Array(3), 'length', { get: throwing }),
    ];
    for (const value of hostile) {
      expect((await formatValue(value))?.['text/plain']).toEqual(expect.any(String));
    }
  });

  it('knows the metadata of what raw() made, and of nothing else', () => {
    expect(metadataOf(raw({ 'text/plain': 'x' }, { isolated: true }))).toEqual({ isolated: true });
    for (const value of [undefined, null, 5, { metadata: { a: 1 } }])
      expect(metadataOf(value)).toBeUndefined();
  });

  it('asks registered formatters about values without a say, and goes on where one fails', () => {
    const global = globalThis as Record<symbol, unknown>;
    global[FORMATTERS] = [
      () => {
        throw new Error('broken');
      },
      (value: { own?: number }) =>
        value.own === 1 ? { [DISPLAY]: () => ({ 'text/plain': 'formatted' }) } : undefined,
    ];
    try {
      expect(bundle({ own: 1 })).toEqual({ 'text/plain': 'formatted' });
      expect(bundle({ own: 2 })['text/plain']).toBe('{ own: 2 }');
      expect(bundle({ own: 1, [DISPLAY]: () => ({ 'text/plain': 'mine' }) })).toEqual({
        'text/plain': 'mine',
      });
    } finally {
      delete global[FORMATTERS];
    }
  });
});
