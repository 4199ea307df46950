import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { device, random, tf } from '@quire/runtime';
import { byteLevelAlphabet, Tokenizer, trainBpe } from '@quire/tokenizer';
import { afterAll, describe, expect, it } from 'vitest';
import type { Architecture } from '../architectures/architecture.ts';
import * as gpt2 from '../architectures/gpt2.ts';
import { fixture } from '../architectures/parity.ts';
import { namedLeaves } from '../parameters/names.ts';
import { loadPretrained } from './load.ts';
import { SafetensorsFile } from './safetensors.ts';
import { savePretrained } from './save.ts';

const scratch = mkdtempSync(join(tmpdir(), 'quire-save-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What `theirs` has for the keys of `ours`, at every depth. */
function shared(ours: unknown, theirs: unknown): unknown {
  if (typeof ours !== 'object' || ours === null || Array.isArray(ours)) return theirs ?? ours;
  const other = (theirs ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(ours).map(([key, own]) => [key, shared(own, other[key])]));
}

const json = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8'));

describe('a saved model', () => {
  it.each([
    ['gpt2', {}],
    ['gpt2-classifier', {}],
    ['bert-classifier', {}],
    ['distilbert-masked', {}],
    ['roberta-tokens', {}],
    ['bert', {}],
    ['bert-pre-training', {}],
    ['bert-multi', {}],
    ['distilbert-masked', {}],
    ['roberta', {}],
    ['roberta-masked', {}],
    ['xlm-roberta-tokens', {}],
    ['vit', {}],
    ['vit-base', {}],
    ['clip', {}],
    ['saved/float16', { dtype: 'float16' }],
    ['saved/bfloat16', { dtype: 'bfloat16' }],
    ['saved/sharded', { shardBytes: 60_000 }],
  ] as const)('is byte for byte what transformers wrote of it: %s', async (name, options) => {
    const tensors = device.memory().tensors;
    const model = await loadPretrained(fixture(name.startsWith('saved/') ? 'gpt2' : name));
    const folder = join(scratch, name);
    await savePretrained(folder, model, options);
    tf.dispose(model.params as never);
    expect(device.memory().tensors).toBe(tensors);
    const files = readdirSync(fixture(name)).filter((file) => /^model.*\.safetensors$/.test(file));
    expect(readdirSync(folder).filter((file) => file.endsWith('.safetensors'))).toEqual(files);
    for (const file of files) {
      const same = readFileSync(join(folder, file)).equals(readFileSync(join(fixture(name), file)));
      expect(same, file).toBe(true);
    }
    const [ours, theirs] = [folder, fixture(name)].map((each) => json(join(each, 'config.json')));
    // What our architecture has no setting for isn't said, and null is the default that is said.
    expect(ours).toEqual(shared(ours, theirs));
    expect(ours).toMatchObject({
      model_type: theirs?.model_type,
      architectures: theirs?.architectures,
      dtype: theirs?.dtype,
    });
    if (name === 'saved/sharded') {
      const [own, other] = [folder, fixture(name)].map((each) =>
        json(join(each, 'model.safetensors.index.json')),
      );
      expect(own?.weight_map).toEqual(other?.weight_map);
      expect(own?.metadata).toEqual({ total_size: 117248 });
    }
  });

  const fixtures = readdirSync(fixture('')).filter((name) =>
    existsSync(join(fixture(name), 'model.safetensors')),
  );
  it.each(fixtures)('has the names, types and bytes of the one that was loaded: %s', async (name) => {
    const model = await loadPretrained(fixture(name));
    const folder = join(scratch, 'each', name);
    await savePretrained(folder, model);
    tf.dispose(model.params as never);
    const [own, other] = await Promise.all(
      [folder, fixture(name)].map((each) => SafetensorsFile.open(join(each, 'model.safetensors'))),
    );
    const { ignoredNames } = model.architecture as Architecture;
    const wanted = [...(other?.tensors.values() ?? [])].filter(
      ({ name }) => !ignoredNames?.test(name) || own?.tensors.has(name),
    );
    expect([...(own?.tensors.keys() ?? [])]).toEqual(wanted.map(({ name }) => name));
    for (const { name, dtype, shape } of wanted) {
      expect(own?.tensors.get(name)).toMatchObject({ dtype, shape });
      expect(await own?.read(name), name).toEqual(await other?.read(name));
    }
    await own?.close();
    await other?.close();
  });

  it('of int8 has each row within half of its scale, and the rest as it was', async () => {
    const model = await loadPretrained(fixture('gpt2'), { architecture: gpt2 });
    const folder = join(scratch, 'int8');
    await savePretrained(folder, model, { dtype: 'int8' });
    const again = await loadPretrained(folder, { architecture: gpt2 });
    const file = await SafetensorsFile.open(join(folder, 'model.safetensors'));
    const own = namedLeaves(model.params);
    let quantized = 0;
    for (const [i, { name, value }] of namedLeaves(again.params).entries()) {
      const [found, wanted] = [await value.data(), (await own[i]?.value.data()) as Float32Array];
      const { dtype } = file.tensors.get(name) as { dtype: string };
      if (dtype === 'F32') expect(found, name).toEqual(wanted);
      else {
        quantized++;
        const scales = await file.read(`${name}_scale`);
        const columns = wanted.length / scales.length;
        const off = wanted.findIndex((each, j) => {
          const scale = scales[Math.floor(j / columns)] as number;
          return Math.abs(each - (found[j] as number)) > scale * 0.5001;
        });
        expect(off, name).toBe(-1);
      }
    }
    expect(quantized).toBe(8);
    await file.close();
    tf.dispose([model.params, again.params] as never);
    const size = (path: string): number => statSync(join(path, 'model.safetensors')).size;
    expect(size(folder) / size(fixture('gpt2'))).toBeLessThan(0.45);
  });

  it('without a head has the names without the prefix, and loads again', async () => {
    const key = random.key(1);
    const config = gpt2.config({
      head: 'none',
      vocabularySize: 11,
      contextLength: 4,
      width: 8,
      layers: 1,
      heads: 2,
    });
    const params = await gpt2.init(config, key);
    key.dispose();
    const folder = join(scratch, 'headless');
    await savePretrained(folder, { architecture: gpt2, config, params });
    const file = await SafetensorsFile.open(join(folder, 'model.safetensors'));
    expect([...file.tensors.keys()].slice(0, 2)).toEqual(['h.0.attn.c_attn.bias', 'h.0.attn.c_attn.weight']);
    await file.close();
    expect(json(join(folder, 'config.json')).architectures).toEqual(['GPT2Model']);
    const again = await loadPretrained(folder, { architecture: gpt2 });
    expect(again.config).toEqual(config);
    expect(await again.params.transformer.wte.weight.data()).toEqual(
      await params.transformer.wte.weight.data(),
    );
    tf.dispose([params, again.params] as never);
  });

  it('keeps its tokenizer, how it generates, and its labels', async () => {
    const tokenizer = new Tokenizer(
      await trainBpe(['to be or not to be'], {
        vocabSize: 300,
        preTokenizer: { type: 'ByteLevel', add_prefix_space: false },
        initialAlphabet: byteLevelAlphabet(),
      }),
    );
    const model = await loadPretrained(fixture('gpt2-classifier'), {
      architecture: gpt2,
      config: { labels: ['a', 'b', 'c'] },
    });
    const generation = { temperature: 0.5, topK: 7, topP: 0.9, eosTokenId: [2, 3], beams: 1 };
    const folder = join(scratch, 'complete');
    await savePretrained(folder, { ...model, tokenizer, generation });
    tf.dispose(model.params as never);
    const again = await loadPretrained(folder);
    tf.dispose(again.params as never);
    expect(again.generation).toEqual(generation);
    expect(again.config.labels).toEqual(['a', 'b', 'c']);
    expect(again.tokenizer?.encodeIds('not to')).toEqual(tokenizer.encodeIds('not to'));
  });

  it('takes the place of one that was there, and of nothing else', async () => {
    const model = await loadPretrained(fixture('gpt2'));
    const folder = join(scratch, 'again');
    await savePretrained(folder, model, { shardBytes: 20_000 });
    writeFileSync(join(folder, 'README.md'), 'mine');
    const sharded = readdirSync(folder);
    expect(sharded.filter((name) => name.startsWith('model-')).length).toBeGreaterThan(3);
    await savePretrained(folder, model);
    expect(readdirSync(folder).sort()).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
    ]);
    await savePretrained(folder, model, { shardBytes: 20_000 });
    expect(readdirSync(folder)).toEqual(sharded);
    tf.dispose(model.params as never);
    const again = await loadPretrained(folder);
    tf.dispose(again.params as never);
    expect(statSync(folder).mode & 0o777 & ~process.umask()).toBe(0o777 & ~process.umask());
  });

  it('that can not be saved leaves what was there as it was', async () => {
    const model = await loadPretrained(fixture('gpt2'), { architecture: gpt2 });
    const folder = join(scratch, 'kept');
    mkdirSync(folder);
    writeFileSync(join(folder, 'model.safetensors'), 'old');
    const { transformer } = model.params;
    const large = await device.put<tf.Rank.R1>(new Float32Array(32).fill(1e5), [32]);
    const other = { transformer: { ...transformer, ln_f: { ...transformer.ln_f, bias: large } } };
    const saving = (target: string) =>
      savePretrained(target, { ...model, params: other }, { dtype: 'float16' });
    await expect(saving(folder)).rejects.toThrow("transformer.ln_f.bias holds 100000, which float16 can't");
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
    expect(readFileSync(join(folder, 'model.safetensors'), 'utf8')).toBe('old');
    await expect(saving(join(scratch, 'new'))).rejects.toThrow('float16');
    expect(existsSync(join(scratch, 'new'))).toBe(false);
    expect(readdirSync(scratch).filter((name) => name.startsWith('.'))).toEqual([]);
    tf.dispose([model.params, large] as never);
  });

  it('has to have the parameters of its configuration', async () => {
    const model = await loadPretrained(fixture('gpt2'), { architecture: gpt2 });
    const folder = join(scratch, 'wrong');
    const save = (changes: object) => savePretrained(folder, { ...model, ...changes });
    await expect(save({ params: {} })).rejects.toThrow('have no transformer.wte.weight');
    await expect(
      save({ params: { ...model.params, x: model.params.transformer.wte.weight } }),
    ).rejects.toThrow('have x,');
    await expect(save({ config: { ...model.config, contextLength: 5 } })).rejects.toThrow(
      'is [24,32], and by the configuration [5,32]',
    );
    await expect(savePretrained(folder, model, { dtype: 'int4' as 'float32' })).rejects.toThrow(
      'choose from float32',
    );
    await expect(savePretrained(folder, model, { shardBytes: 0 })).rejects.toThrow(
      'shardBytes must be above 0',
    );
    tf.dispose(model.params as never);
  });
});
