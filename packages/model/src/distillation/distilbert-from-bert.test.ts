import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jit, tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import * as bert from '../architectures/bert.ts';
import * as distilbert from '../architectures/distilbert.ts';
import { fixture } from '../architectures/parity.ts';
import { loadPretrained } from '../checkpoints/load.ts';
import { savePretrained } from '../checkpoints/save.ts';
import { apart } from '../reference.ts';
import { distilBertFrom } from './distilbert-from-bert.ts';

const teacher = await loadPretrained(fixture('bert-masked'), { architecture: bert });
const inputs = {
  inputIds: tf.tensor2d(
    [
      [5, 9, 41, 7],
      [11, 3, 60, 22],
    ],
    undefined,
    'int32',
  ),
};

async function numbers(
  forward: (inputs: bert.BertInputs) => { logits?: tf.Tensor; hiddenStates: tf.Tensor[] },
) {
  const compiled = jit((inputs: bert.BertInputs) => {
    const { logits, hiddenStates } = forward(inputs);
    return { logits: logits as tf.Tensor, hiddenStates };
  });
  const { logits, hiddenStates } = await compiled(inputs);
  const found = {
    logits: await logits.array(),
    states: await Promise.all(hiddenStates.map((each) => each.array())),
  };
  await compiled.release();
  tf.dispose([logits, hiddenStates]);
  return found;
}

it('with all layers a DistilBERT gives what the BERT without segments gives', async () => {
  const { params, config } = distilBertFrom(teacher.params, teacher.config, {
    layers: teacher.params.bert.encoder.layer.map((_, i) => i),
  });
  const { token_type_embeddings: segments, ...embeddings } = teacher.params.bert.embeddings;
  const without = {
    ...teacher.params,
    bert: {
      ...teacher.params.bert,
      embeddings: { ...embeddings, token_type_embeddings: { weight: tf.zerosLike(segments.weight) } },
    },
  };
  const wanted = await numbers((inputs) =>
    bert.forward(without as bert.BertParameters, inputs, teacher.config),
  );
  const found = await numbers((inputs) => distilbert.forward(params, inputs, config));
  expect(wanted.states.length).toBe(teacher.config.layers + 1);
  expect(apart(found.states, wanted.states)).toBeLessThan(1e-5);
  expect(apart(found.logits, wanted.logits)).toBeLessThan(1e-5);
  tf.dispose(params as never);
});

it("it has every second layer, is the caller's, and saves and loads as DistilBERT", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quire-distilbert-'));
  const before = tf.memory().numTensors;
  const { params, config } = distilBertFrom(teacher.params, teacher.config);
  const count = Math.ceil(teacher.config.layers / 2);
  expect(config.layers).toBe(count);
  expect(params.distilbert.transformer.layer.length).toBe(count);
  await savePretrained(join(folder, 'student'), { architecture: distilbert, params, config });
  const loaded = await loadPretrained(join(folder, 'student'), { architecture: distilbert });
  const of = (params: distilbert.DistilBertParameters) =>
    numbers((inputs) => distilbert.forward(params, inputs, config));
  expect(await of(loaded.params)).toEqual(await of(params));
  tf.dispose([params as never, loaded.params as never]);
  expect(tf.memory().numTensors).toBe(before);
  rmSync(folder, { recursive: true });
});

it('a layer that is not there is refused', () => {
  expect(() => distilBertFrom(teacher.params, teacher.config, { layers: [0, 99] })).toThrow('no 99');
});
