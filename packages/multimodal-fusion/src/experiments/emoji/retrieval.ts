/**
 * Pictures of emoji found by their names, also in a language that no name was seen of: texts and pictures as vectors of
 * one space (CLIP: Radford et al. 2021, https://arxiv.org/abs/2103.00020).
 */
import { mulberry32, type Random } from '@quire/evaluation';
import { initialize, layers, type ParametersOf, Trainer } from '@quire/model';
import { jit, ops, optimizers, random, schedules, tf } from '@quire/runtime';
import { clipLoss, temperatureSpec } from '../../objectives/contrastive.ts';
import { type Recall, recallAtK, search } from '../../retrieval/search.ts';
import { picturesOf } from './classifier.ts';
import { type EmojiRow, LANGUAGES, type Language, SIDE } from './rows.ts';
import { bags, letterVocabulary } from './texts.ts';

/** Numbers of a vector. */
const WIDTH = 128;
const HIDDEN = 512;
const PIXELS = 3 * SIDE ** 2;
const LETTERS = 10_000;
/** The share of letters that a text of the training lacks, or has another one after. */
const SLIPS = 0.06;
const DROPOUT = { letters: 0.4, hidden: 0.2 } as const;
/** What the task of subgroups counts beside the contrastive one. */
const SUBGROUPS = 0.3;

export interface RetrievalModel {
  /** Of length 1, float32 (N, 128); the caller disposes them. */
  textVectors(texts: readonly string[]): Promise<tf.Tensor2D>;
  /** Of length 1, float32 (N, 128); the caller disposes them. */
  pictureVectors(rows: readonly EmojiRow[]): Promise<tf.Tensor2D>;
  dispose(): Promise<void>;
}

export interface RetrievalOptions {
  /** Of initialization, order of examples and draws. */
  seed: number;
  /** A language whose names and keywords the training doesn't see. */
  leftOut?: Language;
  /** Updates; 400 where not given. */
  steps?: number;
}

/**
 * Each row of a batch has two texts in languages drawn at random. InfoNCE brings both to the picture, and, so that
 * languages share a space, to each other; beside it one linear classifier names the subgroup of all three. Texts have no hidden
 * layer: what letters mean is to hold in a language that wasn't seen.
 */
export async function trainRetrieval(
  train: readonly EmojiRow[],
  { seed, leftOut, steps = 400 }: RetrievalOptions,
): Promise<RetrievalModel> {
  const learned = LANGUAGES.filter((language) => language !== leftOut);
  const vocabulary = letterVocabulary(
    train.flatMap((row) => learned.flatMap((language) => [row.names[language], ...row.keywords[language]])),
    LETTERS,
  );
  const subgroups = [...new Set(train.map(({ subgroup }) => subgroup))];
  const spec = {
    text: layers.uniformLinearSpec(LETTERS, WIDTH),
    picture: {
      inner: layers.uniformLinearSpec(PIXELS, HIDDEN),
      outer: layers.uniformLinearSpec(HIDDEN, WIDTH),
    },
    subgroup: layers.uniformLinearSpec(WIDTH, subgroups.length),
    ...temperatureSpec(),
  };
  type Params = ParametersOf<typeof spec>;
  const encodeTexts = ({ text }: Params, x: tf.Tensor2D): tf.Tensor2D => layers.linear(x, text);
  const encodePictures = ({ picture }: Params, pixels: tf.Tensor4D, key?: random.Key): tf.Tensor2D => {
    const flat = pixels.reshape([pixels.shape[0], PIXELS]) as tf.Tensor2D; // (B, 3, 16, 16) -> (B, 768)
    const hidden = layers.linear(flat, picture.inner).relu() as tf.Tensor2D;
    return layers.linear(key ? random.dropout(key, hidden, DROPOUT.hidden) : hidden, picture.outer);
  };
  interface Batch {
    first: tf.Tensor2D;
    second: tf.Tensor2D;
    pictures: tf.Tensor4D;
    subgroups: tf.Tensor1D;
  }
  const key = random.key(seed);
  const trainer = new Trainer<Params, EmojiRow, Batch & Record<string, tf.Tensor>>({
    params: (await initialize(spec, key)) as Params,
    loss: (params, { first, second, pictures, subgroups }, { key }) => {
      const one = encodeTexts(params, first);
      const other = encodeTexts(params, second);
      const picture = encodePictures(params, pictures, key);
      const pairs = [
        clipLoss(params, one, picture),
        clipLoss(params, other, picture),
        clipLoss(params, one, other),
      ];
      const named = [one, other, picture].map((vectors) => {
        const logits = layers.linear(layers.normalize(vectors).mul(8) as tf.Tensor2D, params.subgroup);
        return ops.crossEntropy(logits, subgroups, { labelSmoothing: 0.1 });
      });
      return tf.addN(pairs).div(3).add(tf.addN(named).mul(SUBGROUPS)) as tf.Scalar;
    },
    optimizer: optimizers.adamW({
      learningRate: schedules.cosine(4e-3, { steps, warmUp: Math.min(20, Math.floor(steps / 10)) }),
      weightDecay: 0.1,
    }),
    examples: train,
    collate: (rows, context) => {
      const draw = mulberry32(seed * 2 ** 16 + (context?.batch ?? 0));
      const texts = () =>
        bags(
          vocabulary,
          rows.map((row) => [textOf(row, learned, draw)]),
          () => draw() < DROPOUT.letters,
        );
      return {
        first: texts(),
        second: texts(),
        pictures: picturesOf(rows, draw, { mirror: false }),
        subgroups: tf.tensor1d(
          rows.map(({ subgroup }) => subgroups.indexOf(subgroup)),
          'int32',
        ),
      };
    },
    batchSize: Math.min(128, train.length),
    dropLast: true,
    steps,
    seed,
    clipNorm: 1,
    threads: 1,
  });
  await trainer.train();
  key.dispose();
  const textVectors = jit((params: Params, x: tf.Tensor2D) => layers.normalize(encodeTexts(params, x)));
  const pictureVectors = jit((params: Params, x: tf.Tensor4D) => layers.normalize(encodePictures(params, x)));
  return {
    textVectors: async (texts) => {
      const x = bags(
        vocabulary,
        texts.map((text) => [text]),
      );
      const vectors = await onHost(await textVectors(trainer.params, x));
      x.dispose();
      return vectors;
    },
    pictureVectors: async (rows) => {
      const x = picturesOf(rows);
      const vectors = await onHost(await pictureVectors(trainer.params, x));
      x.dispose();
      return vectors;
    },
    dispose: async () => {
      await textVectors.release();
      await pictureVectors.release();
      await trainer.dispose();
    },
  };
}

/** A name, two keywords, or the name and all keywords, in a language drawn at random, with slips of the pen. */
function textOf(row: EmojiRow, languages: readonly Language[], draw: Random): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!;
  const language = pick(languages);
  const keywords = row.keywords[language];
  const kind = draw();
  if (kind < 0.4 || keywords.length === 0) return misspelled(row.names[language], draw);
  return misspelled(kind < 0.7 ? `${pick(keywords)} ${pick(keywords)}` : described(row, language), draw);
}

const ADDED = [...'aeiourslnmt'];

/** Letters are left out or added at random, as between words of related languages: bandera, bandiera, bandeira. */
function misspelled(text: string, draw: Random): string {
  const letters = [...text].flatMap((letter) => {
    if (draw() >= SLIPS) return [letter];
    return draw() < 0.5 ? [] : [letter, ADDED[Math.floor(draw() * ADDED.length)]!];
  });
  return letters.join('');
}

function described({ names, keywords }: EmojiRow, language: Language): string {
  return [names[language], ...keywords[language]].join(' ');
}

async function onHost(vectors: tf.Tensor2D): Promise<tf.Tensor2D> {
  const copy = tf.tensor2d((await vectors.data()) as Float32Array, vectors.shape);
  vectors.dispose();
  return copy;
}

/**
 * Text to picture among all rows: how often an emoji's picture is among the `k` that its text finds, by language.
 *
 * @param by what is asked: the name alone, or with all keywords
 */
export async function recallByLanguage(
  model: RetrievalModel,
  rows: readonly EmojiRow[],
  { k = 10, by = 'name' }: { k?: number; by?: 'name' | 'name and keywords' } = {},
): Promise<Record<Language, Recall>> {
  const items = await model.pictureVectors(rows);
  const recalls: [Language, Recall][] = [];
  for (const language of LANGUAGES) {
    const texts = rows.map((row) => (by === 'name' ? row.names[language] : described(row, language)));
    const queries = await model.textVectors(texts);
    const found = search(queries, items, k);
    const relevant = rows.map((_, i) => [i]);
    recalls.push([language, recallAtK(found, relevant, { k, items: rows.length })]);
    queries.dispose();
  }
  items.dispose();
  return Object.fromEntries(recalls) as Record<Language, Recall>;
}
