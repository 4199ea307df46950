/**
 * Every op as a method of tensors: `x.add(y)`. TensorFlow.js has this as modules that Node.js can't load (they
 * import without file extensions), so the methods are made here; their types are TensorFlow.js's.
 */
import * as core from '@tensorflow/tfjs-core';
import type {} from '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';

type Tensor = core.Tensor;
type Method = (this: Tensor, ...rest: never[]) => unknown;

/** Ops whose method passes the tensor as the first argument. */
const PLAIN =
  'abs acos acosh add all any argMax argMin asin asinh atan atan2 atanh avgPool batchNorm batchToSpaceND broadcastTo cast ceil clipByValue conv1d conv2d conv2dTranspose cos cosh cumprod cumsum depthToSpace depthwiseConv2d dilation2d div divNoNan dot elu equal erf euclideanNorm exp expandDims expm1 floor floorDiv gather greater greaterEqual isFinite isInf isNaN leakyRelu less lessEqual localResponseNormalization log log1p logSigmoid logSoftmax logSumExp logicalAnd logicalNot logicalOr logicalXor matMul max maxPool maximum mean min minimum mirrorPad mod mul neg norm notEqual oneHot onesLike pad pool pow prelu prod reciprocal relu relu6 reshape reverse round rsqrt selu separableConv2d sigmoid sign sin sinh slice softmax softplus spaceToBatchND split sqrt square squaredDifference squeeze step stridedSlice sub sum tan tanh tile topk transpose unique unsortedSegmentSum unstack zerosLike';

const SPECIAL: Record<string, Method> = {
  asScalar(this: Tensor) {
    if (this.size !== 1) throw new Error(`asScalar: a tensor of one element is needed, not [${this.shape}].`);
    return this.reshape([]);
  },
  as1D(this: Tensor) {
    return this.reshape([this.size]);
  },
  as2D: asShape,
  as3D: asShape,
  as4D: asShape,
  as5D: asShape,
  asType(this: Tensor, dtype: core.DataType) {
    return core.cast(this, dtype);
  },
  toBool(this: Tensor) {
    return core.cast(this, 'bool');
  },
  toFloat(this: Tensor) {
    return core.cast(this, 'float32');
  },
  toInt(this: Tensor) {
    return core.cast(this, 'int32');
  },
  flatten(this: Tensor) {
    return this.reshape([this.size]);
  },
  reshapeAs(this: Tensor, other: Tensor) {
    return this.reshape(other.shape);
  },
  concat(this: Tensor, others: Tensor | Tensor[], axis?: number) {
    return core.concat([this, ...(Array.isArray(others) ? others : [others])], axis);
  },
  stack(this: Tensor, others: Tensor | Tensor[], axis?: number) {
    return core.stack([this, ...(Array.isArray(others) ? others : [others])], axis);
  },
  where(this: Tensor, condition: Tensor, other: Tensor) {
    return core.where(condition, this, other);
  },
  resizeBilinear(this: Tensor, ...rest: [[number, number], boolean?, boolean?]) {
    return core.image.resizeBilinear(this as core.Tensor3D, ...rest);
  },
  resizeNearestNeighbor(this: Tensor, ...rest: [[number, number], boolean?, boolean?]) {
    return core.image.resizeNearestNeighbor(this as core.Tensor3D, ...rest);
  },
};

function asShape(this: Tensor, ...shape: number[]): Tensor {
  return core.reshape(this, shape);
}

const prototype = (core.Tensor as unknown as { prototype: Record<string, unknown> }).prototype;
const ops = core as unknown as Record<string, (...args: unknown[]) => unknown>;
const spectral = core.spectral as unknown as Record<string, (...args: unknown[]) => unknown>;

function define(name: string, method: (this: Tensor, ...rest: never[]) => unknown): void {
  prototype[name] = function (this: Tensor, ...rest: never[]) {
    // Public to users of TensorFlow.js in plain JavaScript, hidden by its types.
    (this as unknown as { throwIfDisposed(): void }).throwIfDisposed();
    return method.apply(this, rest);
  };
}

for (const name of PLAIN.split(' ')) {
  define(name, function (this: Tensor, ...rest) {
    return (ops[name] as (...args: unknown[]) => unknown)(this, ...rest);
  });
}
for (const name of ['fft', 'ifft', 'rfft', 'irfft']) {
  define(name, function (this: Tensor, ...rest) {
    return (spectral[name] as (...args: unknown[]) => unknown)(this, ...rest);
  });
}
for (const [name, method] of Object.entries(SPECIAL)) define(name, method);
