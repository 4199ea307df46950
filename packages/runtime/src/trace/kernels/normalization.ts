/** Softmax and normalization. */
import { normalizeAxis } from '../../graph/values.ts';
import { type Lowerings, need } from '../lowering.ts';

export const normalization: Lowerings = {
  Softmax: (graph, inputs, { dim }) => {
    const logits = need(inputs, 'logits');
    return graph.softmax(logits, normalizeAxis((dim as number | undefined) ?? -1, logits.shape.length));
  },
  LogSoftmax: (graph, inputs, { axis }) => {
    const logits = need(inputs, 'logits');
    const at = normalizeAxis((axis as number | undefined) ?? -1, logits.shape.length);
    return graph.one('LogSoftmax', [logits], { axis: at }, logits.shape, logits.dtype);
  },
  // On one channel axis, the last, by given statistics: a scale and a shift of each channel.
  FusedBatchNorm: (graph, inputs, { varianceEpsilon }) => {
    const [x, mean, variance] = [need(inputs, 'x'), need(inputs, 'mean'), need(inputs, 'variance')];
    const { scale, offset } = inputs;
    const channels = mean.shape.length === 1 && x.shape.length === 4 && mean.shape[0] === x.shape[3];
    if (channels && [scale, offset].every((value) => !value || value.shape.length === 1)) {
      const size = [x.shape[3] as number];
      const ones = graph.expand(graph.scalar(1), size);
      const zeros = graph.expand(graph.scalar(0), size);
      const nchw = graph.transpose(x, [0, 3, 1, 2]);
      const epsilon = { float: (varianceEpsilon as number | undefined) ?? 0.001 };
      const operands = [nchw, scale ?? ones, offset ?? zeros, mean, variance];
      const y = graph.one('BatchNormalization', operands, { epsilon }, nchw.shape, x.dtype);
      return graph.transpose(y, [0, 2, 3, 1]);
    }
    const epsilon = graph.scalar((varianceEpsilon as number | undefined) ?? 0.001);
    const deviation = graph.unary('Sqrt', graph.binary('Add', variance, epsilon));
    const inverse = graph.unary('Reciprocal', deviation);
    const factor = scale ? graph.binary('Mul', scale, inverse) : inverse;
    const scaled = graph.binary('Mul', graph.binary('Sub', x, mean), factor);
    return offset ? graph.binary('Add', scaled, offset) : scaled;
  },
  LRN: (graph, inputs, { depthRadius, bias, alpha, beta }) => {
    const x = need(inputs, 'x');
    const radius = (depthRadius as number | undefined) ?? 5;
    const depth = x.shape.at(-1) as number;
    // A band matrix adds up the squares of the neighbours in depth.
    const band = new Float32Array(depth * depth);
    for (let i = 0; i < depth; i++) {
      for (let k = Math.max(0, i - radius); k <= Math.min(depth - 1, i + radius); k++)
        band[i * depth + k] = 1;
    }
    const squares = graph.binary('Mul', x, x);
    const sums = graph.matMul(squares, graph.constant(band, [depth, depth], 'float32'));
    const scaled = graph.binary('Mul', sums, graph.scalar((alpha as number | undefined) ?? 1));
    const base = graph.binary('Add', scaled, graph.scalar((bias as number | undefined) ?? 1));
    const power = graph.binary('Pow', base, graph.scalar(-((beta as number | undefined) ?? 0.5)));
    return graph.binary('Mul', x, power);
  },
};
