/** Token after token: greedy and sampled. */
import { random } from '@quire/runtime';
import { Decoding, type LanguageModel } from './decoding.ts';
import {
  candidates,
  checkSampling,
  draw,
  largestOf,
  penalizeRepetition,
  type SamplingOptions,
} from './distribution.ts';

export interface TokenOptions extends SamplingOptions {
  /** At most so many; 128 where not given, and never more than the model's context has room for. */
  maxNewTokens?: number;
  /** A token that ends a sequence, or several; the configuration's where not given. */
  eosTokenId?: number | readonly number[];
  /** Of the numbers that sampling draws; 0 where not given. */
  seed?: number;
  /** With so many of the most probable tokens at each place. */
  alternatives?: number;
}

export interface GeneratedToken {
  id: number;
  /** In nats, by the model itself, before temperature and what else is asked for. */
  logProbability: number;
  /** The most probable tokens, as many as were asked for. */
  alternatives: { id: number; logProbability: number }[];
}

/** Whether sampling was asked for; else the most probable token is taken. */
export function samples({ temperature, topK, topP, minP }: SamplingOptions): boolean {
  return temperature === undefined ? (topK ?? topP ?? minP) !== undefined : temperature > 0;
}

/** How many tokens may follow the longest of `prompts`. */
export function roomFor(
  { config }: LanguageModel,
  prompts: readonly (readonly number[])[],
  most = 128,
): number {
  if (!(Number.isInteger(most) && most >= 1)) {
    throw new RangeError(`maxNewTokens must be a whole number from 1 on, and is ${most}.`);
  }
  const longest = Math.max(...prompts.map((prompt) => prompt.length));
  // The last token is predicted and not read.
  return Math.min(most, config.contextLength - longest + 1);
}

export function endTokens(
  { config }: LanguageModel,
  { eosTokenId = config.eosTokenId }: TokenOptions,
): Set<number> {
  return new Set(typeof eosTokenId === 'number' ? [eosTokenId] : (eosTokenId ?? []));
}

/** Numbers in [0, 1), `count` for each step. */
export class Uniforms {
  readonly #key: random.Key;
  #step = 0;

  constructor(seed: number) {
    this.#key = random.key(seed);
  }

  next(count: number): Float32Array {
    const key = random.foldIn(this.#key, this.#step++);
    const drawn = random.uniform(key, [count]);
    const numbers = drawn.dataSync() as Float32Array;
    drawn.dispose();
    key.dispose();
    return numbers;
  }

  dispose(): void {
    this.#key.dispose();
  }
}

/**
 * Yields, step by step, the next token of each prompt; undefined for a sequence that has ended. A token that ends a
 * sequence is yielded as its last.
 *
 * @param uniforms numbers in [0, 1) to draw by, one for each prompt of a step; by `seed` where not given
 */
export async function* generateTokens(
  model: LanguageModel,
  prompts: readonly (readonly number[])[],
  options: TokenOptions = {},
  uniforms?: (step: number, row: number) => number,
): AsyncGenerator<(GeneratedToken | undefined)[]> {
  checkSampling(options);
  const sampling = { ...options, temperature: samples(options) ? (options.temperature ?? 1) : 0 };
  const { repetitionPenalty = 1, alternatives = 0 } = options;
  const room = roomFor(model, prompts, options.maxNewTokens);
  const ends = endTokens(model, options);
  const texts = prompts.map((prompt) => [...prompt]);
  const ended = prompts.map(() => false);
  const drawn = new Uniforms(options.seed ?? 0);
  let { decoding, logits } = await Decoding.start(model, prompts, room);
  try {
    for (let step = 0; ; step++) {
      const numbers = uniforms || sampling.temperature === 0 ? undefined : drawn.next(prompts.length);
      const tokens = logits.map((row, b): GeneratedToken | undefined => {
        if (ended[b]) return undefined;
        const total = decoding.logSumExps[b] as number;
        const top = largestOf(row, alternatives).map(({ id, value }) => ({
          id,
          logProbability: value - total,
        }));
        const unpenalized = repetitionPenalty === 1 ? row : row.slice();
        penalizeRepetition(row, texts[b] as number[], repetitionPenalty);
        const uniform = uniforms?.(step, b) ?? numbers?.[b] ?? 0;
        const id = draw(candidates(row, sampling), uniform);
        texts[b]?.push(id);
        ended[b] = ends.has(id);
        return { id, logProbability: (unpenalized[id] as number) - total, alternatives: top };
      });
      yield tokens;
      if (step + 1 >= room || ended.every(Boolean)) return;
      // A sequence that has ended goes on with what nobody reads.
      logits = await decoding.extend(tokens.map((token) => [token?.id ?? 0]));
    }
  } finally {
    decoding.dispose();
    drawn.dispose();
  }
}
