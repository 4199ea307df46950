/** Training of tokenizers on the King James texts, beside Python's `tokenizers`. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { byteLevelAlphabet, trainBpe, trainUnigram, trainWordPiece } from '@quire/tokenizer';
import type { Case, Measurement } from '../harness.ts';

const TEXT = fileURLToPath(new URL('../../../datasets/king-james/train.txt', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../../engines/train_tokenizer.py', import.meta.url));
const VOCABULARY = 8000;

const TRAININGS: Record<string, (texts: string[]) => Promise<unknown>> = {
  bpe: (texts) =>
    trainBpe(texts, {
      vocabSize: VOCABULARY,
      preTokenizer: { type: 'ByteLevel', add_prefix_space: false },
      initialAlphabet: byteLevelAlphabet(),
    }),
  wordPiece: (texts) =>
    trainWordPiece(texts, {
      vocabSize: VOCABULARY,
      normalizer: { type: 'BertNormalizer' },
      preTokenizer: { type: 'BertPreTokenizer' },
      specialTokens: ['[UNK]'],
    }),
  unigram: (texts) => trainUnigram(texts, { vocabSize: VOCABULARY, preTokenizer: { type: 'Metaspace' } }),
};

/** @param python an interpreter with `tokenizers`, or why there is none */
export function trainingCases(python: string | { unavailable: string }): Case[] {
  const text = readFileSync(TEXT, 'utf8');
  const texts = text.split('\n');
  const megabytes = Buffer.byteLength(text) / 1e6;
  const reference = (kind: string, threads: number | undefined) => async (): Promise<Measurement> => {
    if (typeof python !== 'string') return python;
    const env = threads === undefined ? process.env : { ...process.env, RAYON_NUM_THREADS: String(threads) };
    const { stdout } = await promisify(execFile)(python, [SCRIPT, kind, String(VOCABULARY), TEXT], { env });
    return megabytes / Number(stdout);
  };
  return Object.entries(TRAININGS).map(([kind, train]) => ({
    name: `training of ${VOCABULARY} tokens, ${kind}`,
    unit: 'MB/s',
    lowerIsBetter: false,
    rounds: 3,
    ours: async () => {
      const start = performance.now();
      await train(texts);
      return megabytes / ((performance.now() - start) / 1000);
    },
    peers: {
      'tokenizers, 1 thread': reference(kind, 1),
      'tokenizers, all cores': reference(kind, undefined),
    },
  }));
}
