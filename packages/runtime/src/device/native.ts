/**
 * Sessions on the host by ONNX Runtime's C API, in the library that comes with `onnxruntime-node`. They compute outputs
 * where those are wanted. The binding of `onnxruntime-node` copies each output into fresh memory instead, which is a third
 * of the time of a training step that returns its parameters.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Tensor } from 'onnxruntime-node';
import { ELEMENT_TYPE } from '../graph/onnx.ts';
import type { DType } from '../graph/values.ts';
import {
  configOf,
  type Fetches,
  type Results,
  type Session,
  type SessionOptions,
  type Tensors,
} from './session.ts';

type Koffi = typeof import('koffi');
type Pointer = bigint;
type Native = (...values: unknown[]) => unknown;

/** Version of the C API that has all that is used here; libraries of later versions have it too. */
const API_VERSION = 17;

const KINDS = { p: 'void *', s: 'const char *', n: 'size_t', i: 'int' } as const;

/**
 * Where functions stand in the C API's table, to which later versions only append, and the kinds of their arguments. All
 * return a status, and a null pointer for success.
 *
 * @see https://github.com/microsoft/onnxruntime/blob/main/include/onnxruntime/core/session/onnxruntime_c_api.h
 */
const FUNCTIONS = {
  CreateEnv: [3, 'isp'],
  CreateSessionFromArray: [8, 'ppnpp'],
  Run: [9, 'ppppnpnp'],
  CreateSessionOptions: [10, 'p'],
  EnableProfiling: [14, 'pp'],
  SetSessionLogSeverityLevel: [22, 'pi'],
  SetSessionGraphOptimizationLevel: [23, 'pi'],
  SetIntraOpNumThreads: [24, 'pi'],
  CreateTensorWithDataAsOrtValue: [49, 'ppnpnip'],
  CreateCpuMemoryInfo: [69, 'iip'],
  AllocatorFree: [76, 'pp'],
  GetAllocatorWithDefaultOptions: [78, 'p'],
  SessionEndProfiling: [110, 'ppp'],
  AddSessionConfigEntry: [130, 'pss'],
  AddExternalInitializers: [210, 'pppn'],
} as const satisfies Record<string, readonly [number, string]>;

const GET_ERROR_MESSAGE = 2;

/** Those that free what others made return nothing. */
const RELEASING = {
  ReleaseStatus: 93,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseSessionOptions: 100,
} as const;

type Api = Record<keyof typeof FUNCTIONS, (...values: unknown[]) => void> &
  Record<keyof typeof RELEASING, (pointer: Pointer) => void> & {
    environment: Pointer;
    hostMemory: Pointer;
    addressOf(bytes: ArrayBufferView): Pointer;
  };

/** Numbers of the C API's enumerations. */
const FATAL = 4;
const ALL_OPTIMIZATIONS = 99;
const DEVICE_ALLOCATOR = 0;
const DEFAULT_MEMORY = 0;

/** Native code that koffi calls has a stack of its own; that of a main thread is as large. */
const STACK_BYTES = 8 * 2 ** 20;

const require = createRequire(import.meta.url);

/** The file that the binding itself loads, so that there is one library in the process. */
const LIBRARIES: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

function libraryPath(): string {
  const file = LIBRARIES[process.platform];
  if (!file) throw new Error(`onnxruntime-node has no library for ${process.platform}.`);
  const folder = dirname(require.resolve('onnxruntime-node/package.json'));
  return join(folder, 'bin', 'napi-v6', process.platform, process.arch, file);
}

/** What is written to by a function that returns a pointer. */
const place = (): BigUint64Array => new BigUint64Array(1);

function made(create: (out: BigUint64Array) => void): Pointer {
  const out = place();
  create(out);
  return out[0] as Pointer;
}

function loadApi(): Api {
  const koffi = require('koffi') as Koffi;
  try {
    koffi.config({ sync_stack_size: STACK_BYTES });
  } catch {
    // Someone else in this process has called a library before; its default is enough for usual graphs.
  }
  const base = koffi.load(libraryPath()).func('OrtGetApiBase', 'void *', [])() as Pointer;
  const at = (table: Pointer, index: number, result: string, kinds: string): Native =>
    koffi.decode(
      koffi.decode(table, index * koffi.sizeof('void *'), 'void *'),
      koffi.proto(
        result,
        [...kinds].map((kind) => KINDS[kind as keyof typeof KINDS]),
      ),
    ) as Native;
  const table = at(base, 0, 'void *', 'i')(API_VERSION) as Pointer | null;
  if (!table) throw new Error(`ONNX Runtime has no C API of version ${API_VERSION}.`);
  const releasing = Object.fromEntries(
    Object.entries(RELEASING).map(([name, index]) => [name, at(table, index, 'void', 'p')]),
  );
  const message = at(table, GET_ERROR_MESSAGE, 'const char *', 'p');
  const checked = Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, [index, kinds]]) => {
      const native = at(table, index, 'void *', kinds);
      const call = (...values: unknown[]): void => {
        const status = native(...values);
        if (!status) return;
        const said = String(message(status));
        releasing.ReleaseStatus?.(status);
        throw new Error(said);
      };
      return [name, call];
    }),
  );
  const api = { ...checked, ...releasing } as unknown as Api;
  api.environment = made((out) => api.CreateEnv(FATAL, 'quire', out));
  api.hostMemory = made((out) => api.CreateCpuMemoryInfo(DEVICE_ALLOCATOR, DEFAULT_MEMORY, out));
  api.addressOf = (bytes) => koffi.address(bytes);
  return api;
}

let loaded: Api | null | undefined;

/** Undefined where the library can't be called from here. */
function nativeApi(): Api | undefined {
  if (loaded === undefined) {
    try {
      loaded = loadApi();
    } catch {
      loaded = null;
    }
  }
  return loaded ?? undefined;
}

/** Names as C wants them: pointers to texts that end with a zero, which live as long as this does. */
class Names {
  readonly #names: readonly string[];
  readonly #texts: Buffer;
  readonly pointers: BigUint64Array;

  constructor(names: readonly string[], { addressOf }: Api) {
    this.#names = names;
    this.#texts = Buffer.from(names.map((name) => `${name}\0`).join(''));
    let address = names.length > 0 ? addressOf(this.#texts) : 0n;
    this.pointers = BigUint64Array.from(names, (name) => {
      const start = address;
      address += BigInt(Buffer.byteLength(name) + 1);
      return start;
    });
  }

  are(names: readonly string[]): boolean {
    return names.length === this.#names.length && names.every((name, i) => name === this.#names[i]);
  }
}

type HostTensor = Pick<Tensor, 'type' | 'dims' | 'data'>;

/** ONNX Runtime's view of numbers in JavaScript's memory, which have to stay there until it is released. */
function hostValue({ type, dims, data }: HostTensor, api: Api): Pointer {
  const bytes = data as unknown as ArrayBufferView;
  const shape = BigInt64Array.from(dims, BigInt);
  return made((out) =>
    api.CreateTensorWithDataAsOrtValue(
      api.hostMemory,
      bytes,
      bytes.byteLength,
      shape,
      shape.length,
      ELEMENT_TYPE[type as DType],
      out,
    ),
  );
}

class NativeSession implements Session {
  /** The session reads their numbers where they are. */
  readonly constants: SessionOptions['constants'];
  readonly #api: Api;
  #session: Pointer;
  #inputs: Names | undefined;
  #outputs: Names | undefined;

  constructor(session: Pointer, api: Api, constants: SessionOptions['constants']) {
    this.#session = session;
    this.#api = api;
    this.constants = constants;
  }

  async run(feeds: Tensors, fetches: Fetches): Promise<Results> {
    // As the binding's sessions do, so that timers and sockets have their turn between the steps of a loop.
    await setImmediate();
    const [inputs, outputs] = [Object.entries(feeds), Object.entries(fetches)];
    const api = this.#api;
    const values = new BigUint64Array(inputs.length + outputs.length);
    try {
      [...inputs, ...outputs].forEach(([name, tensor], i) => {
        if (!tensor) throw new Error(`No tensor was given for the output ${name}.`);
        values[i] = hostValue(tensor, api);
      });
      this.#inputs = this.#named(this.#inputs, Object.keys(feeds));
      this.#outputs = this.#named(this.#outputs, Object.keys(fetches));
      api.Run(
        this.#open(),
        null,
        this.#inputs.pointers,
        values.subarray(0, inputs.length),
        inputs.length,
        this.#outputs.pointers,
        outputs.length,
        values.subarray(inputs.length),
      );
    } finally {
      for (const value of values) if (value) api.ReleaseValue(value);
    }
    return fetches as Tensors;
  }

  endProfiling(): void {
    const api = this.#api;
    const allocator = made((out) => api.GetAllocatorWithDefaultOptions(out));
    const path = made((out) => api.SessionEndProfiling(this.#open(), allocator, out));
    api.AllocatorFree(allocator, path);
  }

  async release(): Promise<void> {
    this.#api.ReleaseSession(this.#open());
    this.#session = 0n;
  }

  #open(): Pointer {
    if (!this.#session) throw new Error('The session was released.');
    return this.#session;
  }

  /** Runs of a session name the same inputs and outputs, so that the names are written once. */
  #named(known: Names | undefined, names: readonly string[]): Names {
    return known?.are(names) ? known : new Names(names, this.#api);
  }
}

/** Undefined where the library can't be called from here: sessions of `onnxruntime-node` do the same, with copies. */
export function nativeSession(model: Uint8Array, options: SessionOptions): Session | undefined {
  const api = nativeApi();
  if (!api) return undefined;
  const settings = made((out) => api.CreateSessionOptions(out));
  const values: Pointer[] = [];
  try {
    api.SetSessionLogSeverityLevel(settings, FATAL);
    api.SetSessionGraphOptimizationLevel(settings, ALL_OPTIMIZATIONS);
    if (options.threads !== undefined) api.SetIntraOpNumThreads(settings, options.threads);
    if (options.profileTo !== undefined) {
      const encoding = process.platform === 'win32' ? 'utf16le' : 'utf8';
      api.EnableProfiling(settings, Buffer.from(`${options.profileTo}\0`, encoding));
    }
    for (const [key, value] of Object.entries(configOf(options))) {
      api.AddSessionConfigEntry(settings, `session.${key}`, value);
    }
    const constants = options.constants ?? [];
    if (constants.length > 0) {
      for (const { tensor } of constants) values.push(hostValue(tensor, api));
      const names = new Names(
        constants.map(({ name }) => name),
        api,
      );
      api.AddExternalInitializers(settings, names.pointers, BigUint64Array.from(values), values.length);
    }
    const session = made((out) =>
      api.CreateSessionFromArray(api.environment, model, model.byteLength, settings, out),
    );
    return new NativeSession(session, api, constants);
  } finally {
    for (const value of values) api.ReleaseValue(value);
    api.ReleaseSessionOptions(settings);
  }
}
