/** Every op that can be compiled, with inputs of random shapes; each is a test on every device. */
import { ops, tf } from '@quire/runtime';
import type { Draw, Shape } from './draw.ts';

export interface Case {
  inputs: tf.Tensor[];
  run: (...inputs: never[]) => tf.Tensor | tf.Tensor[];
  /** How far values may be off, beside 1e-5 of their size; 1e-5 where not given. */
  tolerance?: number;
  /** The same on WebGPU, where WGSL promises less (https://www.w3.org/TR/WGSL/#floating-point-accuracy). */
  webgpuTolerance?: number;
  /** Why gradients are not compared, where they are not. */
  noGradient?: string;
}

export type MakeCase = (draw: Draw) => Case;

/** WGSL's bound on the error of sine and cosine between -π and π, from which others are computed. */
const SINE: Partial<Case> = { webgpuTolerance: 2 ** -11 };

const PIECEWISE = 'constant between jumps';
const INTEGERS = 'whole numbers have no gradient';
const NONE = 'TensorFlow.js has no gradient of it';

type Run = (...inputs: never[]) => tf.Tensor | tf.Tensor[];

function unary(run: (x: tf.Tensor) => tf.Tensor, low = -2, high = 2, more: Partial<Case> = {}): MakeCase {
  return (draw) => ({
    inputs: [draw.float(draw.shape(draw.whole(1, 4)), low, high)],
    run: run as Run,
    ...more,
  });
}

/** Two shapes that broadcast: axes of one or the other are 1, or missing in front. */
function pair(draw: Draw): [Shape, Shape] {
  const full = draw.shape(draw.whole(1, 4));
  const thin = (): Shape => full.map((size) => (draw.whole(0, 2) === 0 ? 1 : size));
  const [a, b] = [thin(), thin()];
  return draw.whole(0, 1) === 0
    ? [a, b.slice(draw.whole(0, b.length))]
    : [a.slice(draw.whole(0, a.length)), b];
}

function binary(
  run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  ranges: [number, number, number, number] = [-2, 2, -2, 2],
  more: Partial<Case> = {},
): MakeCase {
  return (draw) => {
    const [a, b] = pair(draw);
    return {
      inputs: [draw.float(a, ranges[0], ranges[1]), draw.float(b, ranges[2], ranges[3])],
      run: run as Run,
      ...more,
    };
  };
}

function integers(run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, low = -9, high = 9, lowB = low): MakeCase {
  return (draw) => {
    const [a, b] = pair(draw);
    return {
      inputs: [draw.int(a, low, high), draw.int(b, lowB, high)],
      run: run as Run,
      noGradient: INTEGERS,
    };
  };
}

function logical(run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): MakeCase {
  return (draw) => {
    const [a, b] = pair(draw);
    return { inputs: [draw.bool(a), draw.bool(b)], run: run as Run, noGradient: PIECEWISE };
  };
}

/** An op of whole numbers in a matrix. */
function wholes(run: (x: tf.Tensor2D) => tf.Tensor): MakeCase {
  return (draw) => ({
    inputs: [draw.int(draw.shape(2, 2, 5), -3, 3)],
    run: run as Run,
    noGradient: INTEGERS,
  });
}

/** An op of booleans in a matrix. */
function flags(run: (x: tf.Tensor2D) => tf.Tensor): MakeCase {
  return (draw) => ({ inputs: [draw.bool(draw.shape(2, 2, 5))], run: run as Run, noGradient: PIECEWISE });
}

const picture = (x: tf.Tensor2D): tf.Tensor4D => x.reshape([1, ...x.shape, 1]);

function axesOf(draw: Draw, rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i).filter(() => draw.whole(0, 1) === 1);
  return axes.length > 0 ? axes : [rank - 1];
}

function reduction(
  run: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor,
  input: (draw: Draw, shape: Shape) => tf.Tensor = (draw, shape) => draw.float(shape),
  more: Partial<Case> = {},
): MakeCase {
  return (draw) => {
    const shape = draw.shape(draw.whole(1, 4));
    const axes = axesOf(draw, shape.length);
    const keepDims = draw.whole(0, 1) === 1;
    return { inputs: [input(draw, shape)], run: ((x: tf.Tensor) => run(x, axes, keepDims)) as Run, ...more };
  };
}

const distinct = (draw: Draw, shape: Shape): tf.Tensor => draw.distinct(shape);

function shaped(
  shape: (draw: Draw) => Shape,
  run: (x: never, draw: Draw) => tf.Tensor | tf.Tensor[],
  more: Partial<Case> = {},
): MakeCase {
  return (draw) => {
    const inputs = [draw.float(shape(draw))];
    // What else is drawn is drawn once, so that each run does the same.
    const seed = draw.whole(0, 1e6);
    return {
      inputs,
      run: ((x: never) => run(x, new (draw.constructor as typeof Draw)(seed))) as Run,
      ...more,
    };
  };
}

const image = (draw: Draw): Shape => [draw.whole(1, 2), draw.whole(5, 8), draw.whole(5, 8), draw.whole(1, 3)];

function convolution(
  padding: 'same' | 'valid' | number,
  strides: number | [number, number],
  dilations = 1,
): MakeCase {
  return (draw) => {
    const [b, h, w, c] = image(draw) as [number, number, number, number];
    const filter = [draw.whole(1, 3), draw.whole(1, 3), c, draw.whole(1, 4)];
    return {
      inputs: [draw.float([b, h, w, c]), draw.float(filter)],
      run: ((x: tf.Tensor4D, f: tf.Tensor4D) =>
        tf.conv2d(
          x,
          f,
          strides,
          padding,
          'NHWC',
          dilations,
          padding === 'same' || padding === 'valid' ? undefined : 'floor',
        )) as Run,
    };
  };
}

function depthwise(padding: 'same' | 'valid', strides: number, dilations = 1): MakeCase {
  return (draw) => {
    const [b, h, w, c] = image(draw) as [number, number, number, number];
    return {
      inputs: [
        draw.float([b, h, w, c]),
        draw.float([draw.whole(1, 3), draw.whole(1, 3), c, draw.whole(1, 2)]),
      ],
      run: ((x: tf.Tensor4D, f: tf.Tensor4D) =>
        tf.depthwiseConv2d(x, f, strides, padding, 'NHWC', dilations)) as Run,
    };
  };
}

function pooling(kind: 'max' | 'avg', size: number, strides: number, padding: 'same' | 'valid'): MakeCase {
  return (draw) => ({
    inputs: [draw.distinct(image(draw))],
    run: ((x: tf.Tensor4D) =>
      kind === 'max' ? tf.maxPool(x, size, strides, padding) : tf.avgPool(x, size, strides, padding)) as Run,
    tolerance: 1e-4,
  });
}

function einsum(equation: string): MakeCase {
  return (draw) => {
    const sizes = new Map<string, number>();
    const size = (letter: string): number => {
      if (!sizes.has(letter)) sizes.set(letter, draw.whole(2, 5));
      return sizes.get(letter) as number;
    };
    const inputs = (equation.split('->')[0] as string)
      .split(',')
      .map((term) => draw.float([...term].map(size)));
    return { inputs, run: ((...terms: tf.Tensor[]) => tf.einsum(equation, ...terms)) as Run };
  };
}

function matMul(
  transposeA: boolean,
  transposeB: boolean,
  batchA: (b: number) => Shape,
  batchB: (b: number) => Shape,
): MakeCase {
  return (draw) => {
    const [b, n, k, m] = draw.shape(4, 2, 5) as [number, number, number, number];
    return {
      inputs: [
        draw.float([...batchA(b), ...(transposeA ? [k, n] : [n, k])]),
        draw.float([...batchB(b), ...(transposeB ? [m, k] : [k, m])]),
      ],
      run: ((x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB)) as Run,
    };
  };
}

function resizing(kind: 'bilinear' | 'nearest', alignCorners: boolean, halfPixelCenters: boolean): MakeCase {
  return (draw) => {
    const size: [number, number] = [draw.whole(2, 11), draw.whole(2, 11)];
    return {
      inputs: [draw.float([draw.whole(1, 2), draw.whole(2, 7), draw.whole(2, 7), draw.whole(1, 3)])],
      run: ((x: tf.Tensor4D) =>
        kind === 'bilinear'
          ? tf.image.resizeBilinear(x, size, alignCorners, halfPixelCenters)
          : tf.image.resizeNearestNeighbor(x, size, alignCorners, halfPixelCenters)) as Run,
    };
  };
}

function indexed(
  run: (x: tf.Tensor, index: tf.Tensor) => tf.Tensor,
  xRank: [number, number],
  indexRank: [number, number],
): MakeCase {
  return (draw) => {
    const x = draw.float(draw.shape(draw.whole(...xRank), 2, 5));
    const index = draw.int(draw.shape(draw.whole(...indexRank), 1, 6), 0, (x.shape[0] as number) - 1);
    return { inputs: [x, index], run: run as Run };
  };
}

export const CASES: Record<string, MakeCase> = {
  abs: unary(tf.abs),
  acos: unary(tf.acos, -0.9, 0.9, SINE),
  acosh: unary(tf.acosh, 1.1, 4),
  asin: unary(tf.asin, -0.9, 0.9, SINE),
  asinh: unary(tf.asinh),
  atan: unary(tf.atan),
  atanh: unary(tf.atanh, -0.9, 0.9),
  ceil: unary(tf.ceil, -3, 3, { noGradient: PIECEWISE }),
  cos: unary(tf.cos, -3, 3, SINE),
  cosh: unary(tf.cosh),
  elu: unary(tf.elu),
  erf: unary(tf.erf),
  exp: unary(tf.exp),
  expm1: unary(tf.expm1),
  floor: unary(tf.floor, -3, 3, { noGradient: PIECEWISE }),
  leakyRelu: unary((x) => tf.leakyRelu(x, 0.1)),
  log: unary(tf.log, 0.1, 4),
  log1p: unary(tf.log1p, -0.9, 4),
  logSigmoid: unary(tf.logSigmoid, -8, 8),
  neg: unary(tf.neg),
  reciprocal: unary(tf.reciprocal, 0.5, 3),
  relu: unary(tf.relu),
  relu6: unary(tf.relu6, -2, 8),
  round: unary(tf.round, -3, 3, { noGradient: PIECEWISE }),
  rsqrt: unary(tf.rsqrt, 0.2, 4),
  selu: unary(tf.selu),
  sigmoid: unary(tf.sigmoid),
  sign: unary(tf.sign, -2, 2, { noGradient: PIECEWISE }),
  sin: unary(tf.sin, -3, 3, SINE),
  sinh: unary(tf.sinh),
  softplus: unary(tf.softplus),
  sqrt: unary(tf.sqrt, 0.2, 4),
  square: unary(tf.square),
  step: unary((x) => tf.step(x, 0.3), -2, 2, { noGradient: PIECEWISE }),
  tan: unary(tf.tan, -1, 1, { webgpuTolerance: 2 ** -9 }),
  tanh: unary(tf.tanh),
  clipByValue: unary((x) => tf.clipByValue(x, -1, 1.5)),
  'gelu, exact': unary((x) => ops.gelu(x)),
  'gelu, by tanh': unary((x) => ops.gelu(x, 'tanh')),
  isNaN: unary((x) => tf.isNaN(x.sub(1).sqrt()), -2, 2, { noGradient: PIECEWISE }),
  isFinite: unary((x) => tf.isFinite(x.relu().reciprocal()), -2, 2, { noGradient: PIECEWISE }),
  isInf: unary((x) => tf.isInf(x.relu().reciprocal()), -2, 2, { noGradient: PIECEWISE }),
  'cast to int32': unary((x) => x.cast('int32'), -5, 5, { noGradient: PIECEWISE }),
  'cast to bool': unary((x) => x.round().cast('bool'), -1, 1, { noGradient: PIECEWISE }),
  zerosLike: unary((x) => tf.zerosLike(x).add(x)),
  onesLike: unary((x) => tf.onesLike(x).mul(x)),

  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div, [-2, 2, 0.5, 2]),
  divNoNan: binary((a, b) => tf.divNoNan(a, b.round()), [-2, 2, -2, 2], { noGradient: PIECEWISE }),
  floorDiv: binary(tf.floorDiv, [-5, 5, 0.5, 2], { noGradient: PIECEWISE }),
  mod: binary(tf.mod, [-5, 5, 2.5, 3], { noGradient: PIECEWISE }),
  pow: binary(tf.pow, [0.3, 2, -2, 2]),
  atan2: binary(tf.atan2, [0.2, 2, 0.2, 2]),
  'atan2 in every quadrant': binary(tf.atan2, [-2, 2, -2, 2], { noGradient: 'compared where it is smooth' }),
  squaredDifference: binary(tf.squaredDifference),
  maximum: binary(tf.maximum),
  minimum: binary(tf.minimum),
  prelu: (draw) => {
    const shape = draw.shape(3);
    return { inputs: [draw.float(shape), draw.float([shape[2] as number])], run: tf.prelu as Run };
  },
  equal: integers(tf.equal, -2, 2),
  notEqual: integers(tf.notEqual, -2, 2),
  less: integers(tf.less, -2, 2),
  lessEqual: integers(tf.lessEqual, -2, 2),
  greater: integers(tf.greater, -2, 2),
  greaterEqual: integers(tf.greaterEqual, -2, 2),
  'equal of floats': binary((a, b) => tf.equal(a.round(), b.round()), [-2, 2, -2, 2], {
    noGradient: PIECEWISE,
  }),
  'add of int32': integers(tf.add),
  'sub of int32': integers(tf.sub),
  'mul of int32': integers(tf.mul),
  'maximum of int32': integers(tf.maximum),
  'minimum of int32': integers(tf.minimum),
  'floorDiv of int32': integers(tf.floorDiv, -9, 9, 1),
  'mod of int32': integers(tf.mod, -9, 9, 1),
  'bitwiseAnd of int32': (draw) => {
    const shape = draw.shape(2);
    return {
      inputs: [draw.int(shape, 0, 99), draw.int(shape, 0, 99)],
      run: tf.bitwiseAnd as Run,
      noGradient: INTEGERS,
    };
  },
  'mul of bool': logical(tf.mul),
  'less of bool': logical(tf.less),
  'maximum of bool': logical(tf.maximum),
  'exp of int32': wholes((x) => tf.exp(x)),
  'clipByValue of int32': wholes((x) => tf.clipByValue(x, -1, 1)),
  'mean of int32': wholes((x) => tf.mean(x, 0)),
  'mean of bool': flags((x) => tf.mean(x, 0)),
  'cumsum of bool': flags((x) => tf.cumsum(x, 0)),
  'argMax of bool': flags((x) => tf.argMax(x, 0)),
  'reverse of bool': flags((x) => tf.reverse(x, 0)),
  'where of bool': flags((x) => tf.where(x, tf.logicalNot(x), x)),
  'matMul of int32, b transposed': wholes((x) => tf.matMul(x, x.add(1), false, true)),
  'resizeNearestNeighbor of int32': wholes((x) => tf.image.resizeNearestNeighbor(picture(x), [3, 7])),
  logicalAnd: logical(tf.logicalAnd),
  logicalOr: logical(tf.logicalOr),
  logicalXor: logical(tf.logicalXor),
  logicalNot: (draw) => ({
    inputs: [draw.bool(draw.shape(3))],
    run: tf.logicalNot as Run,
    noGradient: PIECEWISE,
  }),
  addN: (draw) => {
    const shape = draw.shape(2);
    return {
      inputs: [draw.float(shape), draw.float(shape), draw.float(shape)],
      run: ((...all: tf.Tensor[]) => tf.addN(all)) as Run,
    };
  },
  where: (draw) => {
    const [a, b] = pair(draw);
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a, b);
    return { inputs: [draw.bool(shape), draw.float(a), draw.float(b)], run: tf.where as Run };
  },

  'where, by what is differentiated': binary((a, b) =>
    tf.where(tf.logicalAnd(a.greater(-9), a.less(b.add(9))), a.mul(b), a.sub(b)),
  ),
  'where, by any and all': (draw) => ({
    inputs: [draw.float(draw.shape(2))],
    run: ((x: tf.Tensor) => tf.where(x.equal(9).any(1, true).logicalNot(), x.square(), x)) as Run,
  }),

  sum: reduction(tf.sum),
  'sum of int32': reduction(tf.sum, (draw, shape) => draw.int(shape, -9, 9), { noGradient: INTEGERS }),
  mean: reduction(tf.mean),
  max: reduction(tf.max, distinct),
  min: reduction(tf.min, distinct),
  prod: reduction(tf.prod, (draw, shape) => draw.float(shape, 0.5, 1.5)),
  any: reduction(tf.any, (draw, shape) => draw.bool(shape), { noGradient: PIECEWISE }),
  all: reduction(tf.all, (draw, shape) => draw.bool(shape), { noGradient: PIECEWISE }),
  argMax: reduction((x, axes) => tf.argMax(x, axes[0]), distinct, { noGradient: PIECEWISE }),
  argMin: reduction((x, axes) => tf.argMin(x, axes[0]), distinct, { noGradient: PIECEWISE }),
  logSumExp: reduction(tf.logSumExp),
  norm: reduction((x, axes, keepDims) => tf.norm(x, 2, axes.slice(0, 1), keepDims)),
  moments: reduction((x, axes, keepDims) => tf.moments(x, axes, keepDims).variance),
  cumsum: reduction((x, axes, keep) => tf.cumsum(x, axes[0], keep, axes.length > 1)),
  cumprod: reduction((x, axes, keep) => tf.cumprod(x, axes[0], keep, axes.length > 1), undefined, {
    noGradient: NONE,
  }),
  'topk, values': shaped(
    (draw) => draw.shape(2, 4, 6),
    (x, draw) => tf.topk(x as tf.Tensor, draw.whole(1, 4)).values,
  ),
  'topk, indices': (draw) => ({
    inputs: [draw.distinct(draw.shape(2, 4, 6))],
    run: ((x: tf.Tensor) => tf.topk(x, 3).indices) as Run,
    noGradient: PIECEWISE,
  }),
  softmax: reduction(
    (x) => tf.softmax(x),
    (draw, shape) => draw.float(shape, -5, 5),
  ),
  logSoftmax: reduction(
    (x) => tf.logSoftmax(x),
    (draw, shape) => draw.float(shape, -5, 5),
  ),

  matMul: matMul(
    false,
    false,
    () => [],
    () => [],
  ),
  'matMul, a transposed': matMul(
    true,
    false,
    () => [],
    () => [],
  ),
  'matMul, b transposed': matMul(
    false,
    true,
    () => [],
    () => [],
  ),
  'matMul, both transposed': matMul(
    true,
    true,
    () => [],
    () => [],
  ),
  'matMul in batches': matMul(
    false,
    false,
    (b) => [b],
    (b) => [b],
  ),
  'matMul in batches, a transposed': matMul(
    true,
    false,
    (b) => [2, b],
    (b) => [2, b],
  ),
  'matMul in batches, b transposed': matMul(
    false,
    true,
    (b) => [b],
    (b) => [b],
  ),
  'matMul in batches, both transposed': matMul(
    true,
    true,
    (b) => [b],
    (b) => [b],
  ),
  'matMul, one matrix for all batches': matMul(
    false,
    false,
    (b) => [2, b],
    () => [],
  ),
  'matMul, batches that broadcast': matMul(
    false,
    true,
    (b) => [2, b],
    (b) => [1, b],
  ),
  dot: (draw) => {
    const n = draw.whole(1, 6);
    return { inputs: [draw.float([n]), draw.float([n])], run: tf.dot as Run };
  },
  outerProduct: (draw) => ({
    inputs: [draw.float(draw.shape(1)), draw.float(draw.shape(1))],
    run: tf.outerProduct as Run,
  }),
  'einsum ij,jk->ik': einsum('ij,jk->ik'),
  'einsum bhtd,bhsd->bhts': einsum('bhtd,bhsd->bhts'),
  'einsum bij,bj->bi': einsum('bij,bj->bi'),
  'einsum ij->ji': einsum('ij->ji'),
  'einsum ij->i': einsum('ij->i'),
  'einsum i,j->ij': einsum('i,j->ij'),

  reshape: shaped(
    (draw) => [2 * draw.whole(1, 3), 3],
    (x) => tf.reshape(x, [-1, 2]),
  ),
  expandDims: shaped(
    (draw) => draw.shape(2),
    (x) => tf.expandDims(x, 1),
  ),
  squeeze: shaped(
    (draw) => [draw.whole(2, 4), 1, draw.whole(2, 4)],
    (x) => tf.squeeze(x),
  ),
  transpose: shaped(
    (draw) => draw.shape(4),
    (x) => tf.transpose(x, [2, 0, 3, 1]),
  ),
  broadcastTo: shaped(
    (draw) => [draw.whole(2, 4), 1],
    (x) => tf.broadcastTo(x, [3, (x as tf.Tensor).shape[0] as number, 5]),
  ),
  tile: shaped(
    (draw) => draw.shape(3),
    (x) => tf.tile(x, [2, 1, 3]),
  ),
  concat: (draw) => {
    const [b, n, m, c] = draw.shape(4) as [number, number, number, number];
    return {
      inputs: [draw.float([b, n, c]), draw.float([b, m, c])],
      run: ((x: tf.Tensor, y: tf.Tensor) => tf.concat([x, y, x], 1)) as Run,
    };
  },
  stack: (draw) => {
    const shape = draw.shape(2);
    return {
      inputs: [draw.float(shape), draw.float(shape)],
      run: ((x: tf.Tensor, y: tf.Tensor) => tf.stack([x, y], 1)) as Run,
    };
  },
  unstack: shaped(
    (draw) => draw.shape(3, 2, 3),
    (x) => tf.unstack(x, 1),
  ),
  'split in equal parts': shaped(
    (draw) => [draw.whole(1, 3), 3 * draw.whole(1, 3)],
    (x) => tf.split(x, 3, 1),
  ),
  'split by sizes': shaped(
    (draw) => [7, draw.whole(1, 3)],
    (x) => tf.split(x, [2, 4, 1], 0),
  ),
  slice: shaped(
    (draw) => draw.shape(3, 4, 6),
    (x) => tf.slice(x, [1, 0, 2], [2, -1, 1]),
  ),
  stridedSlice: shaped(
    (draw) => draw.shape(2, 5, 8),
    (x) => tf.stridedSlice(x, [0, 4], [5, 0], [2, -1]),
    { noGradient: NONE },
  ),
  reverse: shaped(
    (draw) => draw.shape(3),
    (x) => tf.reverse(x, [0, 2]),
  ),
  pad: shaped(
    (draw) => draw.shape(2),
    (x) =>
      tf.pad(
        x,
        [
          [1, 2],
          [0, 3],
        ],
        0.5,
      ),
  ),
  'mirrorPad, reflect': shaped(
    (draw) => draw.shape(2, 3, 5),
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 2],
          [2, 0],
        ],
        'reflect',
      ),
  ),
  'mirrorPad, symmetric': shaped(
    (draw) => draw.shape(2, 3, 5),
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 2],
          [2, 0],
        ],
        'symmetric',
      ),
  ),
  spaceToBatchND: shaped(
    (draw) => [draw.whole(1, 2), 4, 6, draw.whole(1, 3)],
    (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [2, 0],
        ],
      ),
  ),
  batchToSpaceND: shaped(
    (draw) => [4 * draw.whole(1, 2), 2, 3, draw.whole(1, 3)],
    (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
  ),
  depthToSpace: shaped(
    (draw) => [draw.whole(1, 2), 2, 3, 8],
    (x) => tf.depthToSpace(x, 2, 'NHWC'),
    { noGradient: NONE },
  ),
  diag: shaped(
    (draw) => draw.shape(1),
    (x) => tf.diag(x),
    { noGradient: NONE },
  ),

  gather: indexed((x, index) => tf.gather(x, index as tf.Tensor1D), [1, 3], [1, 2]),
  'gather along the last axis': (draw) => {
    const x = draw.float(draw.shape(3, 2, 5));
    const index = draw.int(draw.shape(1, 1, 6), 0, (x.shape[2] as number) - 1);
    return { inputs: [x, index], run: ((x: tf.Tensor, at: tf.Tensor1D) => tf.gather(x, at, 2)) as Run };
  },
  'gather in batches': (draw) => {
    const x = draw.float(draw.shape(3, 2, 4));
    const index = draw.int([x.shape[0] as number, draw.whole(1, 4)], 0, (x.shape[1] as number) - 1);
    return { inputs: [x, index], run: ((x: tf.Tensor, at: tf.Tensor1D) => tf.gather(x, at, 1, 1)) as Run };
  },
  'gather from a large table': (draw) => ({
    inputs: [draw.float([3000, 4]), draw.int([900], 0, 2999)],
    run: ((x: tf.Tensor, at: tf.Tensor1D) => tf.gather(x, at)) as Run,
  }),
  gatherND: (draw) => {
    const x = draw.float([3, 4, draw.whole(1, 3)]);
    return { inputs: [x, draw.int([draw.whole(1, 5), 2], 0, 2)], run: tf.gatherND as Run };
  },
  scatterND: (draw) => ({
    inputs: [draw.int([4, 1], 0, 4), draw.float([4, 3])],
    run: ((at: tf.Tensor, updates: tf.Tensor) => tf.scatterND(at, updates, [5, 3])) as Run,
  }),
  tensorScatterUpdate: (draw) => ({
    inputs: [draw.float([5, 3])],
    run: ((x: tf.Tensor) =>
      tf.tensorScatterUpdate(x, tf.tensor2d([[0], [3]], [2, 1], 'int32'), tf.ones([2, 3]))) as Run,
  }),
  unsortedSegmentSum: indexed(
    (x, index) => {
      const rows = tf.gather(x, index.flatten() as tf.Tensor1D);
      return tf.unsortedSegmentSum(rows, index.flatten() as tf.Tensor1D, 6);
    },
    [1, 3],
    [1, 1],
  ),
  oneHot: (draw) => ({
    inputs: [draw.int(draw.shape(2), 0, 4)],
    run: ((x: tf.Tensor) => tf.oneHot(x, 5, 2, -1)) as Run,
    noGradient: INTEGERS,
  }),
  'oneHot, smoothed': (draw) => ({
    inputs: [draw.int(draw.shape(2), 0, 4)],
    run: ((x: tf.Tensor) => tf.oneHot(x, 5, 0.9, 0.025, 'float32')) as Run,
    noGradient: INTEGERS,
  }),

  'conv2d, valid': convolution('valid', 1),
  'conv2d, same': convolution('same', 1),
  'conv2d, strides': convolution('same', 2),
  'conv2d, uneven strides': convolution('valid', [2, 1]),
  'conv2d, padding of 1': convolution(1, 1),
  'conv2d, more channels than a picture has': (draw) => ({
    inputs: [draw.float([2, 5, 4, 5]), draw.float([3, 2, 5, 2])],
    run: ((x: tf.Tensor4D, f: tf.Tensor4D) => tf.conv2d(x, f, [2, 1], 'same')) as Run,
  }),
  'conv2d, more filters than pixels': (draw) => ({
    inputs: [draw.float([2, 4, 5, 2]), draw.float([2, 3, 2, 8])],
    run: ((x: tf.Tensor4D, f: tf.Tensor4D) => tf.conv2d(x, f, [2, 2], 'same')) as Run,
  }),
  'conv2d, dilated, with many channels': (draw) => ({
    inputs: [draw.float([1, 5, 6, 4]), draw.float([2, 2, 4, 2])],
    run: ((x: tf.Tensor4D, f: tf.Tensor4D) => tf.conv2d(x, f, 1, 'same', 'NHWC', 2)) as Run,
  }),
  'conv2d, strides over an uneven filter': (draw) => ({
    inputs: [draw.float([1, draw.whole(5, 8), 8, 2]), draw.float([draw.whole(2, 3), 1, 2, 3])],
    run: ((x: tf.Tensor4D, f: tf.Tensor4D) => tf.conv2d(x, f, 2, 'same')) as Run,
  }),
  // So large a picture that a kernel which writes behind its workspace ends the process.
  'conv2d, strides of one pixel': (draw) => ({
    inputs: [draw.float([2, 64, 64, 3]), draw.float([1, 1, 3, 4])],
    run: ((x: tf.Tensor4D, f: tf.Tensor4D) => tf.conv2d(x, f, 2, 'same')) as Run,
    tolerance: 1e-3,
  }),
  'conv2d, dilated': (draw) => ({ ...convolution('valid', 1, 2)(draw) }),
  conv2dTranspose: (draw) => {
    const [h, w, c, o] = [draw.whole(2, 4), draw.whole(2, 4), draw.whole(1, 3), draw.whole(1, 3)];
    return {
      inputs: [draw.float([1, h, w, c]), draw.float([3, 3, o, c])],
      run: ((x: tf.Tensor4D, f: tf.Tensor4D) =>
        tf.conv2dTranspose(x, f, [1, 2 * h, 2 * w, o], 2, 'same')) as Run,
    };
  },
  conv1d: (draw) => {
    const c = draw.whole(1, 3);
    return {
      inputs: [draw.float([2, draw.whole(5, 9), c]), draw.float([3, c, draw.whole(1, 4)])],
      run: ((x: tf.Tensor3D, f: tf.Tensor3D) => tf.conv1d(x, f, 2, 'same')) as Run,
    };
  },
  'depthwiseConv2d, valid': depthwise('valid', 1),
  'depthwiseConv2d, same': depthwise('same', 1),
  'depthwiseConv2d, strides': depthwise('same', 2),
  separableConv2d: (draw) => {
    const [b, h, w, c] = image(draw) as [number, number, number, number];
    return {
      inputs: [draw.float([b, h, w, c]), draw.float([3, 3, c, 2]), draw.float([1, 1, 2 * c, 3])],
      run: ((x: tf.Tensor4D, d: tf.Tensor4D, p: tf.Tensor4D) =>
        tf.separableConv2d(x, d, p, 1, 'same')) as Run,
    };
  },
  'fused conv2d': (draw) => {
    const [b, h, w, c] = image(draw) as [number, number, number, number];
    return {
      inputs: [draw.float([b, h, w, c]), draw.float([3, 3, c, 2]), draw.float([2])],
      run: ((x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor) =>
        tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu' })) as Run,
    };
  },
  'fused matMul': (draw) => {
    const [n, k, m] = draw.shape(3, 2, 5) as [number, number, number];
    return {
      inputs: [draw.float([n, k]), draw.float([k, m]), draw.float([m])],
      run: ((a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) =>
        tf.fused.matMul({ a, b, bias, activation: 'relu' })) as Run,
    };
  },
  'maxPool, valid': pooling('max', 2, 2, 'valid'),
  'maxPool, same': pooling('max', 2, 2, 'same'),
  'maxPool, strides beyond the windows': pooling('max', 2, 3, 'valid'),
  'maxPool, same, overlapping': pooling('max', 3, 2, 'same'),
  'operators between convolutions': (draw) => {
    const [b, h, w, c] = image(draw) as [number, number, number, number];
    return {
      inputs: [
        draw.distinct([b, h, w, c]),
        draw.float([2, 2, c, 3]),
        draw.float([3]),
        draw.float([1, 1, 1, 3]),
        draw.float([b, h, w, 3]),
      ],
      run: ((x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor, scale: tf.Tensor, other: tf.Tensor) => {
        const y = tf.conv2d(x, filter, 1, 'same');
        const sum = scale.mul(y.add(bias).tanh()).sub(other).add(y.mul(0.5)) as tf.Tensor4D;
        return tf.avgPool(sum, 2, 1, 'valid');
      }) as Run,
      tolerance: 1e-4,
    };
  },
  'avgPool, valid': pooling('avg', 2, 2, 'valid'),
  'avgPool, same, overlapping': pooling('avg', 3, 2, 'same'),
  batchNorm: (draw) => {
    const shape = draw.shape(4, 2, 4);
    const c = shape[3] as number;
    return {
      inputs: [draw.float(shape), draw.float([c]), draw.float([c], 0.5, 2), draw.float([c]), draw.float([c])],
      run: ((
        x: tf.Tensor,
        mean: tf.Tensor1D,
        variance: tf.Tensor1D,
        offset: tf.Tensor1D,
        scale: tf.Tensor1D,
      ) => tf.batchNorm(x, mean, variance, offset, scale, 1e-3)) as Run,
    };
  },
  'batchNorm with the statistics of the batch': (draw) => {
    const shape = draw.shape(4, 2, 4);
    return {
      inputs: [draw.float(shape)],
      run: ((x: tf.Tensor4D) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return tf.batchNorm(
          x,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          tf.zeros([shape[3] as number]),
          tf.ones([shape[3] as number]),
          0.1,
        );
      }) as Run,
      tolerance: 1e-4,
    };
  },
  localResponseNormalization: shaped(
    (draw) => [...draw.shape(3, 1, 3), 6],
    (x) => tf.localResponseNormalization(x, 2, 1, 0.5, 0.75),
    { noGradient: NONE },
  ),
  layerNorm: (draw) => {
    const shape = [...draw.shape(2), draw.whole(3, 8)];
    const c = shape[2] as number;
    return {
      inputs: [draw.float(shape), draw.float([c]), draw.float([c])],
      run: ((x: tf.Tensor, scale: tf.Tensor1D, bias: tf.Tensor1D) => ops.layerNorm(x, scale, bias)) as Run,
      tolerance: 1e-4,
    };
  },
  groupNorm: (draw) => {
    const [groups, own] = [draw.whole(1, 3), draw.whole(1, 3)];
    const c = groups * own;
    return {
      inputs: [draw.float([2, draw.whole(2, 4), draw.whole(2, 4), c]), draw.float([c]), draw.float([c])],
      run: ((x: tf.Tensor4D, scale: tf.Tensor1D, bias: tf.Tensor1D) =>
        ops.groupNorm(x, scale, bias, groups)) as Run,
      tolerance: 1e-4,
    };
  },
  attention: (draw) => attentionCase(draw, {}),
  'attention, causal': (draw) => attentionCase(draw, { causal: true }),
  'attention, masked': (draw) => {
    const made = attentionCase(draw, {});
    const keys = (made.inputs[1] as tf.Tensor).shape[2] as number;
    const mask = tf.tensor(
      Array.from({ length: keys }, (_, i) => i !== 1),
      [1, 1, 1, keys],
      'bool',
    );
    return {
      ...made,
      run: ((q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D) => ops.attention(q, k, v, { mask })) as Run,
    };
  },
  crossEntropy: (draw) => {
    const classes = draw.whole(2, 6);
    const shape = draw.shape(2);
    return {
      inputs: [draw.float([...shape, classes]), draw.int(shape, 0, classes - 1)],
      run: ((x: tf.Tensor, labels: tf.Tensor) => ops.crossEntropy(x, labels)) as Run,
    };
  },
  'crossEntropy, smoothed, labels ignored': (draw) => {
    const labels = tf.tensor1d([2, 0, 1, 0, 1], 'int32');
    return {
      inputs: [draw.float([5, 3]), labels],
      run: ((x: tf.Tensor, labels: tf.Tensor) =>
        ops.crossEntropy(x, labels, { ignoreIndex: 0, labelSmoothing: 0.1 })) as Run,
    };
  },
  resizeBilinear: resizing('bilinear', false, false),
  'resizeBilinear, corners aligned': resizing('bilinear', true, false),
  'resizeBilinear, half pixels': resizing('bilinear', false, true),
  resizeNearestNeighbor: resizing('nearest', false, false),
  'resizeNearestNeighbor, corners aligned': resizing('nearest', true, false),
  'resizeNearestNeighbor, half pixels': resizing('nearest', false, true),
  'a spectrogram by products': (draw) => ({
    inputs: [draw.float([2, 64])],
    run: spectrogram as Run,
    tolerance: 1e-4,
  }),
};

function attentionCase(draw: Draw, options: ops.AttentionOptions): Case {
  const [b, h, t, s, d, e] = draw.shape(6, 2, 4) as [number, number, number, number, number, number];
  const keys = options.causal ? t : s;
  return {
    inputs: [draw.float([b, h, t, d]), draw.float([b, h, keys, d]), draw.float([b, h, keys, e])],
    run: ((q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D) => ops.attention(q, k, v, options)) as Run,
  };
}

/** Power spectrum of frames of 16, half overlapping: a discrete Fourier transform as two matrix products. */
function spectrogram(signal: tf.Tensor2D): tf.Tensor {
  const size = 16;
  const frames = tf.stack(
    Array.from({ length: 7 }, (_, i) => tf.slice(signal, [0, 8 * i], [-1, size])),
    1,
  ); // (B, 7, 16)
  const table = (wave: (angle: number) => number): tf.Tensor2D =>
    tf.tensor2d(
      Array.from({ length: size }, (_, n) =>
        Array.from({ length: size / 2 + 1 }, (_, k) => wave((2 * Math.PI * n * k) / size)),
      ),
    );
  const real = tf.matMul(frames, table(Math.cos));
  const imaginary = tf.matMul(frames, table(Math.sin));
  return real.square().add(imaginary.square()).add(1).log();
}
