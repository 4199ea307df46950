// Makes spoken words with espeak-ng, 16 kHz and 16 bit, and needs `pnpm install` and espeak-ng on the PATH.
//
//   node build.mjs           writes the committed sample, clips.tsv, *.wav and SHA256SUMS, beside this script
//   node build.mjs --check   writes nothing and fails where the committed files differ
//   node build.mjs --all     writes all 2,640 clips, in the same format, into .cache/all beside this script
//   node build.mjs --names   writes the English names of all emoji in two voices into .cache/names
//
// The sample is that of espeak-ng 1.51 (Debian's 1.51+dfsg-10+deb12u2); other versions speak a little differently.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { run, tsv, writeSet } from '../tools.mjs';

const { WaveFile } = createRequire(new URL('../../packages/datasets/package.json', import.meta.url))('wavefile');

const RATE = 16_000;
/** espeak-ng's voice variants, f for women's and m for men's, with the split that their clips are in. */
const VOICES = {
  f2: 'train', m3: 'train', f4: 'validation', m7: 'test', f1: 'train', m1: 'train', f5: 'train', m4: 'train',
};
/** Words a minute. */
const SPEEDS = [140, 170, 200];
/**
 * BCP 47 tags. espeak-ng takes variants of voices with the names of its files only, en rather than en-gb, and calls
 * Mandarin cmn.
 */
const DIGIT_LANGUAGES = ['de', 'en', 'es', 'fr', 'zh', 'hi'];
const EMOJI_LANGUAGES = ['en', 'de', 'fr'];
const ESPEAK_LANGUAGE = { zh: 'cmn' };
/** Who says the names of all emoji. */
const NAMES_VOICES = ['f2', 'm3'];
/** What the sample has of each. */
const SAMPLE = { voices: 4, digitLanguages: 5, emojiLanguages: 1 };
/** Emoji that English has one word for. */
const EMOJI = `
  1F415 1F408 1F40E 1F404 1F416 1F418 1F412 1F407 1F43B 1F43A 1F981 1F405 1F422 1F40D 1F41F 1F40B 1F986 1F98B 1F34C 1F34B
  1F353 1F34D 1F955 1F35E 1F355 1F68C 1F6B2 2708-FE0F 1F680 26F5 1F3E0 26FA 2600-FE0F 2B50 1F308 1F525 1F388 1F3B8 1F3BA
  1F941 1F4F7 231A 1F511 1F528 2702-FE0F 1F451 2602-FE0F 1F6AA 1F514 1F335
`.trim().split(/\s+/);

function names(language) {
  const text = readFileSync(new URL(`../emoji/annotations/${language}.tsv`, import.meta.url), 'utf8');
  return new Map(text.split('\n').map((line) => line.split('\t').slice(0, 2)));
}

/** Every clip to make: what is said by whom. */
function plan(all) {
  const clips = [];
  const voices = Object.keys(VOICES).slice(0, all ? undefined : SAMPLE.voices);
  const add = (kind, language, label, text, item, everySpeed) => {
    for (const [v, voice] of voices.entries()) {
      const speeds = everySpeed ? SPEEDS : [SPEEDS[(v + item) % SPEEDS.length]];
      for (const speed of speeds) clips.push({ kind, language, label, text, voice, speed, split: VOICES[voice] });
    }
  };
  for (const language of DIGIT_LANGUAGES.slice(0, all ? undefined : SAMPLE.digitLanguages)) {
    for (let digit = 0; digit <= 9; digit++) add('digit', language, String(digit), String(digit), digit, all);
  }
  for (const language of EMOJI_LANGUAGES.slice(0, all ? undefined : SAMPLE.emojiLanguages)) {
    const known = names(language);
    for (const [item, hexcode] of EMOJI.entries()) add('emoji', language, hexcode, known.get(hexcode), item, false);
  }
  return clips;
}

/** The names of all emoji; each voice has a file of its own. */
function planNames() {
  const known = [...names('en')].slice(1).filter(([hexcode]) => hexcode);
  return NAMES_VOICES.flatMap((voice, v) =>
    known.map(([label, text], item) => ({
      kind: 'emoji', language: 'en', label, text, voice, speed: SPEEDS[(v + item) % SPEEDS.length], split: VOICES[voice],
      file: `emoji-en-${voice}.wav`,
    })),
  );
}

/** What espeak-ng says, as a WAV file: the texts as paragraphs, which it pauses between. */
function speak(language, voice, speed, texts) {
  const name = `${ESPEAK_LANGUAGE[language] ?? language}+${voice}`;
  return new Promise((resolve, reject) => {
    const args = ['-v', name, '-s', String(speed), '-a', '70', '--stdin', '--stdout'];
    const child = spawn('espeak-ng', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', reject);
    child.stdin.end(texts.map((text) => `${text}\n\n`).join(''));
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (status) =>
      status === 0 ? resolve(Buffer.concat(chunks)) : reject(new Error(`espeak-ng ${args.join(' ')}: status ${status}`)),
    );
  });
}

function waveOf(bytes) {
  // espeak-ng can't know lengths when it begins to print: put them right.
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.writeUInt32LE(bytes.length - 44, 40);
  return new WaveFile(bytes);
}

/** All that is said in a recording, pauses included, samples at `RATE`, with 20 ms before and after it. */
function phraseOf(bytes) {
  const wave = waveOf(bytes);
  const { sampleRate } = wave.fmt;
  const samples = wave.getSamples(false, Int16Array);
  const loud = (sample) => Math.abs(sample) > 200;
  const margin = Math.round(sampleRate / 50);
  const part = samples.subarray(Math.max(0, samples.findIndex(loud) - margin), samples.findLastIndex(loud) + 1 + margin);
  wave.fromScratch(1, sampleRate, '16', part);
  wave.toSampleRate(RATE);
  return wave.getSamples(false, Int16Array);
}

/** The words of a recording, samples at `RATE`, each with 20 ms of silence before and after it. */
function wordsOf(bytes, speed) {
  const wave = waveOf(bytes);
  wave.toSampleRate(RATE);
  const samples = wave.getSamples(false, Int16Array);
  const ranges = [];
  for (const [i, sample] of samples.entries()) {
    if (Math.abs(sample) <= 200) continue;
    // 0.24 s at the slowest speed and 0.17 s at the fastest: no stop within a word is silent for so long, and the pauses
    // between paragraphs are longer.
    if (ranges.length === 0 || i - ranges.at(-1).end > (34 / speed) * RATE) ranges.push({ start: i, end: i });
    ranges.at(-1).end = i;
  }
  const margin = RATE / 50;
  return ranges.map(({ start, end }) => {
    const word = new Int16Array(end + 1 - start + 2 * margin);
    const from = Math.max(0, start - margin);
    word.set(samples.subarray(from, end + 1 + margin), margin - (start - from));
    return word;
  });
}

/** One recording for all words that one voice says at one speed. */
async function wordByWord(clips) {
  const spoken = new Array(clips.length);
  const groups = new Map();
  for (const [i, { kind, language, voice, speed }] of clips.entries()) {
    const key = JSON.stringify([kind, language, voice, speed]);
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  await forEach([...groups.values()], async (group) => {
    const { language, voice, speed } = clips[group[0]];
    const texts = group.map((i) => clips[i].text);
    const words = wordsOf(await speak(language, voice, speed, texts), speed);
    if (words.length !== texts.length) throw new Error(`${words.length} words for ${texts} in ${language}, ${voice}`);
    for (const [w, i] of group.entries()) spoken[i] = words[w];
  });
  return spoken;
}

/** A recording for each clip: there are pauses within a name of several words. */
async function phraseByPhrase(clips) {
  const spoken = new Array(clips.length);
  await forEach([...clips.entries()], async ([i, { language, voice, speed, text }]) => {
    spoken[i] = phraseOf(await speak(language, voice, speed, [text]));
  });
  return spoken;
}

/** As many at a time as there are cores. */
async function forEach(items, work) {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

function filesOf(clips, spoken) {
  const parts = new Map();
  const rows = clips.map((clip, i) => {
    const file = clip.file ?? `${clip.kind}-${clip.language}.wav`;
    const part = parts.get(file) ?? { length: 0, samples: [] };
    parts.set(file, part);
    const start = part.length;
    part.samples.push(spoken[i]);
    part.length += spoken[i].length;
    const { kind, label, text, language, voice, speed, split } = clip;
    return [file, start, spoken[i].length, kind, label, text, language, voice, speed, split];
  });
  const columns = ['file', 'start', 'length', 'kind', 'label', 'text', 'language', 'voice', 'speed', 'split'];
  const waves = [...parts].map(([file, { length, samples }]) => {
    const joined = new Int16Array(length);
    let end = 0;
    for (const each of samples) {
      joined.set(each, end);
      end += each.length;
    }
    const wave = new WaveFile();
    wave.fromScratch(1, RATE, '16', joined);
    return [file, Buffer.from(wave.toBuffer())];
  });
  return [['clips.tsv', tsv(columns, rows)], ...waves];
}

const version = run('espeak-ng', ['--version'], { hint: '(apt-get install espeak-ng, or brew install espeak-ng)' });
console.log(version.trim());
const kept = ['all', 'names'].find((each) => process.argv.includes(`--${each}`));
const clips = kept === 'names' ? planNames() : plan(kept === 'all');
const files = filesOf(clips, await (kept === 'names' ? phraseByPhrase(clips) : wordByWord(clips)));
if (kept) {
  const folder = fileURLToPath(new URL(`.cache/${kept}`, import.meta.url));
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  writeSet(pathToFileURL(`${partial}/`), files);
  if (existsSync(folder)) rmSync(folder, { recursive: true });
  renameSync(partial, folder);
} else {
  writeSet(import.meta.url, files);
}
