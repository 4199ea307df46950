import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type DatasetOptions, datasetFolder } from './folder.ts';
import { readChecked, readTable, toChoice, toNumber } from './read.ts';
import type { Split } from './split.ts';

/** A word spoken by eSpeak NG. */
export interface SpokenWord {
  /** From -1 to 1, mono. */
  samples: Float32Array;
  /** Samples a second: 16,000. */
  sampleRate: number;
  kind: 'digit' | 'emoji';
  /** The digit, `0` to `9`, or the emoji's hexcode, as `loadEmoji` has it. */
  label: string;
  /** What is said: the digit, read as a number, or the emoji's name. */
  text: string;
  /** BCP 47 tag, such as `en`. */
  language: string;
  /** eSpeak NG's variant, f for women's and m for men's voices. */
  voice: string;
  /** Words a minute. */
  speed: number;
  /** By voice, so that a voice that is tested with isn't in train. */
  split: Split;
}

const SET = 'spoken-words';
/** Where clips are that were made on demand. */
const MADE = { all: `${SET}/.cache/all`, names: `${SET}/.cache/names` } as const;

export interface SpokenWordsOptions extends DatasetOptions {
  /**
   * `sample`: the 400 committed clips of four voices, digits in five languages and 50 emoji names in English. `all`:
   * 2,640 clips of eight voices, made with eSpeak NG, which has to be installed, the first time that they are asked for
   * (a minute or more). `names`: the English names of all 1,911 emoji in two voices, made in the same way. Default
   * `sample`.
   */
  clips?: 'sample' | keyof typeof MADE;
  /** Default both. */
  kind?: 'digit' | 'emoji';
  /** BCP 47 tags; default all. */
  languages?: readonly string[];
  /** eSpeak NG's variants, such as `f2`; default all. */
  voices?: readonly string[];
}

/**
 * Spoken digits and names of emoji. See `datasets/spoken-words/README.md`.
 *
 * @throws DatasetError where a file is missing or damaged.
 * @throws RangeError for a language or voice that these clips aren't in.
 * @throws Error where clips are to be made and eSpeak NG is missing.
 */
export async function loadSpokenWords(options: SpokenWordsOptions = {}): Promise<SpokenWord[]> {
  const { clips = 'sample' } = options;
  const set = clips === 'sample' ? SET : MADE[clips];
  if (clips !== 'sample' && !existsSync(datasetFolder(set, options))) await make(clips, options);

  const columns = ['file', 'start', 'length', 'kind', 'label', 'text', 'language', 'voice', 'speed', 'split'];
  const known = await readTable(set, 'clips.tsv', columns, options, (cells, fail) => {
    const cell = (name: string) => cells[columns.indexOf(name)]!;
    const number = (name: string) => toNumber(cell(name), name, fail);
    return {
      file: cell('file'),
      start: number('start'),
      length: number('length'),
      kind: toChoice(cell('kind'), ['digit', 'emoji'], 'kind', fail),
      label: cell('label'),
      text: cell('text'),
      language: cell('language'),
      voice: cell('voice'),
      speed: number('speed'),
      split: toChoice(cell('split'), ['train', 'validation', 'test'], 'split', fail),
    };
  });
  const ofKind = known.filter(({ kind }) => kind === (options.kind ?? kind));
  checkKnown(
    options.languages,
    ofKind.map(({ language }) => language),
    'in',
  );
  checkKnown(
    options.voices,
    ofKind.map(({ voice }) => voice),
    'of the voice',
  );
  const wanted = ofKind.filter(
    ({ language, voice }) =>
      (options.languages?.includes(language) ?? true) && (options.voices?.includes(voice) ?? true),
  );

  const files = new Map<string, Wave>();
  for (const file of new Set(wanted.map((clip) => clip.file)))
    files.set(file, await readWave(set, file, options));
  return wanted.map(({ file, start, length, ...clip }) => {
    const { samples, sampleRate } = files.get(file)!;
    return { samples: samples.slice(start, start + length), sampleRate, ...clip };
  });
}

function checkKnown(asked: readonly string[] = [], known: readonly string[], relation: string): void {
  const unknown = asked.find((each) => !known.includes(each));
  if (unknown === undefined) return;
  throw new RangeError(
    `${SET} has no such clips ${relation} ${unknown}; it has ${[...new Set(known)].join(', ')}`,
  );
}

interface Wave {
  samples: Float32Array;
  sampleRate: number;
}

async function readWave(set: string, file: string, options: DatasetOptions): Promise<Wave> {
  const bytes = await readChecked(set, file, options, (each) => each);
  const { WaveFile } = (await import('wavefile')).default;
  const wave = new WaveFile(bytes);
  const { sampleRate } = wave.fmt as { sampleRate: number };
  // One channel of 16 bits, the lower byte first, which the checksum vouches for.
  const { samples: data } = wave.data as { samples: Uint8Array };
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const samples = new Float32Array(data.byteLength / 2);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 2 ** 15;
  return { samples, sampleRate };
}

/** Runs the set's script; what it prints is shown where it fails. */
async function make(clips: keyof typeof MADE, options: DatasetOptions): Promise<void> {
  const script = join(datasetFolder(SET, options), 'build.mjs');
  const child = spawn(process.execPath, [script, `--${clips}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  let printed = '';
  child.stderr.on('data', (chunk) => {
    printed += chunk;
  });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) {
    const reason = /^\w*Error: .*$/m.exec(printed)?.[0] ?? printed;
    throw new Error(`clips of ${SET} could not be made by \`node ${script} --${clips}\`: ${reason}`);
  }
}
