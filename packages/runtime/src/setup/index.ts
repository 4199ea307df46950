export { tensorflowFolder } from './folder.ts';
export { removeTensorflow, type SetupOptions, setupTensorflow, type TensorflowReport } from './tensorflow.ts';
