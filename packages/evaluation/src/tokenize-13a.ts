import { splitWhiteSpace } from './characters.ts';

/**
 * The tokenizer of NIST's mteval-v13a script as sacreBLEU has it, for languages that put spaces between words:
 * punctuation and symbols become tokens of their own, a period or comma inside a number doesn't.
 * https://github.com/mjpost/sacrebleu/blob/master/sacrebleu/tokenizers/tokenizer_13a.py
 */
export function tokenize13a(text: string): string[] {
  const unescaped = text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  const separated = ` ${unescaped} `
    .replace(/([{-~[-` -&(-+:-@/])/gu, ' $1 ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/gu, '$1 $2 ');
  return splitWhiteSpace(separated);
}
