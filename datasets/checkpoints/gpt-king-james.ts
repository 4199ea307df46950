/** A small GPT of English prose: the King James Bible. */
import { loadKingJames, type Split } from '@quire/datasets';
import { gpt2, loadPretrained, namedLeaves, savePretrained, selfSupervision, Trainer } from '@quire/model';
import { optimizers, random, schedules, tf } from '@quire/runtime';
import { byteLevelAlphabet, Tokenizer, trainBpe } from '@quire/tokenizer';
import { gptCard } from './cards.ts';
import { mean, measureRows, unigramSurprise } from './measure.ts';
import { sinusoidalPositions } from './positions.ts';
import {
  type CheckpointMetrics,
  Clock,
  checkpointPath,
  describe,
  keepReference,
  statePath,
  trained,
} from './run.ts';

export const NAME = 'gpt-king-james';

const CONTEXT = 128;
const END = '<|endoftext|>';
const SETTINGS = { steps: 2000, batchSize: 8, learningRate: 2e-3, warmUp: 200 } as const;

const config = gpt2.config({
  vocabularySize: 2048,
  contextLength: CONTEXT,
  width: 160,
  layers: 5,
  heads: 5,
  initializerDeviation: 0.04,
  // Many passes over little text, which is learned by heart without.
  embeddingDropout: 0.1,
  attentionDropout: 0,
  residualDropout: 0.1,
  bosTokenId: 0,
  eosTokenId: 0,
});

/** Chapters, a verse a line. */
export async function chapters(split: Split): Promise<string[]> {
  const texts = new Map<string, string[]>();
  for (const { book, chapter, text } of await loadKingJames({ split })) {
    const name = `${book} ${chapter}`;
    texts.set(name, [...(texts.get(name) ?? []), text]);
  }
  return [...texts.values()].map((verses) => verses.join('\n'));
}

async function trainTokenizer(texts: readonly string[]): Promise<Tokenizer> {
  const trainedConfig = await trainBpe(texts, {
    vocabSize: config.vocabularySize,
    preTokenizer: { type: 'ByteLevel', add_prefix_space: false },
    initialAlphabet: byteLevelAlphabet(),
    specialTokens: [END],
  });
  return new Tokenizer(trainedConfig);
}

/** Chapters one after another, in rows of 128 tokens. */
export function rowsOf(
  tokenizer: Tokenizer,
  texts: readonly string[],
  stride: number = CONTEXT,
): Int32Array[] {
  const documents = texts.map((text) => tokenizer.encodeIds(text));
  return selfSupervision.chunkTokens(documents, {
    length: CONTEXT,
    stride,
    separatorId: tokenizer.idOf(END) as number,
  });
}

type Batch = { inputIds: tf.Tensor2D };

function collate(rows: readonly Int32Array[]): Batch {
  const ids = Int32Array.from(rows.flatMap((row) => [...row]));
  return { inputIds: tf.tensor2d(ids, [rows.length, CONTEXT], 'int32') };
}

/** The mean cross-entropy in nats of tokens 2 to 128 of rows. */
export async function gptLoss(
  model: { params: gpt2.Gpt2Parameters; config: gpt2.Gpt2Config },
  rows: readonly Int32Array[],
): Promise<number> {
  const { loss = [] } = await measureRows(model.params, rows, collate, (params, batch) => ({
    loss: gpt2.loss(params, { ...batch, labels: batch.inputIds }, model.config),
  }));
  return mean(loss);
}

export const predicted = (rows: readonly Int32Array[]): number[] => rows.flatMap((row) => [...row.slice(1)]);

/** @param until the update after which to end, before the end of the schedule */
export async function train(until?: number): Promise<void> {
  const texts = { train: await chapters('train'), validation: await chapters('validation') };
  const tokenizer = await trainTokenizer(texts.train);
  const rows = {
    train: rowsOf(tokenizer, texts.train, CONTEXT / 4),
    validation: rowsOf(tokenizer, texts.validation),
  };
  const { steps, batchSize, learningRate, warmUp } = SETTINGS;
  const folder = statePath(NAME);
  const clock = new Clock(folder, until);
  const key = random.key(1);
  const params = await gpt2.init(config, key);
  const { wpe } = params.transformer;
  wpe.weight.dispose();
  wpe.weight = sinusoidalPositions(CONTEXT, config.width, 0.02);
  const trainer = new Trainer({
    params,
    examples: rows.train,
    collate,
    loss: (params, { inputIds }: Batch, { key }) =>
      gpt2.loss(params, { inputIds, labels: inputIds }, config, key ? { dropoutKey: key } : {}),
    optimizer: optimizers.adamW({
      learningRate: schedules.cosine(learningRate, { steps, warmUp }),
      weightDecay: 0.1,
    }),
    batchSize,
    steps,
    seed: 1,
    clipNorm: 1,
    threads: 1,
    validation: { examples: rows.validation, every: 250, batchSize: 32 },
    checkpoints: { folder, every: 50 },
    callbacks: [clock],
  });
  const { params: best, madeSteps } = await trained(trainer, clock);
  await savePretrained(
    checkpointPath(NAME),
    { architecture: gpt2, config, params: best, tokenizer, generation: { bosTokenId: 0, eosTokenId: 0 } },
    { dtype: 'float16' },
  );
  await trainer.dispose();
  key.dispose();

  const model = await loadPretrained(checkpointPath(NAME), { architecture: gpt2 });
  const surprise = unigramSurprise(
    rowsOf(tokenizer, texts.train).flatMap((row) => [...row]),
    config.vocabularySize,
  );
  const results = async (split: Split): Promise<Record<string, number>> => {
    const own = rowsOf(tokenizer, await chapters(split));
    const tokens = predicted(own);
    const bytes = own.reduce((sum, row) => sum + Buffer.byteLength(tokenizer.decode(row.slice(1))), 0);
    const perByte = tokens.length / bytes / Math.LN2;
    const loss = await gptLoss(model, own);
    const unigramLoss = mean(tokens.map((token) => surprise[token] as number));
    return {
      tokens: tokens.length,
      loss,
      perplexity: Math.exp(loss),
      bitsPerByte: loss * perByte,
      unigramLoss,
      unigramPerplexity: Math.exp(unigramLoss),
      unigramBitsPerByte: unigramLoss * perByte,
    };
  };
  const metrics: CheckpointMetrics = {
    parameters: namedLeaves<tf.Tensor>(model.params).reduce((sum, { value }) => sum + value.size, 0),
    steps,
    madeSteps,
    batchSize,
    learningRate,
    seconds: Math.round(clock.seconds),
    validation: await results('validation'),
    test: await results('test'),
  };
  const first = rowsOf(tokenizer, texts.validation).slice(0, 8);
  const ids = first.map((row) => [...row]);
  const loss = await gptLoss(model, first);
  const text = 'In the beginning … alle Menschen, 人人生而自由 🙂';
  await keepReference(NAME, {
    inputs: { input_ids: ids },
    labels: ids,
    loss,
    text,
    ids: tokenizer.encodeIds(text),
  });
  tf.dispose(model.params as never);
  await describe(NAME, metrics, gptCard(metrics), {
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: END,
      eos_token: END,
      model_max_length: CONTEXT,
    },
  });
}
