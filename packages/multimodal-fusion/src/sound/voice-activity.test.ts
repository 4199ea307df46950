import { loadSpokenWords } from '@quire/datasets';
import { mulberry32 } from '@quire/evaluation';
import { expect, test } from 'vitest';
import type { Sound } from './sound.ts';
import { voiceActivity } from './voice-activity.ts';

const RATE = 16_000;

/** Words with half a second of silence around each, and where they are, without the 20 ms of silence in each clip. */
async function words(noise: number): Promise<{ sound: Sound; spoken: { start: number; end: number }[] }> {
  const clips = (await loadSpokenWords({ kind: 'digit', languages: ['en'] })).filter(
    ({ voice }) => voice === 'm3',
  );
  const draw = mulberry32(1);
  const spoken: { start: number; end: number }[] = [];
  const samples: number[] = new Array(RATE / 2).fill(0);
  for (const clip of clips) {
    const start = samples.length / RATE + 0.02;
    samples.push(...clip.samples);
    spoken.push({ start, end: samples.length / RATE - 0.02 });
    samples.push(...new Array<number>(RATE / 2).fill(0));
  }
  const noisy = Float32Array.from(samples, (sample) => sample + noise * (2 * draw() - 1));
  return { sound: { samples: noisy, channels: 1, sampleRate: RATE }, spoken };
}

test('ten words are found, in silence and in noise', async () => {
  for (const noise of [0, 0.003, 0.01]) {
    const { sound, spoken } = await words(noise);
    const found = voiceActivity(sound, { minSilence: 0.2 });
    expect(found.length, `noise ${noise}`).toBe(10);
    let [both, either] = [0, 0];
    for (const [i, { start, end }] of spoken.entries()) {
      both += Math.max(0, Math.min(end, found[i]!.end) - Math.max(start, found[i]!.start));
      either += Math.max(end, found[i]!.end) - Math.min(start, found[i]!.start);
    }
    expect(both / either, `noise ${noise}`).toBeGreaterThan(noise > 0 ? 0.75 : 0.9);
  }
});

test('silence has none, and what is loud all over is all of it', () => {
  const sound = (samples: Float32Array): Sound => ({ samples, channels: 1, sampleRate: RATE });
  expect(voiceActivity(sound(new Float32Array(RATE)))).toEqual([]);
  expect(voiceActivity(sound(new Float32Array(0)))).toEqual([]);
  const tone = Float32Array.from({ length: RATE }, (_, i) => Math.sin(i / 5));
  const [whole, ...others] = voiceActivity(sound(tone), { padding: 0.05 });
  expect(others).toEqual([]);
  expect(whole).toEqual({ start: 0, end: 1 });
  expect(() => voiceActivity(sound(tone), { hop: 0 })).toThrow('at least a sample long');
});

test('gaps are closed, clicks are dropped, and sides are padded without overlaps', () => {
  const samples = new Float32Array(2 * RATE);
  const loud = (from: number, to: number): void => {
    for (let i = from * RATE; i < to * RATE; i++) samples[i] = Math.sin(i / 5);
  };
  loud(0.3, 0.6);
  loud(0.66, 0.9);
  loud(1.2, 1.205);
  loud(1.5, 1.8);
  const round = ({ start, end }: { start: number; end: number }): number[] =>
    [start, end].map((x) => Math.round(x * 20) / 20);
  const sound = { samples, channels: 1, sampleRate: RATE };
  expect(voiceActivity(sound, { range: 20 }).map(round)).toEqual([
    [0.3, 0.9],
    [1.5, 1.8],
  ]);
  expect(voiceActivity(sound, { range: 20, padding: 0.4 }).map(round)).toEqual([[0, 2]].map(() => [0, 2]));
});
