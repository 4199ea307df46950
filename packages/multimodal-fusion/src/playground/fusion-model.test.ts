import { random, tf } from '@quire/runtime';
import { beforeAll, describe, expect, test } from 'vitest';
import { fusion } from '../index.ts';
import type { Picture } from '../pictures/picture.ts';
import { fusionPlayground } from './fusion-model.ts';

const labels = ['cat', 'dog', 'owl'];
const picture: Picture = { data: Uint8Array.of(250, 10, 30, 90, 200, 60), width: 2, height: 1, channels: 3 };

/** How often each of six letters is in a text. */
const encodeText = (text: string): tf.Tensor2D =>
  tf.tensor2d([[...'abcdeg'].map((letter) => text.split(letter).length - 1)]);
/** The mean colour. */
const encodePicture = ({ data, channels }: Picture): tf.Tensor2D =>
  tf.tidy(
    () =>
      tf
        .tensor(Array.from(data), [1, data.length / channels, channels])
        .mean(1)
        .div(255) as tf.Tensor2D,
  );

describe('a fusion in the playground', () => {
  const config = { modalities: { text: 6, picture: 3 }, width: 5 };
  let params: fusion.gated.GatedParameters;
  let head: tf.Tensor2D;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    params = await fusion.gated.init(config, random.key(1));
    head = tf.tensor2d(
      Array.from({ length: 15 }, (_, i) => Math.sin(3 * i)),
      [5, 3],
    );
  });
  const forward = (inputs: fusion.FusionInputs) => {
    const { fused } = fusion.gated.forward(params, inputs, config);
    return { logits: fused.matMul(head).mul(4) as tf.Tensor2D, vectors: fused };
  };
  const direct = (features: Record<string, tf.Tensor2D>): number[] =>
    tf.tidy(() => Array.from(forward({ features }).logits.softmax().dataSync()));
  const model = () =>
    fusionPlayground({ labels, encoders: { text: encodeText, picture: encodePicture }, forward });
  const values = (scored: readonly { value: number }[] | undefined): number[] =>
    scored!.map(({ value }) => value);
  const close = (a: readonly number[], b: readonly number[]): void =>
    expect(a).toEqual(b.map((value) => expect.closeTo(value, 5)));

  test('predicts what the model does, with all, and without what is absent or weighs nothing', async () => {
    const [text, seen] = [encodeText('a bad egg'), encodePicture(picture)];
    const { modalities, predict } = model();
    expect(modalities).toEqual(['text', 'picture']);
    const both = await predict({ text: 'a bad egg', picture, weights: { text: 1, picture: 1 } });
    expect(both.predictions.map(({ label }) => label)).toEqual(labels);
    close(values(both.predictions), direct({ text, picture: seen }));
    close(values((await predict({ text: 'a bad egg', weights: {} })).predictions), direct({ text }));
    const unseen = await predict({ text: 'a bad egg', picture, weights: { text: 1, picture: 0 } });
    close(values(unseen.predictions), direct({ text }));
    expect(unseen.attributions![1]).toEqual({ label: 'picture', value: expect.closeTo(0, 6) });
  });

  test('a weight between is between, and attributions add up to what is gained over nothing', async () => {
    const [text, seen] = [encodeText('a bad egg'), encodePicture(picture)];
    const weights = { text: 1, picture: 0.25 };
    const { predictions, attributions } = await model().predict({ text: 'a bad egg', picture, weights });
    const [withBoth, alone] = [direct({ text, picture: seen }), direct({ text })];
    const expected = withBoth.map((p, i) => 0.25 * p + 0.75 * alone[i]!);
    close(values(predictions), expected);
    const nothing = direct({ text: tf.zeros([1, 6]) }).map(() => 1 / 3);
    const first = expected.indexOf(Math.max(...expected));
    const sum = values(attributions).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(expected[first]! - nothing[first]!, 5);
  });

  test('similarities are cosines, and no tensor stays', async () => {
    const vectors = tf.tidy(
      () => forward({ features: { text: encodeText('egg') } }).vectors.concat(tf.ones([1, 5])) as tf.Tensor2D,
    );
    const known = { labels: ['an egg', 'ones'], vectors };
    const asked = fusionPlayground({ labels, encoders: { text: encodeText }, forward, known });
    const before = tf.memory().numTensors;
    const { similarities } = await asked.predict({ text: 'egg', weights: { text: 1 } });
    expect(tf.memory().numTensors).toBe(before);
    expect(similarities![0]).toEqual({ label: 'an egg', value: expect.closeTo(1, 5) });
    expect(Math.abs(similarities![1]!.value)).toBeLessThan(0.999);
    vectors.dispose();
  });

  test('a fusion of tokens is asked with tokens, and an encoder that fails leaves no tensor', async () => {
    const tokens = { modalities: { text: 3, picture: 3 }, width: 4, heads: 2 };
    const attended = await fusion.crossAttention.init(tokens, random.key(2));
    const { predict } = fusionPlayground({
      labels: ['a', 'b', 'c', 'd'],
      encoders: {
        text: (text) => tf.ones([1, text.length, 3]) as tf.Tensor3D,
        picture: ({ width }) => {
          if (width > 1) throw new Error('too wide');
          return tf.zeros([1, 1, 3]) as tf.Tensor3D;
        },
      },
      forward: (inputs) => ({ logits: fusion.crossAttention.forward(attended, inputs, tokens).fused }),
    });
    const { predictions } = await predict({ text: 'four', weights: { text: 0.5, picture: 1 } });
    expect(values(predictions).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    const before = tf.memory().numTensors;
    await expect(predict({ text: 'four', picture, weights: {} })).rejects.toThrow('too wide');
    expect(tf.memory().numTensors).toBe(before);
  });

  test('what does not fit is refused', async () => {
    expect(() => fusionPlayground({ labels, encoders: {}, forward })).toThrow('an encoder and a label');
    const known = { labels: ['one'], vectors: tf.ones<tf.Rank.R2>([2, 5]) };
    expect(() => fusionPlayground({ labels, encoders: { text: encodeText }, forward, known })).toThrow(
      '1 labels are given for 2 known vectors',
    );
    const few = fusionPlayground({ labels: ['cat'], encoders: { text: encodeText }, forward });
    await expect(few.predict({ text: 'a', weights: {} })).rejects.toThrow('have to be (2, 1), and are [2,3]');
  });
});
