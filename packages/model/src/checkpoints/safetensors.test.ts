import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fixture } from '../architectures/parity.ts';
import { SafetensorsFile, type TensorToWrite, writeSafetensors } from './safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'quire-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file with that header, an object or its text, and as many bytes of data. */
function file(header: unknown, bytes: number, length?: bigint): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(text.length));
  const path = join(folder, 'given.safetensors');
  writeFileSync(path, Buffer.concat([start, text, Buffer.alloc(bytes)]));
  return path;
}

const tensor = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });
const F32 = (shape: unknown, begin: number, end: number) => tensor('F32', shape, [begin, end]);

describe('a safetensors file is refused', () => {
  const cases: [string, () => string, string][] = [
    ['that is empty', () => file('', -0, 0n), 'its header'],
    [
      'whose header is said to be larger than the file',
      () => file({ a: F32([1], 0, 4) }, 4, 5000n),
      '5000 bytes',
    ],
    ['whose header is said to be endless', () => file({}, 0, 2n ** 64n - 1n), 'its header is said'],
    ['whose header is no JSON', () => file('{"a":', 4), 'it is not JSON'],
    ['whose header is no object', () => file('[1]', 4), 'it is not an object'],
    [
      'whose header is not UTF-8',
      () => {
        const path = file('{"a":"xx"}', 0);
        const bytes = readFileSync(path);
        bytes[14] = 0xff;
        writeFileSync(path, bytes);
        return path;
      },
      "its header can't be used",
    ],
    [
      'that names a tensor twice',
      () =>
        file(
          '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
          2,
        ),
      'it names "a" twice',
    ],
    [
      'that names a field twice',
      () => file('{"a":{"dtype":"U8","shape":[1],"shape":[2],"data_offsets":[0,2]}}', 2),
      'it names "shape" twice',
    ],
    ['with metadata that are no texts', () => file({ __metadata__: { a: 1 } }, 0), 'its metadata'],
    ['with an unknown dtype', () => file({ a: tensor('F128', [1], [0, 16]) }, 16), 'the unknown type "F128"'],
    [
      'with a dtype that objects have by themselves',
      () => file({ a: tensor('toString', [1], [0, 4]) }, 4),
      'the unknown type "toString"',
    ],
    ['with a tensor that is no object', () => file({ a: null }, 0), 'the unknown type'],
    ['with a negative size', () => file({ a: F32([-1, -1], 0, 4) }, 4), 'has the shape [-1,-1]'],
    ['with a size that is no whole number', () => file({ a: F32([0.5], 0, 2) }, 2), 'has the shape [0.5]'],
    ['with a shape that is no list', () => file({ a: F32('1', 0, 4) }, 4), 'has the shape "1"'],
    [
      'whose shape is more than any file',
      () => file({ a: F32([2 ** 40, 2 ** 40], 0, 0) }, 0),
      'larger than any file',
    ],
    [
      'whose shape overflows to its bytes',
      () => file({ a: F32([2 ** 32, 2 ** 32], 0, 0) }, 0),
      'larger than any file',
    ],
    [
      'whose shape overflows before a zero',
      () => file({ a: F32([2 ** 52, 2 ** 52, 0], 0, 0) }, 0),
      'larger than any file',
    ],
    [
      'with the wrong number of bytes',
      () => file({ a: F32([2], 0, 4) }, 4),
      'has 8 bytes, and 4 are set aside',
    ],
    ['with offsets the wrong way round', () => file({ a: F32([1], 4, 0) }, 4), 'has the offsets [4,0]'],
    ['with a negative offset', () => file({ a: F32([1], -4, 0) }, 4), 'has the offsets [-4,0]'],
    ['with three offsets', () => file({ a: tensor('F32', [1], [0, 4, 8]) }, 8), 'has the offsets [0,4,8]'],
    ['whose tensors overlap', () => file({ a: F32([2], 0, 8), b: F32([2], 4, 12) }, 12), '"b" overlaps'],
    [
      'whose tensors leave a gap',
      () => file({ a: F32([1], 0, 4), b: F32([1], 8, 12) }, 12),
      '"b" leaves a gap',
    ],
    ['whose tensor is beyond the end', () => file({ a: F32([4], 0, 16) }, 8), 'its tensors end at byte'],
    ['with bytes after the last tensor', () => file({ a: F32([1], 0, 4) }, 5), 'its tensors end at byte'],
  ];
  it.each(cases)('%s', async (_, make, reason) => {
    const path = make();
    await expect(SafetensorsFile.open(path)).rejects.toThrow(reason);
    await expect(SafetensorsFile.open(path)).rejects.toThrow(path);
  });

  it('that was cut off anywhere', async () => {
    const whole = readFileSync(join(fixture('gpt2'), 'model.safetensors'));
    const path = join(folder, 'cut.safetensors');
    for (const length of [0, 7, 8, 100, 2000, whole.length / 2, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      await expect(SafetensorsFile.open(path)).rejects.toThrow('is not a whole safetensors file');
    }
  });

  it('that is a folder or a pipe, which would wait for ever', async () => {
    await expect(SafetensorsFile.open(folder)).rejects.toThrow('is not a file');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(SafetensorsFile.open(pipe)).rejects.toThrow('is not a file');
  });
});

describe('a safetensors file', () => {
  it('gives every type of number, also where its tensors begin at odd bytes', async () => {
    const path = join(folder, 'types.safetensors');
    const bytes = (array: ArrayBufferView) => () => new Uint8Array(array.buffer as ArrayBuffer);
    await writeSafetensors(path, [
      { name: 'bool', dtype: 'BOOL', shape: [3], bytes: bytes(Uint8Array.of(1, 0, 1)) },
      { name: 'f64', dtype: 'F64', shape: [2], bytes: bytes(Float64Array.of(0.1, -1e300)) },
      { name: 'f32', dtype: 'F32', shape: [], bytes: bytes(Float32Array.of(1.5)) },
      { name: 'f16', dtype: 'F16', shape: [2], bytes: bytes(Uint16Array.of(0x3c00, 0x0001)) },
      { name: 'bf16', dtype: 'BF16', shape: [2], bytes: bytes(Uint16Array.of(0x3f80, 0xff80)) },
      { name: 'i64', dtype: 'I64', shape: [2], bytes: bytes(BigInt64Array.of(-5n, 2n ** 31n - 1n)) },
      { name: 'u64', dtype: 'U64', shape: [1], bytes: bytes(BigUint64Array.of(7n)) },
      { name: 'i32', dtype: 'I32', shape: [1], bytes: bytes(Int32Array.of(-(2 ** 31))) },
      { name: 'u32', dtype: 'U32', shape: [1], bytes: bytes(Uint32Array.of(9)) },
      { name: 'i16', dtype: 'I16', shape: [1], bytes: bytes(Int16Array.of(-300)) },
      { name: 'u16', dtype: 'U16', shape: [1], bytes: bytes(Uint16Array.of(65535)) },
      { name: 'i8', dtype: 'I8', shape: [1], bytes: bytes(Int8Array.of(-128)) },
      { name: 'u8', dtype: 'U8', shape: [1], bytes: bytes(Uint8Array.of(255)) },
      { name: 'empty', dtype: 'F16', shape: [0, 5], bytes: () => new Uint8Array(0) },
      { name: 'large', dtype: 'I64', shape: [1], bytes: bytes(BigInt64Array.of(2n ** 53n)) },
    ]);
    const file = await SafetensorsFile.open(path);
    const read = async (name: string) => [...(await file.read(name))];
    expect(await file.read('bool')).toEqual(Uint8Array.of(1, 0, 1));
    expect(await file.read('f64')).toEqual(Float32Array.of(0.1, Number.NEGATIVE_INFINITY));
    expect(await file.read('f32')).toEqual(Float32Array.of(1.5));
    expect(await file.read('f16')).toEqual(Float32Array.of(1, 2 ** -24));
    expect(await file.read('bf16')).toEqual(Float32Array.of(1, Number.NEGATIVE_INFINITY));
    expect(await file.read('i64')).toEqual(Int32Array.of(-5, 2 ** 31 - 1));
    expect([await read('u64'), await read('i32'), await read('u32')]).toEqual([[7], [-(2 ** 31)], [9]]);
    expect([await read('i16'), await read('u16'), await read('i8')]).toEqual([[-300], [65535], [-128]]);
    expect([await read('u8'), await read('empty')]).toEqual([[255], []]);
    await expect(file.read('large')).rejects.toThrow('large in ');
    await expect(file.read('large')).rejects.toThrow("holds 9007199254740992, which isn't an int32");
    await expect(file.read('none')).rejects.toThrow('has no tensor "none"');
    await file.close();
  });

  it('is read in pieces to the last number', async () => {
    const values = Uint16Array.from({ length: (1 << 21) + 3 }, (_, i) => i & 0x7bff);
    const path = join(folder, 'long.safetensors');
    await writeSafetensors(path, [
      { name: 'a', dtype: 'BF16', shape: [values.length], bytes: () => new Uint8Array(values.buffer) },
    ]);
    const file = await SafetensorsFile.open(path);
    const read = (await file.read('a')) as Float32Array;
    await file.close();
    const bits = new Uint32Array(read.buffer);
    expect(bits.findIndex((each, i) => each !== ((values[i] as number) << 16) >>> 0)).toBe(-1);
  });

  it('keeps names that objects treat in their own way', async () => {
    const names = ['__proto__', 'constructor', '7', 'a "b"\n', '🙂'];
    const path = join(folder, 'names.safetensors');
    const tensors = names.map(
      (name, i): TensorToWrite => ({ name, dtype: 'U8', shape: [1], bytes: () => Uint8Array.of(i) }),
    );
    // A number as a name comes first, as JavaScript orders keys.
    await writeSafetensors(path, tensors);
    const file = await SafetensorsFile.open(path);
    for (const [i, name] of names.entries()) expect(await file.read(name)).toEqual(Int32Array.of(i));
    await file.close();
  });

  it('is not there where writing it failed', async () => {
    const path = join(folder, 'failed', 'a.safetensors');
    const own = mkdtempSync(join(folder, 'own-'));
    const broken = { name: 'a', dtype: 'F32', shape: [2], bytes: () => new Uint8Array(4) } as const;
    await expect(writeSafetensors(join(own, 'a.safetensors'), [broken])).rejects.toThrow(
      'has 8 bytes, not 4',
    );
    expect(readdirSync(own)).toEqual([]);
    await expect(writeSafetensors(path, [])).rejects.toThrow('ENOENT');
    await expect(writeSafetensors(join(own, 'b'), [broken, broken])).rejects.toThrow(
      'Two tensors are called "a"',
    );
  });
});
