import { readFileSync } from 'node:fs';
import { tf } from '@quire/runtime';
import { DISPLAY } from '@quire/visualization';
import { expect, test } from 'vitest';
import { decodePicture } from '../pictures/decode.ts';
import { decodeSound } from './decode.ts';
import { fixture } from './fixtures.ts';
import { player } from './player.ts';

test('a word is shown with its wave, its spectrogram and a player', async () => {
  const before = tf.memory().numTensors;
  const shown = player(decodeSound(readFileSync(fixture('zero.wav'))), { title: 'zero' });
  expect(shown.alt).toMatch(
    /^zero\. Sound of 0\.50 s, 16000 samples per second, peak .*, with a spectrogram of 64 bands\.$/,
  );
  const bundle = await shown[DISPLAY]();
  expect(bundle['text/html']).toMatch(/<audio controls .*src="data:audio\/wav;base64,UklGR/);
  const picture = await decodePicture(Buffer.from(bundle['image/png'] as string, 'base64'));
  expect(picture.width).toBeGreaterThan(600);
  expect(tf.memory().numTensors).toBe(before);
});

test('a tone is bright at its frequency', async () => {
  const tone = (hertz: number): Float32Array =>
    Float32Array.from({ length: 8000 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / 16_000));
  const brightest = async (hertz: number): Promise<number> => {
    const svg = await player({ samples: tone(hertz), channels: 1, sampleRate: 16_000 }).toSvg();
    const { data, height, width } = await decodePicture(
      Buffer.from(/href="data:image\/png;base64,([^"]+)"/.exec(svg)![1]!, 'base64'),
    );
    const rows = Array.from({ length: height }, (_, y) => data[3 * (y * width + Math.floor(width / 2)) + 1]!);
    return rows.indexOf(Math.max(...rows)) / height;
  };
  const [low, high] = [await brightest(300), await brightest(4000)];
  expect(low).toBeGreaterThan(0.8);
  // 4 kHz is three quarters of the way up to 8 kHz in mels.
  expect(high).toBeGreaterThan(0.2);
  expect(high).toBeLessThan(0.3);
});

test('sounds too short for a frame, long ones and several channels are shown too', () => {
  for (const [length, channels, sampleRate] of [
    [10, 1, 44_100],
    [600_000, 2, 8000],
  ] as const) {
    const samples = Float32Array.from({ length }, (_, i) => Math.sin(i / 9));
    expect(player({ samples, channels, sampleRate }).alt).toContain('spectrogram of 64 bands');
  }
  const none = { samples: new Float32Array(0), channels: 1, sampleRate: 8000 };
  expect(() => player(none)).toThrow('player: the sound has no samples');
});
