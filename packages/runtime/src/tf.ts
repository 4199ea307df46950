/** TensorFlow.js: its ops, its types and its gradient tape, with every op also as a method of tensors. */
import './chained-ops.ts';

export * from '@tensorflow/tfjs-core';
