import { loadSpokenWords } from '@quire/datasets';
import { device, jit, ops, optimizers, tf, valueAndGradients } from '@quire/runtime';
import { describe, expect, it, test } from 'vitest';
import { absoluteError, reference, relativeError, thinned, zero } from './fixtures.ts';
import { decibels, logMelSpectrogram, whisperFeatures } from './log-mel.ts';
import { melFilterBank, melSpectrogram } from './mel.ts';
import { mfcc } from './mfcc.ts';
import { frameCount, spectrogram, stft } from './stft.ts';

const FRAMES = { fftSize: 512, hopLength: 128 } as const;
const MEL = { ...FRAMES, sampleRate: 16_000, mels: 64 } as const;
/** torchaudio's. */
const TORCH = {
  sampleRate: 16_000,
  fftSize: 400,
  hopLength: 200,
  mels: 40,
  melScale: 'htk',
  norm: 'none',
  padding: 'reflect',
} as const;

describe('the Fourier transform of frames', () => {
  it('has the numbers of librosa, with zeros or the wave mirrored around it', () => {
    tf.tidy(() => {
      const wave = zero();
      const { real, imaginary } = stft(wave, FRAMES);
      expect(real.shape).toEqual([1, 257, frameCount(8000, FRAMES)]);
      expect(relativeError(thinned(real, 7, 5), reference('stft real'))).toBeLessThan(1e-5);
      expect(relativeError(thinned(imaginary, 7, 5), reference('stft imaginary'))).toBeLessThan(1e-5);
      const mirrored = spectrogram(wave, { ...FRAMES, padding: 'reflect', power: 1 });
      expect(relativeError(thinned(mirrored, 7, 5), reference('stft reflect'))).toBeLessThan(1e-5);
    });
  });

  it('has windows shorter than frames, and frames without anything around', () => {
    tf.tidy(() => {
      const options = {
        fftSize: 512,
        hopLength: 200,
        windowLength: 400,
        window: 'hamming',
        center: false,
      } as const;
      const magnitudes = spectrogram(zero(), { ...options, power: 1 });
      expect(relativeError(thinned(magnitudes, 7, 5), reference('stft short window'))).toBeLessThan(1e-5);
    });
  });

  it('refuses waves without a frame, and sizes that are none', () => {
    tf.tidy(() => {
      const short = tf.zeros([1, 100]) as tf.Tensor2D;
      expect(() => stft(short, { ...FRAMES, center: false })).toThrow(
        'a wave of 100 samples has no frame of 512',
      );
      expect(() => stft(short, { ...FRAMES, padding: 'reflect' })).toThrow("can't be mirrored by 256");
      expect(() => stft(short, { fftSize: 64, windowLength: 65 })).toThrow('windowLength has to be');
      expect(() => stft(short, { fftSize: 64, hopLength: 0 })).toThrow('hopLength has to be');
    });
  });
});

describe('mel filters', () => {
  it('are those of librosa on both scales, normalized or not', () => {
    for (const melScale of ['slaney', 'htk'] as const) {
      for (const norm of ['slaney', 'none'] as const) {
        const filters = melFilterBank({
          sampleRate: 16_000,
          fftSize: 400,
          mels: 40,
          minFrequency: 20,
          maxFrequency: 7600,
          melScale,
          norm,
        });
        expect(absoluteError(filters, reference(`filters ${melScale} ${norm}`))).toBeLessThan(1e-6);
      }
    }
  });

  it('have their frequencies in order', () => {
    expect(() => melFilterBank({ sampleRate: 8000, fftSize: 256, maxFrequency: 5000 })).toThrow(
      'from 0 to 4000 Hz',
    );
  });
});

describe('features', () => {
  it('in mels, decibels and cepstra have the numbers of librosa', () => {
    tf.tidy(() => {
      const wave = zero();
      const mel = melSpectrogram(wave, MEL);
      expect(relativeError(thinned(mel, 1, 5), reference('mel'))).toBeLessThan(1e-5);
      expect(relativeError(thinned(decibels(mel), 1, 5), reference('decibels'))).toBeLessThan(1e-4);
      const relative = logMelSpectrogram(wave, { ...MEL, reference: 'max', range: 'none' });
      expect(relativeError(thinned(relative, 1, 5), reference('decibels max'))).toBeLessThan(1e-4);
      expect(relativeError(thinned(mfcc(wave, MEL), 1, 5), reference('mfcc'))).toBeLessThan(1e-4);
      const lifted = mfcc(wave, { ...MEL, coefficients: 13, lifter: 22 });
      expect(relativeError(thinned(lifted, 1, 5), reference('mfcc lifter'))).toBeLessThan(1e-4);
    });
  });

  it('have the numbers of torchaudio with its options', () => {
    tf.tidy(() => {
      const wave = zero();
      expect(
        relativeError(thinned(melSpectrogram(wave, TORCH), 1, 5), reference('torchaudio mel')),
      ).toBeLessThan(1e-5);
      const cepstra = mfcc(wave, { ...TORCH, coefficients: 13 });
      expect(relativeError(thinned(cepstra, 1, 5), reference('torchaudio mfcc'))).toBeLessThan(1e-4);
    });
  });

  it('of Whisper have the numbers of transformers', async () => {
    const wave = zero();
    for (const mels of [80, 128]) {
      const extract = jit((wave: tf.Tensor2D) => whisperFeatures(wave, { mels, seconds: 30 }));
      const features = await extract(wave);
      expect(features.shape).toEqual([1, mels, 3000]);
      const own = await features.toTensor();
      expect(absoluteError(thinned(own as tf.Tensor3D, 4, 3, 60), reference(`whisper ${mels}`))).toBeLessThan(
        1e-4,
      );
      tf.dispose([features, own]);
      await extract.release();
    }
    wave.dispose();
  });

  it('of each example are its own in a batch', () => {
    tf.tidy(() => {
      const wave = zero();
      const both = logMelSpectrogram(tf.concat([wave, wave.mul(0.3)]) as tf.Tensor2D, {
        ...MEL,
        reference: 'max',
      });
      const [first, second] = tf.unstack(both) as [tf.Tensor2D, tf.Tensor2D];
      expect(first.sub(second).abs().max().dataSync()[0]).toBeLessThan(0.01);
    });
  });

  it('need as many mels as coefficients', () => {
    expect(() => tf.tidy(() => mfcc(zero(), { ...MEL, coefficients: 65 }))).toThrow('from 1 to 64');
  });
});

test('compiled, features are the eager ones, on every device', async () => {
  const compute = (wave: tf.Tensor2D) => ({ cepstra: mfcc(wave, MEL), whisper: whisperFeatures(wave) });
  const wave = zero();
  const eager = tf.tidy(() => compute(wave));
  const { devices } = await device.list();
  const usable = devices.filter(({ available }) => available);
  expect(usable.map(({ name }) => name)).toContain('cpu');
  for (const { name } of usable) {
    const compiled = jit(compute, { device: name });
    const result = await compiled(wave);
    for (const key of ['cepstra', 'whisper'] as const) {
      const own = { data: (await eager[key].data()) as Float32Array };
      expect(relativeError(await result[key].data(), own), `${key} on ${name}`).toBeLessThan(1e-4);
    }
    tf.dispose(result as never);
    await compiled.release();
  }
  tf.dispose([wave, eager as never]);
});

test('gradients go through to the wave, compiled and not', async () => {
  const wave = zero();
  const target = tf.tidy(() => melSpectrogram(wave.mul(0.5) as tf.Tensor2D, MEL));
  const loss = (x: tf.Tensor2D, target: tf.Tensor3D): tf.Tensor =>
    melSpectrogram(x, MEL).sub(target).square().mean();
  const slope = tf.grad((x) => loss(x as tf.Tensor2D, target));
  const gradient = Float64Array.from(tf.tidy(() => slope(wave).dataSync()));
  // Against differences, at the sample of the greatest slope.
  const at = gradient.reduce((best, value, i) => (Math.abs(value) > Math.abs(gradient[best]!) ? i : best), 0);
  const step = 1e-2;
  const moved = (by: number): number =>
    tf.tidy(() => {
      const changed = (wave.dataSync() as Float32Array).slice();
      changed[at]! += by;
      return loss(tf.tensor2d(changed, [1, changed.length]), target).dataSync()[0]!;
    });
  const difference = (moved(step) - moved(-step)) / (2 * step);
  expect(Math.abs(difference - gradient[at]!) / Math.abs(difference)).toBeLessThan(0.05);
  const compiled = jit((x: tf.Tensor2D, target: tf.Tensor3D) =>
    valueAndGradients((x: tf.Tensor2D) => loss(x, target), x),
  );
  const { value, gradients } = await compiled(wave, target);
  expect(relativeError(await gradients.data(), { data: Float32Array.from(gradient) })).toBeLessThan(1e-4);
  tf.dispose([wave, target, value, gradients]);
});

test('digits are told apart by cepstra that are computed within the training graph', async () => {
  const clips = await loadSpokenWords({ kind: 'digit', languages: ['en', 'de'] });
  const most = Math.max(...clips.map(({ samples }) => samples.length));
  const batch = (split: (of: string) => boolean): { waves: tf.Tensor2D; labels: tf.Tensor1D } => {
    const own = clips.filter((clip) => split(clip.split));
    const samples = new Float32Array(own.length * most);
    for (const [i, clip] of own.entries()) samples.set(clip.samples, i * most);
    return {
      waves: tf.tensor2d(samples, [own.length, most]),
      labels: tf.tensor1d(
        own.map(({ label }) => Number(label)),
        'int32',
      ),
    };
  };
  const [train, held] = [batch((split) => split === 'train'), batch((split) => split !== 'train')];
  // Mean and deviation of each coefficient along each third of the word.
  const features = (waves: tf.Tensor2D): tf.Tensor2D => {
    const cepstra = mfcc(waves, {
      sampleRate: 16_000,
      fftSize: 400,
      hopLength: 160,
      mels: 40,
      coefficients: 13,
    }).div(50);
    const thirds = tf.split(cepstra.slice([0, 0, 0], [-1, -1, 3 * Math.floor(cepstra.shape[2]! / 3)]), 3, 2);
    return tf.concat(
      thirds.map((third) => third.mean(2)),
      1,
    ) as tf.Tensor2D;
  };
  const optimizer = optimizers.adamW({ learningRate: 0.05 });
  const logits = (params: { w: tf.Tensor2D; b: tf.Tensor1D }, waves: tf.Tensor2D): tf.Tensor2D =>
    features(waves).matMul(params.w).add(params.b) as tf.Tensor2D;
  const step = jit((params, moments, waves: tf.Tensor2D, labels: tf.Tensor1D) => {
    const { value, gradients } = valueAndGradients(
      (p: typeof params) => ops.crossEntropy(logits(p, waves), labels),
      params,
    );
    const next = optimizer.update(gradients, moments, params);
    return { params: next.params, moments: next.state, loss: value };
  }) as never as (
    params: object,
    moments: object,
    waves: tf.Tensor2D,
    labels: tf.Tensor1D,
  ) => Promise<{ params: { w: tf.Tensor2D; b: tf.Tensor1D }; moments: object; loss: tf.Scalar }>;
  let params = { w: tf.zeros([39, 10]) as tf.Tensor2D, b: tf.zeros([10]) as tf.Tensor1D };
  let moments: object = optimizer.init(params);
  const counts = new Set<number>();
  for (let i = 0; i < 60; i++) {
    const result = await step(params, moments, train.waves, train.labels);
    tf.dispose([params, moments, result.loss] as never);
    ({ params, moments } = result);
    counts.add(tf.memory().numTensors);
  }
  expect(counts.size).toBe(1);
  const guess = jit((params: never, waves: tf.Tensor2D) => logits(params, waves).argMax(-1));
  const guesses = await (await guess(params as never, held.waves)).data();
  const labels = await held.labels.data();
  const right = labels.filter((label, i) => label === guesses[i]).length / labels.length;
  // Chance is 0.1.
  expect(right).toBeGreaterThan(0.5);
  tf.dispose([params, moments, train as never, held as never] as never);
});
