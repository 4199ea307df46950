/** All kernels of TensorFlow.js that can be compiled, by name. */
import type { Lowerings } from '../lowering.ts';
import { convolution } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { linear } from './linear.ts';
import { normalization } from './normalization.ts';
import { pooling } from './pooling.ts';
import { reduction } from './reduction.ts';
import { resizing } from './resizing.ts';
import { shaping } from './shaping.ts';

export const lowerings: Lowerings = {
  ...elementwise,
  ...reduction,
  ...linear,
  ...shaping,
  ...indexing,
  ...normalization,
  ...convolution,
  ...pooling,
  ...resizing,
};
