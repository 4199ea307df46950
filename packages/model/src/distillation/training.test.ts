import { optimizers, tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import * as bert from '../architectures/bert.ts';
import * as distilbert from '../architectures/distilbert.ts';
import { fixture } from '../architectures/parity.ts';
import { loadPretrained } from '../checkpoints/load.ts';
import { Trainer } from '../training/trainer.ts';
import { attentionLoss, distilBertFrom, hiddenStateLoss, logitsLoss } from './index.ts';

it('a DistilBERT comes nearer to its BERT in logits, states and attention', async () => {
  const teacher = await loadPretrained(fixture('bert-masked'), { architecture: bert });
  const { params, config } = distilBertFrom(teacher.params, teacher.config);
  const before = tf.memory().numTensors;
  const inputs = (rows: readonly number[][]) => ({ inputIds: tf.tensor2d([...rows], undefined, 'int32') });
  const trainer = new Trainer({
    params,
    frozen: teacher.params,
    loss: (params, batch: ReturnType<typeof inputs>, { frozen }) => {
      const student = distilbert.forward(params, batch, config, { attentions: true });
      const wanted = bert.forward(frozen, batch, teacher.config, { attentions: true });
      const metrics = {
        logits: logitsLoss(student.logits as tf.Tensor, wanted.logits as tf.Tensor),
        states: hiddenStateLoss(student.hidden, wanted.hidden),
        attentions: attentionLoss(
          student.attentions.at(-1) as tf.Tensor4D,
          wanted.attentions.at(-1) as tf.Tensor4D,
        ),
      };
      return { loss: tf.addN(Object.values(metrics)) as tf.Scalar, metrics };
    },
    optimizer: optimizers.adamW({ learningRate: 0.01, weightDecay: 0 }),
    examples: Array.from({ length: 24 }, (_, i) =>
      Array.from({ length: 6 }, (_, j) => 5 + ((i * 31 + j * 17) % 80)),
    ),
    collate: inputs,
    batchSize: 12,
    steps: 60,
  });
  const examples = [
    [9, 40, 22, 71, 30, 12],
    [60, 8, 33, 50, 27, 45],
  ];
  const untrained = await trainer.evaluate(examples);
  await trainer.train();
  const trained = await trainer.evaluate(examples);
  for (const name of ['logits', 'states', 'attentions'] as const) {
    expect(trained[name], name).toBeLessThan(0.6 * (untrained[name] as number));
  }
  tf.dispose(teacher.params as never);
  await trainer.dispose();
  expect(tf.memory().numTensors).toBeLessThan(before);
});
