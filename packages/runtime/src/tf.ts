/** TensorFlow.js: its ops, its types, its layers and its gradient tape. */
export * from '@tensorflow/tfjs';
