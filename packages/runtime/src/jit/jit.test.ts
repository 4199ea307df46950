import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import * as device from '../device/device.ts';
import { DeviceTensor, memoryOf, placed } from '../device/memory.ts';
import { valueAndGradients } from '../ops/value-and-gradients.ts';
import * as tf from '../tf.ts';
import { backend } from '../trace/backend.ts';
import { TraceError } from '../trace/errors.ts';
import { jit } from './jit.ts';

/** A place in this file. */
const HERE = /jit\.test\.ts:\d+:\d+/;

async function numbers(tensor: tf.Tensor): Promise<number[]> {
  return Array.from(await tensor.data());
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown.');
}

afterEach(() => {
  tf.disposeVariables();
});

describe('what is passed in', () => {
  test('may be passed in again, also with another shape, and be mixed with results', async () => {
    const twice = jit((x: tf.Tensor) => x.mul(2));
    const x = tf.tensor1d([1, 2, 3, 4]);
    for (let call = 0; call < 3; call++) {
      expect(await numbers(await twice(x))).toEqual([2, 4, 6, 8]);
      const square = await twice(x.reshape([2, 2]));
      expect(square.shape).toEqual([2, 2]);
      expect(await numbers(await twice(square))).toEqual([4, 8, 12, 16]);
    }
  });

  test('is read anew where a variable was assigned', async () => {
    const twice = jit((x: tf.Tensor) => x.mul(2));
    const variable = tf.variable(tf.scalar(1));
    for (const value of [1, 2, 3]) {
      variable.assign(tf.scalar(value));
      expect(await numbers(await twice(variable))).toEqual([2 * value]);
      expect(await numbers(await twice(variable))).toEqual([2 * value]);
    }
  });
});

describe('what a call returns', () => {
  test('has the structure that the function returned, tensors on the device, all else as it is', async () => {
    const both = jit((x: tf.Tensor, { scale }: { scale: number }) => ({
      list: [x.add(1), { twice: x.mul(scale) }],
      label: 'kept',
      nothing: null,
    }));
    const result = await both(tf.tensor1d([1, 2]), { scale: 2 });
    expect(await numbers(result.list[0] as tf.Tensor)).toEqual([2, 3]);
    expect(await numbers((result.list[1] as { twice: tf.Tensor }).twice)).toEqual([2, 4]);
    expect(result.label).toBe('kept');
    expect(result.nothing).toBeNull();
    expect(result.list[0]).toBeInstanceOf(DeviceTensor);
    expect((result.list[0] as DeviceTensor).device).toBe('cpu');
  });

  test('may be one of the arguments, or a constant', async () => {
    const same = jit((x: tf.Tensor) => [x, tf.tensor1d([7, 8]), x]);
    const [a, constant, b] = await same(tf.tensor1d([1, 2]));
    expect(await numbers(a as tf.Tensor)).toEqual([1, 2]);
    expect(await numbers(constant as tf.Tensor)).toEqual([7, 8]);
    (a as tf.Tensor).dispose();
    expect(await numbers(b as tf.Tensor)).toEqual([1, 2]);
  });

  test('is read by eager ops, and copied to the eager backend by toTensor', async () => {
    const double = jit((x: tf.Tensor) => x.mul(2));
    const y = await double(tf.tensor1d([1, 2]));
    expect(await numbers(y.add(1))).toEqual([3, 5]);
    const copy = await (await double(tf.tensor1d([3, 4]))).toTensor();
    expect(copy).not.toBeInstanceOf(DeviceTensor);
    expect(Array.from(copy.dataSync())).toEqual([6, 8]);
  });

  test.each(['cpu', 'wasm'] as const)(
    'shares its memory with clones, on the eager backend %s',
    async (eager) => {
      await device.use('cpu', { eager });
      onTestFinished(async () => {
        await device.use('cpu', { eager: 'cpu' });
      });
      const before = tf.memory().numTensors;
      const x = await jit((x: tf.Tensor) => x.add(1))(tf.scalar(1));
      const clone = x.clone();
      expect(memoryOf(clone)).toBe(memoryOf(x));
      x.dispose();
      expect(await numbers(clone)).toEqual([2]);
      expect(await numbers(await jit((x: tf.Tensor) => x.mul(2))(clone))).toEqual([4]);
      expect(memoryOf(clone)).toBeDefined();
      const eagerClone = tf.scalar(7).clone();
      expect(await numbers(eagerClone)).toEqual([7]);
      const gone = memoryOf(clone);
      clone.dispose();
      expect(tf.memory().numTensors).toBe(before + 4);
      expect([...backend.allStored()]).not.toContain(gone);
    },
  );

  test('stays what it is while the function runs again', async () => {
    const next = jit((x: tf.Tensor) => x.add(1));
    const first = await next(tf.tensor1d([1]));
    const second = await next(first);
    const third = await next(second);
    expect([...(await numbers(first)), ...(await numbers(second)), ...(await numbers(third))]).toEqual([
      2, 3, 4,
    ]);
  });

  test('has names of its own, whatever the parameters are called', async () => {
    const weight = tf.variable(tf.scalar(3));
    const fn = jit((output: tf.Tensor, variable0: tf.Tensor, v2: tf.Tensor, v1: tf.Tensor) => ({
      output,
      sum: output.mul(weight).add(variable0.mul(v2)).add(v1),
    }));
    const result = await fn(tf.scalar(1), tf.scalar(2), tf.scalar(4), tf.scalar(8));
    expect(await numbers(result.output)).toEqual([1]);
    expect(await numbers(result.sum)).toEqual([19]);
  });

  test('carries NaN, infinities and int32 through', async () => {
    const odd = jit((x: tf.Tensor, n: tf.Tensor) => ({ x: x.mul(1), n: n.mul(tf.scalar(2, 'int32')) }));
    const result = await odd(
      tf.tensor1d([Number.NaN, Number.POSITIVE_INFINITY, -0]),
      tf.scalar(2 ** 29, 'int32'),
    );
    expect(await numbers(result.x)).toEqual([Number.NaN, Number.POSITIVE_INFINITY, -0]);
    expect(await numbers(result.n)).toEqual([2 ** 30]);
    expect(result.n.dtype).toBe('int32');
  });

  test('may be empty', async () => {
    const none = jit((x: tf.Tensor) => x.mul(2));
    const result = await none(tf.zeros([0, 3]));
    expect(result.shape).toEqual([0, 3]);
    expect(await numbers(result)).toEqual([]);
  });
});

describe('compiling', () => {
  test('happens once for each set of shapes, dtypes and other values', async () => {
    const scaled = jit((x: tf.Tensor, options: { factor: number; flip?: boolean }) =>
      options.flip ? x.mul(-options.factor) : x.mul(options.factor),
    );
    expect(await numbers(await scaled(tf.tensor1d([1, 2]), { factor: 3 }))).toEqual([3, 6]);
    expect(await numbers(await scaled(tf.tensor1d([5, 6]), { factor: 3 }))).toEqual([15, 18]);
    expect(scaled.compilations).toBe(1);
    expect(await numbers(await scaled(tf.tensor1d([1, 2, 3]), { factor: 3 }))).toEqual([3, 6, 9]);
    expect(await numbers(await scaled(tf.tensor1d([1, 2]), { factor: 3, flip: true }))).toEqual([-3, -6]);
    expect(scaled.compilations).toBe(3);
  });

  test('warns when a number that changes compiles the function again and again', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const scaled = jit(function scaledBy(x: tf.Tensor, factor: number) {
      return x.mul(factor);
    });
    for (let i = 0; i < 20; i++) (await scaled(tf.scalar(1), i)).dispose();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/scaledBy was compiled 16 times.*tf\.scalar/);
    warn.mockRestore();
  });

  test('inlines another jitted function', async () => {
    const square = jit((x: tf.Tensor) => x.mul(x));
    const sum = jit((x: tf.Tensor) => square.inline(x).sum());
    expect(await numbers(await sum(tf.tensor1d([1, 2, 3])))).toEqual([14]);
    expect(square.compilations).toBe(0);
  });

  test('takes gradients by TensorFlow.js’s tape, through an inlined function', async () => {
    const square = jit((x: tf.Tensor) => x.mul(x));
    const slope = jit((x: tf.Tensor) => tf.grad((x: tf.Tensor) => square.inline(x).sum())(x));
    expect(await numbers(await slope(tf.tensor1d([1, 2, 3])))).toEqual([2, 4, 6]);
  });

  test('reads captured variables at each call, and captured tensors once', async () => {
    const weight = tf.variable(tf.scalar(2));
    const bias = tf.scalar(10);
    const line = jit((x: tf.Tensor) => x.mul(weight).add(bias));
    expect(await numbers(await line(tf.scalar(3)))).toEqual([16]);
    weight.assign(tf.scalar(5));
    bias.dispose();
    expect(await numbers(await line(tf.scalar(3)))).toEqual([25]);
    expect(line.compilations).toBe(1);
  });

  test('differentiates by captured variables with variableGrads', async () => {
    const weight = tf.variable(tf.tensor1d([1, -2]), true, 'weight');
    const step = jit((x: tf.Tensor) => tf.variableGrads(() => x.mul(weight).square().sum() as tf.Scalar));
    const { value, grads } = await step(tf.tensor1d([3, 4]));
    expect(await numbers(value)).toEqual([73]);
    expect(await numbers(grads.weight as tf.Tensor)).toEqual([18, -64]);
  });

  test('leaves the eager backend, the tensor count and the random numbers as they were', async () => {
    const backend = tf.getBackend();
    const x = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    const scaled = jit((x: tf.Tensor) => x.mul(2).add(1).relu());
    (await scaled(x)).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getBackend()).toBe(backend);
    expect(Math.random()).toBeLessThan(1);
    expect(Array.from(x.add(1).dataSync())).toEqual([2, 3]);
  });

  test('after release compiles again', async () => {
    const scaled = jit((x: tf.Tensor) => x.mul(2));
    await scaled(tf.scalar(1));
    await scaled.release();
    expect(await numbers(await scaled(tf.scalar(4)))).toEqual([8]);
    expect(scaled.compilations).toBe(2);
  });

  test('serves calls that were started together', async () => {
    const scaled = jit((x: tf.Tensor, by: tf.Tensor) => x.mul(by));
    const calls = Array.from({ length: 20 }, (_, i) => scaled(tf.tensor1d([1, 2]), tf.scalar(i)));
    const results = await Promise.all((await Promise.all(calls)).map(numbers));
    expect(results).toEqual(Array.from({ length: 20 }, (_, i) => [i, 2 * i]));
  });
});

describe('donating', () => {
  type State = { w: tf.Tensor; n: tf.Tensor };
  const next = (state: State, by: tf.Tensor): State => ({ w: state.w.add(by), n: state.n.add(1) });

  test('disposes the old state when the call has succeeded, and nothing else', async () => {
    const step = jit(next, { donate: ['state'] });
    const by = tf.scalar(2);
    const first: State = { w: tf.tensor1d([1, 2]), n: tf.scalar(0) };
    const second = await step(first, by);
    const third = await step(second, by);
    expect([first.w.isDisposed, first.n.isDisposed, second.w.isDisposed]).toEqual([true, true, true]);
    expect(by.isDisposed).toBe(false);
    expect(await numbers(third.w)).toEqual([5, 6]);
    expect(await numbers(third.n)).toEqual([2]);
  });

  test('keeps the state where the call fails', async () => {
    const step = jit(next, { donate: [0] });
    const state: State = { w: tf.tensor1d([1, 2]), n: tf.scalar(0) };
    await failure(step(state, tf.tensor1d([1, 2, 3])));
    expect(state.w.isDisposed).toBe(false);
    expect(await numbers((await step(state, tf.scalar(1))).w)).toEqual([2, 3]);
  });

  test('of a parameter that the function has not is refused at once', () => {
    expect(() => jit(next, { donate: ['stat'] })).toThrow(/no parameter 'stat'.*state, by/);
    expect(() => jit(next, { donate: [2] })).toThrow(/no parameter '2'.*state, by/);
    expect(() => jit((...all: tf.Tensor[]) => all[0], { donate: [2] })).not.toThrow();
  });

  describe('what is returned as a change element by element', () => {
    const start = (...values: number[]): Promise<DeviceTensor> =>
      placed(Float32Array.from(values), [values.length], 'cpu');
    const memory = (tensor: tf.Tensor): unknown => memoryOf(tensor)?.peek();
    type Moments = { m: tf.Tensor; v: tf.Tensor; w: tf.Tensor };
    const moved = ({ m, v, w }: Moments, g: tf.Tensor): Moments => {
      const first = m.add(g.sub(m).mul(0.5));
      const second = v.mul(0.5).add(g.square());
      return { m: first, v: second, w: w.sub(first.div(second.sqrt())) };
    };

    test('has the memory of what was donated, each of its own', async () => {
      const step = jit(moved, { donate: [0], device: 'cpu' });
      const state = { m: await start(2, 4), v: await start(6, 0), w: await start(1, 2) };
      const places = [state.m, state.v, state.w].map(memory);
      const next = await step(state, tf.tensor1d([1, 2]));
      expect(await numbers(next.m)).toEqual([1.5, 3]);
      expect(await numbers(next.v)).toEqual([4, 4]);
      expect(await numbers(next.w)).toEqual([0.25, 0.5]);
      expect([next.m, next.v, next.w].map(memory)).toEqual(places);
      expect(new Set(places).size).toBe(3);
    });

    test('is apart from what is read in another way, or not in its shape', async () => {
      const step = jit(
        (w: tf.Tensor2D, m: tf.Tensor, row: tf.Tensor) => ({
          product: w.matMul(w).add(w),
          w: w.sub(w.mean()),
          wide: m.add(row),
          row: row.mul(2),
          m: m.mul(2),
        }),
        { donate: ['w', 'm', 'row'], device: 'cpu' },
      );
      const w = (await placed(Float32Array.of(1, 2, 3, 4), [2, 2], 'cpu')) as tf.Tensor2D;
      const result = await step(w, await start(1, 2), await start(10));
      expect(await numbers(result.product)).toEqual([8, 12, 18, 26]);
      expect(await numbers(result.w)).toEqual([-1.5, -0.5, 0.5, 1.5]);
      expect(await numbers(result.wide)).toEqual([11, 12]);
      expect(await numbers(result.row)).toEqual([20]);
      expect(await numbers(result.m)).toEqual([2, 4]);
    });

    test('of two that were donated is both', async () => {
      const swap = jit((a: tf.Tensor, b: tf.Tensor) => [a.add(b), a.sub(b)], {
        donate: [0, 1],
        device: 'cpu',
      });
      const [sum, difference] = await swap(await start(5, 7), await start(1, 2));
      expect(await numbers(sum as tf.Tensor)).toEqual([6, 9]);
      expect(await numbers(difference as tf.Tensor)).toEqual([4, 5]);
    });

    test('is the update, where that is donated too', async () => {
      const at = [[0], [1]];
      const put = jit(
        (cache: tf.Tensor1D, x: tf.Tensor1D) =>
          tf.tensorScatterUpdate(cache, tf.tensor2d(at, [2, 1], 'int32'), x),
        { donate: [0, 1], device: 'cpu' },
      );
      const result = await put((await start(1, 2)) as tf.Tensor1D, (await start(3, 4)) as tf.Tensor1D);
      expect(await numbers(result)).toEqual([3, 4]);
    });
  });

  describe('what is returned with parts replaced', () => {
    const start = (): Promise<DeviceTensor<tf.Rank.R1>> =>
      placed(Float32Array.of(1, 2, 3), [3], 'cpu') as Promise<DeviceTensor<tf.Rank.R1>>;
    const memory = (tensor: tf.Tensor): unknown => memoryOf(tensor)?.peek();
    const append = (cache: tf.Tensor1D, x: tf.Tensor1D) => {
      const next = tf.tensorScatterUpdate(cache, tf.tensor2d([[1]], [1, 1], 'int32'), x) as tf.Tensor1D;
      return { cache: next, sum: next.sum() };
    };

    test('stays where it is, if it is donated and nothing else reads it', async () => {
      const step = jit(append, { donate: ['cache'], device: 'cpu' });
      let cache: tf.Tensor1D = await start();
      const where = memory(cache);
      for (const x of [20, 30]) {
        const result = await step(cache, tf.tensor1d([x]));
        expect(cache.isDisposed).toBe(true);
        expect(await numbers(result.cache)).toEqual([1, x, 3]);
        expect(await numbers(result.sum)).toEqual([x + 4]);
        expect(memory(result.cache)).toBe(where);
        cache = result.cache;
      }
      // The memory is not among what is free.
      const others = await Promise.all([
        step(await start(), tf.tensor1d([7])),
        step(await start(), tf.tensor1d([8])),
      ]);
      expect(others.map(({ cache: other }) => memory(other))).not.toContain(where);
      expect(await numbers(cache)).toEqual([1, 30, 3]);
    });

    test('is a copy where the argument is kept, has a clone, is passed twice, or is read elsewhere', async () => {
      const kept = await start();
      const { cache } = await jit(append, { device: 'cpu' })(kept, tf.tensor1d([9]));
      expect([await numbers(kept), await numbers(cache)]).toEqual([
        [1, 2, 3],
        [1, 9, 3],
      ]);

      const step = jit(append, { donate: ['cache'], device: 'cpu' });
      const clone = kept.clone();
      expect(memoryOf(clone)).toBe(memoryOf(kept));
      await step(kept, tf.tensor1d([9]));
      expect(await numbers(clone)).toEqual([1, 2, 3]);

      const both = await start();
      const twice = await jit(
        (cache: tf.Tensor1D, other: tf.Tensor1D) => ({
          ...append(cache, tf.tensor1d([9])),
          other: other.add(1),
        }),
        {
          donate: ['cache'],
          device: 'cpu',
        },
      )(both, both);
      expect(await numbers(twice.other)).toEqual([2, 3, 4]);

      const also = jit((cache: tf.Tensor1D, x: tf.Tensor1D) => ({ ...append(cache, x), old: cache.mul(2) }), {
        donate: ['cache'],
        device: 'cpu',
      });
      const read = await also(await start(), tf.tensor1d([9]));
      expect([await numbers(read.cache), await numbers(read.old)]).toEqual([
        [1, 9, 3],
        [2, 4, 6],
      ]);
    });
  });

  test('a state that was donated and is used again is named by its path', async () => {
    const step = jit(next, { donate: ['state'] });
    const state: State = { w: tf.scalar(1), n: tf.scalar(0) };
    await step(state, tf.scalar(1));
    const error = await failure(step(state, tf.scalar(1)));
    expect(error.message).toMatch(/^state\.w is disposed/);
  });
});

describe('what can’t be traced says so at the line of user code', () => {
  const x = tf.tensor1d([1, 2]);

  test.each<[string, (x: tf.Tensor) => unknown, RegExp]>([
    ['reading a value', (x) => x.mul(x.dataSync()[0] as number), /no value yet.*dataSync/],
    ['a condition on a value', (x) => (x.sum().arraySync() ? x : x.neg()), /tf\.where/],
    ['printing', (x) => x.print(), /no value yet/],
    ['a random number without a seed', (x) => x.add(Math.random()), /drawn once.*random\.uniform/],
    [
      'an op without a lowering',
      (x) => tf.unique(x as tf.Tensor1D).values,
      /The op Unique can't be compiled/,
    ],
    ['complex numbers', (x) => tf.complex(x, x), /The op Complex can't be compiled/],
  ])('%s', async (_, fn, message) => {
    const error = await failure(jit(fn)(x));
    expect(error).toBeInstanceOf(TraceError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(HERE);
  });

  test('an async function', async () => {
    const error = await failure(jit(async (x: tf.Tensor) => x.mul(2))(x));
    expect(error).toBeInstanceOf(TraceError);
    expect(error.message).toMatch(/must not be async/);
  });

  test.each<[string, (x: tf.Tensor) => unknown]>([
    ['awaiting data', async (x) => x.mul((await x.data())[0] as number)],
    [
      'asking for data without waiting for it',
      (x) => {
        void x.array();
        return x.mul(2);
      },
    ],
  ])('%s', async (_, fn) => {
    const error = await failure(jit(fn)(x));
    expect(error).toBeInstanceOf(TraceError);
    expect(error.message).toMatch(/no value yet/);
    expect(error.message).toMatch(HERE);
  });

  test('assigning a variable, which stays as it was', async () => {
    const count = tf.variable(tf.scalar(1), true, 'count');
    const fn = jit((x: tf.Tensor) => {
      count.assign(count.add(1));
      return x.mul(count);
    });
    const error = await failure(fn(x));
    expect(error).toBeInstanceOf(TraceError);
    expect(error.message).toMatch(/'count' can't be assigned/);
    expect(error.message).toMatch(HERE);
    count.assign(tf.scalar(3));
    expect(count.dataSync()[0]).toBe(3);
  });

  test.each<[string, (x: tf.Tensor) => unknown, RegExp]>([
    ['nothing', (x) => void x.mul(2), /must return a tensor/],
    ['a promise within what is returned', (x) => ({ late: Promise.resolve(x) }), /must not be async/],
    ['a Map of tensors', (x) => new Map([['x', x]]), /output is a Map that holds tensors/],
  ])('returning %s', async (_, fn, message) => {
    expect((await failure(jit(fn)(x))).message).toMatch(message);
  });

  test('a tensor that was disposed inside', async () => {
    const error = await failure(
      jit((x: tf.Tensor) => {
        const y = x.mul(2);
        y.dispose();
        return { y };
      })(x),
    );
    expect(error.message).toMatch(/output\.y was disposed inside/);
  });

  test('and the next call works', async () => {
    let broken = true;
    const fn = jit((x: tf.Tensor) => (broken ? tf.unique(x as tf.Tensor1D).values : x.mul(2)));
    await failure(fn(x));
    broken = false;
    expect(await numbers(await fn(x))).toEqual([2, 4]);
  });
});

describe('bad arguments are named by their path', () => {
  const fn = jit((state: { params: tf.Tensor[] }, batch: tf.Tensor) =>
    tf.matMul(batch, state.params[0] as tf.Tensor),
  );

  test('a disposed tensor', async () => {
    const gone = tf.zeros([2, 2]);
    gone.dispose();
    expect((await failure(fn({ params: [gone] }, tf.zeros([2, 2])))).message).toMatch(
      /^state\.params\[0\] is disposed/,
    );
  });

  test('a promise', async () => {
    const late = Promise.resolve(tf.zeros([2, 2])) as unknown as tf.Tensor;
    expect((await failure(fn({ params: [late] }, tf.zeros([2, 2])))).message).toMatch(
      /^state\.params\[0\] is a promise: await it/,
    );
  });

  test('an array of numbers', async () => {
    const raw = new Float32Array(4) as unknown as tf.Tensor;
    expect((await failure(fn({ params: [tf.zeros([2, 2])] }, raw))).message).toMatch(
      /^batch is a Float32Array/,
    );
  });

  test('a wrong shape, dtype or structure, beside what was expected', async () => {
    await fn({ params: [tf.zeros([2, 3])] }, tf.zeros([4, 2]));
    const shape = await failure(fn({ params: [tf.zeros([2, 3])] }, tf.zeros([4, 5])));
    expect(shape).toBeInstanceOf(TraceError);
    expect(shape.message).toMatch(/batch is float32\[4,5\], and was float32\[4,2\]/);
    expect(shape.message).toMatch(HERE);
    const dtype = await failure(fn({ params: [tf.zeros([2, 3])] }, tf.zeros([4, 2], 'complex64')));
    expect(dtype.message).toMatch(/^batch is a tensor of complex64, which can't be compiled/);
    const structure = await failure(fn({ params: [] }, tf.zeros([4, 2])));
    expect(structure.message).toMatch(/state\.params\[0\] is missing, and was float32\[2,3\]/);
  });

  test('tensors where they would not be seen', async () => {
    const first = jit(
      (held: { x: tf.Tensor } | Map<string, tf.Tensor>) => Object.values(held)[0] as tf.Tensor,
    );
    class Held {
      readonly x = tf.scalar(1);
    }
    expect((await failure(first({ ...new Held() }).then(() => first(new Held())))).message).toMatch(
      /^held is a Held that holds tensors/,
    );
    expect((await failure(first(new Map([['x', tf.scalar(1)]])))).message).toMatch(/^held is a Map/);
  });

  test('at a first call, with all that was passed', async () => {
    const product = jit((a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b), { name: 'product' });
    const error = await failure(product(tf.zeros([2, 3]), tf.zeros([2, 3])));
    expect(error.message).toMatch(/product can't be compiled.*a float32\[2,3\], b float32\[2,3\]/s);
  });
});

describe('options', () => {
  const twice = (x: tf.Tensor): tf.Tensor => x.mul(2);

  test('name a device that is there', async () => {
    const x = tf.scalar(1);
    expect((await failure(jit(twice, { device: 'gpu' as 'cpu' })(x))).message).toMatch(/no device 'gpu'/);
    const missing = process.platform === 'win32' ? 'coreml' : 'dml';
    expect((await failure(jit(twice, { device: missing })(x))).message).toMatch(
      new RegExp(`The device '${missing}' can't be used`),
    );
  });

  test('name a precision that there is', () => {
    expect(() => jit(twice, { precision: 'float64' as 'float32' })).toThrow(/no precision 'float64'/);
  });
});

describe('saveOnnx', () => {
  test('where it can’t write says so, and leaves nothing behind', async () => {
    const twice = jit((x: tf.Tensor) => x.mul(2), { name: 'twice' });
    (await twice(tf.scalar(1))).dispose();
    const folder = await mkdtemp(join(tmpdir(), 'quire-save-'));
    try {
      await mkdir(join(folder, 'taken.onnx'));
      for (const path of [join(folder, 'taken.onnx'), join(folder, 'none', 'twice.onnx')]) {
        const error = await failure(twice.saveOnnx(path));
        expect(error.message).toContain(`twice can't be written to ${path}: E`);
      }
      expect(await readdir(folder)).toEqual(['taken.onnx']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('explain', () => {
  test('counts operators, time, memory and lines of a graph', async () => {
    const loss = jit(
      (x: tf.Tensor, w: tf.Tensor) => valueAndGradients((w) => x.matMul(w).square().mean(), w),
      {
        name: 'loss',
      },
    );
    await loss(tf.ones([64, 32]), tf.ones([32, 16]));
    const explanation = await loss.explain();
    expect(explanation.nodes).toBeGreaterThan(2);
    expect(explanation.milliseconds).toBeGreaterThan(0);
    expect(explanation.operators.map(({ operator }) => operator).join()).toMatch(/MatMul|Gemm/);
    expect(explanation.lines[0]?.line).toMatch(HERE);
    expect(explanation.inputBytes).toBe(4 * (64 * 32 + 32 * 16));
    expect(explanation.outputBytes).toBe(4 * (32 * 16 + 1));
    expect(String(explanation)).toMatch(/^loss on cpu: \d+ operators/);
  });

  test('before a first call asks for arguments', async () => {
    const fn = jit((x: tf.Tensor) => x.mul(2), { name: 'twice' });
    expect((await failure(fn.explain())).message).toMatch(/twice has not been called yet/);
    expect((await fn.explain([tf.zeros([3])])).nodes).toBe(1);
  });
});

describe('constants', () => {
  const affine = (p: { w: tf.Tensor2D; b: tf.Tensor1D; on: tf.Tensor1D }, x: tf.Tensor2D) =>
    tf.where(p.on, x.matMul(p.w).add(p.b), 0);
  const parameters = () => ({
    w: tf.tensor2d([1, 2, 3, 4], [2, 2]),
    b: tf.tensor1d([10, 20]),
    on: tf.tensor1d([true, false], 'bool'),
  });

  test('are compiled once, and anew for other tensors', async () => {
    const compiled = jit(affine, { constants: ['p'] });
    const p = parameters();
    const x = tf.tensor2d([[1, 1]]);
    expect(await numbers(await compiled(p, x))).toEqual([14, 0]);
    expect(await numbers(await compiled({ ...p }, tf.tensor2d([[2, 1]])))).toEqual([15, 0]);
    expect(compiled.compilations).toBe(1);
    expect(await numbers(await compiled({ ...p, b: tf.tensor1d([0, 0]) }, x))).toEqual([4, 0]);
    expect(compiled.compilations).toBe(2);
  });

  test('may be what a compiled function returned, and may be disposed afterwards', async () => {
    const p = await jit((p: ReturnType<typeof parameters>) => ({ ...p, b: p.b.mul(2) }))(parameters());
    const compiled = jit(affine, { constants: [0] });
    const x = tf.tensor2d([[1, 1]]);
    expect(await numbers(await compiled(p as never, x))).toEqual([24, 0]);
    const kept = { w: p.w.clone(), b: p.b.clone(), on: p.on.clone() };
    tf.dispose(p as never);
    expect(await numbers(await compiled(kept as never, x))).toEqual([24, 0]);
    expect(compiled.compilations).toBe(1);
  });

  test('aren’t donated', () => {
    expect(() => jit(affine, { constants: ['p'], donate: ['p'] })).toThrow(/p of affine can't both/);
    expect(() => jit(affine, { constants: ['q'] })).toThrow(/constants: affine has no parameter 'q'/);
  });
});
