import { Decoding, type LanguageModel } from './decoding.ts';
import { largestOf, logProbabilities, penalizeRepetition } from './distribution.ts';
import { endTokens, roomFor, type TokenOptions } from './tokens.ts';

export interface BeamOptions extends Pick<TokenOptions, 'maxNewTokens' | 'eosTokenId' | 'repetitionPenalty'> {
  /** How many continuations are followed at a time. */
  beams: number;
  /** The power of the length that a sum of log-probabilities is divided by: above 0 favours long ones. 1 where not given. */
  lengthPenalty?: number;
}

/** A continuation of the prompt, with the token that ended it, and its score: log-probability over a power of its length. */
export interface Hypothesis {
  tokens: number[];
  score: number;
}

/**
 * Beam search as Hugging Face's: of all continuations of the best `beams` the best are followed, until none of them can
 * be better than the `beams` that have ended.
 *
 * @returns the ones that ended, best first
 */
export async function beamSearch(
  model: LanguageModel,
  prompt: readonly number[],
  options: BeamOptions,
): Promise<Hypothesis[]> {
  const { beams, lengthPenalty = 1, repetitionPenalty = 1 } = options;
  if (!(Number.isInteger(beams) && beams >= 1)) {
    throw new RangeError(`beams must be a whole number from 1 on, and is ${beams}.`);
  }
  const room = roomFor(model, [prompt], options.maxNewTokens);
  const ends = endTokens(model, options);
  const { decoding, logits: first } = await Decoding.start(model, new Array(beams).fill(prompt), room);
  const finished: Hypothesis[] = [];
  const finish = (tokens: number[], total: number): void => {
    finished.push({ tokens, score: total / tokens.length ** lengthPenalty });
    finished.sort((a, b) => b.score - a.score);
    finished.length = Math.min(finished.length, beams);
  };
  try {
    let logits = first;
    // All beams are the prompt: one of them is followed.
    let running: { tokens: number[]; total: number }[] = [{ tokens: [], total: 0 }];
    for (let step = 1; ; step++) {
      const next = running
        .flatMap(({ tokens, total }, beam) => {
          const row = logits[beam] as Float32Array;
          const known = logProbabilities(row, decoding.logSumExps[beam]);
          penalizeRepetition(known, [...prompt, ...tokens], repetitionPenalty);
          // Ends may take the first places, so that twice as many are looked at.
          return largestOf(known, beams * (ends.size + 1)).map(({ id, value }) => ({
            beam,
            id,
            total: total + value,
          }));
        })
        .sort((a, b) => b.total - a.total);
      const kept: typeof next = [];
      for (const [place, each] of next.slice(0, beams * (ends.size + 1)).entries()) {
        const tokens = [...(running[each.beam]?.tokens ?? []), each.id];
        if (!ends.has(each.id)) kept.push(each);
        else if (place < beams) finish(tokens, each.total);
        if (kept.length === beams) break;
      }
      const followed = kept.map(({ beam, id, total }) => ({
        tokens: [...(running[beam]?.tokens ?? []), id],
        total,
      }));
      const best = followed[0];
      const done = step >= room;
      if (done || !best) {
        for (const { tokens, total } of followed) finish(tokens, total);
        return finished;
      }
      // As Hugging Face where it isn't told to stop early: the best that runs, at its length, against the worst that ended.
      const worst = finished.length < beams ? Number.NEGATIVE_INFINITY : (finished.at(-1)?.score as number);
      if (worst >= best.total / step ** lengthPenalty) return finished;
      const fill = <T>(list: T[]): T[] =>
        Array.from({ length: beams }, (_, i) => list[Math.min(i, list.length - 1)] as T);
      await decoding.reorder(fill(kept.map(({ beam }) => beam)));
      running = followed;
      logits = await decoding.extend(fill(followed.map(({ tokens }) => [tokens.at(-1) as number])));
    }
  } finally {
    decoding.dispose();
  }
}
