/**
 * Which group an emoji is of, by its picture, its names and how its name sounds; and pictures found by names. Features
 * are plain, so that it takes minutes: pixels of 12 by 12, hashed trigrams of letters, log-mels in eight parts.
 */
import { type EmojiLanguage, loadEmoji, loadEmojiPictures, loadSpokenWords } from '@quire/datasets';
import { initialize, layers, type ParametersOf, Trainer } from '@quire/model';
import { ops, optimizers, random, schedules, tf } from '@quire/runtime';
import * as gated from '../fusion/gated.ts';
import { modalityDropout } from '../fusion/modalities.ts';
import { clipLoss, temperatureSpec } from '../objectives/contrastive.ts';
import { type Recall, recallAtK, search } from '../retrieval/search.ts';
import { logMelSpectrogram } from '../sound/log-mel.ts';

export const LANGUAGES = ['de', 'en', 'es', 'fr', 'it', 'ja', 'pt', 'ru', 'tr', 'zh'] as const;
type Language = (typeof LANGUAGES)[number] & EmojiLanguage;

const SIDE = 12;
const MELS = 24;
const PARTS = 8;
const WIDTHS = { picture: SIDE * SIDE * 3, text: 4096, sound: MELS * PARTS } as const;
export type Modality = keyof typeof WIDTHS;
export const MODALITIES = Object.keys(WIDTHS) as Modality[];

export interface EmojiFeatures {
  hexcode: string;
  group: number;
  picture: Float32Array;
  /** Hashed trigrams of its name by language. */
  names: Record<Language, Float32Array>;
  /** Of all languages together. */
  text: Float32Array;
  /** One for each voice; none of most emoji. */
  sounds: Float32Array[];
}

export async function emojiFeatures(): Promise<{ rows: EmojiFeatures[]; groups: string[] }> {
  const [all, pictures] = [await loadEmoji({ languages: LANGUAGES }), await loadEmojiPictures()];
  const words = await loadSpokenWords({ kind: 'emoji', languages: ['en'] });
  const groups = [...new Set(all.map(({ group }) => group))];
  const sounds = new Map<string, Float32Array[]>();
  for (const { label, samples } of words) {
    sounds.set(label, [...(sounds.get(label) ?? []), soundFeatures(samples)]);
  }
  const rows = all.map(({ hexcode, group, names }): EmojiFeatures => {
    const hashed = Object.fromEntries(
      LANGUAGES.map((language) => [language, trigrams([names[language]])]),
    ) as EmojiFeatures['names'];
    return {
      hexcode,
      group: groups.indexOf(group),
      picture: pixels(pictures.rgba(hexcode)),
      names: hashed,
      text: trigrams(LANGUAGES.map((language) => names[language])),
      sounds: sounds.get(hexcode) ?? [],
    };
  });
  return { rows, groups };
}

/** On white, means of squares, from -1 to 1. @param rgba (64, 64, 4) @returns (12, 12, 3) */
function pixels(rgba: Uint8Array): Float32Array {
  const sums = new Float32Array(WIDTHS.picture);
  const counts = new Float32Array(SIDE * SIDE);
  for (let at = 0; at < 64 * 64; at++) {
    const square = Math.floor(((at >> 6) * SIDE) / 64) * SIDE + Math.floor(((at & 63) * SIDE) / 64);
    const alpha = rgba[4 * at + 3]! / 255;
    counts[square]!++;
    for (let c = 0; c < 3; c++) sums[3 * square + c]! += (rgba[4 * at + c]! / 255 - 1) * alpha + 1;
  }
  return sums.map((sum, i) => (2 * sum) / counts[Math.floor(i / 3)]! - 1);
}

/** Hashed to 4,096 places by FNV-1a, as a vector of length √32, so that a layer sees numbers of usual size. */
function trigrams(texts: readonly string[]): Float32Array {
  const counts = new Float32Array(WIDTHS.text);
  for (const text of texts) {
    const letters = [' ', ...text.toLowerCase(), ' '];
    for (let n = 1; n <= 3; n++) {
      for (let i = 0; i + n <= letters.length; i++) {
        let hash = 0x811c9dc5;
        for (const byte of Buffer.from(letters.slice(i, i + n).join('')))
          hash = Math.imul(hash ^ byte, 0x01000193);
        counts[(hash >>> 0) % WIDTHS.text]!++;
      }
    }
  }
  const length = Math.hypot(...counts);
  return counts.map((count) => (count * Math.sqrt(32)) / length);
}

/** Log-mels, the mean over each eighth of the clip. */
function soundFeatures(samples: Float32Array): Float32Array {
  return tf.tidy(() => {
    const levels = logMelSpectrogram(tf.tensor2d(samples, [1, samples.length]), {
      sampleRate: 16_000,
      fftSize: 400,
      hopLength: 160,
      mels: MELS,
    });
    const frames = levels.shape[2];
    const parts = Array.from({ length: PARTS }, (_, i) => {
      const from = Math.floor((i * frames) / PARTS);
      return levels.slice([0, 0, from], [1, MELS, Math.floor(((i + 1) * frames) / PARTS) - from]).mean(2);
    });
    return tf.concat(parts, 1).div(20).add(2).dataSync() as Float32Array; // (1, MELS) each -> (1, PARTS MELS)
  });
}

interface Example {
  row: EmojiFeatures;
  sound: Float32Array | undefined;
}

const examplesOf = (rows: readonly EmojiFeatures[]): Example[] =>
  rows.flatMap((row): Example[] =>
    row.sounds.length ? row.sounds.map((sound) => ({ row, sound })) : [{ row, sound: undefined }],
  );

function collate(examples: readonly Example[]) {
  const matrix = (width: number, of: (example: Example) => Float32Array | undefined) => {
    const data = new Float32Array(examples.length * width);
    for (const [i, example] of examples.entries()) data.set(of(example) ?? [], i * width);
    return tf.tensor2d(data, [examples.length, width]);
  };
  return {
    features: {
      picture: matrix(WIDTHS.picture, ({ row }) => row.picture),
      text: matrix(WIDTHS.text, ({ row }) => row.text),
      sound: matrix(WIDTHS.sound, ({ sound }) => sound),
    },
    heard: tf.tensor1d(examples.map(({ sound }) => Number(sound !== undefined))),
    labels: tf.tensor1d(
      examples.map(({ row }) => row.group),
      'int32',
    ),
  };
}
type Batch = ReturnType<typeof collate>;

const WIDTH = 64;

/** The accuracy on held-out emoji for each part of the modalities in `asked`; one without a spoken name is unheard. */
export async function classifierAccuracies(
  { rows, groups }: Awaited<ReturnType<typeof emojiFeatures>>,
  held: readonly EmojiFeatures[],
  {
    modalities,
    asked,
    seed,
    steps,
  }: {
    /** Of the model. */
    modalities: readonly Modality[];
    /** For which parts of them accuracy is measured. */
    asked: readonly (readonly Modality[])[];
    seed: number;
    steps: number;
  },
): Promise<number[]> {
  const widths = Object.fromEntries(modalities.map((name) => [name, WIDTHS[name]]));
  const config = { modalities: Object.fromEntries(modalities.map((name) => [name, WIDTH])), width: WIDTH };
  const spec = {
    encoders: Object.fromEntries(
      modalities.map((name) => [name, layers.uniformLinearSpec(widths[name]!, WIDTH)]),
    ),
    fusion: gated.spec(config),
    classifier: layers.uniformLinearSpec(WIDTH, groups.length),
  };
  type Params = ParametersOf<typeof spec>;
  const logits = (
    params: Params,
    { features }: Batch,
    presence: Record<string, tf.Tensor1D>,
    key?: random.Key,
  ) => {
    const encoded = Object.fromEntries(
      modalities.map((name, i) => {
        const hidden = layers.linear(features[name], params.encoders[name]!).relu() as tf.Tensor2D;
        return [name, key ? random.dropout(random.foldIn(key, i), hidden, 0.3) : hidden];
      }),
    );
    return layers.linear(
      gated.forward(params.fusion, { features: encoded, presence }, config).fused,
      params.classifier,
    );
  };
  const key = random.key(seed);
  const known = rows.filter(
    (row) => !held.includes(row) && (modalities.length > 1 || modalities[0] !== 'sound' || row.sounds.length),
  );
  const trainer = new Trainer({
    params: (await initialize(spec, key)) as Params,
    loss: (params, batch: Batch, { key }) => {
      const had = { ...(modalities.includes('sound') && { sound: batch.heard }) };
      const presence =
        key && modalities.length > 1 ? modalityDropout(key, modalities, batch.labels.size, 0.25, had) : had;
      return ops.crossEntropy(logits(params, batch, presence, key), batch.labels);
    },
    optimizer: optimizers.adamW({ learningRate: schedules.cosine(3e-3, { steps }), weightDecay: 0.05 }),
    examples: examplesOf(known),
    collate,
    batchSize: 128,
    steps,
    seed,
    threads: 1,
  });
  await trainer.train();
  const batch = collate(examplesOf(held));
  const accuracies = asked.map((seen) =>
    tf.tidy(() => {
      const presence = Object.fromEntries(
        modalities.map((name) => [
          name,
          tf.fill([batch.labels.size], Number(seen.includes(name))) as tf.Tensor1D,
        ]),
      );
      const found = logits(trainer.params, batch, presence).argMax(-1);
      return found.equal(batch.labels).cast('float32').mean().dataSync()[0]!;
    }),
  );
  await trainer.dispose();
  tf.dispose([batch as never, key]);
  return accuracies;
}

/** Text to picture recall@10 on held-out emoji by language, of a model that was trained without the names of one. */
export async function retrieval(
  { rows }: { rows: readonly EmojiFeatures[] },
  { leftOut, seed, steps }: { leftOut: Language; seed: number; steps: number },
): Promise<Record<Language, Recall>> {
  const held = rows.filter((_, i) => i % 10 === seed % 10);
  const learned = LANGUAGES.filter((language) => language !== leftOut);
  const spec = {
    text: { inner: layers.uniformLinearSpec(WIDTHS.text, 256), outer: layers.uniformLinearSpec(256, 64) },
    picture: {
      inner: layers.uniformLinearSpec(WIDTHS.picture, 256),
      outer: layers.uniformLinearSpec(256, 64),
    },
    ...temperatureSpec(),
  };
  type Params = ParametersOf<typeof spec>;
  const encode = (x: tf.Tensor2D, { inner, outer }: Params['text'], key?: random.Key) => {
    const hidden = layers.linear(x, inner).relu() as tf.Tensor2D;
    return layers.linear(key ? random.dropout(key, hidden, 0.2) : hidden, outer);
  };
  const matrix = (vectors: readonly Float32Array[]) => {
    const width = vectors[0]!.length;
    const data = new Float32Array(vectors.length * width);
    for (const [i, vector] of vectors.entries()) data.set(vector, i * width);
    return tf.tensor2d(data, [vectors.length, width]);
  };
  const key = random.key(seed);
  const trainer = new Trainer({
    params: (await initialize(spec, key)) as Params,
    loss: (params, { text, picture }: { text: tf.Tensor2D; picture: tf.Tensor2D }, { key }) => {
      const [a, b] = key ? random.split(key) : [];
      return clipLoss(params, encode(text, params.text, a), encode(picture, params.picture, b));
    },
    optimizer: optimizers.adamW({ learningRate: schedules.cosine(2e-3, { steps }), weightDecay: 0.05 }),
    examples: rows.filter((row) => !held.includes(row)),
    collate: (examples: readonly EmojiFeatures[], context) => ({
      text: matrix(
        examples.map(({ names }, i) => names[learned[((context?.batch ?? 0) + i) % learned.length]!]),
      ),
      picture: matrix(examples.map(({ picture }) => picture)),
    }),
    batchSize: 256,
    dropLast: true,
    steps,
    seed,
    threads: 1,
  });
  await trainer.train();
  const pictures = matrix(held.map(({ picture }) => picture));
  const results = LANGUAGES.map((language) => {
    const texts = matrix(held.map(({ names }) => names[language]));
    const [queries, items] = tf.tidy(() => [
      layers.normalize(encode(texts, trainer.params.text)),
      layers.normalize(encode(pictures, trainer.params.picture)),
    ]) as [tf.Tensor2D, tf.Tensor2D];
    const recall = recallAtK(
      search(queries, items, 10),
      held.map((_, i) => [i]),
      { k: 10, items: held.length },
    );
    tf.dispose([texts, queries, items]);
    return [language, recall] as const;
  });
  await trainer.dispose();
  tf.dispose([pictures, key]);
  return Object.fromEntries(results) as Record<Language, Recall>;
}
