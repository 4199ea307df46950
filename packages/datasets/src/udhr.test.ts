import { expect, test } from 'vitest';
import { withDamagedCopy } from './damaged-copy.ts';
import { alignUdhr, loadUdhr, loadUdhrLanguages } from './udhr.ts';

test('every language has the preamble and 30 articles', async () => {
  const [languages, articles] = await Promise.all([loadUdhrLanguages(), loadUdhr()]);
  expect(languages.length).toBe(129);
  expect(articles.length).toBe(129 * 31);
  for (const [i, { code, article, text }] of articles.entries()) {
    expect([code, article]).toEqual([languages[Math.floor(i / 31)]!.code, i % 31]);
    expect(text).toBe(text.normalize('NFC'));
    expect(text).toMatch(/\p{L}/u);
  }
});

test('no two languages share a long article, but for one in Bosnian', async () => {
  const seen = new Map<string, string>();
  const shared: string[] = [];
  for (const { code, article, text } of await loadUdhr()) {
    const other = text.length > 150 ? seen.get(text) : undefined;
    if (other !== undefined) shared.push(`${other} ${code} ${article}`);
    seen.set(text, code);
  }
  expect(shared).toHaveLength(1);
  expect(shared[0]).toMatch(/^bs (hr|sr-Latn) \d+$/);
});

test('scripts and directions are told', async () => {
  const languages = await loadUdhrLanguages();
  const of = (wanted: string) => languages.find(({ code }) => code === wanted);
  expect(of('ar')).toMatchObject({ iso639_3: 'arb', script: 'Arab', direction: 'rtl' });
  expect(of('zh')).toMatchObject({ script: 'Hans', direction: 'ltr' });
  expect(of('sr-Cyrl')).toMatchObject({ script: 'Cyrl', direction: 'ltr' });
  expect(new Set(languages.map(({ script }) => script)).size).toBeGreaterThanOrEqual(30);
});

test('chosen languages come in the order asked for, paragraphs separated by line breaks', async () => {
  const articles = await loadUdhr({ languages: ['fr', 'en'] });
  expect(articles.map(({ code }) => code)).toEqual([...Array(31).fill('fr'), ...Array(31).fill('en')]);
  const article23 = articles.find(({ code, article }) => code === 'en' && article === 23)!;
  expect(article23.title).toBe('Article 23');
  expect(article23.text.split('\n')).toHaveLength(4);
  expect(article23.text).toContain('\nEveryone, without any discrimination, has the right to equal pay');
});

test('aligned articles are translations of each other, and have one split', async () => {
  const aligned = alignUdhr(await loadUdhr({ languages: ['en', 'de', 'zh'] }));
  expect(aligned.length).toBe(31);
  expect(aligned[3]).toEqual({
    article: 3,
    split: 'train',
    texts: {
      en: 'Everyone has the right to life, liberty and the security of person.',
      de: 'Jeder hat das Recht auf Leben, Freiheit und Sicherheit der Person.',
      zh: '人人有权享有生命、自由和人身安全。',
    },
  });
  expect(aligned.filter(({ split }) => split === 'test').map(({ article }) => article)).toEqual([10, 20, 30]);
});

test('aligning leaves out what one of the languages lacks', async () => {
  const articles = await loadUdhr({ languages: ['en', 'de'] });
  const without = articles.filter(({ code, article }) => code !== 'de' || article > 28);
  expect(alignUdhr(without, ['en', 'de']).map(({ article }) => article)).toEqual([29, 30]);
});

test('an unknown language is named, with those that are there', async () => {
  await expect(loadUdhr({ languages: ['tlh'] })).rejects.toThrow(/udhr has no language tlh; it has af, ar, /);
});

test('an article out of order is named, with its line', async () => {
  const damage = (text: string) => text.replace(/^2\t.*\n/gm, '');
  await withDamagedCopy('udhr', 'text/sv.tsv', damage, async ({ folder }) => {
    await expect(loadUdhr({ folder, languages: ['sv'] })).rejects.toMatchObject({
      file: 'text/sv.tsv',
      line: 13,
    });
    await expect(loadUdhr({ folder, languages: ['sv'] })).rejects.toThrow('expected article 2, found "3\\t');
    await expect(loadUdhr({ folder, languages: ['fi'] })).resolves.toHaveLength(31);
  });
});
