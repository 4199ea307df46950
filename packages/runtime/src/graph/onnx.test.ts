import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { Graph } from './graph.ts';
import { type ModelOptions, writeModel } from './onnx.ts';

/** Batched products that are transposed and scaled, a convolution, and two large products of one transposed matrix. */
async function run(options: ModelOptions): Promise<Float32Array[]> {
  const graph = new Graph();
  const a = graph.input('a', [2, 3, 4], 'float32');
  const b = graph.input('b', [2, 5, 4], 'float32');
  const image = graph.input('image', [1, 2, 5, 5], 'float32');
  const filter = graph.input('filter', [3, 2, 3, 3], 'float32');
  const product = graph.binary('Mul', graph.matMul(a, b, false, true), graph.scalar(0.25));
  const convolved = graph.one('Conv', [image, filter], { kernel_shape: [3, 3] }, [1, 3, 3, 3], 'float32');
  const wide = graph.input('wide', [3, 1024], 'float32');
  const narrow = graph.input('narrow', [3, 512], 'float32');
  const large = [narrow, graph.unary('Neg', narrow)].map((right) => graph.matMul(wide, right, true));
  const model = writeModel(graph, [product, convolved, ...large], options);
  const session = await ort.InferenceSession.create(model.bytes);
  const feed = ({ shape, id }: (typeof model.inputs)[number]): ort.Tensor => {
    const size = shape.reduce((n, d) => n * d, 1);
    return new ort.Tensor(
      'float32',
      Float32Array.from({ length: size }, (_, i) => Math.sin(i + id)),
      shape,
    );
  };
  const feeds = Object.fromEntries(
    session.inputNames.map((name, i) => [name, feed(model.inputs[i] as never)]),
  );
  const results = await session.run(feeds);
  return session.outputNames.map((name) => (results[name] as ort.Tensor).data as Float32Array);
}

test('operators of ONNX Runtime’s own give the numbers of the standard’s', async () => {
  const [standard, own] = [await run({ dialect: 'onnx' }), await run({ dialect: 'cpu' })];
  for (const [i, values] of standard.entries()) {
    expect(own[i]?.length).toBe(values.length);
    const off = values.reduce(
      (most, value, j) => Math.max(most, Math.abs(value - (own[i]?.[j] as number))),
      0,
    );
    expect(off).toBeLessThan(5e-6);
  }
});
