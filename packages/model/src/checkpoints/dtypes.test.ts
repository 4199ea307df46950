import { describe, expect, it } from 'vitest';
import { decodeInto, encode } from './dtypes.ts';

/** The float32 numbers of all 65,536 patterns. */
function all(dtype: 'F16' | 'BF16'): { stored: Uint16Array; values: Float32Array } {
  const stored = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
  const values = new Float32Array(stored.length);
  decodeInto(values, 0, new Uint8Array(stored.buffer), dtype, 'all');
  return { stored, values };
}

describe.each([
  ['F16', 'float16', 10, -14, 65504],
  ['BF16', 'bfloat16', 7, -126, (2 - 2 ** -7) * 2 ** 127],
] as const)('%s', (dtype, name, fractionBits, leastExponent, largest) => {
  const { stored, values } = all(dtype);

  it('gives the number that IEEE 754 defines, for every pattern', () => {
    const off = stored.findIndex((bits) => {
      const exponent = (bits & 0x7fff) >> fractionBits;
      const fraction = (bits & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
      const sign = bits & 0x8000 ? -1 : 1;
      const top = 2 ** (15 - fractionBits) - 1;
      let wanted = sign * (1 + fraction) * 2 ** (exponent - 1 + leastExponent);
      if (exponent === 0) wanted = sign * fraction * 2 ** leastExponent;
      if (exponent === top) wanted = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
      return !Object.is(values[bits], wanted);
    });
    expect(off).toBe(-1);
  });

  it('comes back as it was, for every pattern', () => {
    const back = new Uint16Array(encode(values, name, 'all').slice().buffer);
    const off = stored.findIndex((bits, i) => {
      if (Number.isNaN(values[i])) return !Number.isNaN(values[back[i] as number]);
      return bits !== back[i];
    });
    expect(off).toBe(-1);
  });

  it('is rounded to the nearest, halfway to the even one', () => {
    const finite = [...stored].filter((bits) => bits < 0x7fff && (values[bits + 1] as number) <= largest);
    const cases = finite.flatMap((bits) => {
      const [low, high] = [values[bits] as number, values[bits + 1] as number];
      const half = low + (high - low) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      return [
        [half, even],
        [low + (high - low) * 0.49, bits],
        [low + (high - low) * 0.51, bits + 1],
      ] as const;
    });
    // Of the smallest bfloat16 numbers a half can't be said in float32.
    const sayable = cases.filter(([value]) => value > 2 ** -124 || dtype === 'F16');
    const given = Float32Array.from(sayable, ([value]) => value);
    const found = new Uint16Array(encode(given, name, 'all').slice().buffer);
    expect(sayable.findIndex(([, wanted], i) => found[i] !== wanted)).toBe(-1);
    expect(sayable.length).toBeGreaterThan(50_000);
    const negative = new Uint16Array(
      encode(
        given.map((value) => -value),
        name,
        'all',
      ).slice().buffer,
    );
    expect(negative.findIndex((bits, i) => bits !== ((found[i] as number) | 0x8000))).toBe(-1);
  });

  it('keeps infinity, and refuses finite numbers that it would be', () => {
    const infinities = encode(Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), name, 'w');
    expect(values[new Uint16Array(infinities.buffer)[0] as number]).toBe(Number.POSITIVE_INFINITY);
    expect(() => encode(Float32Array.of(3.4028234e38), name, 'w')).toThrow('w holds 3.4028234');
  });
});
