/** Tensors and models as results of cells: importing the package tells the kernel how these are shown. */
import { inspect } from 'node:util';
import { isList } from '../data.ts';
import { DISPLAY, type Displayable } from '../display.ts';
import { show } from './show.ts';
import { isParameterTree, summary } from './summary.ts';

/** The kernel's list of functions that show values of other packages. */
const FORMATTERS = Symbol.for('Jupyter.formatters');

interface AsyncTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed?: boolean;
  data(): Promise<ArrayLike<number>>;
  dataSync(): ArrayLike<number>;
}

/** A tensor as TensorFlow.js has them, whose numbers may be on another device. */
function isTensor(value: unknown): value is AsyncTensor {
  const own = value as Partial<AsyncTensor> | null;
  return (
    typeof own === 'object' &&
    own !== null &&
    isList(own.shape) &&
    typeof own.dtype === 'string' &&
    typeof own.data === 'function' &&
    typeof own.dataSync === 'function'
  );
}

const NUMERIC = new Set(['float32', 'float16', 'int32', 'bool']);

/** What shows `value` where it is a tensor or a model's parameters; text where its numbers can't be read. */
export function format(value: unknown): Displayable | undefined {
  if (isTensor(value)) {
    const isEmpty = value.shape.includes(0);
    if (value.isDisposed || isEmpty || !NUMERIC.has(value.dtype) || value.shape.length > 8) return undefined;
    return {
      async [DISPLAY]() {
        const text = inspect(value);
        try {
          const data = await value.data();
          const bundle = await show({ shape: value.shape, dtype: value.dtype, data })[DISPLAY]();
          return { ...bundle, 'text/plain': text };
        } catch {
          // Traced, lost with its device, or disposed meanwhile: its text says so.
          return { 'text/plain': text };
        }
      },
    };
  }
  return isParameterTree(value, isTensor) ? summary(value) : undefined;
}

const registry = globalThis as Record<symbol, unknown>;
registry[FORMATTERS] ??= [];
const formatters = registry[FORMATTERS] as unknown[];
// Once, also where the package is loaded twice.
const NAME = 'quire.visualization';
const known = formatters.findIndex((other) => (other as { id?: string }).id === NAME);
const own = Object.assign((value: unknown) => format(value), { id: NAME });
if (known < 0) formatters.push(own);
else formatters[known] = own;
