/** Where numbers stopped being finite. */
import { leavesOf, tf } from '@quire/runtime';
import { publishedName } from '../parameters/names.ts';

/** The loss or the gradient of a step wasn't finite. The parameters are those from before the step. */
export class NonFiniteError extends Error {
  /** Updates made before. */
  readonly step: number;
  /** The examples of the batch, by index. */
  readonly batch: readonly number[];
  /** The parameter that was used last before the first number that isn't finite, by its published name. */
  readonly layer: string | undefined;

  constructor(
    message: string,
    details: { step: number; batch: readonly number[]; layer: string | undefined },
  ) {
    super(message);
    this.name = 'NonFiniteError';
    this.step = details.step;
    this.batch = details.batch;
    this.layer = details.layer;
  }
}

export interface Finding {
  what: string;
  layer: string | undefined;
}

/**
 * Computes `loss` op by op on the eager backend and finds the first result that isn't finite; before that, inputs and
 * parameters that aren't. Undefined where all is finite.
 *
 * @param trees parameters by their published names, on the eager backend
 */
export function firstNonFinite(
  trees: readonly unknown[],
  batch: unknown,
  loss: () => tf.Tensor,
): Finding | undefined {
  for (const { path, value } of leavesOf(batch, 'batch')) {
    if (value instanceof tf.Tensor && !isFiniteTensor(value))
      return { what: `the input ${path}`, layer: undefined };
  }
  const names = new Map<object, string>();
  for (const { path, value } of trees.flatMap((tree) => leavesOf<tf.Tensor>(tree))) {
    const name = publishedName(path);
    if (!isFiniteTensor(value)) return { what: `the parameter ${name} itself`, layer: name };
    names.set(value.dataId, name);
  }
  const engine = tf.engine();
  const { runKernelFunc } = engine as unknown as { runKernelFunc: (params: unknown) => unknown };
  let layer: string | undefined;
  let found: Finding | undefined;
  // Every kernel, also those within a fused gradient, goes through here.
  const watched = (call: { kernelName?: string; inputs?: Record<string, unknown> }): unknown => {
    for (const input of Object.values(call.inputs ?? {})) {
      const name = input instanceof tf.Tensor ? names.get(input.dataId) : undefined;
      if (name !== undefined) layer = name;
    }
    const result = runKernelFunc.call(engine, call);
    if (!found && call.kernelName !== undefined) {
      const outputs = (Array.isArray(result) ? result : [result]) as unknown[];
      if (outputs.some((output) => output instanceof tf.Tensor && !isFiniteTensor(output))) {
        found = {
          what: `the result of ${call.kernelName}${layer === undefined ? '' : ` after ${layer}`}`,
          layer,
        };
      }
      // What only gives a parameter another shape stands for the parameter.
      if (RESHAPING.has(call.kernelName)) {
        const [input] = Object.values(call.inputs ?? {}) as tf.Tensor[];
        const name = input ? names.get(input.dataId) : undefined;
        if (name !== undefined) for (const output of outputs as tf.Tensor[]) names.set(output.dataId, name);
      }
    }
    return result;
  };
  Object.assign(engine, { runKernelFunc: watched });
  try {
    tf.tidy(() => {
      loss();
    });
  } finally {
    Reflect.deleteProperty(engine, 'runKernelFunc');
  }
  return found;
}

const RESHAPING = new Set(['Reshape', 'Identity', 'Transpose', 'ExpandDims', 'Cast']);

function isFiniteTensor(tensor: tf.Tensor): boolean {
  return (
    tensor.dtype !== 'float32' || (tensor.dataSync() as Float32Array).every((value) => Number.isFinite(value))
  );
}
