import { tf } from '@quire/runtime';
import { beforeAll, expect, test } from 'vitest';
import {
  accuracy,
  type EmojiRow,
  encodeRows,
  families,
  fuseLate,
  loadEmojiRows,
  MODALITIES,
  type Models,
  meanInterval,
  recallByLanguage,
  type Split,
  type SUBSETS,
  splitByFamily,
  trainModality,
  trainRetrieval,
} from './index.ts';

const GROUPS = ['animals-nature', 'food-drink', 'travel-places'];
const SEED = 3;
let rows: EmojiRow[];
let split: Split;

beforeAll(async () => {
  ({ rows } = await loadEmojiRows({ spoken: 'sample', groups: GROUPS }));
  split = splitByFamily(rows, SEED);
}, 120_000);

test('emoji that differ in gender, direction, colour or number, or hardly to the eye, are of one family', () => {
  const [red, green] = [new Float32Array(12).fill(1), new Float32Array(12).fill(-1)];
  const alike = (
    a: [hexcode: string, name: string, picture: Float32Array],
    b: [hexcode: string, name: string, picture: Float32Array],
  ) => new Set(families([a, b].map(([hexcode, name, picture]) => ({ hexcode, name, picture })))).size === 1;
  expect(alike(['1F469-200D-1F373', 'woman cook', red], ['1F9D1-200D-1F373', 'chef', green])).toBe(true);
  expect(alike(['1F550', 'one o’clock', red], ['1F551', 'two o’clock', green])).toBe(true);
  expect(alike(['2764-FE0F', 'red heart', red], ['1F49A', 'green heart', green])).toBe(true);
  expect(alike(['1F1F3', 'flag: Norway', red], ['1F1E7', 'flag: Bouvet Island', red.slice()])).toBe(true);
  expect(alike(['1F1F3', 'flag: Norway', red], ['1F1E7', 'flag: Brazil', green])).toBe(false);
  expect(alike(['1F415', 'dog', red], ['1F408', 'cat', green])).toBe(false);
});

test('a split has each emoji once, no family twice, and is another one for another seed', () => {
  const parts = [split.train, split.validation, split.test];
  expect(new Set(parts.flat()).size).toBe(rows.length);
  expect(parts.flat().length).toBe(rows.length);
  const kin = parts.map((part) => new Set(part.map(({ family }) => family)));
  expect(kin.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(rows.map(({ family }) => family)).size);
  expect(split.test.length / rows.length).toBeCloseTo(0.2, 1);
  expect(split.validation.length / rows.length).toBeCloseTo(0.1, 1);
  const other = splitByFamily(rows, SEED + 1);
  expect(other.test).not.toEqual(split.test);
  expect(splitByFamily(rows, SEED).test).toEqual(split.test);
});

test('models of one modality and their fusion learn more than the most frequent group, with a modality missing too', {
  timeout: 120_000,
}, async () => {
  const before = tf.memory().numTensors;
  const models = {} as Models;
  for (const modality of MODALITIES)
    models[modality] = await trainModality(modality, split, GROUPS.length, {
      seed: SEED,
      steps: modality === 'sound' ? 5 : 40,
    });
  const validation = await encodeRows(models, split.validation);
  const held = await encodeRows(models, split.test);
  const fused = fuseLate(models, validation);
  const of = (...seen: (typeof SUBSETS)[number]) => accuracy(fused, held, seen);
  const counts = GROUPS.map((_, group) => split.test.filter((row) => row.group === group).length);
  const majority = Math.max(...counts) / split.test.length;
  expect(of('picture')).toBeGreaterThan(majority + 0.1);
  expect(of('text')).toBeGreaterThan(majority + 0.1);
  expect(of('picture', 'text', 'sound')).toBeGreaterThan(majority + 0.2);
  // Nobody says these names: whatever stands in the place of their sounds changes nothing.
  const silent = await encodeRows(
    models,
    split.test.filter(({ sounds }) => sounds.length === 0),
  );
  const noise = tf.fill(silent.features.sound.shape, Number.NaN) as tf.Tensor2D;
  const unheard = fused.logits(silent, MODALITIES);
  const ignored = fused.logits({ ...silent, features: { ...silent.features, sound: noise } }, MODALITIES);
  expect(await ignored.data()).toEqual(await unheard.data());
  tf.dispose([validation as never, held as never, silent as never, noise, unheard, ignored]);
  fused.dispose();
  for (const model of Object.values(models)) await model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('the same seed trains the same model', { timeout: 120_000 }, async () => {
  const vectors = async (seed: number) => {
    const model = await trainModality('text', split, GROUPS.length, { seed, steps: 10 });
    const encoded = await model.encode(split.test);
    const numbers = await encoded.data();
    encoded.dispose();
    await model.dispose();
    return numbers;
  };
  const first = await vectors(1);
  expect(await vectors(1)).toEqual(first);
  expect(await vectors(2)).not.toEqual(first);
});

test('pictures that were held out are found by their names', { timeout: 120_000 }, async () => {
  const before = tf.memory().numTensors;
  const model = await trainRetrieval(split.train, { seed: SEED, leftOut: 'pt', steps: 30 });
  const recalls = await recallByLanguage(model, split.test);
  await model.dispose();
  const learned = Object.entries(recalls).filter(([language]) => language !== 'pt');
  const mean = learned.reduce((sum, [, { recall }]) => sum + recall, 0) / learned.length;
  expect(recalls.en.chance).toBeCloseTo(10 / split.test.length, 6);
  expect(mean).toBeGreaterThan(1.5 * recalls.en.chance);
  expect(recalls.pt.recall).toBeGreaterThan(recalls.pt.chance);
  expect(tf.memory().numTensors).toBe(before);
});

test('an interval is that of Student’s t', () => {
  const { mean, margin } = meanInterval([1, 2, 3]);
  expect(mean).toBe(2);
  expect(margin).toBeCloseTo(4.303 / Math.sqrt(3), 6);
  expect(() => meanInterval([1])).toThrow('2 to 10 numbers are needed for an interval, not 1.');
});
