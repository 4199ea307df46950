// Writes emoji.tsv, annotations/*.tsv, emoji.webp, LICENSE-unicode.txt and SHA256SUMS beside this script, from the npm
// packages emoji-datasource-google 16.0.0, cldr-annotations-full and cldr-annotations-derived-full 48.2.0, with the
// sharp of packages/datasets: `pnpm install`, then `node build.mjs` (needs npm and tar; takes half a minute).
// `node build.mjs --check` writes nothing and fails where the committed files differ.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { npmPackage, tsv, writeSet } from '../tools.mjs';

const sharp = createRequire(new URL('../../packages/datasets/package.json', import.meta.url))('sharp');

const SIZE = 64;
const COLUMNS = 44;
const LANGUAGES = 'ar bn de el en es fa fr he hi it ja ko pl pt ru sw ta th tr uk vi zh'.split(' ');

const source = npmPackage('emoji-datasource-google', '16.0.0');
const cldr = npmPackage('cldr-annotations-full', '48.2.0');
const derived = npmPackage('cldr-annotations-derived-full', '48.2.0');
const json = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

const slug = (text) => text.toLowerCase().replace(' & ', '-').replaceAll(' ', '-');
const emoji = json(source, 'emoji.json')
  .filter((each) => each.has_img_google)
  .sort((a, b) => a.sort_order - b.sort_order)
  .map((each) => ({
    hexcode: each.unified,
    emoji: String.fromCodePoint(...each.unified.split('-').map((point) => Number.parseInt(point, 16))),
    group: slug(each.category),
    subgroup: slug(each.subcategory),
    image: each.image,
  }));

const files = [
  [
    'emoji.tsv',
    tsv(
      ['hexcode', 'emoji', 'group', 'subgroup'],
      emoji.map(({ hexcode, emoji, group, subgroup }) => [hexcode, emoji, group, subgroup]),
    ),
  ],
];

for (const language of LANGUAGES) {
  const annotations = {
    ...json(derived, 'annotationsDerived', language, 'annotations.json').annotationsDerived.annotations,
    ...json(cldr, 'annotations', language, 'annotations.json').annotations.annotations,
  };
  const rows = emoji.map(({ hexcode, emoji }) => {
    // CLDR's keys are without the variation selector.
    const { tts, default: keywords = [] } = annotations[emoji.replaceAll('\uFE0F', '')] ?? annotations[emoji] ?? {};
    if (tts?.length !== 1) throw new Error(`${language} has no name for ${emoji}`);
    const texts = [...tts, ...keywords].map((text) => text.normalize('NFC').trim());
    const bad = texts.find((text) => text.includes('|') || text === '');
    if (bad !== undefined) throw new Error(`${language}, ${emoji}: ${JSON.stringify(texts)}`);
    return [hexcode, texts[0], texts.slice(1).join('|')];
  });
  files.push([`annotations/${language}.tsv`, tsv(['hexcode', 'name', 'keywords'], rows)]);
}

// Row after row in the order of emoji.tsv.
const rows = Math.ceil(emoji.length / COLUMNS);
const sheet = Buffer.alloc(COLUMNS * SIZE * rows * SIZE * 4);
for (const [i, { image }] of emoji.entries()) {
  const { data, info } = await sharp(join(source, 'img/google/64', image))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== SIZE || info.height !== SIZE) throw new Error(`${image} is ${info.width} by ${info.height}`);
  const [left, top] = [(i % COLUMNS) * SIZE, Math.floor(i / COLUMNS) * SIZE];
  for (let y = 0; y < SIZE; y++) {
    data.copy(sheet, ((top + y) * COLUMNS * SIZE + left) * 4, y * SIZE * 4, (y + 1) * SIZE * 4);
  }
}
const raw = { width: COLUMNS * SIZE, height: rows * SIZE, channels: 4 };
files.push(['emoji.webp', await sharp(sheet, { raw }).webp({ lossless: true, effort: 6 }).toBuffer()]);
files.push(['LICENSE-unicode.txt', readFileSync(join(cldr, 'LICENSE'))]);
writeSet(import.meta.url, files);
