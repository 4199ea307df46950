import { Decoding, type LanguageModel } from './decoding.ts';
import { type Candidates, candidates, checkSampling, draw, type SamplingOptions } from './distribution.ts';
import { endTokens, roomFor, samples, type TokenOptions, Uniforms } from './tokens.ts';

export interface SpeculativeOptions
  extends Pick<SamplingOptions, 'temperature' | 'topK' | 'topP' | 'minP'>,
    Pick<TokenOptions, 'maxNewTokens' | 'eosTokenId' | 'seed'> {
  /** A smaller model with the same vocabulary. */
  draft: LanguageModel;
  /** How many tokens the draft proposes at a time; 4 where not given. */
  proposals?: number;
}

/** What was accepted of a proposal, and the token after it. */
export interface SpeculativeStep {
  tokens: number[];
  /** How many of them the draft proposed. */
  accepted: number;
}

/**
 * Speculative decoding (Leviathan, Kalman and Matias 2023, https://arxiv.org/abs/2211.17192): a draft model proposes some
 * tokens, the model reads them in one step, and takes as many as leave its own distribution as it is. Greedily the result
 * is the model's own.
 */
export async function* speculativeTokens(
  model: LanguageModel,
  prompt: readonly number[],
  options: SpeculativeOptions,
): AsyncGenerator<SpeculativeStep> {
  checkSampling(options);
  const { draft, proposals = 4, seed = 0 } = options;
  if (draft.config.vocabularySize !== model.config.vocabularySize) {
    throw new RangeError(
      `The draft's vocabulary has ${draft.config.vocabularySize} tokens, the model's ${model.config.vocabularySize}: they have to be the same.`,
    );
  }
  const sampling = { ...options, temperature: samples(options) ? (options.temperature ?? 1) : 0 };
  const room = Math.min(
    roomFor(model, [prompt], options.maxNewTokens),
    roomFor(draft, [prompt], options.maxNewTokens),
  );
  const ends = endTokens(model, options);
  const uniforms = new Uniforms(seed);
  const uniform = (): number => uniforms.next(1)[0] as number;
  const started: Decoding[] = [];
  try {
    const large = await Decoding.start(model, [prompt], room + proposals);
    started.push(large.decoding);
    const small = await Decoding.start(draft, [prompt], room + proposals);
    started.push(small.decoding);
    /** What the model says comes next, and tokens that the draft has yet to read. */
    let next = candidates(large.logits[0] as Float32Array, sampling);
    let guess: Float32Array | undefined = small.logits[0] as Float32Array;
    let unread: number[] = [];
    let given = 0;
    /** The newest token, which the model hasn't read. */
    let newest: number | undefined;
    while (given < room) {
      if (newest === undefined) {
        newest = draw(next, uniform());
        given++;
        unread = [newest];
        yield { tokens: [newest], accepted: 0 };
        if (ends.has(newest)) return;
        continue;
      }
      const count = Math.min(proposals, room - given);
      const proposed: number[] = [];
      const offered: Candidates[] = [];
      const before = large.decoding.length;
      for (let i = 0; i < count; i++) {
        guess = (await small.decoding.extend([unread])).at(-1) as Float32Array;
        const own = candidates(guess, sampling);
        const id = draw(own, uniform());
        proposed.push(id);
        offered.push(own);
        unread = [id];
      }
      const read = await large.decoding.extend([[newest, ...proposed]]);
      const tokens: number[] = [];
      let accepted = 0;
      while (accepted < count) {
        next = candidates(read[accepted] as Float32Array, sampling);
        const id = proposed[accepted] as number;
        const chance = probabilityOf(next, id) / probabilityOf(offered[accepted] as Candidates, id);
        if (uniform() >= chance) break;
        tokens.push(id);
        accepted++;
        if (ends.has(id)) break;
      }
      const last = tokens.at(-1);
      if (last === undefined || !ends.has(last)) {
        const rejected = offered[accepted];
        next = candidates(read[accepted] as Float32Array, sampling);
        newest = draw(rejected ? leftOver(next, rejected) : next, uniform());
        tokens.push(newest);
      }
      const fit = tokens.slice(0, room - given);
      given += fit.length;
      yield { tokens: fit, accepted: Math.min(accepted, fit.length) };
      if (ends.has(fit.at(-1) as number)) return;
      await large.decoding.truncate(before + 1 + accepted);
      // The draft has read all proposals but the last.
      await small.decoding.truncate(Math.min(small.decoding.length, before + 1 + accepted));
      unread = accepted === count ? [proposed.at(-1) as number, newest] : [newest];
    }
  } finally {
    for (const decoding of started) decoding.dispose();
    uniforms.dispose();
  }
}

function probabilityOf({ ids, probabilities }: Candidates, id: number): number {
  return probabilities[ids.indexOf(id)] ?? 0;
}

/** What the model gives more than the draft did, as probabilities. */
function leftOver(wanted: Candidates, offered: Candidates): Candidates {
  const given = new Map(Array.from(offered.ids, (id, i) => [id, offered.probabilities[i] as number]));
  const rest = wanted.probabilities.map((probability, i) =>
    Math.max(0, probability - (given.get(wanted.ids[i] as number) ?? 0)),
  );
  const total = rest.reduce((sum, probability) => sum + probability, 0);
  return total > 0
    ? { ids: wanted.ids, probabilities: rest.map((probability) => probability / total) }
    : wanted;
}
