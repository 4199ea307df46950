import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jit, leavesOf, ops, random, tf, valueAndGradients } from '@quire/runtime';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { Draw } from '../ops/draw.ts';

const { python } = inject('environment');
const script = fileURLToPath(new URL('check.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quire-onnx-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Checked {
  opset: number;
  domains: string[];
  outputs: Record<string, { dtype: string; shape: number[]; data: number[] }>;
}

function checked(model: string, names: string[], args: unknown[], reference = false): Checked {
  const inputs = Object.fromEntries(
    args
      .flatMap((argument, i) => leavesOf(argument, names[i]))
      .flatMap(({ path, value }) =>
        value instanceof tf.Tensor
          ? [[path, { dtype: value.dtype, shape: value.shape, data: Array.from(value.dataSync()) }]]
          : [],
      ),
  );
  const answer = execFileSync('path' in python ? python.path : '', [script], {
    input: JSON.stringify({ model, reference, inputs }),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(answer) as Checked;
}

const draw = new Draw(11);

interface Network {
  [name: string]: tf.Tensor;
}

function block(
  { embedding, qkv, scale, bias, out }: Network,
  tokens: tf.Tensor2D,
  key: random.Key,
): tf.Tensor {
  const [b, t] = tokens.shape;
  const x = tf.gather(embedding as tf.Tensor, tokens); // (B, T, C)
  const c = x.shape[2] as number;
  const normal = ops.layerNorm(x, scale as tf.Tensor1D, bias as tf.Tensor1D);
  const [q, k, v] = tf.split(normal.reshape([b * t, c]).matMul(qkv as tf.Tensor2D), 3, 1).map(
    (part) => part.reshape([b, t, 2, c / 2]).transpose([0, 2, 1, 3]) as tf.Tensor4D, // (B, T, C) -> (B, H, T, C/H)
  ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const attended = ops
    .attention(q, k, v, { causal: true })
    .transpose([0, 2, 1, 3])
    .reshape([b * t, c]);
  return random.dropout(key, ops.gelu(attended).matMul(out as tf.Tensor2D), 0.1);
}

const EXPORTS: Record<
  string,
  { fn: (...args: never[]) => unknown; names: string[]; args: tf.Tensor[] | unknown[] }
> = {
  'a training step of a transformer’s block': {
    fn: (params: Network, tokens: tf.Tensor2D, labels: tf.Tensor, key: random.Key) => {
      const { value, gradients } = valueAndGradients(
        (params) => ops.crossEntropy(block(params, tokens, key), labels.flatten()),
        params,
      );
      const updated = Object.fromEntries(
        Object.entries(params).map(([name, p]) => [name, p.sub((gradients[name] as tf.Tensor).mul(0.1))]),
      );
      return { loss: value, params: updated };
    },
    names: ['params', 'tokens', 'labels', 'key'],
    args: [
      {
        embedding: draw.float([11, 8]),
        qkv: draw.float([8, 24]),
        scale: draw.float([8]),
        bias: draw.float([8]),
        out: draw.float([8, 11]),
      },
      draw.int([3, 6], 0, 10),
      draw.int([3, 6], 0, 10),
      random.key(5),
    ],
  },
  'a convolutional network with its gradients': {
    fn: (params: Network, images: tf.Tensor4D) =>
      valueAndGradients(({ first, depth, dense }) => {
        const a = tf.maxPool(
          tf.conv2d(images, first as tf.Tensor4D, 1, 'same').relu() as tf.Tensor4D,
          2,
          2,
          'same',
        );
        const b = tf.depthwiseConv2d(a, depth as tf.Tensor4D, 2, 'same').relu6();
        const up = tf.image.resizeNearestNeighbor(b as tf.Tensor4D, [4, 4]);
        return tf
          .avgPool(up, 4, 4, 'valid')
          .reshape([images.shape[0], -1])
          .matMul(dense as tf.Tensor2D)
          .square()
          .mean();
      }, params),
    names: ['params', 'images'],
    args: [
      { first: draw.float([3, 3, 2, 4]), depth: draw.float([3, 3, 4, 1]), dense: draw.float([4, 2]) },
      draw.float([2, 9, 9, 2]),
    ],
  },
  'a function of integers, truth values and indices': {
    fn: (x: tf.Tensor, n: tf.Tensor) => ({
      best: tf.topk(x, 2),
      mask: tf.logicalAnd(x.greater(0), n.notEqual(0)),
      chosen: tf.where(n.greater(tf.scalar(0, 'int32')), x, x.neg()),
      places: tf.argMax(x, 1),
      running: tf.cumsum(x, 1),
    }),
    names: ['x', 'n'],
    args: [draw.float([3, 5]), draw.int([3, 5], -2, 2)],
  },
};

describe.skipIf('missing' in python)(
  'saveOnnx writes what onnx.checker accepts and onnxruntime runs to the same numbers',
  () => {
    for (const [name, { fn, names, args }] of Object.entries(EXPORTS)) {
      test(name, async () => {
        const compiled = jit(fn);
        const result = await compiled(...(args as never[]));
        const path = join(folder, 'model.onnx');
        await compiled.saveOnnx(path);
        const found = checked(path, names, args);
        expect(found.domains).toEqual(['']);
        expect(found.opset).toBeGreaterThanOrEqual(17);
        const leaves = leavesOf<tf.Tensor>(result, 'output');
        expect(Object.keys(found.outputs).sort()).toEqual(leaves.map(({ path }) => path).sort());
        for (const { path, value } of leaves) {
          const output = found.outputs[path] as Checked['outputs'][string];
          expect(output.dtype, path).toBe(value.dtype);
          expect(output.shape, path).toEqual(value.shape);
          const wanted = Array.from(await value.data());
          const worst = output.data.reduce((most, got, i) => {
            const want = wanted[i] as number;
            return Math.max(most, Math.abs(Number(got) - want) / (1 + Math.abs(want)));
          }, 0);
          expect(worst, path).toBeLessThan(1e-5);
        }
      });
    }

    test('with products in float16 where the function computes in it', async () => {
      const fn = (a: tf.Tensor, b: tf.Tensor, image: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor[] => [
        tf.matMul(a, b, false, true).mul(0.25),
        tf.conv2d(image, filter, 1, 'same'),
      ];
      const args: Parameters<typeof fn> = [
        draw.float([2, 3, 4]),
        draw.float([2, 5, 4]),
        draw.float([1, 5, 5, 2]) as tf.Tensor4D,
        draw.float([3, 3, 2, 3]) as tf.Tensor4D,
      ];
      const path = join(folder, 'half.onnx');
      await jit(fn, { precision: 'float16' }).saveOnnx(path, args);
      const found = checked(path, ['a', 'b', 'image', 'filter'], args, true);
      const wanted = fn(...args).map((tensor) => Array.from(tensor.dataSync()));
      for (const [i, values] of wanted.entries()) {
        const output = found.outputs[`output[${i}]`] as Checked['outputs'][string];
        expect(output.dtype).toBe('float32');
        const worst = Math.max(...values.map((value, j) => Math.abs(value - (output.data[j] as number))));
        expect(worst).toBeLessThan(3e-2);
        expect(worst).toBeGreaterThan(1e-5);
      }
    });
  },
);
