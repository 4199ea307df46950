export interface DetokenizeOptions {
  /** A BCP 47 tag, default `en`: English joins clitics (`do n't`), and French puts a no-break space before `! ? : ;`. */
  language?: string;
}

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#124;': '|',
  '&#91;': '[',
  '&#93;': ']',
};
const ENTITY = /&(?:amp|lt|gt|quot|apos|#124|#91|#93);/g;
/** What tokenizers of the Penn Treebank write for quotes and brackets. */
const TREEBANK: Record<string, string> = {
  '``': '"',
  "''": '"',
  '-LRB-': '(',
  '-RRB-': ')',
  '-LSB-': '[',
  '-RSB-': ']',
  '-LCB-': '{',
  '-RCB-': '}',
};

const JOINS_NEXT = /^[([{¿¡«„‚“‘‹$£€¥₹]+$/u;
const JOINS_PREVIOUS = /^[.,;:!?)\]}%‰°»”›…،؛؟।॥'’]+$/u;
const CLITIC = /^(?:['’](?:s|re|ve|d|ll|m|em|tis|twas)|n['’]t)$/iu;
const ELISION = /^\p{L}{1,8}['’]$/u;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff0f\uff1a-\uff1f]/u;
const STARTS_CJK = new RegExp(`^${CJK.source}`, 'u');
const ENDS_CJK = new RegExp(`${CJK.source}$`, 'u');
const FULL_WIDTH =
  '[\\u3001-\\u3011\\u3014-\\u301f\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff3d\\uff5b-\\uff65]';
const STARTS_FULL_WIDTH = new RegExp(`^${FULL_WIDTH}`, 'u');
const ENDS_FULL_WIDTH = new RegExp(`${FULL_WIDTH}$`, 'u');
/** What a mark closes that opens elsewhere: German's quotes. */
const CLOSED_BY: Record<string, string> = { '“': '„', '‘': '‚' };
/** Languages in which an apostrophe ends a word that the next is joined to. */
const ELIDING = new Set(['fr', 'it', 'ca', 'oc', 'ga']);

/**
 * Text of words and punctuation marks, as Moses' detokenizer spaces it: none before what closes, none after what opens, straight
 * quotes by turns, none between Chinese or Japanese words. Moses' escapes (`&apos;`, `@-@`) and the Penn Treebank's quotes and
 * brackets are undone.
 */
export function detokenize(tokens: readonly string[], { language = 'en' }: DetokenizeOptions = {}): string {
  const primary = language.split('-')[0]!.toLowerCase();
  const words = tokens.map(plainToken).filter((token) => token !== '');
  const open = new Set<string>();
  let text = '';
  let previous = '';
  let spaceAfter = false;
  for (const [i, token] of words.entries()) {
    const { word, before, after } = spacing({ token, previous, next: words[i + 1] ?? '', open, primary });
    if (spaceAfter && before && !ENDS_FULL_WIDTH.test(previous)) text += ' ';
    text += word;
    previous = token;
    spaceAfter = after;
  }
  return text;
}

interface Place {
  token: string;
  previous: string;
  next: string;
  /** The quotes that are open; changed where the token is one. */
  open: Set<string>;
  /** The language's primary subtag. */
  primary: string;
}

/** How a token is written, and whether there may be a space before and after it. */
function spacing({ token, previous, next, open, primary }: Place): {
  word: string;
  before: boolean;
  after: boolean;
} {
  const alone = { word: token, before: true, after: true };
  const isFrench = primary === 'fr';
  if (/^@[-/]@$/.test(token)) return { word: token[1]!, before: false, after: false };
  const isApostrophe = token === "'" && !open.has(token) && /s$/i.test(previous) && next !== '';
  if (token === '"' || (token === "'" && !isApostrophe)) {
    if (open.delete(token)) return { ...alone, before: false };
    open.add(token);
    return { ...alone, after: false };
  }
  const opening = CLOSED_BY[token];
  if (opening !== undefined && open.delete(opening)) return { ...alone, before: false };
  if (STARTS_FULL_WIDTH.test(token) || (STARTS_CJK.test(token) && ENDS_CJK.test(previous))) {
    return { ...alone, before: false };
  }
  if (JOINS_NEXT.test(token)) {
    if (token === '„' || token === '‚') open.add(token);
    if (/^[$£€¥₹]+$/u.test(token)) return { ...alone, after: !/^\p{N}/u.test(next) };
    return { word: isFrench && token === '«' ? '«\u00a0' : token, before: true, after: false };
  }
  if (JOINS_PREVIOUS.test(token)) {
    const needsSpace = isFrench && /^[!?:;»]+$/.test(token) && previous !== '';
    return { word: needsSpace ? `\u00a0${token}` : token, before: false, after: true };
  }
  if (CLITIC.test(token) && primary === 'en') return { ...alone, before: false };
  if (ELISION.test(token) && ELIDING.has(primary)) return { ...alone, after: false };
  return alone;
}

function plainToken(token: string): string {
  if (Object.hasOwn(TREEBANK, token)) return TREEBANK[token]!;
  return token.includes('&') ? token.replace(ENTITY, (entity) => ENTITIES[entity]!) : token;
}
