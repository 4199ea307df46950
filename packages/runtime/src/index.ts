import './show.ts';

export * as device from './device/device.ts';
export { DeviceTensor } from './device/memory.ts';
export type { DeviceName } from './device/session.ts';
export { Explanation, type LineTime, type OperatorTime } from './jit/explain.ts';
export { type JitOptions, type Jitted, jit, type OnDevice } from './jit/jit.ts';
export * as ops from './ops/index.ts';
export { type LossAnd, valueAndGradients } from './ops/value-and-gradients.ts';
export * as optimizers from './optimizers/index.ts';
export * as random from './random/index.ts';
export * as schedules from './schedules/index.ts';
export * as tf from './tf.ts';
export { TraceError } from './trace/errors.ts';
export { cloneTree, leavesOf, mapTree, type Placed, type Tree, unflatten } from './tree.ts';
