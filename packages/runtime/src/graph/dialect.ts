/** `onnx`: standard operators only. The others may use what ONNX Runtime adds for that device. */
export type Dialect = 'onnx' | 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';
