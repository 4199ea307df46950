/**
 * Which group an emoji is of: a small model for each modality, and one that fuses them. The models of one modality are
 * trained first and stay as they are, since a joint training follows the modality that is learned by heart first and
 * leaves the others behind (Wang et al. 2020, "What makes training multi-modal classification networks hard?",
 * https://arxiv.org/abs/1905.12681).
 */
import { mulberry32, type Random } from '@quire/evaluation';
import { cnn, initialize, layers, type ParametersOf, Trainer } from '@quire/model';
import { type Jitted, jit, ops, optimizers, random, schedules, tf, valueAndGradients } from '@quire/runtime';
import * as late from '../../fusion/late.ts';
import { type EmojiRow, FRAMES, LANGUAGES, MELS, SIDE, type Split } from './rows.ts';
import { bags, tokenVocabulary, type Vocabulary } from './texts.ts';

export const MODALITIES = ['picture', 'text', 'sound'] as const;
export type Modality = (typeof MODALITIES)[number];

/** Numbers of the vector that an encoder makes. */
export const WIDTH = 64;

const PICTURES = cnn.config({ head: 'none', widths: [32, 64], groups: 4 });
const SOUNDS = cnn.config({ head: 'none', channels: 1, widths: [24, 48], groups: 4 });
/** Of a picture after the last block: 64 channels of 4 by 4. */
const LAST = 64 * (SIDE / 4) ** 2;
/** Of a frame of a sound after the last block: 48 channels of 4 bands. */
const HEARD = 48 * (MELS / 4);
/** Of the tokenizer of names. */
const TOKENS = 4000;

const SPECS = {
  picture: { cnn: cnn.spec(PICTURES), outer: layers.uniformLinearSpec(LAST, WIDTH) },
  text: { outer: layers.uniformLinearSpec(TOKENS, WIDTH) },
  sound: { cnn: cnn.spec(SOUNDS), outer: layers.uniformLinearSpec(2 * HEARD, WIDTH) },
} as const;
type Encoder<M extends Modality> = ParametersOf<(typeof SPECS)[M]>;

const ENCODERS: {
  [M in Modality]: (params: Encoder<M>, inputs: tf.Tensor, key?: random.Key) => tf.Tensor2D;
} = {
  picture: (params, inputs, key) => {
    const pixelValues = inputs as tf.Tensor4D;
    const last = cnn.forward(params.cnn, { pixelValues }, PICTURES).hiddenStates.at(-1)!;
    const flat = last.reshape([last.shape[0], LAST]); // (B, 64, 4, 4) -> (B, 1024)
    return layers.linear(dropped(flat, key), params.outer).relu() as tf.Tensor2D;
  },
  text: (params, inputs) => layers.linear(inputs as tf.Tensor2D, params.outer).relu() as tf.Tensor2D,
  sound: (params, inputs, key) => {
    const pixelValues = inputs as tf.Tensor4D;
    const last = cnn.forward(params.cnn, { pixelValues }, SOUNDS).hiddenStates.at(-1)!; // (B, 48, 12, 4)
    // The mean and the greatest over time; which band it is in stays.
    const both = tf.stack([last.mean(2), last.max(2)], 1); // (B, 48, 4) each -> (B, 2, 48, 4)
    const flat = both.reshape([last.shape[0], 2 * HEARD]); // (B, 2, 48, 4) -> (B, 384)
    return layers.linear(dropped(flat, key), params.outer).relu() as tf.Tensor2D;
  },
};

const DROPOUT = 0.3;

function dropped<T extends tf.Tensor>(x: T, key: random.Key | undefined): T {
  return key ? random.dropout(key, x, DROPOUT) : x;
}

const SHIFT = 1;

/** With `draw` moved, and mirrored or not. @returns float32 (B, 3, 16, 16) */
export function picturesOf(
  rows: readonly EmojiRow[],
  draw?: Random,
  { mirror = true }: { mirror?: boolean } = {},
): tf.Tensor4D {
  const data = new Float32Array(rows.length * 3 * SIDE * SIDE).fill(1);
  const shift = (): number => (draw ? Math.floor(draw() * (2 * SHIFT + 1)) - SHIFT : 0);
  for (const [i, { picture }] of rows.entries()) {
    const [down, right] = [shift(), shift()];
    const mirrored = draw !== undefined && mirror && draw() < 0.5;
    for (let plane = 0; plane < 3; plane++) {
      for (let y = Math.max(0, down); y < SIDE + Math.min(0, down); y++) {
        const from = (plane * SIDE + y - down) * SIDE;
        const to = ((i * 3 + plane) * SIDE + y) * SIDE;
        for (let x = Math.max(0, right); x < SIDE + Math.min(0, right); x++)
          data[to + x] = picture[from + (mirrored ? SIDE - 1 - x + right : x - right)]!;
      }
    }
  }
  return tf.tensor4d(data, [rows.length, 3, SIDE, SIDE]);
}

/**
 * With `draw` of any voice, by up to 0.1 s later and without some bands; silence where there is no sound.
 *
 * @returns float32 (B, 1, 48, 16)
 */
function soundsOf(rows: readonly EmojiRow[], draw?: Random): tf.Tensor4D {
  const data = new Float32Array(rows.length * FRAMES * MELS).fill(-1);
  for (const [i, { sounds }] of rows.entries()) {
    const sound = sounds[draw ? Math.floor(draw() * sounds.length) : 0];
    if (!sound) continue;
    const late = draw ? Math.floor(draw() * 4) : 0;
    const own = data.subarray((i * FRAMES + late) * MELS, (i + 1) * FRAMES * MELS);
    own.set(sound.subarray(0, own.length));
    const width = draw ? Math.floor(draw() * 4) : 0;
    const first = draw ? Math.floor(draw() * (MELS - width)) : 0;
    for (let at = 0; at < own.length; at += MELS) own.fill(-1, at + first, at + first + width);
  }
  return tf.tensor4d(data, [rows.length, 1, FRAMES, MELS]);
}

/** Names in all languages; with `draw` in about half of them. @returns float32 (B, 4000) */
function textsOf(rows: readonly EmojiRow[], tokens: Vocabulary, draw?: Random): tf.Tensor2D {
  const texts = rows.map(({ names }) =>
    LANGUAGES.filter(() => !draw || draw() < 0.5).map((language) => names[language]),
  );
  return bags(tokens, texts);
}

const STEPS = { picture: 400, text: 250, sound: 250 } as const;
const BATCH = 64;

/** A model of one modality: an encoder, and a linear classifier of groups. */
export interface ModalityModel {
  modality: Modality;
  /** float32 (groups, 64) and (groups) */
  head: { weight: tf.Tensor2D; bias: tf.Tensor1D };
  /** The encoder's vectors of rows, float32 (N, 64); the caller disposes them. */
  encode(rows: readonly EmojiRow[]): Promise<tf.Tensor2D>;
  dispose(): Promise<void>;
}

export interface TrainingOptions {
  /** Of initialization, order of examples and augmentations. */
  seed: number;
  /** Updates: what suits the modality, where not given. */
  steps?: number;
}

/**
 * Trains a model of one modality on `split.train`, and keeps it as it was when its loss on `split.validation` was least.
 * Rows that don't have the modality are left out.
 */
export async function trainModality<M extends Modality>(
  modality: M,
  split: Pick<Split, 'train' | 'validation'>,
  groups: number,
  { seed, steps = STEPS[modality] }: TrainingOptions,
): Promise<ModalityModel> {
  const spec = { encoder: SPECS[modality], head: layers.uniformLinearSpec(WIDTH, groups) };
  type Params = ParametersOf<typeof spec>;
  type Batch = { inputs: tf.Tensor; labels: tf.Tensor1D };
  const encoder = ENCODERS[modality] as (params: unknown, inputs: tf.Tensor, key?: random.Key) => tf.Tensor2D;
  const tokens = await tokenVocabulary(
    split.train.flatMap(({ names }) => Object.values(names)),
    TOKENS,
  );
  const inputsOf = (rows: readonly EmojiRow[], draw?: Random): tf.Tensor =>
    ({
      picture: () => picturesOf(rows, draw),
      text: () => textsOf(rows, tokens, draw),
      sound: () => soundsOf(rows, draw),
    })[modality]();
  const key = random.key(seed);
  const trainer = new Trainer<Params, EmojiRow, Batch>({
    params: (await initialize(spec, key)) as Params,
    loss: (params, { inputs, labels }, { key }) => {
      const [inner, outer] = key ? random.split(key) : [];
      const vectors = dropped(encoder(params.encoder, inputs, inner), outer);
      const logits = layers.linear(vectors, params.head);
      return ops.crossEntropy(logits, labels, { labelSmoothing: key ? 0.1 : 0 });
    },
    optimizer: optimizers.adamW({
      learningRate: schedules.cosine(3e-3, { steps, warmUp: Math.min(20, Math.floor(steps / 10)) }),
      weightDecay: 0.05,
    }),
    examples: split.train.filter((row) => has(row, modality)),
    collate: (rows, context) => ({
      inputs: inputsOf(rows, context && mulberry32(seed * 2 ** 16 + context.batch)),
      labels: labelsOf(rows),
    }),
    batchSize: BATCH,
    steps,
    seed,
    clipNorm: 1,
    threads: 1,
    validation: { examples: split.validation.filter((row) => has(row, modality)), every: 50, batchSize: 256 },
  });
  await trainer.train();
  key.dispose();
  const params = trainer.bestParams;
  const encode: Jitted<(params: unknown, inputs: tf.Tensor) => tf.Tensor2D> = jit(
    (params: unknown, inputs: tf.Tensor) => encoder(params, inputs),
    { threads: 1 },
  );
  return {
    modality,
    head: params.head as ModalityModel['head'],
    encode: async (rows) => {
      const parts: tf.Tensor2D[] = [];
      for (let at = 0; at < rows.length; at += 256) {
        const inputs = inputsOf(rows.slice(at, at + 256));
        const vectors = await encode(params.encoder, inputs);
        parts.push(tf.tensor2d((await vectors.data()) as Float32Array, vectors.shape as [number, number]));
        tf.dispose([inputs, vectors]);
      }
      const all = tf.concat(parts) as tf.Tensor2D;
      tf.dispose(parts);
      return all;
    },
    dispose: async () => {
      await encode.release();
      await trainer.dispose();
    },
  };
}

function has(row: EmojiRow, modality: Modality): boolean {
  return modality !== 'sound' || row.sounds.length > 0;
}

/** int32 (B) */
export function labelsOf(rows: readonly EmojiRow[]): tf.Tensor1D {
  return tf.tensor1d(
    rows.map(({ group }) => group),
    'int32',
  );
}

/** Encoded rows: what fusions take. */
export interface Encoded {
  /** float32 (N, 64) by modality */
  features: Record<Modality, tf.Tensor2D>;
  /** float32 (N) by modality: 1 for rows that have it */
  presence: Record<Modality, tf.Tensor1D>;
  /** int32 (N) */
  labels: tf.Tensor1D;
}

export type Models = Record<Modality, ModalityModel>;

/** The caller disposes it. */
export async function encodeRows(models: Models, rows: readonly EmojiRow[]): Promise<Encoded> {
  const features = {} as Encoded['features'];
  for (const modality of MODALITIES) features[modality] = await models[modality].encode(rows);
  const presence = Object.fromEntries(
    MODALITIES.map((modality) => [modality, tf.tensor1d(rows.map((row) => Number(has(row, modality))))]),
  ) as Encoded['presence'];
  return { features, presence, labels: labelsOf(rows) };
}

/** The parts of the modalities that aren't empty. */
export const SUBSETS: readonly (readonly Modality[])[] = Array.from({ length: 7 }, (_, i) =>
  MODALITIES.filter((_, m) => (i + 1) & (1 << m)),
);

/** A fused model: logits of rows of which only some modalities are seen. */
export interface FusedModel {
  /** @param seen one of `SUBSETS` @returns float32 (N, groups) */
  logits(encoded: Encoded, seen: readonly Modality[]): tf.Tensor2D;
  /** What logits are multiplied by, where these modalities are seen. */
  weights(seen: readonly Modality[]): Partial<Record<Modality, number>>;
  dispose(): void;
}

type Sharpness = Partial<Record<Modality, tf.Scalar>>;

/**
 * Late fusion of the models of one modality: `fusion.late`, whose classifiers are theirs, each with a temperature (Guo et
 * al. 2017, https://arxiv.org/abs/1706.04599), which is how much it counts. Temperatures are learned from examples that
 * none was trained on, for each part of the modalities on its own: a sound counts less where the name is read.
 *
 * @param validation examples that the models weren't trained on
 */
export function fuseLate(models: Models, validation: Encoded): FusedModel {
  const width = models.picture.head.bias.size;
  const heads = Object.fromEntries(
    MODALITIES.map((name) => {
      const { weight, bias } = models[name].head;
      const copies = {
        weight: tf.tensor2d(weight.dataSync(), weight.shape),
        bias: tf.tensor1d(bias.dataSync()),
      };
      return [name, copies];
    }),
  ) as Record<Modality, { weight: tf.Tensor2D; bias: tf.Tensor1D }>;
  const logits = (sharpness: Sharpness, { features, presence }: Encoded, seen: readonly Modality[]) => {
    const of = <T>(make: (name: Modality) => T) => Object.fromEntries(seen.map((name) => [name, make(name)]));
    const classifiers = of((name) => {
      const { weight, bias } = heads[name];
      return { weight: weight.mul(sharpness[name]!.exp()), bias: bias.mul(sharpness[name]!.exp()) };
    }) as late.LateParameters['classifiers'];
    const inputs = { features: of((name) => features[name]), presence: of((name) => presence[name]) };
    return late.forward({ classifiers }, inputs, { modalities: of(() => WIDTH), width }).fused;
  };
  const learned = new Map(
    SUBSETS.map((seen) => {
      const first = Object.fromEntries(seen.map((name) => [name, tf.scalar(0)])) as Sharpness;
      const loss = (own: Sharpness) => ops.crossEntropy(logits(own, validation, seen), validation.labels);
      return [seen.join('+'), minimized(loss, first)];
    }),
  );
  return {
    logits: (encoded, seen) => tf.tidy(() => logits(learned.get(seen.join('+'))!, encoded, seen)),
    weights: (seen) =>
      Object.fromEntries(
        seen.map((name) => [name, Math.exp(learned.get(seen.join('+'))![name]!.dataSync()[0]!)]),
      ) as Partial<Record<Modality, number>>,
    dispose: () => tf.dispose([...learned.values(), heads] as never),
  };
}

/** By Adam. @param first is disposed */
function minimized(loss: (params: Sharpness) => tf.Scalar, first: Sharpness): Sharpness {
  const optimizer = optimizers.adam({ learningRate: 0.1 });
  let params = first;
  let state = optimizer.init(params);
  for (let step = 0; step < 60; step++) {
    const next = tf.tidy(() => optimizer.update(valueAndGradients(loss, params).gradients, state, params));
    tf.dispose([params as never, state as never]);
    params = next.params as Sharpness;
    state = next.state as typeof state;
  }
  tf.dispose(state as never);
  return params;
}

/** The share of rows whose group is right, where only some modalities are seen; with none it is 1 of the groups. */
export function accuracy(model: FusedModel, encoded: Encoded, seen: readonly Modality[]): number {
  return tf.tidy(
    () => model.logits(encoded, seen).argMax(-1).equal(encoded.labels).cast('float32').mean().dataSync()[0]!,
  );
}
