/**
 * Makes the files that `multimodal.ts` and `multimodal_torch.py` train on: pictures and sounds as files of their own,
 * names in a table, a tokenizer, and the weights that both begin with.
 *
 * Usage: node --conditions=built make_multimodal.js FOLDER
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEmoji, loadEmojiPictures, loadSpokenWords } from '@quire/datasets';
import { namedLeaves, writeSafetensors } from '@quire/model';
import { device, random, type tf } from '@quire/runtime';
import { saveTokenizer, Tokenizer, trainWordPiece } from '@quire/tokenizer';
import sharp from 'sharp';
import wavefile from 'wavefile';
import { initMultimodal, multimodalConfig, SIZES, TOKENS } from '../models/multimodal.ts';

const LANGUAGES = ['de', 'en', 'es', 'fr', 'it', 'ja', 'pt', 'ru', 'tr', 'zh'] as const;
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];

const [folder = '.'] = process.argv.slice(2);
for (const name of ['pictures', 'sounds']) mkdirSync(join(folder, name), { recursive: true });

const emoji = await loadEmoji({ languages: LANGUAGES });
const byHexcode = new Map(emoji.map((each) => [each.hexcode, each]));
const clips = await loadSpokenWords({ kind: 'emoji', languages: ['en'] });
const pictures = await loadEmojiPictures();
const labels = [...new Set(emoji.map(({ group }) => group))];

const examples: object[] = [];
for (const { label: hexcode, voice, samples, sampleRate } of clips) {
  const { names, group } = byHexcode.get(hexcode) ?? missing(hexcode);
  const [picture, sound] = [`pictures/${hexcode}.png`, `sounds/${hexcode}-${voice}.wav`];
  const { size } = pictures;
  await sharp(pictures.rgba(hexcode), { raw: { width: size, height: size, channels: 4 } }).toFile(
    join(folder, picture),
  );
  const wave = new wavefile.WaveFile();
  wave.fromScratch(
    1,
    sampleRate,
    '16',
    Array.from(samples, (x) => Math.round(x * 2 ** 15)),
  );
  writeFileSync(join(folder, sound), wave.toBuffer());
  for (const language of LANGUAGES) {
    examples.push({ picture, sound, text: names[language], label: labels.indexOf(group) });
  }
}

const trained = await trainWordPiece(
  emoji.flatMap(({ names }) => Object.values(names)),
  {
    vocabSize: 8000,
    normalizer: { type: 'BertNormalizer' },
    preTokenizer: { type: 'BertPreTokenizer' },
    specialTokens: SPECIAL,
    postProcessor: { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] },
  },
);
const tokenizer = new Tokenizer({
  ...trained,
  truncation: { max_length: TOKENS },
  padding: { strategy: { Fixed: TOKENS } },
});
await saveTokenizer(join(folder, 'tokenizer.json'), tokenizer);

const vocabulary = { vocabularySize: tokenizer.vocabularySize, labels };
writeFileSync(join(folder, 'examples.json'), JSON.stringify({ ...vocabulary, sizes: SIZES, examples }));

await device.use('cpu');
const params = await initMultimodal(multimodalConfig(vocabulary), random.key(1));
await writeSafetensors(
  join(folder, 'weights.safetensors'),
  namedLeaves<tf.Tensor>(params).map(({ name, value }) => ({
    name,
    dtype: 'F32',
    shape: value.shape,
    bytes: async () => {
      const { buffer, byteOffset, byteLength } = (await value.data()) as Float32Array;
      return new Uint8Array(buffer, byteOffset, byteLength);
    },
  })),
);
process.exit(0);

function missing(hexcode: string): never {
  throw new Error(`The emoji set has no ${hexcode}, which is spoken.`);
}
