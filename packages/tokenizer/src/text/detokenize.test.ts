import { describe, expect, it } from 'vitest';
import { detokenize } from './detokenize.ts';

/** The words of each case, with spaces between, and the text that they make. */
const cases: [language: string, tokens: string, text: string][] = [
  ['en', 'Hello , world !', 'Hello, world!'],
  ['en', 'It costs $ 5.00 ( or 20 % ) ; really ?', 'It costs $5.00 (or 20%); really?'],
  ['en', "They do n't know it 's John 's , we 're told .", "They don't know it's John's, we're told."],
  ['en', 'He said : " Yes , I do . " and left .', 'He said: "Yes, I do." and left.'],
  ['en', "`` Well '' -LRB- he said -RRB- ...", '"Well" (he said)...'],
  ['en', 'a well @-@ known R &amp; D &quot; lab &quot; &#91; 1 &#93;', 'a well-known R & D "lab" [1]'],
  ['en', "the dogs ' bowl", "the dogs' bowl"],
  ['en', "she said ' no ' twice", "she said 'no' twice"],
  ['en', '“ Quoted ” text', '“Quoted” text'],
  ['en', 'about $ and £ 5 @ noon', 'about $ and £5 @ noon'],
  ['zh', '他 说 ： “ 好 ” 。', '他说：“好”。'],
  [
    'fr',
    "L' homme n' est pas là ! Vraiment ? « Oui »",
    "L'homme n'est pas là\u00a0! Vraiment\u00a0? «\u00a0Oui\u00a0»",
  ],
  ['it', "dell' arte , c' è", "dell'arte, c'è"],
  ['de', 'Er sagte : „ Nein . “', 'Er sagte: „Nein.“'],
  ['es', '¿ Qué ? ¡ Hola !', '¿Qué? ¡Hola!'],
  ['zh', '我 来到 北京 ， 使用 GPT-4 。', '我来到北京，使用 GPT-4。'],
  ['ja', '「 今日 は 」 、 東京 です 。', '「今日は」、東京です。'],
  ['ar', 'هل أنت بخير ؟ نعم ، شكرا .', 'هل أنت بخير؟ نعم، شكرا.'],
  ['en', '', ''],
];

describe('detokenizing', () => {
  it.each(cases)('of %s: %s', (language, tokens, text) => {
    expect(detokenize(tokens.split(' '), { language })).toBe(text);
  });
});
