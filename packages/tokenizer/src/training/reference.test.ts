/** Trainings beside those of Hugging Face's `tokenizers`, which `fixtures/make_training.py` ran. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type BpeTrainingOptions, byteLevelAlphabet, trainBpe } from './bpe.ts';
import { countWords } from './corpus.ts';
import { learnMerges } from './merge-learner.ts';
import { Pace } from './pace.ts';
import { trainUnigram, type UnigramTrainingOptions } from './unigram.ts';
import { trainWordLevel } from './word-level.ts';

interface Case {
  kind: 'bpe' | 'wordPiece' | 'wordLevel' | 'unigram';
  corpus: string;
  options: Omit<BpeTrainingOptions & UnigramTrainingOptions, 'initialAlphabet' | 'specialTokens'> & {
    initialAlphabet?: 'bytes' | string[];
    specialTokens: string[];
  };
  result: {
    vocab: number;
    tokensDigest: string;
    tokens: string[];
    merges: number;
    mergesDigest: string;
    lastMerges: string[];
    symbols?: string[];
    scores: number[];
    unkId: number | null;
  };
}

const datasets = new URL('../../../../datasets/', import.meta.url);
const { cases } = JSON.parse(
  gunzipSync(readFileSync(new URL('../../fixtures/training.json.gz', import.meta.url))).toString('utf8'),
) as { cases: Case[] };

function column(path: string, index: number): string[] {
  const rows = readFileSync(new URL(path, datasets), 'utf8').split('\n');
  return rows.filter((row) => row !== '').map((row) => row.split('\t')[index] as string);
}

function corpus(name: string): string[] {
  const [source, part] = name.split(':');
  if (source === 'king-james') {
    return column('king-james/train.txt', 1).slice(0, part === undefined ? undefined : Number(part));
  }
  const files = readdirSync(new URL('udhr/text/', datasets)).sort();
  return (part === undefined ? files : [`${part}.tsv`]).flatMap((file) =>
    column(`udhr/text/${file}`, 2).slice(1),
  );
}

function digest(values: readonly string[]): string {
  return createHash('sha256')
    .update(values.map((value) => `${value}\n`).join(''))
    .digest('hex')
    .slice(0, 32);
}

function shown(values: readonly string[]): readonly string[] {
  return values.length <= 12 ? values : [...values.slice(0, 6), ...values.slice(-6)];
}

/** As it is said in the fixture. */
function summary(tokens: readonly string[], merges?: readonly (readonly [string, string] | string)[]) {
  const lines = merges?.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
  return {
    vocab: tokens.length,
    tokens: shown(tokens),
    tokensDigest: digest(tokens),
    ...(lines ? { merges: lines.length, lastMerges: lines.slice(-6), mergesDigest: digest(lines) } : {}),
  };
}

function byId(vocab: Record<string, number>): string[] {
  return Object.entries(vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([token]) => token);
}

async function trained({ kind, corpus: name, options, result }: Case): Promise<unknown> {
  const { initialAlphabet, ...others } = options;
  const all = {
    ...others,
    ...(initialAlphabet
      ? { initialAlphabet: initialAlphabet === 'bytes' ? byteLevelAlphabet() : initialAlphabet }
      : {}),
  };
  const texts = corpus(name);
  if (kind === 'wordLevel') {
    const { model } = await trainWordLevel(texts, all);
    return model.type === 'WordLevel' && summary(byId(model.vocab));
  }
  if (!result.symbols) {
    const { model } = await trainBpe(texts, all);
    return model.type === 'BPE' && model.merges !== 'implied' && summary(byId(model.vocab), model.merges);
  }
  const pace = new Pace({});
  const prefix = options.continuingSubwordPrefix ?? (kind === 'wordPiece' ? '##' : undefined);
  const { tokens, merges } = await learnMerges(
    {
      words: await countWords(texts, all, pace),
      vocabSize: options.vocabSize ?? 30_000,
      minFrequency: options.minFrequency ?? 0,
      specialTokens: options.specialTokens,
      initialAlphabet: [],
      limitAlphabet: options.limitAlphabet,
      continuingPrefix: prefix,
      wordSuffix: options.endOfWordSuffix,
      maxTokenLength: options.maxTokenLength,
      orderSymbols: () => result.symbols as string[],
    },
    pace,
  );
  return { ...summary(tokens, kind === 'bpe' ? merges : undefined), symbols: result.symbols };
}

function title({ kind, corpus: name, options }: Case): string {
  const { vocabSize, minFrequency, limitAlphabet, maxTokenLength, endOfWordSuffix, preTokenizer } = options;
  const more = { minFrequency, limitAlphabet, maxTokenLength, endOfWordSuffix };
  const parts = Object.entries(more).flatMap(([key, value]) => (value ? [`${key} ${value}`] : []));
  return [kind, name, preTokenizer?.type ?? 'whole texts', vocabSize, ...parts].join(', ');
}

const joining = cases.filter(({ kind }) => kind !== 'unigram');

describe('tokens and merges in the reference’s order', () => {
  test.each(joining.map((each) => [title(each), each] as const))('%s', async (_, each) => {
    expect(await trained(each)).toEqual(each.result);
  });
});

describe('pieces and scores of a unigram model', () => {
  const unigram = cases.filter(({ kind }) => kind === 'unigram');
  test.each(unigram.map((each) => [title(each), each] as const))('%s', async (_, each) => {
    const { initialAlphabet, ...options } = each.options;
    const { model } = await trainUnigram(corpus(each.corpus), {
      ...options,
      ...(Array.isArray(initialAlphabet) ? { initialAlphabet } : {}),
    });
    if (model.type !== 'Unigram') throw new Error(model.type);
    const { tokens, scores, unkId } = each.result;
    expect(model.unk_id).toBe(unkId);
    const ours = new Map(model.vocab);
    expect([...ours.keys()].sort()).toEqual([...tokens].sort());
    // Characters that are no pieces of the model get its least score and a bit more each, in the order of a hash table.
    const apart = tokens.flatMap((token, i) => {
      const [own, reference] = [ours.get(token) as number, scores[i] as number];
      return Math.abs(own - reference) <= 1e-10 ? [] : [{ token, own, reference }];
    });
    for (const { token } of apart) expect(Array.from(token)).toHaveLength(1);
    const sorted = (values: number[]): number[] => values.sort((a, b) => a - b);
    const references = sorted(apart.map(({ reference }) => reference));
    sorted(apart.map(({ own }) => own)).forEach((own, i) => {
      expect(own).toBeCloseTo(references[i] as number, 9);
    });
    expect(apart.length).toBeLessThan(tokens.length / 4);
  });
});
