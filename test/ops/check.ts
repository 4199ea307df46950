/** One op: compiled against eager, gradients against finite differences, and backends against each other. */
import { type DeviceName, jit, tf } from '@quire/runtime';
import type { Case, MakeCase } from './cases.ts';
import { Draw } from './draw.ts';

/** Half of the distance between the two points of a finite difference. */
const STEP = 1e-2;

interface Results {
  outputs: tf.Tensor[];
  gradients: tf.Tensor[];
}

export async function checkOp(make: MakeCase, device: DeviceName, seed: number): Promise<void> {
  const made = make(new Draw(seed));
  const { weights, results } = functionOf(made, seed);
  const compiled = jit((...inputs: tf.Tensor[]) => results(...inputs), { device });
  const expected = tf.tidy(() => results(...made.inputs) as never) as Results;
  if (!made.noGradient) checkDifferences(made, weights, expected.gradients, seed);
  const found = (await compiled(...made.inputs)) as Results;
  const tolerance = (device === 'webgpu' ? made.webgpuTolerance : undefined) ?? made.tolerance ?? 1e-5;
  await compareResults(made, found, expected, tolerance);
  await compiled.release();
}

/** One op on TensorFlow.js's backend `eager` against plain JavaScript. */
export async function checkEager(make: MakeCase, eager: string, seed: number): Promise<void> {
  const made = make(new Draw(seed));
  const { results } = functionOf(made, seed);
  await tf.setBackend('cpu');
  const expected = tf.tidy(() => results(...made.inputs) as never) as Results;
  await tf.setBackend(eager);
  const found = tf.tidy(() => results(...made.inputs) as never) as Results;
  await compareResults(made, found, expected, made.tolerance ?? 1e-5);
}

/** The op together with its gradients, and what these weigh its outputs with. */
function functionOf(
  made: Case,
  seed: number,
): { weights: tf.Tensor[]; results: (...inputs: tf.Tensor[]) => Results } {
  const weights = tf.tidy(() =>
    asList(made.run(...(made.inputs as never[]))).map((output, i) => weightsFor(output, seed + i)),
  );
  const results = (...inputs: tf.Tensor[]): Results => ({
    outputs: asList(made.run(...(inputs as never[]))),
    gradients: made.noGradient ? [] : gradientsOf(made, weights, inputs),
  });
  return { weights, results };
}

async function compareResults(
  made: Case,
  found: Results,
  expected: Results,
  tolerance: number,
): Promise<void> {
  const shapes = made.inputs.map(({ shape }) => `[${shape}]`).join(' ');
  for (const kind of ['outputs', 'gradients'] as const) {
    for (const [i, wanted] of expected[kind].entries()) {
      await compare(`${kind}[${i}] of ${shapes}`, found[kind][i] as tf.Tensor, wanted, tolerance);
    }
  }
}

function asList(result: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(result) ? result : [result];
}

function weightsFor(output: tf.Tensor, seed: number): tf.Tensor {
  return tf.keep(new Draw(seed + 1000).float(output.shape, 0.5, 1.5));
}

function total(made: Case, weights: tf.Tensor[], inputs: tf.Tensor[]): tf.Scalar {
  const outputs = asList(made.run(...(inputs as never[])));
  return outputs
    .map((output, i) => output.mul(weights[i] as tf.Tensor).sum())
    .reduce((a, b) => a.add(b)) as tf.Scalar;
}

function differentiable(made: Case): number[] {
  return made.inputs.flatMap(({ dtype }, i) => (dtype === 'float32' ? [i] : []));
}

function gradientsOf(made: Case, weights: tf.Tensor[], inputs: tf.Tensor[]): tf.Tensor[] {
  const at = differentiable(made);
  const gradient = tf.grads((...floats: tf.Tensor[]) => {
    const all = [...inputs];
    at.forEach((place, i) => {
      all[place] = floats[i] as tf.Tensor;
    });
    return total(made, weights, all);
  });
  return gradient(at.map((place) => inputs[place] as tf.Tensor));
}

async function compare(name: string, found: tf.Tensor, wanted: tf.Tensor, tolerance: number): Promise<void> {
  if (`${found.dtype}[${found.shape}]` !== `${wanted.dtype}[${wanted.shape}]`) {
    throw new Error(`${name}: ${found.dtype}[${found.shape}] instead of ${wanted.dtype}[${wanted.shape}]`);
  }
  const [a, b] = [await found.data(), wanted.dataSync()];
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    const same = Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance + 1e-5 * Math.abs(y);
    if (!same) throw new Error(`${name}: element ${i} is ${x}, not ${y}`);
  }
}

/** Along one random direction for each input, the gradient says how the total changes. */
function checkDifferences(made: Case, weights: tf.Tensor[], gradients: tf.Tensor[], seed: number): void {
  for (const [i, place] of differentiable(made).entries()) {
    const input = made.inputs[place] as tf.Tensor;
    const direction = new Draw(seed + 77 + i).float(input.shape, -1, 1);
    const at = (distance: number): number =>
      tf.tidy(() => {
        const moved = [...made.inputs];
        moved[place] = input.add(direction.mul(distance));
        return exactTotal(made, weights, moved);
      });
    const difference = (at(STEP) - at(-STEP)) / (2 * STEP);
    const slope = tf.tidy(() => dot(gradients[i] as tf.Tensor, direction));
    const size = tf.tidy(
      () => (gradients[i] as tf.Tensor).mul(direction).abs().sum().dataSync()[0] as number,
    );
    if (!(Math.abs(difference - slope) <= 0.02 * size + 2e-3)) {
      throw new Error(
        `the gradient of input ${place} [${input.shape}] gives ${slope}, a finite difference ${difference}`,
      );
    }
  }
}

/** Summed in float64, for a difference of two near numbers. */
function exactTotal(made: Case, weights: tf.Tensor[], inputs: tf.Tensor[]): number {
  return asList(made.run(...(inputs as never[])))
    .map((output, i) => dot(output, weights[i] as tf.Tensor))
    .reduce((a, b) => a + b, 0);
}

function dot(a: tf.Tensor, b: tf.Tensor): number {
  const [x, y] = [a.dataSync(), b.dataSync()];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}
