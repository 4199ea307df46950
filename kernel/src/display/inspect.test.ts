import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { errorText, inspectValue } from './inspect.ts';

const record = (keys: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: keys }, (_, i) => [`key${i}`, i]));

function nested(...shape: number[]): unknown {
  const [length, ...rest] = shape;
  return length === undefined ? 1.5 : Array.from({ length }, () => nested(...rest));
}

describe('inspectValue', () => {
  class Shape {
    sides = 4;
  }

  it.each<[unknown, string]>([
    [-0, '-0'],
    ["it's", '"it\'s"'],
    ['a\n\u001b[31m', "'a\\n\\x1B[31m'"],
    [10n ** 20n, '100000000000000000000n'],
    [Symbol('s'), 'Symbol(s)'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [/a+/g, '/a+/g'],
    [new Map<unknown, unknown>([[1, new Set([2])]]), 'Map(1) { 1 => Set(1) { 2 } }'],
    [Promise.resolve(7), 'Promise { 7 }'],
    [new Promise(() => {}), 'Promise { <pending> }'],
    [() => 1, '[Function (anonymous)]'],
    [Shape, '[class Shape]'],
    [new Shape(), 'Shape { sides: 4 }'],
    [new Float32Array([0.5, 1.5]), 'Float32Array(2) [ 0.5, 1.5 ]'],
    [{ a: { b: { c: { d: { e: { f: 1 } } } } } }, '{ a: { b: { c: { d: { e: [Object] } } } } }'],
    [Object.create(null), '[Object: null prototype] {}'],
    [new Proxy({ a: 1 }, {}), '{ a: 1 }'],
  ])('shows %o as Node does', (value, text) => {
    expect(inspectValue(value).replace(/\s+/g, ' ')).toBe(text.replace(/\s+/g, ' '));
  });

  it('shows errors with name, message and cause', () => {
    const text = inspectValue(new TypeError('outer', { cause: new RangeError('inner') }));
    expect(text).toMatch(/TypeError: outer[\s\S]*RangeError: inner/);
  });

  it('shows circles', () => {
    const circle: Record<string, unknown> = { a: 1 };
    circle.self = circle;
    expect(inspectValue(circle)).toBe('<ref *1> { a: 1, self: [Circular *1] }');
  });

  it('cuts long strings and says how much', () => {
    const text = inspectValue('x'.repeat(100_000_000));
    expect(text.length).toBeLessThan(25_000);
    expect(text).toMatch(/^'x+'… 99,980,000 more characters$/);
    expect(inspectValue({ text: 'x'.repeat(1e7) }).length).toBeLessThan(25_000);
  });

  it('does not halve a character where it cuts', () => {
    expect(inspectValue(`a${'😀'.repeat(20_000)}`).isWellFormed()).toBe(true);
    expect(inspectValue(`a${'😀'.repeat(20_000)}`)).toMatch(/😀'… 20,002 more characters$/);
  });

  it('cuts long arrays, maps and typed arrays', () => {
    expect(inspectValue(new Array(1e7).fill(0))).toMatch(/\.\.\. 9999900 more items\n\]$/);
    expect(inspectValue(new Map(Array.from({ length: 1e5 }, (_, i) => [i, i])))).toMatch(/99900 more items/);
    expect(inspectValue(new Float32Array(1e6).fill(2).fill(7, 5, 6))).toMatch(
      /more items\n\]\nrange: 2 to 7$/,
    );
  });

  it('tells the range of typed arrays, whatever they begin with', () => {
    const floats = new Float32Array(200).fill(1);
    floats.set([Number.NaN, Number.POSITIVE_INFINITY, 5, 4, -3]);
    expect(inspectValue(floats)).toMatch(/\nrange: -3 to 5, 2 not finite$/);
    expect(inspectValue(new Float64Array(200).fill(Number.NaN))).toMatch(/\nno finite numbers$/);
    expect(inspectValue(new BigInt64Array(200).fill(-2n, 3, 4))).toMatch(/\nrange: -2 to 0$/);
    expect(inspectValue(new Uint8Array(20_000_000))).toMatch(/\nrange of the first 10,000,000: 0 to 0$/);
  });

  it('shows less of an array of arrays the more there is, and of each dimension some', () => {
    expect(inspectValue(nested(8, 8, 8)).match(/1\.5/g)).toHaveLength(512);
    const image = inspectValue(nested(64, 64, 64, 3));
    expect(image.length).toBeLessThan(50_000);
    expect(image).toMatch(/1\.5, 1\.5, 1\.5/);
    expect(image).toMatch(/54 more items/);
    expect(inspectValue(nested(10, 10, 10, 10, 10, 10)).length).toBeLessThan(50_000);
  });

  it('shows the first properties of an object of very many, and says how many more there are', () => {
    const many = inspectValue(record(100_000));
    expect(many).toMatch(/^\{\n {2}key0: 0,/);
    expect(many).toMatch(/99,800 more properties\n\}$/);
    const vocabulary = inspectValue({ model: { vocabulary: record(50_257) }, size: 50_257 });
    expect(vocabulary.length).toBeLessThan(10_000);
    expect(vocabulary).toContain('50,057 more properties');
    expect(vocabulary).toContain('size: 50257');
  });

  it('keeps classes, circles and getters where it leaves properties out', () => {
    class Vocabulary {
      [key: string]: unknown;
      self = this;
      get derived() {
        throw new Error('getter');
      }
    }
    let ran = false;
    const value = Object.assign(new Vocabulary(), record(1000));
    Object.defineProperty(value, 'key1', {
      enumerable: true,
      get: () => {
        ran = true;
      },
    });
    const text = inspectValue(value);
    expect(text).toMatch(/^<ref \*1> Vocabulary \{\n {2}self: \[Circular \*1\],/);
    expect(text).toContain('key1: [Getter]');
    expect(ran).toBe(false);
  });

  it('says how much is missing of a long array with holes', () => {
    const holes = new Array(1e7).fill(0);
    delete holes[3];
    delete holes[4];
    expect(inspectValue(holes)).toMatch(/<2 empty items>[\s\S]*… 9,999,900 more items/);
  });

  it('shows numbers of very many digits by their first ones', () => {
    expect(inspectValue(-(1n << 4_000_000n))).toMatch(/^-0x10+… 9\d\d,\d\d\d more hexadecimal digits$/);
  });

  it('never throws', () => {
    const hostile = {
      'a getter': Object.defineProperty({}, 'a', {
        enumerable: true,
        get() {
          throw new Error('getter');
        },
      }),
      'an inspect method': {
        [inspect.custom]() {
          throw new Error('inspect');
        },
      },
      'a tag': {
        get [Symbol.toStringTag]() {
          throw new Error('tag');
        },
      },
      'an error without sense': Object.defineProperties(new Error('x'), {
        stack: {
          get() {
            throw new Error('stack');
          },
        },
        message: {
          get() {
            throw new Error('message');
          },
        },
      }),
      'a proxy': new Proxy(
        {},
        new Proxy(
          {},
          {
            get() {
              throw new Error('trap');
            },
          },
        ),
      ),
      'a revoked proxy': (() => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      })(),
      'an endless text': { [inspect.custom]: () => 'x'.repeat(1e7) },
      'a deep list': Array.from({ length: 20_000 }).reduce<unknown>((inner) => [inner], 0),
    };
    for (const [name, value] of Object.entries(hostile)) {
      const text = inspectValue(value);
      expect(text, name).toEqual(expect.any(String));
      expect(text.length, name).toBeLessThan(101_000);
    }
    expect(inspectValue(hostile['an inspect method'])).toBe('<Object that could not be shown: inspect>');
  });
});

describe('errorText', () => {
  it('is the message, and something for whatever else is thrown', () => {
    expect(errorText(new Error('m'))).toBe('m');
    expect(errorText('s')).toBe('s');
    expect(errorText({ a: 1 })).toBe('{ a: 1 }');
    expect(errorText(undefined)).toBe('undefined');
    expect(errorText(new Error('x'.repeat(10_000))).length).toBeLessThan(600);
  });
});
