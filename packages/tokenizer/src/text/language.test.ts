import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { languageIdentifier } from './language.ts';
import { splitSentences } from './sentences.ts';

/** First sentences of Article 1 of the Universal Declaration of Human Rights, in the public domain. */
const ARTICLE_1: Record<string, string> = {
  ar: 'يولد جميع الناس أحراراً متساوين في الكرامة والحقوق.',
  cs: 'Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv.',
  de: 'Alle Menschen sind frei und gleich an Würde und Rechten geboren.',
  el: 'Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.',
  en: 'All human beings are born free and equal in dignity and rights.',
  es: 'Todos los seres humanos nacen libres e iguales en dignidad y derechos.',
  fi: 'Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.',
  fr: 'Tous les êtres humains naissent libres et égaux en dignité et en droits.',
  he: 'כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.',
  hu: 'Minden emberi lény szabadon születik és egyenlő méltósága és joga van.',
  it: 'Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.',
  ja: 'すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。',
  ko: '모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.',
  nl: 'Alle mensen worden vrij en gelijk in waardigheid en rechten geboren.',
  pl: 'Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.',
  pt: 'Todos os seres humanos nascem livres e iguais em dignidade e em direitos.',
  ru: 'Все люди рождаются свободными и равными в своем достоинстве и правах.',
  sv: 'Alla människor är födda fria och lika i värde och rättigheter.',
  th: 'มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ',
  tr: 'Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.',
  uk: 'Всі люди народжуються вільними і рівними у своїй гідності та правах.',
  vi: 'Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền.',
  zh: '人人生而自由,在尊严和权利上一律平等。',
};

const UDHR =
  'ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id is it ja ko lt lv nb nl pl pt-BR ro ru sk sr-Cyrl sv ta th tr uk vi zh'.split(
    ' ',
  );

describe('the language of a sentence', () => {
  it('is told in twenty-three languages', async () => {
    const identify = await languageIdentifier();
    for (const [language, text] of Object.entries(ARTICLE_1)) {
      const result = identify(text);
      expect(result.language).toBe(language);
      expect(result.scores[0]!.language).toBe(language);
    }
    expect(identify(ARTICLE_1.en!).reliable).toBe(true);
  });

  it('is told of 98 in 100 sentences of the declaration in forty languages', async () => {
    const identify = await languageIdentifier();
    const aliases: Record<string, string> = { id: 'ms', nb: 'no' };
    const accuracies = UDHR.map((tag) => {
      const file = new URL(`../../../../datasets/udhr/text/${tag}.tsv`, import.meta.url);
      const paragraphs = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((row) => row.split('\t')[2]!);
      const sentences = paragraphs
        .flatMap((paragraph) => splitSentences(paragraph, { language: tag }))
        .filter((sentence) => sentence.length >= (/^(?:ja|th|zh)/.test(tag) ? 6 : 15));
      expect(sentences.length).toBeGreaterThan(25);
      const code = tag.split('-')[0]!;
      const expected = aliases[code] ?? code;
      return (
        sentences.filter((sentence) => identify(sentence).language === expected).length / sentences.length
      );
    });
    expect(accuracies.reduce((sum, each) => sum + each, 0) / UDHR.length).toBeGreaterThan(0.98);
    expect(Math.min(...accuracies)).toBeGreaterThan(0.8);
  });

  it('can be of a few only', async () => {
    const identify = await languageIdentifier({ languages: ['en', 'de'] });
    expect(identify(ARTICLE_1.nl!).language).toBe('de');
    expect(
      identify(ARTICLE_1.nl!)
        .scores.map((each) => each.language)
        .sort(),
    ).toEqual(['de', 'en']);
    expect((await languageIdentifier())(ARTICLE_1.nl!).language).toBe('nl');
  });

  it('is und where there are no words', async () => {
    const identify = await languageIdentifier();
    for (const text of ['', '123 !?', '😀'])
      expect(identify(text)).toMatchObject({ language: 'und', reliable: false });
  });

  it('is asked of a model and of languages that there are', async () => {
    await expect(languageIdentifier({ languages: ['en', 'tlh'] })).rejects.toThrow(
      'languages has tlh; give some of am,',
    );
    await expect(languageIdentifier({ languages: [] })).rejects.toThrow('languages has none');
    await expect(languageIdentifier({ size: 'huge' as never })).rejects.toThrow('size is huge');
  });
});
