/** The emoji set as rows of three modalities, and splits that keep near copies together. */
import { type EmojiLanguage, loadEmoji, loadEmojiPictures, loadSpokenWords } from '@quire/datasets';
import { mulberry32 } from '@quire/evaluation';
import { jit, tf } from '@quire/runtime';
import { logMelSpectrogram } from '../../sound/log-mel.ts';

export const LANGUAGES = ['de', 'en', 'es', 'fr', 'it', 'ja', 'pt', 'ru', 'tr', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number] & EmojiLanguage;

/** Pixels of a side of `EmojiRow.picture`. */
export const SIDE = 16;
/** Bands and frames of `EmojiRow.sounds`: frames of 40 ms, of which there are 1.92 s. */
export const MELS = 16;
export const FRAMES = 48;

export interface EmojiRow {
  emoji: string;
  hexcode: string;
  /** Its place in `EmojiRows.groups`. */
  group: number;
  /** One of Unicode's 99 subgroups, such as `animal-mammal`. */
  subgroup: string;
  /** The same number for emoji that hardly differ: see `families`. */
  family: number;
  /** (3, 16, 16), on white, from -1 to 1. */
  picture: Float32Array;
  names: Record<Language, string>;
  keywords: Record<Language, string[]>;
  /** Of each voice that says the English name: log-mels (48 frames, 16 bands), about -1 to 1; none where nobody says it. */
  sounds: Float32Array[];
}

export interface EmojiRows {
  rows: EmojiRow[];
  /** Unicode's groups, such as `animals-nature`. */
  groups: string[];
}

export interface EmojiRowsOptions {
  /**
   * `names`: all have sounds in two voices, which are made with eSpeak NG the first time that they are asked for;
   * `sample`: the 50 of the committed clips, in four voices.
   */
  spoken: 'names' | 'sample';
  /** Of which groups; all where not given. */
  groups?: readonly string[];
}

/** Emoji in Unicode's order: 1,911 of all groups. */
export async function loadEmojiRows({ spoken, groups: wanted }: EmojiRowsOptions): Promise<EmojiRows> {
  const [emoji, pictures] = await Promise.all([loadEmoji({ languages: LANGUAGES }), loadEmojiPictures()]);
  const all = emoji.filter(({ group }) => wanted?.includes(group) ?? true);
  const words = await loadSpokenWords({ clips: spoken, kind: 'emoji', languages: ['en'] });
  const levels = await logMels(words.map(({ samples }) => samples));
  const sounds = new Map<string, Float32Array[]>();
  for (const [i, { label }] of words.entries()) sounds.set(label, [...(sounds.get(label) ?? []), levels[i]!]);
  const groups = [...new Set(all.map(({ group }) => group))];
  const drawn = all.map(({ hexcode }) => pixels(pictures.rgba(hexcode)));
  const kin = families(all.map(({ hexcode, names }, i) => ({ hexcode, name: names.en, picture: drawn[i]! })));
  const rows = all.map(
    ({ emoji, hexcode, group, subgroup, names, keywords }, i): EmojiRow => ({
      emoji,
      hexcode,
      group: groups.indexOf(group),
      subgroup,
      family: kin[i]!,
      picture: drawn[i]!,
      names,
      keywords,
      sounds: sounds.get(hexcode) ?? [],
    }),
  );
  return { rows, groups };
}

/** On white, means of squares of 4 by 4, from -1 to 1. @param rgba (64, 64, 4) @returns (3, 16, 16) */
function pixels(rgba: Uint8Array): Float32Array {
  const planes = new Float32Array(3 * SIDE * SIDE).fill(-1);
  for (let at = 0; at < 64 * 64; at++) {
    const alpha = rgba[4 * at + 3]! / 255;
    const to = (at >> 8) * SIDE + ((at & 63) >> 2);
    for (let c = 0; c < 3; c++)
      planes[c * SIDE * SIDE + to]! += ((rgba[4 * at + c]! / 255 - 1) * alpha + 1) / 8;
  }
  return planes;
}

/** Words of English names that tell emoji of one family apart. */
const VARIANTS = new Set(
  `man woman men women person people boy girl adult child mr mrs old older face skin tone
   left right up down leftwards rightwards upwards downwards facing small large
   red orange yellow green blue purple brown black white grey pink light dark medium
   one two three four five six seven eight nine ten eleven twelve`.split(/\s+/),
);

/** Greatest mean difference of pixels, of 2, of pictures that count as one: flags of one country by two names. */
const NEAR = 0.02;

/**
 * Which emoji hardly differ, as a number for each: those whose code points are the same but for gender and direction,
 * whose English names are the same but for words of gender, direction, size, colour and number (and what comes after a
 * colon, but for flags), or whose pictures are nearly the same. A split between them would test what was learned by heart.
 */
export function families(
  emoji: readonly { hexcode: string; name: string; picture: Float32Array }[],
): number[] {
  const parents = emoji.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parents[at] !== at) at = parents[at]!;
    return at;
  };
  const firsts = new Map<string, number>();
  for (const [i, { hexcode, name, picture }] of emoji.entries()) {
    for (const key of [codeOf(hexcode), nameOf(name)]) {
      const first = firsts.get(key);
      if (first === undefined) firsts.set(key, i);
      else parents[root(i)] = root(first);
    }
    for (let k = 0; k < i; k++) if (near(picture, emoji[k]!.picture)) parents[root(i)] = root(k);
  }
  return emoji.map((_, i) => root(i));
}

function codeOf(hexcode: string): string {
  return hexcode
    .replace(/-FE0F/g, '')
    .replace(/-200D-(2640|2642|27A1|2194|2195)/g, '')
    .replace(/^(1F468|1F469)(?=-|$)/, '1F9D1'); // man, woman: person
}

function nameOf(name: string): string {
  const [before = '', flag] = name.toLowerCase().split(': ');
  const kept = before === 'flag' ? `flag ${flag}` : before;
  const words = kept.split(/[\s,-]+/).filter((word) => !VARIANTS.has(word));
  return `name ${words.join(' ')}`;
}

/** Whether the mean difference is below `NEAR`. */
function near(a: Float32Array, b: Float32Array): boolean {
  const most = NEAR * a.length;
  let sum = 0;
  for (let i = 0; i < a.length && sum < most; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum < most;
}

/** Log-mels of clips at 16 kHz: what is longer than 1.92 s is cut off. @returns (48, 16) of each */
async function logMels(clips: readonly Float32Array[]): Promise<Float32Array[]> {
  const hop = 640;
  const length = FRAMES * hop;
  const levels = jit((waves: tf.Tensor2D) =>
    logMelSpectrogram(waves, {
      sampleRate: 16_000,
      fftSize: 1024,
      hopLength: hop,
      mels: MELS,
      reference: 'max',
    })
      .slice([0, 0, 0], [waves.shape[0], MELS, FRAMES])
      .transpose([0, 2, 1]) // (B, MELS, FRAMES) -> (B, FRAMES, MELS)
      .div(40)
      .add(1),
  );
  const found: Float32Array[] = [];
  const batch = 64;
  for (let at = 0; at < clips.length; at += batch) {
    const own = clips.slice(at, at + batch);
    const data = new Float32Array(batch * length);
    for (const [i, samples] of own.entries()) data.set(samples.subarray(0, length), i * length);
    const waves = tf.tensor2d(data, [batch, length]);
    const computed = await levels(waves);
    const numbers = (await computed.data()) as Float32Array;
    const size = FRAMES * MELS;
    for (const i of own.keys()) found.push(numbers.slice(i * size, (i + 1) * size));
    tf.dispose([waves, computed]);
  }
  await levels.release();
  return found;
}

export interface Split {
  train: EmojiRow[];
  /** For choices, and for what fuses models. */
  validation: EmojiRow[];
  /** Held out: about a fifth. */
  test: EmojiRow[];
}

/** Families drawn at random: a fifth of the emoji for test, a tenth for validation, the rest for training. */
export function splitByFamily(rows: readonly EmojiRow[], seed: number): Split {
  const draw = mulberry32(seed);
  const places = new Map<number, number>();
  for (const { family } of rows) if (!places.has(family)) places.set(family, draw());
  const drawn = [...places].sort(([, a], [, b]) => a - b);
  const parts: Split = { train: [], validation: [], test: [] };
  for (const [own] of drawn) {
    const members = rows.filter(({ family }) => family === own);
    if (parts.test.length < rows.length / 5) parts.test.push(...members);
    else if (parts.validation.length < rows.length / 10) parts.validation.push(...members);
    else parts.train.push(...members);
  }
  return parts;
}
