import { loadSpokenWords, type SpokenWord } from '@quire/datasets';
import { cnn, Trainer } from '@quire/model';
import { ops, optimizers, random, tf } from '@quire/runtime';
import { expect, test } from 'vitest';
import { soundAugment } from '../index.ts';
import { logMelSpectrogram } from './log-mel.ts';

const SAMPLES = 9_600;
const config = cnn.config({
  channels: 1,
  widths: [8, 16, 32],
  layersPerBlock: 1,
  groups: 4,
  labels: Array.from({ length: 10 }, (_, digit) => String(digit)),
});

/** (B, T) -> (B, 1, frames, mels), shifted and masked where there is a key. */
function pictures(waves: tf.Tensor2D, key?: random.Key): tf.Tensor4D {
  const [shift, mask] = key ? random.split(key) : [];
  const moved = shift ? soundAugment.timeShift(shift, waves, 400) : waves;
  const levels = logMelSpectrogram(moved, { sampleRate: 16_000, fftSize: 256, hopLength: 256, mels: 32 });
  const scaled = levels.div(40).add(1) as tf.Tensor3D;
  const options = { frequencyMasks: 1, maxFrequencies: 4, timeMasks: 1, maxFrames: 5, fill: 'mean' } as const;
  const seen = mask ? soundAugment.specAugment(mask, scaled, options) : scaled;
  return seen.transpose([0, 2, 1]).expandDims(1) as tf.Tensor4D; // (B, mels, F) -> (B, F, mels) -> (B, 1, F, mels)
}

test('a CNN learns digits from log-mels that are augmented within the training graph', async () => {
  const clips = await loadSpokenWords({ kind: 'digit', languages: ['en'] });
  const of = (split: SpokenWord['split']): SpokenWord[] => clips.filter((clip) => clip.split === split);
  const before = tf.memory().numTensors;
  const key = random.key(1);
  const trainer = new Trainer({
    params: await cnn.init(config, key),
    loss: (
      params: cnn.CnnParameters,
      { waves, labels }: { waves: tf.Tensor2D; labels: tf.Tensor1D },
      { key },
    ) => {
      const { logits } = cnn.forward(params, { pixelValues: pictures(waves, key) }, config);
      const accuracy = logits!.argMax(-1).equal(labels).cast('float32').mean() as tf.Scalar;
      return { loss: ops.crossEntropy(logits as tf.Tensor2D, labels), metrics: { accuracy } };
    },
    optimizer: optimizers.adamW({ learningRate: 1e-2 }),
    examples: of('train'),
    collate: (rows) => {
      const samples = new Float32Array(rows.length * SAMPLES);
      for (const [i, row] of rows.entries()) samples.set(row.samples.subarray(0, SAMPLES), i * SAMPLES);
      return {
        waves: tf.tensor2d(samples, [rows.length, SAMPLES]),
        labels: tf.tensor1d(
          rows.map(({ label }) => Number(label)),
          'int32',
        ),
      };
    },
    batchSize: 20,
    steps: 60,
  });
  const { losses } = await trainer.train();
  expect(losses.slice(-5).reduce((a, b) => a + b) / 5).toBeLessThan(0.6 * losses[0]!);
  // Voices that weren't heard in training; chance is 0.1.
  const { accuracy } = await trainer.evaluate([...of('validation'), ...of('test')]);
  expect(accuracy).toBeGreaterThan(0.5);
  await trainer.dispose();
  key.dispose();
  expect(tf.memory().numTensors).toBe(before);
}, 60_000);
