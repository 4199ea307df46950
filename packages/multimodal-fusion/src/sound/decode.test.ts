import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import wavefile from 'wavefile';
import { decodeSound, readSound } from './decode.ts';
import { absoluteError, fixture, reference, references } from './fixtures.ts';
import { SoundError } from './sound-error.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quire-sounds-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('every kind of file gives the samples that libsndfile reads', async () => {
  const files = references.filter(({ name }) => name.startsWith('file '));
  expect(files.length).toBe(13);
  for (const { name, shape } of files) {
    const sound = await readSound(fixture(`${name.slice(5)}.wav`), { channels: 'all' });
    expect([name, sound.channels]).toEqual([name, shape[0]]);
    expect(sound.sampleRate).toBe(name.endsWith('six-channels') ? 48_000 : 11_025);
    const { data } = reference(name);
    expect(absoluteError(sound.samples, { data }), name).toBeLessThan(1e-7);
  }
});

test('mono is the mean of the channels, and another rate is resampled to', async () => {
  const all = await readSound(pathToFileURL(fixture('f32.wav')), { channels: 'all' });
  const mono = await readSound(fixture('f32.wav'));
  expect(mono).toMatchObject({ channels: 1, sampleRate: 11_025 });
  expect(mono.samples.length).toBe(500);
  expect(mono.samples[123]).toBeCloseTo((all.samples[123]! + all.samples[623]!) / 2, 7);
  const faster = await readSound(fixture('f32.wav'), { sampleRate: 22_050 });
  expect([faster.samples.length, faster.sampleRate]).toEqual([1000, 22_050]);
});

test('twelve bits in two bytes are the higher ones', () => {
  const wave = new wavefile.WaveFile();
  wave.fromScratch(1, 8000, '16', [16, -32_768, 0x7ff0]);
  const bytes = wave.toBuffer();
  bytes[34] = 12;
  expect([...decodeSound(bytes).samples]).toEqual([16 / 32_768, -1, 0x7ff0 / 32_768]);
});

test('a stream whose length was not known when it began is read to its end', () => {
  const bytes = readFileSync(fixture('s16.wav'));
  const whole = decodeSound(bytes).samples;
  bytes.writeUInt32LE(0xffffffff, 4);
  bytes.writeUInt32LE(0xffffffff, 40);
  expect([...decodeSound(bytes).samples]).toEqual([...whole]);
});

describe('what can not be decoded is an error with its name', () => {
  const failure = async (path: string): Promise<string> => {
    const error = await readSound(path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SoundError);
    expect((error as SoundError).file).toBe(path);
    expect((error as SoundError).message.startsWith(`${path}: `)).toBe(true);
    return (error as SoundError).message.slice(path.length + 2);
  };

  it('where it is cut off, at every byte', async () => {
    const bytes = readFileSync(fixture('s16.wav'));
    expect(await failure(write('cut.wav', bytes.subarray(0, 1044)))).toBe(
      'is cut off: its header says 2000 bytes of samples (0.05 s), and 1000 (0.02 s) are there.',
    );
    for (let length = 12; length < bytes.length; length++) {
      expect(() => decodeSound(bytes.subarray(0, length), { name: 'cut.wav' }), String(length)).toThrow(
        /^cut\.wav: is cut off/,
      );
    }
  });

  it('where it is empty, missing, or no WAV file', async () => {
    expect(await failure(write('empty.wav', ''))).toBe('is empty.');
    expect(await failure(join(folder, 'missing.wav'))).toBe('there is no such file.');
    expect(await failure(write('song.wav', 'ID3\u0003...'))).toMatch('is MP3 and no WAV file: convert it');
    expect(
      await failure(write('song2.wav', Uint8Array.of(0xff, 0xfb, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0))),
    ).toMatch('is MP3');
    expect(await failure(write('talk.wav', 'OggS........'))).toMatch('is Ogg');
    expect(await failure(write('page.wav', '<html></html>'))).toMatch('not with "<htm"');
  });

  it('where its header makes no sense', async () => {
    const changed = (at: number, value: number): Buffer => {
      const bytes = readFileSync(fixture('s16.wav'));
      bytes.writeUInt16LE(value, at);
      return bytes;
    };
    expect(await failure(write('no-channels.wav', changed(22, 0)))).toMatch('0 channels');
    expect(await failure(write('kind.wav', changed(20, 0x161)))).toMatch('format 353 with 16 bits');
    expect(await failure(write('bits.wav', changed(34, 0)))).toMatch('format 1 with 0 bits');
    expect(await failure(write('half.wav', changed(22, 3)))).toMatch(
      "2000 bytes of samples don't make whole blocks of 6",
    );
    const floats = readFileSync(fixture('f32.wav'));
    floats.writeFloatLE(Number.NaN, floats.length - 4);
    expect(await failure(write('nan.wav', floats))).toMatch("sample 999 isn't a finite number");
  });
});
