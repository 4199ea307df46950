/**
 * Before TensorFlow.js's backend for JavaScript first stores a tensor, which loading TensorFlow.js does, it prints an
 * advertisement of the one for Node.js. Imported before TensorFlow.js, this keeps it from that.
 */
import '@tensorflow/tfjs-backend-cpu';
import { findBackend, setBackend } from '@tensorflow/tfjs-core';

// Left to choose by itself, TensorFlow.js would make another instance.
void setBackend('cpu');
Object.assign(findBackend('cpu'), { firstUse: false });
