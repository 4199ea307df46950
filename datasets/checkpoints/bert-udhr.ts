/** A small multilingual BERT: the Universal Declaration of Human Rights in 129 languages. */
import { loadUdhr, type Split } from '@quire/datasets';
import { bert, loadPretrained, namedLeaves, savePretrained, selfSupervision, Trainer } from '@quire/model';
import { optimizers, random, type schedules, tf } from '@quire/runtime';
import { byteLevelAlphabet, Tokenizer, trainBpe } from '@quire/tokenizer';
import { bertCard } from './cards.ts';
import { cooccurrenceEmbeddings } from './embeddings.ts';
import { mean, measureRows, mostFrequent, unigramSurprise } from './measure.ts';
import { lookAside, sinusoidalPositions } from './positions.ts';
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
const SETTINGS = {
  steps: 1900,
  batchSize: 16,
  learningRate: 1e-3,
  warmUp: 200,
  decay: 1500,
} as const;

/** Constant after the warm-up, and in the last updates down to 0: the end can be put off while it trains. */
const trapezoid: schedules.Schedule = (step) => {
  const made = step.cast('float32');
  const [rise, fall] = [made.add(1).div(SETTINGS.warmUp), made.sub(SETTINGS.steps).neg().div(SETTINGS.decay)];
  return tf.minimum(rise, fall).clipByValue(0, 1).mul(SETTINGS.learningRate) as tf.Scalar;
};

/** Tokens that are predicted of a row of the training, at most. */
const PREDICTED = 28;

/** Languages whose results are in the card, in several scripts. */
export const SHOWN = ['en', 'de', 'es', 'tr', 'ru', 'el', 'ar', 'hi', 'zh', 'ja'];

const config = bert.config({
  vocabularySize: 4096,
  contextLength: LENGTH,
  width: 160,
  layers: 4,
  heads: 5,
  initializerDeviation: 0.05,
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

/** int32 (B, T) tokens, (B, K) places that are asked about, and (B, K) what was there. */
type Batch = { inputIds: tf.Tensor2D; predictAt: tf.Tensor2D; labels: tf.Tensor2D };

const matrix = (rows: readonly ArrayLike<number>[]): tf.Tensor2D =>
  tf.tensor2d(
    rows.map((row) => Array.from(row)),
    undefined,
    'int32',
  );

const collate = (rows: readonly Row[]): { inputIds: tf.Tensor2D } => ({
  inputIds: matrix(rows.map(({ ids }) => ids)),
});

/** Hides some of each row, other tokens at each step. */
function hideTokens(key: random.Key, rows: tf.Tensor2D, probability: number): Batch {
  const { inputIds, labels } = selfSupervision.maskTokens(key, rows, {
    maskTokenId: MASK,
    vocabularySize: config.vocabularySize,
    specialTokenIds: [PAD, UNKNOWN, START, END, MASK],
    probability,
  });
  // The first of the chosen; where fewer were, places with labels that count for nothing fill it up.
  const at = tf.topk(labels.greaterEqual(0).cast('float32'), PREDICTED).indices as tf.Tensor2D;
  const [count, length] = labels.shape;
  const row = tf.range(0, count, 1, 'int32').mul(tf.scalar(length, 'int32')).reshape([count, 1]); // (B) -> (B, 1)
  const flat = row.add(at).reshape([count * PREDICTED]); // (B, K) -> (B K)
  const asked = tf.gather(labels.reshape([count * length]), flat as tf.Tensor1D); // (B, T) -> (B T)
  return { inputIds, predictAt: at, labels: asked.reshape([count, PREDICTED]) }; // (B K) -> (B, K)
}

/** Rows with the same tokens hidden each time. */
function collateHidden(rows: readonly Row[]): Batch {
  const places = rows.map(hiddenPlaces);
  const inputs = rows.map(({ ids }, i) => ids.map((id, at) => (places[i]!.includes(at) ? MASK : id)));
  return { inputIds: matrix(inputs), predictAt: matrix(places), labels: matrix(rows.map(hiddenTokens)) };
}

const hiddenTokens = (row: Row): number[] => hiddenPlaces(row).map((at) => row.ids[at] as number);

/** By row: the mean cross-entropy in nats of its eight hidden tokens, and how many of them are the most probable. */
export async function bertResults(
  model: { params: bert.BertParameters; config: bert.BertConfig },
  rows: readonly Row[],
): Promise<{ loss: number[]; accuracy: number[] }> {
  const found = await measureRows(model.params, rows, collateHidden, (params, { labels, ...inputs }) => {
    const logits = bert.forward(params, inputs, model.config).logits as tf.Tensor3D;
    const likely = tf.logSoftmax(logits).mul(tf.oneHot(labels, model.config.vocabularySize)).sum(-1); // (B, K, V) -> (B, K)
    const right = logits.argMax(-1).equal(labels).cast('float32'); // (B, K, V) -> (B, K)
    return { loss: likely.mean(-1).neg(), accuracy: right.mean(-1) };
  });
  return found as { loss: number[]; accuracy: number[] };
}

/** Tokens of the text alone. */
const tokensOf = (rows: readonly Row[]): number[] =>
  rows.flatMap(({ ids }) => [...ids].filter((id) => id > MASK));

/** How often the language's most frequent token is the hidden one, by row, and how surprising it is by frequencies. */
export function bertBaselines(training: readonly Row[], rows: readonly Row[], vocabularySize: number) {
  const all = unigramSurprise(tokensOf(training), vocabularySize);
  const languages = new Map<string, { surprise: Float64Array; guess: number }>();
  for (const language of new Set(rows.map((row) => row.language))) {
    const own = tokensOf(training.filter((row) => row.language === language));
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

/**
 * A start that knows what can be counted: which tokens are near each other, how frequent each is, and where the tokens
 * before and after a mask are. From random numbers it takes thousands of updates to get there.
 */
async function initialParameters(rows: readonly Row[], key: random.Key): Promise<bert.BertParameters> {
  const params = await bert.init(config, key);
  const { embeddings, encoder } = params.bert;
  const [first] = encoder.layer;
  const predictions = params.cls?.predictions;
  if (!first || !predictions) throw new Error('The model needs a block and a head that predicts tokens.');
  tf.dispose([
    embeddings.position_embeddings.weight,
    embeddings.word_embeddings.weight,
    predictions.bias,
  ] as tf.Tensor[]);
  const { width, vocabularySize } = config;
  embeddings.position_embeddings.weight = sinusoidalPositions(LENGTH, width, 0.1);
  await lookAside(first.attention.self, [-1, 1, -2, 2, undefined], 2);
  embeddings.word_embeddings.weight = await cooccurrenceEmbeddings(
    rows.map(({ ids }) => ids),
    { vocabularySize, width, first: MASK + 1, deviation: 0.06 },
    key,
  );
  const surprise = unigramSurprise(tokensOf(rows), vocabularySize);
  predictions.bias = tf.tensor1d(Float32Array.from(surprise, (nats) => -nats));
  return params;
}

/** @param until the update after which to end, before the end of the schedule */
export async function train(until?: number): Promise<void> {
  const texts = await textsOf('train');
  const tokenizer = await trainTokenizer([...texts.values()].flat());
  const examples = rowsOf(tokenizer, texts, 31);
  const { steps, batchSize, learningRate } = SETTINGS;
  const folder = statePath(NAME);
  const clock = new Clock(folder, until);
  const key = random.key(2);
  const still = random.key(3);
  const params = await initialParameters(rowsOf(tokenizer, texts), key);
  const trainer = new Trainer({
    params,
    frozen: { still },
    examples,
    collate,
    loss: (params, { inputIds }: Pick<Batch, 'inputIds'>, { key, frozen }) =>
      bert.loss(params, hideTokens(key ?? frozen.still, inputIds, key ? 0.3 : 0.25), config),
    optimizer: optimizers.adamW({
      learningRate: trapezoid,
      weightDecay: 0.05,
    }),
    batchSize,
    steps,
    seed: 2,
    clipNorm: 1,
    threads: 2,
    validation: { examples: await heldOutRows(tokenizer, 'validation', 2), every: 250, batchSize: 32 },
    checkpoints: { folder, every: 50 },
    callbacks: [clock],
  });
  const { params: best, madeSteps } = await trained(trainer, clock);
  await savePretrained(
    checkpointPath(NAME),
    { architecture: bert, config, params: best, tokenizer },
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
          [`loss.${code}`, mean(where(loss, code))],
          [`accuracy.${code}`, mean(where(accuracy, code))],
          [
            `languageUnigramLoss.${code}`,
            mean(where(baselines, code).map((each) => each.languageUnigramLoss)),
          ],
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
    labels: first.map((row) => Array.from(row.ids, (id, at) => (hiddenPlaces(row).includes(at) ? id : -100))),
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
