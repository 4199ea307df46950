/** Kernels that compute each element on its own. */
import type { Graph } from '../../graph/graph.ts';
import type { DType, Value } from '../../graph/values.ts';
import { type Lowering, type Lowerings, need } from '../lowering.ts';

/** Kernels that are one ONNX operator of `x`, by its name. */
const UNARY: Record<string, string> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Floor: 'Floor',
  IsInf: 'IsInf',
  IsNan: 'IsNaN',
  Log: 'Log',
  LogicalNot: 'Not',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};

const BINARY: Record<string, string> = {
  Add: 'Add',
  Sub: 'Sub',
  Multiply: 'Mul',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
  Equal: 'Equal',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
  LogicalXor: 'Xor',
  BitwiseAnd: 'BitwiseAnd',
};

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const x = (inputs: Readonly<Record<string, Value>>): Value => need(inputs, 'x');

function constant(graph: Graph, like: Value, number: number): Value {
  return graph.scalar(number, like.dtype as DType);
}

const unary: Lowerings = Object.fromEntries(
  Object.entries(UNARY).map(([kernel, op]): [string, Lowering] => [
    kernel,
    (graph, inputs) => graph.unary(op, x(inputs)),
  ]),
);

const binary: Lowerings = Object.fromEntries(
  Object.entries(BINARY).map(([kernel, op]): [string, Lowering] => [
    kernel,
    (graph, inputs) => graph.binary(op, need(inputs, 'a'), need(inputs, 'b')),
  ]),
);

/** Rounds towards minus infinity, as `Math.floor(a / b)`. */
function floorDivide(graph: Graph, a: Value, b: Value): Value {
  const quotient = graph.binary('Div', a, b);
  if (a.dtype === 'float32') return graph.unary('Floor', quotient);
  const remainder = graph.binary('Sub', a, graph.binary('Mul', quotient, b));
  const zero = constant(graph, a, 0);
  const inexact = graph.unary('Not', graph.binary('Equal', remainder, zero));
  const opposite = graph.binary('Xor', graph.binary('Less', remainder, zero), graph.binary('Less', b, zero));
  const adjust = graph.cast(graph.binary('And', inexact, opposite), a.dtype);
  return graph.binary('Sub', quotient, adjust);
}

export const elementwise: Lowerings = {
  ...unary,
  ...binary,
  Identity: (_, inputs) => x(inputs),
  Cast: (graph, inputs, { dtype }) => castTo(graph, x(inputs), dtype as DType),
  Exp: (graph, inputs) => graph.unary('Exp', graph.cast(x(inputs), 'float32')),
  Erf: (graph, inputs) => graph.unary('Erf', graph.cast(x(inputs), 'float32')),
  Elu: (graph, inputs) => graph.unary('Elu', x(inputs)),
  EluGrad: (graph, inputs) => {
    const [dy, y] = [need(inputs, 'dy'), need(inputs, 'y')];
    const one = graph.scalar(1);
    const slope = graph.binary('Add', graph.binary('Min', y, graph.scalar(0)), one);
    return graph.binary('Mul', dy, slope);
  },
  Selu: (graph, inputs) =>
    graph.unary('Selu', x(inputs), { alpha: { float: SELU_ALPHA }, gamma: { float: SELU_SCALE } }),
  LeakyRelu: (graph, inputs, { alpha }) =>
    graph.unary('LeakyRelu', x(inputs), { alpha: { float: alpha as number } }),
  Relu6: (graph, inputs) => clip(graph, x(inputs), 0, 6),
  ClipByValue: (graph, inputs, { clipValueMin, clipValueMax }) =>
    clip(graph, x(inputs), clipValueMin as number, clipValueMax as number),
  Rsqrt: (graph, inputs) => graph.unary('Reciprocal', graph.unary('Sqrt', x(inputs))),
  Square: (graph, inputs) => graph.binary('Mul', x(inputs), x(inputs)),
  SquaredDifference: (graph, inputs) => {
    const difference = graph.binary('Sub', need(inputs, 'a'), need(inputs, 'b'));
    return graph.binary('Mul', difference, difference);
  },
  // exp(x) - 1 without cancellation near 0: 2 sinh(x / 2) exp(x / 2).
  Expm1: (graph, inputs) => {
    const half = graph.binary('Mul', x(inputs), graph.scalar(0.5));
    const product = graph.binary('Mul', graph.unary('Sinh', half), graph.unary('Exp', half));
    return graph.binary('Mul', product, graph.scalar(2));
  },
  // log(1 + x) without loss near 0 (Higham, Accuracy and Stability of Numerical Algorithms, problem 1.5).
  Log1p: (graph, inputs) => {
    const value = x(inputs);
    const one = graph.scalar(1);
    const sum = graph.binary('Add', value, one);
    const rounded = graph.binary('Sub', sum, one);
    const exact = graph.binary('Mul', graph.unary('Log', sum), graph.binary('Div', value, rounded));
    // Where 1 + x rounds to 1 the quotient is 0 / 0, and at infinity it is undefined as well.
    const tiny = graph.binary('Equal', rounded, graph.scalar(0));
    const infinite = graph.binary('Equal', value, graph.scalar(Number.POSITIVE_INFINITY));
    return graph.where(graph.binary('Or', tiny, infinite), value, exact);
  },
  IsFinite: (graph, inputs) => {
    const odd = graph.binary('Or', graph.unary('IsNaN', x(inputs)), graph.unary('IsInf', x(inputs)));
    return graph.unary('Not', odd);
  },
  Step: (graph, inputs, { alpha }) => {
    const value = x(inputs);
    const positive = graph.binary('Greater', value, constant(graph, value, 0));
    const step = graph.where(
      positive,
      constant(graph, value, 1),
      constant(graph, value, (alpha as number | undefined) ?? 0),
    );
    if (value.dtype !== 'float32') return step;
    return graph.where(graph.unary('IsNaN', value), value, step);
  },
  NotEqual: (graph, inputs) =>
    graph.unary('Not', graph.binary('Equal', need(inputs, 'a'), need(inputs, 'b'))),
  // TensorFlow.js's result is int32 whatever is divided.
  FloorDiv: (graph, inputs) => graph.cast(floorDivide(graph, need(inputs, 'a'), need(inputs, 'b')), 'int32'),
  // The remainder has the divisor's sign.
  Mod: (graph, inputs) => {
    const [a, b] = [need(inputs, 'a'), need(inputs, 'b')];
    return graph.binary('Sub', a, graph.binary('Mul', floorDivide(graph, a, b), b));
  },
  Atan2: (graph, inputs) => {
    const [y, horizontal] = [need(inputs, 'a'), need(inputs, 'b')];
    const zero = graph.scalar(0);
    const angle = graph.unary('Atan', graph.binary('Div', y, horizontal));
    const negative = graph.binary('Less', y, zero);
    const turn = graph.where(negative, graph.scalar(-Math.PI), graph.scalar(Math.PI));
    const left = graph.binary('Less', horizontal, zero);
    const turned = graph.where(left, graph.binary('Add', angle, turn), angle);
    const origin = graph.binary(
      'And',
      graph.binary('Equal', y, zero),
      graph.binary('Equal', horizontal, zero),
    );
    return graph.where(origin, zero, turned);
  },
  Prelu: (graph, inputs) => {
    const [value, alpha] = [x(inputs), need(inputs, 'alpha')];
    const positive = graph.binary('Greater', value, graph.scalar(0));
    return graph.where(positive, value, graph.binary('Mul', value, alpha));
  },
  Select: (graph, inputs) => {
    const [condition, yes, no] = [need(inputs, 'condition'), need(inputs, 't'), need(inputs, 'e')];
    // A vector of conditions chooses whole rows.
    const rank = Math.max(yes.shape.length, no.shape.length);
    const rows = condition.shape.length === 1 && rank > 1;
    const test = rows
      ? graph.reshape(condition, [...condition.shape, ...new Array<number>(rank - 1).fill(1)])
      : condition;
    return graph.where(test, yes, no);
  },
  AddN: (graph, inputs) => Object.values(inputs).reduce((sum, value) => graph.binary('Add', sum, value)),
  ZerosLike: (graph, inputs) => filled(graph, x(inputs), 0),
  OnesLike: (graph, inputs) => filled(graph, x(inputs), 1),
};

function filled(graph: Graph, like: Value, number: number): Value {
  return graph.expand(graph.scalar(number, like.dtype), like.shape);
}

export function clip(graph: Graph, value: Value, least: number, most: number): Value {
  const bounds = [graph.scalar(least, value.dtype), graph.scalar(most, value.dtype)];
  return graph.one('Clip', [value, ...bounds], {}, value.shape, value.dtype);
}

/** TensorFlow's casts: to int32 towards zero, to bool whether it is not zero. */
export function castTo(graph: Graph, value: Value, dtype: DType): Value {
  return graph.cast(value, dtype);
}
