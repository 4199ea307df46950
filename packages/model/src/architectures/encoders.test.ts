/** What all text encoders have in common. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jit, leavesOf, random, tf, valueAndGradients } from '@quire/runtime';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPretrained } from '../checkpoints/load.ts';
import * as bert from './bert.ts';
import * as distilbert from './distilbert.ts';
import { difference, differences, fixture } from './parity.ts';
import * as roberta from './roberta.ts';

const scratch = mkdtempSync(join(tmpdir(), 'quire-encoders-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const ids = (): tf.Tensor2D =>
  tf.tensor2d([Array.from({ length: 24 }, (_, i) => 3 + ((7 * i) % 90))], undefined, 'int32');

const numbers = async (tensor: tf.Tensor): Promise<Float32Array> => (await tensor.data()) as Float32Array;

/** A model of each architecture, with the names that the three have in common. */
const MODELS = {
  bert: { fixture: 'bert-classifier', architecture: bert, dropout: 'hiddenDropout' },
  distilbert: { fixture: 'distilbert-classifier', architecture: distilbert, dropout: 'dropout' },
  roberta: { fixture: 'roberta-classifier', architecture: roberta, dropout: 'hiddenDropout' },
} as const;

describe.each(Object.entries(MODELS))('%s', (_, { fixture: name, architecture: module, dropout }) => {
  // The three take each only their own configuration; here it is always that of their own checkpoint.
  const architecture = module as typeof bert;
  const load = async (config: Partial<bert.BertConfig> = {}) =>
    loadPretrained(fixture(name), { architecture, config });

  it('computes the same op by op, and leaves no tensors behind', async () => {
    const { outputs } = await differences(name, architecture, { eager: true });
    expect(Object.keys(outputs).length).toBeGreaterThan(5);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    const { config, params } = await load();
    const key = random.key(1);
    const inputIds = ids();
    const count = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      tf.tidy(() => {
        architecture.forward(params, { inputIds }, config, { dropoutKey: key, attentions: true });
      });
    }
    expect(tf.memory().numTensors).toBe(count);
    tf.dispose([params as never, key, inputIds]);
  });

  it('drops at the given rate and keeps the mean, another part with each key', async () => {
    const { config, params } = await load();
    const run = jit((inputIds: tf.Tensor2D, dropoutKey?: random.Key) => {
      const { hiddenStates, logits } = architecture.forward(
        params,
        { inputIds },
        config,
        dropoutKey ? { dropoutKey } : {},
      );
      return { embeddings: hiddenStates[0] as tf.Tensor, logits: logits as tf.Tensor };
    });
    const inputIds = ids();
    const whole = await run(inputIds);
    const embeddings = await numbers(whole.embeddings);
    const sums = new Float64Array(embeddings.length);
    const seen = new Set<string>();
    const draws = 60;
    let dropped = 0;
    let off = 0;
    for (let seed = 0; seed <= draws; seed++) {
      const key = random.key(seed % draws); // the first once more at last
      const made = await run(inputIds, key);
      seen.add(`${await numbers(made.logits)}`);
      const values = await numbers(made.embeddings);
      if (seed < draws) {
        values.forEach((value, i) => {
          const kept = (embeddings[i] as number) / 0.9;
          if (value === 0) dropped++;
          else off = Math.max(off, Math.abs(value - kept) / (1 + Math.abs(kept)));
          sums[i] = (sums[i] as number) + value;
        });
      }
      tf.dispose([key, made as never]);
    }
    expect(seen.size).toBe(draws);
    expect(off).toBeLessThan(1e-5);
    // Five standard deviations of a binomial distribution.
    const count = draws * embeddings.length;
    expect(Math.abs(dropped / count - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / count));
    const bias = sums.reduce((sum, value, i) => {
      const own = embeddings[i] as number;
      return sum + (value / draws - own) * Math.sign(own);
    }, 0);
    const size = embeddings.reduce((sum, value) => sum + Math.abs(value), 0);
    expect(Math.abs(bias / size)).toBeLessThan(0.02);
    await run.release();
    tf.dispose([params as never, inputIds, whole as never]);
  });

  it('drops attention too, where nothing else is dropped', async () => {
    const { config, params } = await load({ [dropout]: 0, attentionDropout: 0.5 });
    const inputIds = ids();
    const key = random.key(1);
    tf.tidy(() => {
      const [whole, part] = [{}, { dropoutKey: key }].map(
        (options) => architecture.forward(params, { inputIds }, config, options).hiddenStates,
      ) as [tf.Tensor3D[], tf.Tensor3D[]];
      const off = whole.map((each, i) =>
        difference(part[i]?.dataSync() as Float32Array, each.dataSync() as Float32Array),
      );
      expect(off[0]).toBe(0);
      expect(off[1]).toBeGreaterThan(0.01);
    });
    tf.dispose([params as never, inputIds, key]);
  });

  it('computes of the last block what the head reads, and loses by dropout what it would among all', async () => {
    const { config, params } = await load({
      hiddenDropout: 0.3,
      attentionDropout: 0.3,
      dropout: 0.3,
    } as object);
    const batch = {
      inputIds: tf.tensor2d(
        Array.from({ length: 24 }, (_, i) => 3 + ((7 * i) % 90)),
        [2, 12],
        'int32',
      ),
      attentionMask: tf.tensor2d(
        Array.from({ length: 24 }, (_, i) => (i % 12 < 9 ? 1 : 0)),
        [2, 12],
        'int32',
      ),
      labels: tf.tensor1d([1, 0], 'int32'),
    };
    const key = random.key(3);
    // Attention that is asked for is that of all positions.
    const of = (attentions: boolean) =>
      jit((parameters: typeof params, dropoutKey: random.Key) =>
        valueAndGradients(
          (parameters: typeof params) =>
            architecture.loss(parameters, batch, config, { dropoutKey, attentions }),
          parameters,
        ),
      );
    const [alone, among] = [of(false), of(true)];
    const [found, wanted] = [await alone(params, key), await among(params, key)];
    const [leaves, expected] = [leavesOf<tf.Tensor>(found), leavesOf<tf.Tensor>(wanted)];
    for (const [i, { path, value }] of leaves.entries()) {
      const [a, b] = [await numbers(value), await numbers(expected[i]?.value as tf.Tensor)];
      const off = a.reduce((most, x, j) => Math.max(most, Math.abs(x - (b[j] as number))), 0);
      expect([path, off < 1e-5]).toEqual([path, true]);
    }
    const bytes = async (compiled: typeof alone): Promise<number> =>
      (await compiled.explain([params, key])).peakBytes;
    expect(await bytes(alone)).toBeLessThan(await bytes(among));
    tf.dispose([params as never, found as never, wanted as never, batch as never, key]);
    await Promise.all([alone.release(), among.release()]);
  });

  it('starts a new model with a padding embedding of 0, which predicts as if by chance', async () => {
    const key = random.key(3);
    const sizes = { width: 32, layers: 2, heads: 4, vocabularySize: 96, contextLength: 24 };
    const config = architecture.config(sizes);
    const params = await architecture.init(config, key);
    const inputIds = ids();
    const loss = tf.tidy(
      () => architecture.loss(params, { inputIds, labels: inputIds }, config).dataSync()[0],
    );
    expect(Math.abs((loss as number) - Math.log(96))).toBeLessThan(0.3);
    const table = Object.values(params)[0] as bert.BertParameters['bert'];
    const words = await table.embeddings.word_embeddings.weight.array();
    expect(words[config.padTokenId]?.every((value) => value === 0)).toBe(true);
    expect(words[5]?.some((value) => value === 0)).toBe(false);
    tf.dispose([params as never, inputIds, key]);
  });

  it('refuses sequences that are longer than the context', async () => {
    const { config, params } = await load();
    const inputIds = tf.ones<tf.Rank.R2>([1, 25], 'int32');
    expect(config.contextLength).toBe(24);
    expect(() => architecture.forward(params, { inputIds }, config)).toThrow(
      new RangeError(
        'Sequences of 25 tokens are too long for a model of 24 positions: truncate them to that many (config.contextLength).',
      ),
    );
    tf.dispose([params as never, inputIds]);
  });
});

describe('checkpoints of BERT', () => {
  it('of the first years have other names, and the tied weight twice', async () => {
    const folder = join(scratch, 'old');
    cpSync(fixture('bert-masked'), folder, { recursive: true });
    const file = readFileSync(join(folder, 'model.safetensors'));
    const size = Number(file.readBigUInt64LE());
    type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
    const header = JSON.parse(file.toString('utf8', 8, 8 + size)) as Header;
    const data = file.subarray(8 + size);
    const words = header['bert.embeddings.word_embeddings.weight'] as Header[string];
    const renamed: Header = Object.fromEntries(
      Object.entries(header).map(([name, value]) => [
        name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
        value,
      ]),
    );
    expect(Object.keys(renamed).filter((name) => /gamma|beta/.test(name))).toHaveLength(12);
    const copy = data.subarray(...words.data_offsets);
    renamed['cls.predictions.decoder.weight'] = {
      ...words,
      data_offsets: [data.length, data.length + copy.length],
    };
    let text = JSON.stringify(renamed);
    text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
    writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([length, Buffer.from(text), data, copy]));

    const [old, now] = [await loadPretrained(folder), await loadPretrained(fixture('bert-masked'))];
    expect(old.architecture).toBe(bert);
    const inputIds = ids();
    const [a, b] = [old, now].map(({ params, config }) =>
      tf.tidy(
        () => bert.forward(params as bert.BertParameters, { inputIds }, config as bert.BertConfig).hidden,
      ),
    ) as [tf.Tensor, tf.Tensor];
    expect(Array.from(a.dataSync())).toEqual(Array.from(b.dataSync()));
    tf.dispose([old.params as never, now.params as never, inputIds, a, b]);
  });

  it('that were pre-trained are masked language models without more ado', async () => {
    const model = await loadPretrained(fixture('bert-pre-training'), { head: 'maskedLanguageModel' });
    expect(model).toMatchObject({ initialized: [], dropped: [] });
    expect(model.params).not.toHaveProperty('bert.pooler');
    tf.dispose(model.params as never);
  });

  it('are refused where they are of decoders or have other positions', () => {
    expect(() => bert.readConfig({ is_decoder: true }, 'none')).toThrow(/is_decoder is true/);
    expect(() => bert.readConfig({ position_embedding_type: 'relative_key' }, 'none')).toThrow(
      /position_embedding_type is "relative_key", and can be "absolute"/,
    );
  });
});
