import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { device, random, tf } from '@quire/runtime';
import { byteLevelAlphabet, saveTokenizer, trainBpe } from '@quire/tokenizer';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as gpt2 from '../architectures/gpt2.ts';
import { fixture } from '../architectures/parity.ts';
import type { JsonObject } from '../config-json.ts';
import { namedLeaves } from '../parameters/names.ts';
import type { ParameterSpec } from '../parameters/spec.ts';
import { DTYPES, type TensorData } from './dtypes.ts';
import { loadPretrained } from './load.ts';
import { SafetensorsFile, type TensorToWrite, writeSafetensors } from './safetensors.ts';

const scratch = mkdtempSync(join(tmpdir(), 'quire-load-'));
let folder: string;
let tensorsBefore: number;
let count = 0;

beforeEach(() => {
  folder = join(scratch, String(count++));
  cpSync(fixture('gpt2'), folder, { recursive: true });
  tensorsBefore = device.memory().tensors;
});
afterEach(() => expect(device.memory().tensors, 'tensors that nobody disposed').toBe(tensorsBefore));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const weightsPath = (): string => join(folder, 'model.safetensors');

/** The tensors of the checkpoint, changed and written again. */
async function rewrite(change: (tensors: Map<string, TensorToWrite>) => void): Promise<void> {
  const file = await SafetensorsFile.open(weightsPath());
  const tensors = new Map<string, TensorToWrite>();
  for (const { name, dtype, shape } of file.tensors.values()) {
    const data: TensorData = await file.read(name);
    tensors.set(name, { name, dtype, shape, bytes: () => new Uint8Array(data.buffer as ArrayBuffer) });
  }
  await file.close();
  change(tensors);
  await writeSafetensors(weightsPath(), [...tensors.values()]);
}

const float32 = (name: string, shape: number[], value = 0): TensorToWrite => ({
  name,
  dtype: 'F32',
  shape,
  bytes: () => new Uint8Array(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value).buffer),
});

function editJson(name: string, change: JsonObject): void {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

/** The names and numbers of the parameters, which are disposed. */
async function numbers({ params }: { params: object }): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const { name, value } of namedLeaves(params)) found.set(name, (await value.data()) as Float32Array);
  tf.dispose(params as never);
  return found;
}

describe('a checkpoint', () => {
  it('gives its numbers by their names, and the names in order', async () => {
    const model = await loadPretrained(folder);
    expect(model.architecture).toBe(gpt2);
    expect(model.config.head).toBe('languageModel');
    expect([model.initialized, model.dropped]).toEqual([[], []]);
    expect(model.generation).toEqual({ padTokenId: 0, bosTokenId: 1, eosTokenId: 2 });
    expect(model.tokenizer).toBeUndefined();
    const found = await numbers(model);
    const file = await SafetensorsFile.open(weightsPath());
    expect([...found.keys()].sort()).toEqual([...file.tensors.keys()].sort());
    for (const [name, values] of found) expect(values).toEqual(await file.read(name));
    await file.close();
  });

  it('in shards gives the same numbers', async () => {
    expect(await numbers(await loadPretrained(fixture('saved/sharded')))).toEqual(
      await numbers(await loadPretrained(folder)),
    );
  });

  it.each([
    ['float16', 2 ** -11],
    ['bfloat16', 2 ** -8],
  ])('of %s gives its numbers as float32', async (dtype, precision) => {
    const stored = await numbers(await loadPretrained(fixture(`saved/${dtype}`)));
    for (const [name, values] of await numbers(await loadPretrained(folder))) {
      const other = stored.get(name) as Float32Array;
      const off = values.findIndex(
        (value, i) => Math.abs(value - (other[i] as number)) > precision * Math.abs(value) + 1e-7,
      );
      expect(off, name).toBe(-1);
    }
  });

  it('may be in a cache that is made of symbolic links', async () => {
    const links = join(scratch, 'links');
    mkdirSync(links);
    for (const name of ['config.json', 'model.safetensors'])
      symlinkSync(join(folder, name), join(links, name));
    expect((await numbers(await loadPretrained(links))).size).toBe(28);
  });

  it('of int8 with scales gives integers times scales, by tensor, row and group, less zero points', async () => {
    const integers = Int8Array.from({ length: 32 * 32 }, (_, i) => (i % 255) - 127);
    const name = (i: number): string => `transformer.h.${i}.attn.c_proj.weight`;
    const scales = Float32Array.from({ length: 64 }, (_, i) => 0.001 * (i + 1));
    const bytes = (array: ArrayBufferView) => () => new Uint8Array(array.buffer as ArrayBuffer);
    const int8 = (i: number): TensorToWrite => ({
      name: name(i),
      dtype: 'I8',
      shape: [32, 32],
      bytes: bytes(integers),
    });
    await rewrite((tensors) => {
      tensors.set(name(0), int8(0));
      tensors.set('s0', { name: `${name(0)}_scale`, dtype: 'F32', shape: [32, 2], bytes: bytes(scales) });
      const zeros = Int8Array.from({ length: 64 }, (_, i) => i);
      tensors.set('z0', { name: `${name(0)}_zero_point`, dtype: 'I8', shape: [32, 2], bytes: bytes(zeros) });
      tensors.set(name(1), int8(1));
      tensors.set('s1', {
        name: `${name(1)}_scale`,
        dtype: 'BF16',
        shape: [1],
        bytes: bytes(Uint16Array.of(0x3f00)),
      });
    });
    editJson('config.json', {
      quantization_config: { quant_method: 'compressed-tensors', format: 'int-quantized' },
    });
    const found = await numbers(await loadPretrained(folder));
    expect(found.get(name(1))).toEqual(Float32Array.from(integers, (value) => value * 0.5));
    expect(found.get(name(0))).toEqual(
      Float32Array.from(integers, (value, i) => (value - (i >> 4)) * (scales[i >> 4] as number)),
    );
  });

  it('brings its tokenizer and how it is meant to generate', async () => {
    const config = await trainBpe(['to be or not to be'], {
      vocabSize: 96 + 256,
      preTokenizer: { type: 'ByteLevel', add_prefix_space: false },
      initialAlphabet: byteLevelAlphabet(),
      specialTokens: ['<|endoftext|>'],
    });
    await saveTokenizer(join(folder, 'tokenizer.json'), config);
    writeFileSync(
      join(folder, 'generation_config.json'),
      JSON.stringify({
        do_sample: true,
        temperature: 0.7,
        top_k: 50,
        num_beams: 4,
        eos_token_id: [2, 5],
        other: {},
      }),
    );
    const model = await loadPretrained(folder, { architecture: gpt2 });
    expect(model.tokenizer?.decode(model.tokenizer.encodeIds('to be'))).toBe('to be');
    expect(model.generation).toEqual({
      temperature: 0.7,
      topK: 50,
      beams: 4,
      eosTokenId: [2, 5],
    });
    tf.dispose(model.params as never);
    const without = await loadPretrained(folder, { tokenizer: false });
    expect(without.tokenizer).toBeUndefined();
    tf.dispose(without.params as never);
    // Where nothing is drawn, what drawing would need does nothing.
    writeFileSync(
      join(folder, 'generation_config.json'),
      '{"temperature":0.7,"top_k":50,"max_new_tokens":9}',
    );
    const greedy = await loadPretrained(folder);
    expect(greedy.generation).toEqual({ maxNewTokens: 9 });
    tf.dispose(greedy.params as never);
    writeFileSync(join(folder, 'generation_config.json'), '{"top_k":"many"}');
    await expect(loadPretrained(folder)).rejects.toThrow(
      'generation_config.json: top_k must be a number, and is "many"',
    );
  });

  it('whose tokenizer is a vocabulary of cased words keeps their case', async () => {
    writeFileSync(
      join(folder, 'vocab.txt'),
      ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'Be', 'be'].join('\n'),
    );
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"do_lower_case": false}');
    const { tokenizer, params } = await loadPretrained(folder);
    expect([...(tokenizer?.encodeIds('Be be', { addSpecialTokens: false }) ?? [])]).toEqual([5, 6]);
    tf.dispose(params as never);
  });
});

describe('memory', () => {
  /** Loads a folder in a process of its own. @returns by how many bytes its peak grew */
  function growth(path: string): number {
    const { href } = pathToFileURL(join(import.meta.dirname, '../../dist/checkpoints/load.js'));
    const code = `const { loadPretrained } = await import(${JSON.stringify(href)});
      const before = process.resourceUsage().maxRSS;
      const { params } = await loadPretrained(${JSON.stringify(path)});
      console.log((process.resourceUsage().maxRSS - before) * 1024, typeof params);`;
    const flags = ['--conditions=built', '--input-type=module'];
    return Number.parseInt(execFileSync(process.execPath, [...flags, '-e', code], { encoding: 'utf8' }), 10);
  }

  it.each(['F32', 'F16'] as const)('of little more than the model itself is needed: %s', async (dtype) => {
    const config = gpt2.config({ vocabularySize: 50_000, width: 512, layers: 4, heads: 8 });
    const sizes = namedLeaves<ParameterSpec>(gpt2.spec(config)).map(({ name, value }) => ({
      name,
      shape: value.shape,
      count: value.shape.reduce((product, n) => product * n, 1),
    }));
    await writeSafetensors(
      weightsPath(),
      sizes.map(({ name, shape, count }) => {
        return { name, dtype, shape, bytes: () => new Uint8Array(count * DTYPES[dtype]) };
      }),
    );
    const json = {
      model_type: gpt2.modelType,
      architectures: ['GPT2LMHeadModel'],
      ...gpt2.writeConfig(config),
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(json));
    const bytes = sizes.reduce((sum, { count }) => sum + 4 * count, 0);
    const grew = growth(folder);
    expect(grew).toBeGreaterThan(0.9 * bytes);
    expect(grew).toBeLessThan(1.4 * bytes);
    rmSync(weightsPath());
  });
});

describe('names and shapes', () => {
  it('that do not fit are listed, each with what is wrong', async () => {
    await rewrite((tensors) => {
      tensors.delete('transformer.ln_f.bias');
      tensors.set('transformer.wpe.weight', float32('transformer.wpe.weight', [25, 32]));
      tensors.set('extra', float32('extra', [1]));
    });
    const loading = loadPretrained(folder);
    await expect(loading).rejects.toThrow('transformer.ln_f.bias is missing');
    await expect(loading).rejects.toThrow('transformer.wpe.weight is [25,32], and has to be [24,32]');
    await expect(loading).rejects.toThrow('extra is not a parameter of this model');
  });

  it('of a base model may lack the prefix, and have the masks of old files', async () => {
    const before = await numbers(await loadPretrained(folder));
    await rewrite((tensors) => {
      const all = [...tensors.values()];
      tensors.clear();
      for (const each of all) {
        const name = each.name.replace('transformer.', '');
        tensors.set(name, { ...each, name });
      }
      tensors.set('h.0.attn.bias', float32('h.0.attn.bias', [1, 1, 24, 24]));
      tensors.set('h.1.attn.masked_bias', float32('h.1.attn.masked_bias', []));
    });
    expect(await numbers(await loadPretrained(folder))).toEqual(before);
  });

  it('of two tensors for one parameter are refused', async () => {
    await rewrite((tensors) => tensors.set('x', float32('ln_f.bias', [32])));
    await expect(loadPretrained(folder)).rejects.toThrow(
      /transformer\.ln_f\.bias and ln_f\.bias are both|ln_f\.bias and transformer\.ln_f\.bias are both/,
    );
  });

  it('of a tied weight that was saved twice are taken where both are equal, and else are unexpected', async () => {
    const before = await numbers(await loadPretrained(folder));
    const tied = async (change: (bytes: Uint8Array) => void): Promise<void> =>
      rewrite((tensors) => {
        const embedding = tensors.get('transformer.wte.weight') as TensorToWrite;
        const bytes = Uint8Array.from(embedding.bytes() as Uint8Array);
        change(bytes);
        tensors.set('lm_head.weight', { ...embedding, name: 'lm_head.weight', bytes: () => bytes });
      });
    await tied(() => {});
    const equal = await loadPretrained(folder);
    expect(equal.dropped).toEqual([]);
    expect(await numbers(equal)).toEqual(before);
    await tied((bytes) => bytes.fill(0, bytes.length - 4));
    await expect(loadPretrained(folder)).rejects.toThrow('lm_head.weight is not a parameter of this model');
  });

  it('with numbers that are integers are refused where there is no scale', async () => {
    const bytes = () => new Uint8Array(32);
    await rewrite((tensors) =>
      tensors.set('transformer.ln_f.bias', {
        name: 'transformer.ln_f.bias',
        dtype: 'I8',
        shape: [32],
        bytes,
      }),
    );
    await expect(loadPretrained(folder)).rejects.toThrow('there is no transformer.ln_f.bias_scale');
  });
});

describe('a head', () => {
  it('that the checkpoint lacks is refused, or starts from random numbers of the key, and is named', async () => {
    const options = { architecture: gpt2, head: 'sequenceClassification' } as const;
    await expect(loadPretrained(folder, options)).rejects.toThrow(
      "score.weight is missing\nWhere that is meant: missing: 'initialize'",
    );
    await expect(loadPretrained(folder, { ...options, missing: 'initialize' })).rejects.toThrow(
      'needs a key',
    );
    const draw = async (seed: number) => {
      const key = random.key(seed);
      const model = await loadPretrained(folder, {
        ...options,
        missing: 'initialize',
        key,
        config: { labels: ['no', 'maybe', 'yes'] },
      });
      key.dispose();
      expect(model.initialized).toEqual(['score.weight']);
      expect(model.config.labels).toEqual(['no', 'maybe', 'yes']);
      const found = (await numbers(model)).get('score.weight') as Float32Array;
      expect(found.length).toBe(3 * 32);
      return found;
    };
    const [one, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
    const deviation = Math.sqrt(one.reduce((sum, value) => sum + value * value, 0) / one.length);
    expect(deviation).toBeGreaterThan(0.015);
    expect(deviation).toBeLessThan(0.025);
  });

  it('of other labels is refused, or starts anew', async () => {
    const classifier = fixture('gpt2-classifier');
    const config = { labels: ['a', 'b'] };
    await expect(loadPretrained(classifier, { config })).rejects.toThrow(
      'score.weight is [3,32], and has to be [2,32]',
    );
    const key = random.key(1);
    const model = await loadPretrained(classifier, { config, misshaped: 'initialize', key });
    key.dispose();
    expect(model.initialized).toEqual(['score.weight']);
    expect((await numbers(model)).get('score.weight')?.length).toBe(64);
  });

  it('that the model has not is refused, or dropped and named', async () => {
    const classifier = fixture('gpt2-classifier');
    const options = { architecture: gpt2, head: 'none' } as const;
    await expect(loadPretrained(classifier, options)).rejects.toThrow("unexpected: 'drop'");
    const model = await loadPretrained(classifier, { ...options, unexpected: 'drop' });
    expect(model.dropped).toEqual(['score.weight']);
    expect((await numbers(model)).size).toBe(28);
  });
});

describe('a folder is refused', () => {
  it('that is not there, has no config.json, or one that is damaged', async () => {
    await expect(loadPretrained(join(scratch, 'nowhere', 'at', 'all'))).rejects.toThrow('is not a folder');
    await expect(loadPretrained(scratch)).rejects.toThrow('has no config.json');
    writeFileSync(join(folder, 'config.json'), '{"model_type":"gpt2","model_type":"bert"}');
    await expect(loadPretrained(folder)).rejects.toThrow('it names "model_type" twice');
    writeFileSync(join(folder, 'config.json'), '{');
    await expect(loadPretrained(folder)).rejects.toThrow('it is not JSON');
  });

  it('of an architecture that is not known, or quantized in a way that is not', async () => {
    editJson('config.json', { model_type: 'other' });
    await expect(loadPretrained(folder)).rejects.toThrow('is a model of the type "other"; known are gpt2');
    editJson('config.json', { model_type: 'gpt2', quantization_config: { quant_method: 'gptq', bits: 4 } });
    await expect(loadPretrained(folder)).rejects.toThrow('is quantized by "gptq"');
  });

  it('that has a pickle only, with how to convert it', async () => {
    rmSync(weightsPath());
    await expect(loadPretrained(folder)).rejects.toThrow('has no weights');
    writeFileSync(join(folder, 'pytorch_model.bin'), 'PK');
    await expect(loadPretrained(folder)).rejects.toThrow(/pytorch_model\.bin only.*save_pretrained/);
  });

  it('that has no parameter of the model at all, even where what is missing may be initialized', async () => {
    await writeSafetensors(weightsPath(), [float32('other', [1])]);
    const key = random.key(1);
    const options = { missing: 'initialize', unexpected: 'drop', key } as const;
    await expect(loadPretrained(folder, options)).rejects.toThrow('no parameter of this architecture at all');
    key.dispose();
  });
});

describe('shards are refused', () => {
  beforeEach(() => {
    rmSync(folder, { recursive: true });
    cpSync(fixture('saved/sharded'), folder, { recursive: true });
  });
  const index = (): { weight_map: Record<string, string> } =>
    JSON.parse(readFileSync(join(folder, 'model.safetensors.index.json'), 'utf8'));
  const write = (map: unknown): void =>
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));

  it.each([
    '../model.safetensors',
    '/etc/model.safetensors',
    'sub/model.safetensors',
    'sub\\model.safetensors',
    'C:model.safetensors',
    'model.safetensors\0.safetensors',
    '..safetensors',
    '.safetensors',
    'model.bin',
    '',
    7,
    null,
  ])('whose name is %j', async (name) => {
    write({ ...index().weight_map, 'transformer.wte.weight': name });
    await expect(loadPretrained(folder)).rejects.toThrow('must be the name of a .safetensors file beside it');
  });

  it('that are missing, cut off, or not what the index says', async () => {
    const { weight_map: map } = index();
    write([]);
    await expect(loadPretrained(folder)).rejects.toThrow('has no weight_map');
    write({});
    await expect(loadPretrained(folder)).rejects.toThrow('lists no tensors');
    write({ ...map, other: map['transformer.wte.weight'] });
    await expect(loadPretrained(folder)).rejects.toThrow('which has no such tensor');
    const { 'transformer.ln_f.bias': shard, ...rest } = map;
    write(rest);
    await expect(loadPretrained(folder)).rejects.toThrow(
      "holds transformer.ln_f.bias, which model.safetensors.index.json hasn't there",
    );
    write(map);
    const path = join(folder, shard as string);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 1));
    await expect(loadPretrained(folder)).rejects.toThrow(`${path} is not a whole safetensors file`);
    rmSync(path);
    await expect(loadPretrained(folder)).rejects.toThrow(`lacks ${shard}`);
  });
});
