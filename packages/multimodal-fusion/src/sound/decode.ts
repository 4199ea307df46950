/** Sounds from WAV files. */
import wavefile from 'wavefile';
import { readNamed } from '../named-file.ts';
import { resample } from './resample.ts';
import { type Sound, toMono } from './sound.ts';
import { SoundError } from './sound-error.ts';

export interface DecodeSoundOptions {
  /** `'mono'`: the mean of the channels; `'all'`: each of them. `'mono'` where not given. */
  channels?: 'mono' | 'all';
  /** Samples a second to resample to; the file's where not given. */
  sampleRate?: number;
}

export interface DecodeSoundBytesOptions extends DecodeSoundOptions {
  /** What errors call the sound. */
  name?: string;
}

/** Beginnings of what is often taken for WAV. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['fLaC', 'FLAC'],
  ['OggS', 'Ogg'],
  ['ID3', 'MP3'],
  ['FORM', 'AIFF'],
  ['caff', 'CAF'],
];

/** Of `fmt `: what samples are. */
const PCM = 1;
const FLOAT = 3;
const A_LAW = 6;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;

/**
 * The samples of a WAV file (RIFF, RIFX and RF64): 8, 16, 24 and 32 bits, float32 and float64, A-law and µ-law, with
 * any number of channels and any rate.
 *
 * @param path a path or a `file:` URL
 * @returns float32, integers divided by the largest of their kind, so that they are from -1 to 1; floats as they are.
 * @throws {SoundError} with the file's name where it can't be read, is cut off, damaged, or no WAV file.
 */
export async function readSound(path: string | URL, options: DecodeSoundOptions = {}): Promise<Sound> {
  const { name, bytes } = await readNamed(path, SoundError);
  return decodeSound(bytes, { ...options, name });
}

/** The samples of a WAV file in memory; as `readSound` otherwise. */
export function decodeSound(bytes: Uint8Array, options: DecodeSoundBytesOptions = {}): Sound {
  const { name = 'a sound', channels = 'mono', sampleRate } = options;
  const { file, format } = checked(name, bytes);
  let decoded: Sound;
  try {
    decoded = samplesOf(file, format);
  } catch (error) {
    throw new SoundError(name, `is damaged (${(error as Error).message}).`, { cause: error });
  }
  const notFinite =
    format.kind === FLOAT ? decoded.samples.findIndex((sample) => !Number.isFinite(sample)) : -1;
  if (notFinite >= 0) throw new SoundError(name, `sample ${notFinite} isn't a finite number.`);
  const sound = channels === 'mono' ? toMono(decoded) : decoded;
  return sampleRate === undefined ? sound : resample(sound, sampleRate);
}

interface Format {
  kind: number;
  channels: number;
  sampleRate: number;
  bits: number;
}

/** Reads the chunks' headers: the parser itself takes what is there, and is silent about what is missing. */
function checked(name: string, bytes: Uint8Array): { file: Uint8Array; format: Format } {
  if (bytes.length === 0) throw new SoundError(name, 'is empty.');
  const text = (at: number, length = 4): string =>
    Buffer.from(bytes.subarray(at, at + length)).toString('latin1');
  const container = text(0);
  if (!['RIFF', 'RIFX', 'RF64'].includes(container) || text(8) !== 'WAVE') {
    throw new SoundError(
      name,
      `is ${otherKind(bytes, text)}: convert it, such as with \`ffmpeg -i IN OUT.wav\`.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = container !== 'RIFX';
  let file = bytes;
  let format: Format | undefined;
  let longData: number | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = text(at);
    const from = at + 8;
    const left = bytes.length - from;
    let size = view.getUint32(at + 4, little);
    if (id === 'ds64' && left >= 16) longData = Number(view.getBigUint64(from + 8, little));
    if (id === 'fmt ') {
      if (size < 16 || left < size)
        throw new SoundError(name, `is cut off within its format, after ${bytes.length} bytes.`);
      const at16 = (offset: number): number => view.getUint16(from + offset, little);
      let kind = at16(0);
      if (kind === EXTENSIBLE && size >= 26) {
        // The kind proper is the first word of its sub-format; the parser wants it at its old place.
        kind = at16(24);
        file = bytes.slice();
        new DataView(file.buffer).setUint16(from, kind, little);
      }
      format = { kind, channels: at16(2), sampleRate: view.getUint32(from + 4, little), bits: at16(14) };
      checkFormat(name, format);
    }
    if (id === 'data') {
      if (!format) throw new SoundError(name, 'is damaged: its samples come before their format.');
      if (size === 0xffffffff) size = longData ?? left;
      if (size > left) throw cutOff(name, format, size, left);
      if (size === 0) throw new SoundError(name, 'has no samples.');
      const block = format.channels * Math.ceil(format.bits / 8);
      if (size % block !== 0) {
        throw new SoundError(
          name,
          `is damaged: ${size} bytes of samples don't make whole blocks of ${block}.`,
        );
      }
      return { file, format };
    }
    at = from + size + (size % 2);
  }
  throw new SoundError(
    name,
    format ? 'is cut off before its samples.' : `is cut off: it has ${bytes.length} bytes and no format.`,
  );
}

function checkFormat(name: string, { kind, channels, sampleRate, bits }: Format): void {
  const known: Readonly<Record<number, readonly number[]>> = {
    [FLOAT]: [32, 64],
    [A_LAW]: [8],
    [MU_LAW]: [8],
  };
  const allowed = known[kind];
  const right = kind === PCM ? bits >= 1 && bits <= 32 : allowed?.includes(bits);
  if (!right) {
    throw new SoundError(
      name,
      `has samples of format ${kind} with ${bits} bits, which aren't read: convert it to PCM, such as with \`ffmpeg -i IN -c:a pcm_s16le OUT.wav\`.`,
    );
  }
  if (channels === 0 || sampleRate === 0) {
    throw new SoundError(name, `is damaged: it has ${channels} channels and ${sampleRate} samples a second.`);
  }
}

function cutOff(
  name: string,
  { channels, sampleRate, bits }: Format,
  size: number,
  left: number,
): SoundError {
  const seconds = (bytes: number): string => ((bytes * 8) / (channels * bits * sampleRate)).toFixed(2);
  return new SoundError(
    name,
    `is cut off: its header says ${size} bytes of samples (${seconds(size)} s), and ${left} (${seconds(left)} s) are there.`,
  );
}

function otherKind(bytes: Uint8Array, text: (at: number, length?: number) => string): string {
  const other = OTHERS.find(([beginning]) => text(0, beginning.length) === beginning)?.[1];
  // https://en.wikipedia.org/wiki/MP3#File_structure: eleven bits that are set
  const frame = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0;
  const kind = other ?? (frame ? 'MP3' : text(4) === 'ftyp' ? 'MP4' : undefined);
  return kind
    ? `${kind} and no WAV file`
    : `no WAV file, which begins with RIFF, and not with ${JSON.stringify(text(0))}`;
}

function samplesOf(bytes: Uint8Array, { kind, channels, sampleRate, bits }: Format): Sound {
  const wave = new wavefile.WaveFile(bytes);
  if (kind === A_LAW) wave.fromALaw();
  else if (kind === MU_LAW) wave.fromMuLaw();
  // These become 16 bits.
  const size = kind === A_LAW || kind === MU_LAW ? 2 : Math.ceil(bits / 8);
  const { samples: data } = wave.data as { samples: Uint8Array };
  const little = wave.container !== 'RIFX';
  const length = Math.floor(data.length / size / channels);
  if (size === 2) return { samples: samples16(data, channels, length, little), channels, sampleRate };
  const read = sampleReader(data, kind === FLOAT, size, little);
  const samples = new Float32Array(channels * length);
  for (let c = 0; c < channels; c++) {
    // (length, channels) -> (channels, length)
    for (let i = 0; i < length; i++) samples[c * length + i] = read((i * channels + c) * size);
  }
  return { samples, channels, sampleRate };
}

/**
 * What most sounds are: a loop of its own takes a third of the time of a call for each sample.
 *
 * @returns (channels, length)
 */
function samples16(data: Uint8Array, channels: number, length: number, little: boolean): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const samples = new Float32Array(channels * length);
  let to = 0;
  for (let c = 0; c < channels; c++) {
    // (length, channels) -> (channels, length)
    for (let i = 0; i < length; i++) samples[to++] = view.getInt16(2 * (i * channels + c), little) / 2 ** 15;
  }
  return samples;
}

/** Reads the sample at a byte, of any size but 2. Samples of fewer bits than their bytes have are in the higher ones. */
function sampleReader(
  data: Uint8Array,
  float: boolean,
  size: number,
  little: boolean,
): (at: number) => number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (float) return size === 4 ? (at) => view.getFloat32(at, little) : (at) => view.getFloat64(at, little);
  switch (size) {
    case 1:
      return (at) => (data[at]! - 128) / 2 ** 7;
    case 3: {
      const [low, high] = little ? [0, 2] : [2, 0];
      return (at) => (view.getInt8(at + high) * 2 ** 16 + data[at + 1]! * 2 ** 8 + data[at + low]!) / 2 ** 23;
    }
    default:
      return (at) => view.getInt32(at, little) / 2 ** 31;
  }
}
