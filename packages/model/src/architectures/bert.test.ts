import { jit, random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import * as bert from './bert.ts';
import { differences } from './parity.ts';

const FIXTURES = [
  'bert',
  'bert-masked',
  'bert-long',
  'bert-pre-training',
  'bert-next-sentence',
  'bert-classifier',
  'bert-multi',
  'bert-regression',
  'bert-tokens',
];

describe('BERT', () => {
  it.each(FIXTURES)('%s gives the numbers of transformers', async (name) => {
    const { outputs, gradients } = await differences(name, bert);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(0, ...Object.values(gradients))).toBeLessThan(1e-3);
  });

  it('predicts the positions that are asked about alone as it predicts them among all', async () => {
    const config = bert.config({
      vocabularySize: 40,
      contextLength: 8,
      width: 16,
      layers: 2,
      heads: 2,
      initializerDeviation: 0.3,
    });
    const params = await bert.init(config, random.key(4));
    const forward = jit(
      (params: bert.BertParameters, inputs: bert.BertInputs) =>
        bert.forward(params, inputs, config).logits as tf.Tensor3D,
    );
    const loss = jit((params: bert.BertParameters, batch: bert.BertBatch) =>
      bert.loss(params, batch, config),
    );
    const inputIds = tf.tensor2d(
      [
        [5, 9, 3, 7, 30, 2],
        [8, 8, 1, 39, 6, 4],
      ],
      [2, 6],
      'int32',
    );
    const places = [
      [4, 1],
      [0, 5],
    ] as const;
    const predictAt = tf.tensor2d(
      places.map((row) => [...row]),
      [2, 2],
      'int32',
    );
    const all = await ((await forward(params, { inputIds })) as tf.Tensor3D).array();
    const some = await ((await forward(params, { inputIds, predictAt })) as tf.Tensor3D).array();
    expect(some.map((row) => row.length)).toEqual([2, 2]);
    const apart = places.flatMap((row, b) =>
      row.flatMap((t, k) => all[b]![t]!.map((logit, v) => Math.abs(logit - (some[b]![k]![v] as number)))),
    );
    expect(apart).toHaveLength(4 * 40);
    expect(Math.max(...apart)).toBeLessThan(1e-5);

    const everywhere = tf.tensor2d(
      [
        [-100, 7, -100, -100, 3, -100],
        [11, -100, -100, -100, -100, -100],
      ],
      [2, 6],
      'int32',
    );
    const there = tf.tensor2d(
      [
        [3, 7],
        [11, -100],
      ],
      [2, 2],
      'int32',
    );
    const [whole, part] = [
      await loss(params, { inputIds, labels: everywhere }),
      await loss(params, { inputIds, predictAt, labels: there }),
    ];
    expect((await (part as tf.Scalar).data())[0]).toBeCloseTo(
      (await (whole as tf.Scalar).data())[0] as number,
      5,
    );
    await forward.release();
    await loss.release();
  });
});
