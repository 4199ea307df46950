import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withDamagedCopy } from './damaged-copy.ts';
import { loadEmoji } from './emoji.ts';
import { datasetFolder } from './folder.ts';
import { loadSpokenWords } from './spoken-words.ts';

test('400 clips of four voices are audible, and none is longer than a second', async () => {
  const clips = await loadSpokenWords();
  expect(clips.length).toBe(400);
  for (const { samples, sampleRate } of clips) {
    expect(sampleRate).toBe(16_000);
    expect(samples.length).toBeGreaterThan(0.1 * sampleRate);
    expect(samples.length).toBeLessThan(sampleRate);
    const power = samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
    expect(Math.sqrt(power)).toBeGreaterThan(0.02);
    expect(Math.sqrt(power)).toBeLessThan(0.3);
  }
  // A clip begins and ends in silence: it was cut between words, not within one.
  const edge = ({ samples }: { samples: Float32Array }) =>
    Math.max(...samples.subarray(0, 160).map(Math.abs));
  expect(Math.max(...clips.map(edge))).toBeLessThan(0.01);
});

test('every voice says every digit in five languages', async () => {
  const digits = await loadSpokenWords({ kind: 'digit' });
  expect(digits.length).toBe(200);
  expect(new Set(digits.map(({ language, label, voice }) => `${language} ${label} ${voice}`)).size).toBe(200);
  expect(new Set(digits.map(({ language }) => language))).toEqual(new Set(['de', 'en', 'es', 'fr', 'zh']));
  expect(new Set(digits.map(({ speed }) => speed))).toEqual(new Set([140, 170, 200]));
  const voices = (split: string) =>
    new Set(digits.filter((clip) => clip.split === split).map(({ voice }) => voice));
  expect([voices('train'), voices('validation'), voices('test')]).toEqual([
    new Set(['f2', 'm3']),
    new Set(['f4']),
    new Set(['m7']),
  ]);
});

test('spoken emoji are those of the emoji set, by their names', async () => {
  const [clips, emoji] = await Promise.all([
    loadSpokenWords({ kind: 'emoji', languages: ['en'] }),
    loadEmoji({ languages: ['en'] }),
  ]);
  const names = new Map(emoji.map(({ hexcode, names }) => [hexcode, names.en]));
  expect(clips.length).toBe(200);
  for (const { label, text } of clips) expect(names.get(label)).toBe(text);
});

test('the pitch of the f voices is higher than that of the m voices', async () => {
  const clips = await loadSpokenWords({ kind: 'emoji' });
  const pitch = (samples: Float32Array, sampleRate: number) => {
    // The mean of 2 ms leaves the fundamental and takes the formants away.
    const smooth = samples.map((_, i) => {
      let sum = 0;
      for (let k = Math.max(0, i - 31); k <= i; k++) sum += samples[k]!;
      return sum;
    });
    // Lags of 2.5 to 14 ms: 400 to 73 Hz.
    const correlations = Array.from({ length: 184 }, (_, k) => {
      let sum = 0;
      for (let i = k + 40; i < smooth.length; i++) sum += smooth[i]! * smooth[i - k - 40]!;
      return sum;
    });
    const peaks = correlations.map((each, k) =>
      each > (correlations[k - 1] ?? each) && each > (correlations[k + 1] ?? each) ? each : 0,
    );
    // Twice the period is nearly as good a match as the period.
    return sampleRate / (peaks.findIndex((each) => each > 0.8 * Math.max(...peaks)) + 40);
  };
  const median = (voice: string) => {
    const pitches = clips
      .filter((clip) => clip.voice === voice)
      .slice(0, 15)
      .map(({ samples, sampleRate }) => pitch(samples, sampleRate))
      .sort((a, b) => a - b);
    return pitches[7]!;
  };
  expect(median('f2')).toBeGreaterThan(1.5 * median('m3'));
  expect(median('f4')).toBeGreaterThan(1.5 * median('m7'));
});

test('a language that there are no clips in is named', async () => {
  await expect(loadSpokenWords({ languages: ['tlh'] })).rejects.toThrow(
    'spoken-words has no such clips in tlh; it has de, en, es, fr, zh',
  );
});

test('clips of a voice are loaded alone', async () => {
  const clips = await loadSpokenWords({ kind: 'emoji', voices: ['m3'] });
  expect(clips.length).toBe(50);
  expect(new Set(clips.map(({ voice }) => voice))).toEqual(new Set(['m3']));
  await expect(loadSpokenWords({ voices: ['x9'] })).rejects.toThrow(
    'spoken-words has no such clips of the voice x9; it has f2, m3, f4, m7',
  );
});

test('a damaged recording is found', async () => {
  const damage = (text: string) => `${text.slice(0, 9000)}xx${text.slice(9002)}`;
  await withDamagedCopy('spoken-words', 'digit-en.wav', damage, async (options) => {
    await expect(loadSpokenWords({ ...options, languages: ['en'] })).rejects.toThrow(
      'datasets/spoken-words/digit-en.wav: its SHA-256 is',
    );
    await expect(loadSpokenWords({ ...options, languages: ['fr'] })).resolves.toHaveLength(40);
  });
});

test('making clips without eSpeak NG says how to install it', () => {
  const script = join(datasetFolder('spoken-words'), 'build.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--all'], {
    env: { PATH: '' },
    encoding: 'utf8',
  });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/Error: espeak-ng --version: .*ENOENT \(apt-get install espeak-ng, or brew/);
});
