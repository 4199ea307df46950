export type { Architecture } from './architectures/architecture.ts';
export * from './architectures/index.ts';
export { type LoadPretrainedOptions, loadPretrained, type Pretrained } from './checkpoints/load.ts';
export { SafetensorsFile, type StoredTensor, writeSafetensors } from './checkpoints/safetensors.ts';
export { initialize } from './parameters/initialize.ts';
export { type Named, namedLeaves } from './parameters/names.ts';
export { ParameterSpec, type ParametersOf } from './parameters/spec.ts';
