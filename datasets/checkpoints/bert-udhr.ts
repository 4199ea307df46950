/** A small multilingual BERT: the Universal Declaration of Human Rights in 129 languages. */
import { loadUdhr, type Split } from '@quire/datasets';
import { bert, loadPretrained, namedLeaves, savePretrained, selfSupervision, Trainer } from '@quire/model';
import { optimizers, random, schedules, tf } from '@quire/runtime';
import { byteLevelAlphabet, Tokenizer, trainBpe } from '@quire/tokenizer';
import { bertCard } from './cards.ts';
import { mean, measureRows, mostFrequent, unigramSurprise } from './measure.ts';
import {
  type CheckpointMetrics,
  Clock,
  checkpointPath,
  describe,
  keepReference,
  statePath,
  trained,
} from './run.ts';

export const NAME = 'bert-udhr';

/** Tokens of a row, `[CLS]` and the last `[SEP]` included. */
const LENGTH = 64;
const [PAD, UNKNOWN, START, END, MASK] = [0, 1, 2, 3, 4] as const;
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
/** Tokens of a row that are hidden where the model is measured. */
const HIDDEN = 8;
const SETTINGS = { steps: 1350, batchSize: 16, learningRate: 2e-3 } as const;
/** The first update of the second cycle of the learning rate. */
const RESTART = 850;

/** Two cosines (Loshchilov and Hutter 2016, "SGDR", https://arxiv.org/abs/1608.03983). */
const twoCycles: schedules.Schedule = (step) => {
  const restart = tf.scalar(RESTART, 'int32');
  const { steps, learningRate } = SETTINGS;
  const first = schedules.cosine(learningRate, { steps: RESTART, warmUp: 100 });
  const second = schedules.cosine(learningRate, { steps: steps - RESTART, warmUp: 30 });
  return tf.where(step.less(restart), first(step), second(step.sub(restart) as tf.Scalar)) as tf.Scalar;
};

/** Languages whose results are in the card, in several scripts. */
export const SHOWN = ['en', 'de', 'es', 'tr', 'ru', 'el', 'ar', 'hi', 'zh', 'ja'];

const config = bert.config({
  vocabularySize: 4096,
  contextLength: LENGTH,
  width: 104,
  layers: 4,
  heads: 4,
  hiddenDropout: 0,
  attentionDropout: 0,
  padTokenId: PAD,
});

/** Tokens of a language, in a row that begins with `[CLS]` and ends with `[SEP]`. */
export interface Row {
  language: string;
  ids: Int32Array;
}

async function textsOf(split: Split): Promise<Map<string, string[]>> {
  const texts = new Map<string, string[]>();
  for (const article of await loadUdhr()) {
    if (article.split !== split) continue;
    texts.set(article.code, [...(texts.get(article.code) ?? []), article.text]);
  }
  return texts;
}

async function trainTokenizer(texts: Iterable<string>): Promise<Tokenizer> {
  const special = (name: string, id: number) => ({ id: name, ids: [id], tokens: [name] });
  const piece = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const trainedConfig = await trainBpe(texts, {
    vocabSize: config.vocabularySize,
    preTokenizer: { type: 'ByteLevel', add_prefix_space: false },
    initialAlphabet: byteLevelAlphabet(),
    specialTokens: SPECIAL,
    postProcessor: {
      type: 'TemplateProcessing',
      single: [piece('[CLS]', 0), { Sequence: { id: 'A', type_id: 0 } }, piece('[SEP]', 0)],
      pair: [
        piece('[CLS]', 0),
        { Sequence: { id: 'A', type_id: 0 } },
        piece('[SEP]', 0),
        { Sequence: { id: 'B', type_id: 1 } },
        piece('[SEP]', 1),
      ],
      special_tokens: { '[CLS]': special('[CLS]', START), '[SEP]': special('[SEP]', END) },
    },
  });
  return new Tokenizer(trainedConfig);
}

function rowsOf(tokenizer: Tokenizer, texts: ReadonlyMap<string, string[]>, overlap = 0): Row[] {
  const length = LENGTH - 2;
  return [...texts].flatMap(([language, articles]) => {
    const documents = articles.map((text) => tokenizer.encodeIds(text, { addSpecialTokens: false }));
    const all = documents.reduce((sum, each) => sum + each.length + 1, 0);
    if (all < length) return [];
    const options = { length, stride: length - overlap, separatorId: END };
    return selfSupervision
      .chunkTokens(documents, options)
      .map((chunk) => ({ language, ids: Int32Array.of(START, ...chunk, END) }));
  });
}

/** Rows of articles that weren't trained on, a language after the other; at most `each` of a language. */
export async function heldOutRows(
  tokenizer: Tokenizer,
  split: Split,
  each = Number.POSITIVE_INFINITY,
): Promise<Row[]> {
  const counts = new Map<string, number>();
  return rowsOf(tokenizer, await textsOf(split)).filter(({ language }) => {
    const count = counts.get(language) ?? 0;
    counts.set(language, count + 1);
    return count < each;
  });
}

/** The places of the eight tokens that are hidden in a row: every seventh, or the one after a `[SEP]`. */
export function hiddenPlaces({ ids }: Row): number[] {
  const first = 1 + ((ids[1] as number) % 7);
  return Array.from({ length: HIDDEN }, (_, i) => first + 7 * i).map((at) => (ids[at] === END ? at + 1 : at));
}

type Batch = { inputIds: tf.Tensor2D; labels?: tf.Tensor2D };

const matrix = (rows: readonly ArrayLike<number>[]): tf.Tensor2D =>
  tf.tensor2d(Int32Array.from(rows.flatMap((row) => Array.from(row))), [rows.length, LENGTH], 'int32');

const collate = (rows: readonly Row[]): { inputIds: tf.Tensor2D } => ({
  inputIds: matrix(rows.map(({ ids }) => ids)),
});

/** Rows with the same tokens hidden each time. */
function collateHidden(rows: readonly Row[]): Required<Batch> {
  const [inputs, labels] = [
    rows.map(({ ids }) => ids.slice()),
    rows.map(({ ids }) => new Int32Array(ids.length).fill(-100)),
  ];
  rows.forEach((row, i) => {
    for (const at of hiddenPlaces(row)) {
      labels[i]![at] = row.ids[at] as number;
      inputs[i]![at] = MASK;
    }
  });
  return { inputIds: matrix(inputs), labels: matrix(labels) };
}

/** By row: the mean cross-entropy in nats of its eight hidden tokens, and how many of them are the most probable. */
export async function bertResults(
  model: { params: bert.BertParameters; config: bert.BertConfig },
  rows: readonly Row[],
): Promise<{ loss: number[]; accuracy: number[] }> {
  const found = await measureRows(model.params, rows, collateHidden, (params, { inputIds, labels }) => {
    const { logits } = bert.forward(params, { inputIds }, model.config);
    const chosen = labels.greaterEqual(0);
    const target = tf.where(chosen, labels, tf.zerosLike(labels)) as tf.Tensor2D;
    const best = (logits as tf.Tensor3D).argMax(-1);
    // (B, T, V) -> (B, T)
    const surprise = tf
      .logSoftmax(logits as tf.Tensor3D)
      .mul(tf.oneHot(target, model.config.vocabularySize))
      .sum(-1)
      .neg();
    const meanOf = (values: tf.Tensor): tf.Tensor =>
      tf.where(chosen, values, tf.zerosLike(values)).sum(-1).div(HIDDEN);
    return { loss: meanOf(surprise), accuracy: meanOf(best.equal(target).cast('float32')) };
  });
  return found as { loss: number[]; accuracy: number[] };
}

const hiddenTokens = (row: Row): number[] => hiddenPlaces(row).map((at) => row.ids[at] as number);

/** How often the language's most frequent token is the hidden one, by row, and how surprising it is by frequencies. */
export function bertBaselines(training: readonly Row[], rows: readonly Row[], vocabularySize: number) {
  const text = (own: readonly Row[]): number[] =>
    own.flatMap(({ ids }) => [...ids].filter((id) => id > MASK));
  const all = unigramSurprise(text(training), vocabularySize);
  const languages = new Map<string, { surprise: Float64Array; guess: number }>();
  for (const language of new Set(rows.map((row) => row.language))) {
    const own = text(training.filter((row) => row.language === language));
    languages.set(language, {
      surprise: unigramSurprise(own, vocabularySize, 0.1),
      guess: mostFrequent(own),
    });
  }
  return rows.map((row) => {
    const { surprise, guess } = languages.get(row.language)!;
    const tokens = hiddenTokens(row);
    return {
      unigramLoss: mean(tokens.map((token) => all[token] as number)),
      languageUnigramLoss: mean(tokens.map((token) => surprise[token] as number)),
      mostFrequentAccuracy: mean(tokens.map((token) => Number(token === guess))),
    };
  });
}

/** Rows of the training, none of whose tokens comes twice. */
export const trainingRows = async (tokenizer: Tokenizer): Promise<Row[]> =>
  rowsOf(tokenizer, await textsOf('train'));

/** @param until the update after which to end, before the end of the schedule */
export async function train(until?: number): Promise<void> {
  const texts = await textsOf('train');
  const tokenizer = await trainTokenizer([...texts.values()].flat());
  const examples = rowsOf(tokenizer, texts, 31);
  const { steps, batchSize, learningRate } = SETTINGS;
  const folder = statePath(NAME);
  const clock = new Clock(folder, until);
  const key = random.key(2);
  const masking = {
    maskTokenId: MASK,
    vocabularySize: config.vocabularySize,
    specialTokenIds: [PAD, UNKNOWN, START, END, MASK],
    probability: 0.2,
  };
  const still = random.key(3);
  const trainer = new Trainer({
    params: await bert.init(config, key),
    frozen: { still },
    examples,
    collate,
    loss: (params, { inputIds }: Batch, { key, frozen }) =>
      bert.loss(params, selfSupervision.maskTokens(key ?? frozen.still, inputIds, masking), config),
    optimizer: optimizers.adamW({
      learningRate: twoCycles,
      weightDecay: 0.05,
    }),
    batchSize,
    steps,
    seed: 2,
    clipNorm: 1,
    threads: 1,
    validation: { examples: await heldOutRows(tokenizer, 'validation', 2), every: 170, batchSize: 32 },
    checkpoints: { folder, every: 50 },
    callbacks: [clock],
  });
  const { params, madeSteps } = await trained(trainer, clock);
  await savePretrained(
    checkpointPath(NAME),
    { architecture: bert, config, params, tokenizer },
    { dtype: 'float16' },
  );
  await trainer.dispose();
  tf.dispose([key, still]);

  const model = await loadPretrained(checkpointPath(NAME), { architecture: bert });
  const training = rowsOf(tokenizer, texts);
  const results = async (split: Split): Promise<Record<string, number>> => {
    const rows = await heldOutRows(tokenizer, split);
    const { loss, accuracy } = await bertResults(model, rows);
    const baselines = bertBaselines(training, rows, config.vocabularySize);
    const where = <T>(values: readonly T[], language: string): T[] =>
      values.filter((_, i) => rows[i]?.language === language);
    return {
      tokens: HIDDEN * rows.length,
      loss: mean(loss),
      accuracy: mean(accuracy),
      unigramLoss: mean(baselines.map((each) => each.unigramLoss)),
      languageUnigramLoss: mean(baselines.map((each) => each.languageUnigramLoss)),
      mostFrequentAccuracy: mean(baselines.map((each) => each.mostFrequentAccuracy)),
      ...Object.fromEntries(
        SHOWN.flatMap((code) => [
          [`accuracy.${code}`, mean(where(accuracy, code))],
          [
            `mostFrequentAccuracy.${code}`,
            mean(where(baselines, code).map((each) => each.mostFrequentAccuracy)),
          ],
        ]),
      ),
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
  const first = (await heldOutRows(tokenizer, 'validation', 1)).slice(0, 16);
  const hidden = collateHidden(first);
  const text = 'In the beginning … alle Menschen, 人人生而自由 🙂';
  await keepReference(NAME, {
    inputs: { input_ids: await hidden.inputIds.array() },
    labels: await hidden.labels.array(),
    loss: mean((await bertResults(model, first)).loss),
    text,
    ids: tokenizer.encodeIds(text),
  });
  tf.dispose([hidden, model.params] as never);
  await describe(NAME, metrics, bertCard(metrics, SHOWN), {
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      pad_token: '[PAD]',
      unk_token: '[UNK]',
      cls_token: '[CLS]',
      sep_token: '[SEP]',
      mask_token: '[MASK]',
      model_max_length: LENGTH,
    },
  });
}
