/** TensorFlow.js: its ops, its types, its layers and its gradient tape. */
import './quiet.ts';

export * from '@tensorflow/tfjs';
