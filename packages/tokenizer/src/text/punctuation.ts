export interface RemovePunctuationOptions {
  /** Characters that stay, such as `#@`. */
  keep?: string;
  /** What stands for each run of punctuation; by default nothing. */
  replacement?: string;
  /** Whether the apostrophes and hyphens in `don't` and `well-known`, and what stands in `3.14`, go too. Default false. */
  insideWords?: boolean;
}

const PUNCTUATION = /\p{P}+/gu;
const APOSTROPHES_AND_HYPHENS = /^['’ʼ\-‐‑·]$/u;
const INSIDE_NUMBERS = /^[.,:٫٬]$/u;

/** Removes punctuation (Unicode's category P). Symbols such as + and € are none, and stay. */
export function removePunctuation(
  text: string,
  { keep = '', replacement = '', insideWords = false }: RemovePunctuationOptions = {},
): string {
  const kept = new Set(keep);
  return text.replace(PUNCTUATION, (run: string, at: number) => {
    if (!insideWords && isInside(text, at, run)) return run;
    if (kept.size === 0) return replacement;
    let out = '';
    let removing = false;
    for (const mark of run) {
      const stays = kept.has(mark);
      if (stays) out += mark;
      else if (!removing) out += replacement;
      removing = !stays;
    }
    return out;
  });
}

function isInside(text: string, at: number, run: string): boolean {
  const before =
    at > 1 && /[\udc00-\udfff]/.test(text[at - 1]!) ? text.slice(at - 2, at) : text.slice(at - 1, at);
  const after = text.slice(at + run.length, at + run.length + 2);
  if (APOSTROPHES_AND_HYPHENS.test(run))
    return /^[\p{L}\p{M}\p{N}]$/u.test(before) && /^[\p{L}\p{N}]/u.test(after);
  return INSIDE_NUMBERS.test(run) && /^\p{N}$/u.test(before) && /^\p{N}/u.test(after);
}

// biome-ignore format: a table
const ASCII: Record<string, string> = {
  '‘': "'", '’': "'", '‚': "'", '‛': "'", '‹': "'", '›': "'", '′': "'", 'ʼ': "'", '`': "'", '´': "'",
  '“': '"', '”': '"', '„': '"', '‟': '"', '«': '"', '»': '"', '″': '"',
  '‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-', '―': '-', '−': '-',
  '…': '...', '․': '.', '‥': '..', '⁄': '/', '•': '*',
};
const NOT_ASCII = new RegExp(`[${Object.keys(ASCII).join('')}]`, 'gu');

/** Writes typographic quotes, dashes and ellipses with ASCII's characters: “a” – b… becomes "a" - b... */
export function normalizePunctuation(text: string): string {
  return text.replace(NOT_ASCII, (mark) => ASCII[mark]!);
}
