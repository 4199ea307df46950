import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jit, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import * as bert from '../architectures/bert.ts';
import * as distilbert from '../architectures/distilbert.ts';
import * as gpt2 from '../architectures/gpt2.ts';
import { fixture } from '../architectures/parity.ts';
import * as roberta from '../architectures/roberta.ts';
import { loadPretrained } from '../checkpoints/load.ts';
import { savePretrained } from '../checkpoints/save.ts';
import { apart } from '../reference.ts';
import { pruned } from './masks.ts';
import { compressionReport } from './report.ts';
import { transformerUnits } from './transformer-units.ts';
import { removeUnits, unitMasks, unitScores } from './units.ts';

const inputIds = tf.tensor2d(
  [
    [5, 9, 41, 7],
    [11, 3, 60, 22],
  ],
  undefined,
  'int32',
);
const MODELS = { gpt2, 'bert-masked': bert, 'distilbert-masked': distilbert, 'roberta-masked': roberta };

/** What of an architecture the tests need, whichever it is. */
interface Model {
  modelType: string;
  forward: (params: object, inputs: object, config: object) => { logits?: tf.Tensor };
}

async function load(name: keyof typeof MODELS) {
  const architecture = MODELS[name] as unknown as Model;
  const { params, config } = (await loadPretrained(fixture(name), { architecture } as never)) as unknown as {
    params: object;
    config: { layers: number; heads: number; innerWidth: number };
  };
  const logitsOf = async (params: object, changes: object = {}): Promise<unknown> => {
    const forward = jit(
      (params: object, inputIds: tf.Tensor) =>
        architecture.forward(params, { inputIds }, { ...config, ...changes }).logits as tf.Tensor,
    );
    const logits = await forward(params, inputIds);
    const found = await logits.array();
    await forward.release();
    logits.dispose();
    return found;
  };
  return { architecture, params, config, logitsOf };
}

describe.each(Object.keys(MODELS) as (keyof typeof MODELS)[])('of %s', (name) => {
  it('pruned neurons that are left out change no number, and the model is smaller and loads', async () => {
    const { architecture, params, config, logitsOf } = await load(name);
    const before = tf.memory().numTensors;
    const { neurons } = transformerUnits(architecture, config);
    const masks = await unitMasks(params, neurons, { sparsity: 0.5 });
    const masked = await pruned(params, masks);
    const smaller = await removeUnits(params, neurons, masks);
    const innerWidth = config.innerWidth / 2;
    const wanted = await logitsOf(masked);
    expect(apart(await logitsOf(smaller, { innerWidth }), wanted)).toBeLessThan(1e-5);
    expect(apart(wanted, await logitsOf(params))).toBeGreaterThan(1e-3);
    const report = await compressionReport({ before: params, after: masked, stored: smaller });
    expect(report.size.after).toBeLessThan(0.9 * report.size.before);
    expect(report.error).toBeGreaterThan(0);
    const folder = mkdtempSync(join(tmpdir(), 'quire-units-'));
    const model = { architecture, params: smaller, config: { ...config, innerWidth } };
    await savePretrained(join(folder, 'small'), model as never);
    const loaded = (await loadPretrained(join(folder, 'small'), { architecture } as never)) as {
      params: object;
    };
    expect(apart(await logitsOf(loaded.params, { innerWidth }), wanted)).toBeLessThan(1e-5);
    rmSync(folder, { recursive: true });
    tf.dispose([masks, masked, smaller, loaded.params] as never);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(params as never);
  });

  it('pruned heads that are left out change no number', async () => {
    const { architecture, params, config, logitsOf } = await load(name);
    const { heads } = transformerUnits(architecture, config);
    const masks = await unitMasks(params, heads, { sparsity: 0.5 });
    const masked = await pruned(params, masks);
    const smaller = await removeUnits(params, heads, masks);
    const wanted = await logitsOf(masked);
    expect(apart(await logitsOf(smaller, { heads: config.heads / 2 }), wanted)).toBeLessThan(1e-5);
    expect(apart(wanted, await logitsOf(params))).toBeGreaterThan(1e-3);
    tf.dispose([params, masks, masked, smaller] as never);
  });
});

describe('units', () => {
  const params = {
    // Three units of two columns each, twice side by side.
    into: { weight: tf.tensor2d([[3, 0, 1, 0, 2, 0, 4, 0, 0, 0, 0, 0]]) },
    out: { weight: tf.tensor2d([[0], [0], [0], [1], [2], [1]]) },
  };
  const group = {
    name: 'all',
    units: 3,
    members: [
      { name: 'into.weight', axis: 1, parts: 2 },
      { name: 'out.weight', axis: 0 },
    ],
  };

  it('are as strong as all their numbers together', async () => {
    expect([...((await unitScores(params, [group])).all ?? [])]).toEqual([5, Math.sqrt(2), 3]);
  });

  it('go where their score is lowest, or where it is said', async () => {
    const masks = await unitMasks(params, [group], { sparsity: 0.34 });
    expect(masks['into.weight']?.arraySync()).toEqual([[1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1]]);
    const own = await unitMasks(params, [group], { sparsity: 0.34, scores: { all: [0, 1, 2] } });
    const left = await removeUnits(params, [group], own);
    expect(await left.into.weight.array()).toEqual([[1, 0, 2, 0, 0, 0, 0, 0]]);
    expect((await left.out.weight.array()).flat()).toEqual([0, 1, 2, 1]);
    const all = await unitMasks(params, [group], { sparsity: 1 });
    expect((await removeUnits(params, [group], all)).out.weight.shape).toEqual([2, 1]);
  });

  it('are refused in part, and where they are not there', async () => {
    const part = {
      'into.weight': tf.ones([1, 12]),
      'out.weight': tf.tensor2d([[0], [1], [1], [1], [1], [1]]),
    };
    await expect(removeUnits(params, [group], part)).rejects.toThrow('Unit 0 of all is pruned in part');
    await expect(unitScores(params, [{ ...group, units: 5 }])).rejects.toThrow('multiple of 5 units');
    await expect(unitScores({}, [group])).rejects.toThrow('no parameter into.weight');
    expect(() => transformerUnits({ modelType: 'other' }, { layers: 1, heads: 1, innerWidth: 1 })).toThrow(
      'of other',
    );
  });
});
