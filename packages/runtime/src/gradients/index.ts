/**
 * Gradients that TensorFlow.js 4.22 lacks, or computes wrongly, as finite differences show. They are made of its own
 * ops, so that they work on every backend and are traced by `jit`.
 */
import './tape.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { pooling } from './pooling.ts';
import { products } from './products.ts';
import { register } from './register.ts';
import { resizing } from './resizing.ts';
import { shaping } from './shaping.ts';

register({ ...elementwise, ...products, ...indexing, ...shaping, ...pooling, ...resizing });
