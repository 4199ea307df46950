import { readFileSync } from 'node:fs';
import { random, tf } from '@quire/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as gpt2 from '../architectures/gpt2.ts';
import { fixture } from '../architectures/parity.ts';
import { loadPretrained, type Pretrained } from '../checkpoints/load.ts';
import { beamSearch } from './beam-search.ts';
import { Decoding } from './decoding.ts';
import { candidates, draw, largestOf, logProbabilities } from './distribution.ts';
import { speculativeTokens } from './speculative.ts';
import { generateTokens, type TokenOptions } from './tokens.ts';

interface Reference {
  end: number;
  prompts: number[][];
  greedy: { options: HuggingFaceOptions; tokens: number[][] }[];
  beams: { prompt: number[]; beams: number; lengthPenalty: number; tokens: number[] }[];
  uniforms: number[];
  samples: { options: HuggingFaceOptions; tokens: number[][] }[];
}

type HuggingFaceOptions = Partial<
  Record<
    'max_new_tokens' | 'eos_token_id' | 'repetition_penalty' | 'temperature' | 'top_k' | 'top_p' | 'min_p',
    number
  >
>;

const referenceOf = (name: string): Reference =>
  JSON.parse(readFileSync(`${fixture(name)}/generation.json`, 'utf8'));
const reference = referenceOf('gpt2');

function optionsOf(options: HuggingFaceOptions): TokenOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  );
}

let model: Pretrained<typeof gpt2>;

beforeAll(async () => {
  model = await loadPretrained(fixture('gpt2'), { architecture: gpt2 });
});

afterAll(() => tf.dispose(model.params as never));

async function tokensOf(...args: Parameters<typeof generateTokens>): Promise<number[][]> {
  const all = args[1].map((): number[] => []);
  for await (const step of generateTokens(...args)) {
    for (const [i, token] of step.entries()) if (token) all[i]?.push(token.id);
  }
  return all;
}

// llama has grouped queries, llama3 scaled frequencies too; prompts of several lengths are padded on the left.
describe.each(['gpt2', 'llama', 'llama3'])('tokens of %s', (name) => {
  const reference = referenceOf(name);
  let loaded: Pretrained<typeof gpt2>;
  beforeAll(async () => {
    // Each is loaded as what it is; the types are those of one.
    loaded = (await loadPretrained(fixture(name))) as unknown as Pretrained<typeof gpt2>;
  });
  afterAll(() => tf.dispose(loaded.params as never));
  const model = () => loaded;

  it.each(reference.greedy)(
    'takes the tokens that transformers takes greedily: $options',
    async ({ options, tokens }) => {
      expect(await tokensOf(model(), reference.prompts, optionsOf(options))).toEqual(tokens);
    },
  );

  it.each(reference.samples)(
    'draws what transformers does for the same numbers: $options',
    async ({ options, tokens }) => {
      const all = { ...optionsOf(options), maxNewTokens: reference.uniforms.length, eosTokenId: [] };
      const found = await tokensOf(
        model(),
        reference.prompts,
        all,
        (step) => reference.uniforms[step] as number,
      );
      expect(found).toEqual(tokens);
    },
  );

  it.each(reference.beams)(
    'finds the beam that transformers finds: $beams beams, length penalty $lengthPenalty, $prompt',
    async ({ prompt, tokens, ...options }) => {
      const [best] = await beamSearch(model(), prompt, {
        ...options,
        maxNewTokens: 10,
        eosTokenId: reference.end,
      });
      expect(best?.tokens).toEqual(tokens);
    },
  );
});

describe('generation', () => {
  it('gives with its cache the logits that the whole text gives without', async () => {
    const prompt = reference.prompts[1] as number[];
    const { decoding, logits } = await Decoding.start(model, [prompt], 6);
    const found = [...logits, ...(await decoding.extend([[7]])), ...(await decoding.extend([[8, 9, 10]]))];
    decoding.dispose();
    const all = [...prompt, 7, 8, 9, 10];
    const wanted = tf.tidy(() => {
      const inputIds = tf.tensor2d([all], [1, all.length], 'int32');
      return gpt2.forward(model.params, { inputIds }, model.config).logits?.arraySync() as number[][][];
    });
    for (const [i, row] of found.entries()) {
      const expected = wanted[0]?.[prompt.length - 1 + i] as number[];
      expect(Math.max(...row.map((logit, id) => Math.abs(logit - (expected[id] as number))))).toBeLessThan(
        1e-4,
      );
    }
  });

  it('sees parameters that were replaced after it had generated twice from the old ones', async () => {
    const own = { ...model, params: { ...model.params } };
    const [prompt] = reference.prompts as [number[]];
    const options = { maxNewTokens: 4, eosTokenId: [] };
    const first = await tokensOf(own, [prompt], options);
    expect(await tokensOf(own, [prompt], options)).toEqual(first);
    const old = model.params.transformer;
    const ln_f = { weight: old.ln_f.weight.neg() as tf.Tensor1D, bias: old.ln_f.bias };
    own.params.transformer = { ...old, ln_f };
    const replaced = await tokensOf(own, [prompt], options);
    expect(replaced).not.toEqual(first);
    expect(await tokensOf(own, [prompt], options)).toEqual(replaced);
    ln_f.weight.dispose();
  });

  it('forgets what it is told to', async () => {
    const prompt = reference.prompts[0] as number[];
    const { decoding } = await Decoding.start(model, [prompt], 8);
    const start = decoding.length;
    const [first] = await decoding.extend([[11]]);
    await decoding.extend([[12, 13]]);
    await decoding.truncate(start);
    const [again] = await decoding.extend([[11]]);
    expect(again).toEqual(first);
    decoding.dispose();
  });

  it('gives with a draft the tokens that it gives alone, whatever the draft proposes', async () => {
    const { architecture } = model;
    const config = { ...model.config, layers: 1 };
    const key = random.key(3);
    const params = await gpt2.init(config, key);
    for (const draft of [model, { architecture, config, params }]) {
      const prompt = reference.prompts[2] as number[];
      const found: number[] = [];
      let accepted = 0;
      for await (const step of speculativeTokens(model, prompt, {
        draft,
        maxNewTokens: 12,
        eosTokenId: [],
        proposals: 3,
      })) {
        found.push(...step.tokens);
        accepted += step.accepted;
      }
      const [alone] = await tokensOf(model, [prompt], { maxNewTokens: 12, eosTokenId: [] });
      expect(found).toEqual(alone);
      if (draft === model) expect(accepted).toBeGreaterThanOrEqual(8);
    }
    tf.dispose([key, params as never]);
  });

  it('keeps the distribution of the model where a draft is sampled from', async () => {
    const prompt = reference.prompts[0] as number[];
    const config = { ...model.config, layers: 1 };
    const key = random.key(4);
    const params = await gpt2.init(config, key);
    const draft = { architecture: gpt2, config, params };
    const { decoding, logits } = await Decoding.start(model, [prompt], 2);
    const options = { temperature: 0.8, topK: 4 };
    // The second token, whose distribution is a mixture over the first.
    const expected = new Map<number, number>();
    const first = candidates(logits[0] as Float32Array, options);
    for (const [i, id] of first.ids.entries()) {
      const start = decoding.length;
      const second = candidates((await decoding.extend([[id]]))[0] as Float32Array, options);
      await decoding.truncate(start);
      for (const [j, next] of second.ids.entries()) {
        const chance = (first.probabilities[i] as number) * (second.probabilities[j] as number);
        expected.set(next, (expected.get(next) ?? 0) + chance);
      }
    }
    decoding.dispose();
    const draws = 150;
    const counts = new Map<number, number>();
    for (let seed = 0; seed < draws; seed++) {
      const tokens: number[] = [];
      const all = { ...options, draft, seed, maxNewTokens: 3, eosTokenId: [], proposals: 2 };
      for await (const step of speculativeTokens(model, prompt, all)) tokens.push(...step.tokens);
      counts.set(tokens[1] as number, (counts.get(tokens[1] as number) ?? 0) + 1);
    }
    let distance = 0;
    for (const id of new Set([...expected.keys(), ...counts.keys()])) {
      distance += Math.abs((expected.get(id) ?? 0) - (counts.get(id) ?? 0) / draws) / 2;
    }
    expect(distance).toBeLessThan(0.15);
    tf.dispose([key, params as never]);
  }, 60_000);

  it('leaves no tensor behind, also where nobody asks on', async () => {
    const prompt = [reference.prompts[0] as number[]];
    await tokensOf(model, prompt, { maxNewTokens: 4 });
    const { numTensors } = tf.memory();
    await tokensOf(model, prompt, { maxNewTokens: 4, topK: 3 });
    for await (const _ of generateTokens(model, prompt, { maxNewTokens: 4 })) break;
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it.each([
    [[[]], {}, 'no token'],
    [[[1, 500]], {}, 'none of the 96 tokens'],
    [[new Array(30).fill(5)], {}, 'sees 24 at most'],
    [[[5]], { temperature: -1 }, 'temperature'],
    [[[5]], { topP: 0 }, 'topP'],
    [[[5]], { maxNewTokens: 0 }, 'maxNewTokens'],
  ] as [number[][], TokenOptions, string][])('refuses %j with %j', async (prompts, options, message) => {
    await expect(tokensOf(model, prompts, options)).rejects.toThrow(message);
  });
});

describe('distributions', () => {
  it('find the largest values, and draw by cumulated probability', () => {
    const values = Float32Array.of(0.5, 3, -1, 3, 2);
    expect(largestOf(values, 3).map(({ id }) => id)).toEqual([1, 3, 4]);
    const { ids, probabilities } = candidates(Float32Array.from([1, 2, 4, 8], Math.log), { topK: 2 });
    expect([...ids]).toEqual([2, 3]);
    expect(probabilities[1]).toBeCloseTo(2 / 3, 6);
    expect([0, 0.3, 0.34, 0.99999999].map((uniform) => draw({ ids, probabilities }, uniform))).toEqual([
      2, 2, 3, 3,
    ]);
    const sum = logProbabilities(values).reduce((total, each) => total + Math.exp(each), 0);
    expect(sum).toBeCloseTo(1, 6);
  });
});
