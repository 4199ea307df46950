import { optimizers, tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import * as gpt2 from '../architectures/gpt2.ts';
import { fixture } from '../architectures/parity.ts';
import { loadPretrained } from '../checkpoints/load.ts';
import { namedLeaves } from '../parameters/names.ts';
import { merge, partition } from '../parameters/partition.ts';
import { Trainer } from '../training/trainer.ts';
import { anyOf, layersFrom, named } from './predicates.ts';

it('layers that are frozen stay as they are, and the others learn', async () => {
  const { params, config } = await loadPretrained(fixture('gpt2-classifier'), { architecture: gpt2 });
  const numbers = async (tree: object): Promise<Map<string, number[]>> =>
    new Map(
      await Promise.all(
        namedLeaves(tree).map(
          async ({ name, value }): Promise<[string, number[]]> => [name, [...(await value.data())]],
        ),
      ),
    );
  const before = await numbers(params);
  const isTrained = anyOf(named('score', 'transformer.ln_f'), layersFrom('transformer.h', config.layers - 1));
  const [trained, frozen] = partition(params, isTrained);
  const spec = gpt2.spec(config);
  const whole = (part: typeof trained, rest: typeof frozen): gpt2.Gpt2Parameters => merge(spec, part, rest);
  const examples = [
    { ids: [5, 9, 41, 7], label: 0 },
    { ids: [11, 3, 60, 22], label: 2 },
  ];
  const trainer = new Trainer({
    params: trained,
    frozen,
    loss: (part, batch: gpt2.Gpt2Batch, { frozen }) => gpt2.loss(whole(part, frozen), batch, config),
    optimizer: optimizers.adamW({ learningRate: 0.02 }),
    examples,
    collate: (rows) => ({
      inputIds: tf.tensor2d(
        rows.map(({ ids }) => ids),
        undefined,
        'int32',
      ),
      labels: tf.tensor1d(
        rows.map(({ label }) => label),
        'int32',
      ),
    }),
    batchSize: 2,
    steps: 25,
  });
  const { losses } = await trainer.train();
  expect(losses.at(-1)).toBeLessThan(0.2 * (losses[0] as number));
  const after = await numbers(whole(trainer.params, frozen));
  expect([...after.keys()]).toEqual([...before.keys()]);
  for (const [name, values] of after) {
    if (isTrained(name)) expect(values, name).not.toEqual(before.get(name));
    else expect(values, name).toEqual(before.get(name));
  }
  expect([...before.keys()].filter(isTrained).length).toBe(12 + 2 + 1);
  await trainer.dispose();
  tf.dispose(frozen as never);
});
