import type { DatasetOptions } from './folder.ts';
import { readTable, toChoice, toNumber } from './read.ts';
import { type Split, splitOf } from './split.ts';

/** A language that the Universal Declaration of Human Rights is there in. */
export interface UdhrLanguage {
  /** BCP 47 tag, such as `en`, `pt-BR` or `zh-Hant`. */
  code: string;
  /** ISO 639-3 code, such as `eng`. */
  iso639_3: string;
  /** In English. */
  name: string;
  /** ISO 15924 code, such as `Latn`. */
  script: string;
  direction: 'ltr' | 'rtl';
  /** Unicode code points in the text. */
  characters: number;
}

/** The preamble or one article in one language. */
export interface UdhrArticle {
  /** BCP 47 tag of the language. */
  code: string;
  language: string;
  script: string;
  direction: 'ltr' | 'rtl';
  /** 0 for the preamble, else 1 to 30. */
  article: number;
  /** The same for an article in all languages, so that no translation of a test article is in train. */
  split: Split;
  /** The heading, such as `Article 1`. */
  title: string;
  /** Paragraphs separated by line breaks, in Unicode's normalization form C. */
  text: string;
}

const ARTICLES = 31;

/** The preamble, as long as several articles, is for training. */
const splitOfArticle = (article: number): Split => (article === 0 ? 'train' : splitOf(article));

/**
 * The 129 languages of the set, by code.
 *
 * @throws DatasetError where the file is missing or damaged.
 */
export async function loadUdhrLanguages(options: DatasetOptions = {}): Promise<UdhrLanguage[]> {
  const columns = ['code', 'iso639_3', 'name', 'script', 'direction', 'characters', 'source'];
  return readTable('udhr', 'languages.tsv', columns, options, (cells, fail) => {
    const [code, iso639_3, name, script, direction, characters] = cells as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    return {
      code,
      iso639_3,
      name,
      script,
      direction: toChoice(direction, ['ltr', 'rtl'], 'direction', fail),
      characters: toNumber(characters, 'characters', fail),
    };
  });
}

/**
 * The Universal Declaration of Human Rights: a row for the preamble and each of the 30 articles in every language asked
 * for. See `datasets/udhr/README.md`.
 *
 * @param options `languages`: codes of `loadUdhrLanguages`; default all.
 * @throws DatasetError where a file is missing or damaged.
 * @throws RangeError for a language that the set doesn't have.
 */
export async function loadUdhr(
  options: DatasetOptions & { languages?: readonly string[] } = {},
): Promise<UdhrArticle[]> {
  const known = await loadUdhrLanguages(options);
  const chosen = options.languages?.map((code) => {
    const language = known.find((each) => each.code === code);
    if (language !== undefined) return language;
    throw new RangeError(`udhr has no language ${code}; it has ${known.map((each) => each.code).join(', ')}`);
  });
  const parts: UdhrArticle[][] = [];
  for (const language of chosen ?? known) parts.push(await loadLanguage(language, options));
  return parts.flat();
}

async function loadLanguage(language: UdhrLanguage, options: DatasetOptions): Promise<UdhrArticle[]> {
  const { code, name, script, direction } = language;
  const articles: UdhrArticle[] = [];
  await readTable('udhr', `text/${code}.tsv`, ['article', 'title', 'paragraph'], options, (cells, fail) => {
    const [number, title, paragraph] = cells as [string, string, string];
    const article = toNumber(number, 'article', fail);
    if (paragraph === '') fail('the text of a paragraph');
    const last = articles.at(-1);
    if (last?.article === article) {
      last.text += `\n${paragraph}`;
    } else {
      if (article !== articles.length || article >= ARTICLES) fail(`article ${articles.length}`);
      articles.push({
        code,
        language: name,
        script,
        direction,
        article,
        split: splitOfArticle(article),
        title,
        text: paragraph,
      });
    }
  });
  return articles;
}

/**
 * Parallel text: for each article that all the languages have, its texts by language code.
 *
 * @param articles rows of `loadUdhr`.
 * @param codes which languages; default all in the rows.
 */
export function alignUdhr(
  articles: readonly UdhrArticle[],
  codes: readonly string[] = [...new Set(articles.map(({ code }) => code))],
): { article: number; split: Split; texts: Record<string, string> }[] {
  const texts = new Map<number, Record<string, string>>();
  for (const { code, article, text } of articles) {
    if (!codes.includes(code)) continue;
    const row = texts.get(article) ?? {};
    row[code] = text;
    texts.set(article, row);
  }
  return [...texts]
    .filter(([, row]) => codes.every((code) => code in row))
    .map(([article, row]) => ({ article, split: splitOfArticle(article), texts: row }))
    .sort((a, b) => a.article - b.article);
}
