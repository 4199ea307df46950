/** Files of named tensors in the safetensors format (https://huggingface.co/docs/safetensors). */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { DTYPES, decodeInto, isDirect, roomFor, type SafetensorsDType, type TensorData } from './dtypes.ts';
import { parseObject } from './json.ts';

/** Where a tensor is in the file. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

/** The specification's limit, which keeps a damaged length from asking for all memory. */
const LARGEST_HEADER = 100_000_000;

/** Bytes that are converted at a time, a multiple of all element sizes. */
const PIECE = 1 << 22;

/** A file whose header was read and checked; tensors are read when they are asked for. */
export class SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, header: Header) {
    this.path = path;
    this.tensors = header.tensors;
    this.metadata = header.metadata;
    this.#file = file;
  }

  /** @throws {Error} where it isn't a whole file of this format, saying what is wrong with it. */
  static async open(path: string): Promise<SafetensorsFile> {
    // Opening a pipe would wait for someone to write into it.
    if (!(await stat(path)).isFile()) throw new Error(`${path} is not a file.`);
    const file = await open(path, 'r');
    try {
      return new SafetensorsFile(path, file, await readHeader(path, file));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * The numbers of a tensor, in an array of their own: float32 of every type of real numbers, int32 of integers, bool as
   * bytes. Besides it at most 4 MiB are needed.
   *
   * @throws {RangeError} where there is no such tensor, or where an integer isn't an int32.
   */
  async read(name: string): Promise<TensorData> {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new RangeError(`${this.path} has no tensor ${JSON.stringify(name)}.`);
    const { dtype, begin, end } = tensor;
    const size = DTYPES[dtype];
    const data = roomFor(dtype, (end - begin) / size);
    if (isDirect(dtype)) {
      await fill(this.#file, new Uint8Array(data.buffer), begin, this.path);
      return data;
    }
    const piece = new Uint8Array(Math.min(PIECE, end - begin));
    for (let at = begin; at < end; at += piece.length) {
      const bytes = piece.subarray(0, Math.min(piece.length, end - at));
      await fill(this.#file, bytes, at, this.path);
      decodeInto(data, (at - begin) / size, bytes, dtype, `${name} in ${this.path}`);
    }
    return data;
  }

  /** A part of the bytes that are stored of a tensor, from `offset` on, as many as fit into `bytes`. */
  readBytes({ begin }: StoredTensor, offset: number, bytes: Uint8Array): Promise<void> {
    return fill(this.#file, bytes, begin + offset, this.path);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

interface Header {
  tensors: ReadonlyMap<string, StoredTensor>;
  metadata: Readonly<Record<string, string>>;
}

async function fill(file: FileHandle, bytes: Uint8Array, position: number, path: string): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    // Node.js reads at most 2 GiB at a time.
    const length = Math.min(bytes.length - done, 1 << 30);
    const { bytesRead } = await file.read(bytes, done, length, position + done);
    if (bytesRead === 0)
      throw new Error(`${path} ended while it was read: it was cut off or is being written.`);
    done += bytesRead;
  }
}

async function readHeader(path: string, file: FileHandle): Promise<Header> {
  const { size } = await file.stat();
  const damaged = (what: string): Error => new Error(`${path} is not a whole safetensors file: ${what}.`);
  if (size < 8) throw damaged(`it has ${size} bytes, and a header alone has more`);
  const prefix = new Uint8Array(8);
  await fill(file, prefix, 0, path);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > LARGEST_HEADER || length > size - 8) {
    throw damaged(`its header is said to have ${length} bytes, and ${size - 8} follow`);
  }
  const text = new Uint8Array(length);
  await fill(file, text, 8, path);
  let json: Record<string, unknown>;
  try {
    json = parseObject(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (error) {
    throw damaged(`its header can't be used: ${(error as Error).message}`);
  }
  const { __metadata__: metadata = {}, ...entries } = json;
  if (
    typeof metadata !== 'object' ||
    metadata === null ||
    !Object.values(metadata).every((v) => typeof v === 'string')
  ) {
    throw damaged('its metadata are not texts by name');
  }
  const start = 8 + length;
  const found = Object.entries(entries).map(([name, entry]) => {
    const problem = (what: string): Error => damaged(`the tensor ${JSON.stringify(name)} ${what}`);
    return storedTensor(name, entry, start, problem);
  });
  // The tensors fill the rest of the file, side by side.
  let at = start;
  for (const { name, begin, end } of found.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) {
      throw damaged(
        `the tensor ${JSON.stringify(name)} ${begin < at ? 'overlaps the one before it' : 'leaves a gap before it'}`,
      );
    }
    at = end;
  }
  if (at !== size) throw damaged(`its tensors end at byte ${at}, and the file at ${size}`);
  return {
    tensors: new Map(found.map((tensor) => [tensor.name, tensor])),
    metadata: metadata as Record<string, string>,
  };
}

function storedTensor(
  name: string,
  entry: unknown,
  start: number,
  problem: (what: string) => Error,
): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype)) {
    throw problem(
      `has the unknown type ${JSON.stringify(dtype)}; known are ${Object.keys(DTYPES).join(', ')}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) throw problem(`has the shape ${JSON.stringify(shape)}`);
  const isRange = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount);
  const [begin = 0, end = -1] = isRange ? (offsets as number[]) : [];
  if (begin > end) throw problem(`has the offsets ${JSON.stringify(offsets)}`);
  const known = dtype as SafetensorsDType;
  let bytes: number = DTYPES[known];
  for (const n of shape) {
    bytes *= n;
    if (!Number.isSafeInteger(bytes)) throw problem(`of ${dtype} [${shape}] is larger than any file`);
  }
  if (end - begin !== bytes)
    throw problem(`of ${dtype} [${shape}] has ${bytes} bytes, and ${end - begin} are set aside`);
  return { name, dtype: known, shape, begin: start + begin, end: start + end };
}

/** A tensor to be written; its numbers are asked for when their turn comes. */
export interface TensorToWrite {
  name: string;
  dtype: SafetensorsDType;
  shape: readonly number[];
  /** The bytes of the tensor, little-endian and in row-major order. */
  bytes: () => Promise<Uint8Array> | Uint8Array;
}

export function bytesOf({ dtype, shape }: Pick<TensorToWrite, 'dtype' | 'shape'>): number {
  return shape.reduce((product, n) => product * n, DTYPES[dtype]);
}

/** Writes to a temporary name beside `path` and renames, so that a file at `path` is always whole. */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> {
  let at = 0;
  const header = new Map<string, unknown>([['__metadata__', metadata]]);
  for (const tensor of tensors) {
    const { name, dtype, shape } = tensor;
    if (header.has(name)) throw new Error(`Two tensors are called ${JSON.stringify(name)}.`);
    const size = bytesOf(tensor);
    header.set(name, { dtype, shape, data_offsets: [at, at + size] });
    at += size;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(length);
      await file.writeFile(padded);
      for (const tensor of tensors) {
        const content = await tensor.bytes();
        const { name, dtype, shape } = tensor;
        if (content.length !== bytesOf(tensor)) {
          throw new Error(
            `${name} of ${dtype} [${shape}] has ${bytesOf(tensor)} bytes, not ${content.length}.`,
          );
        }
        await file.writeFile(content);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
