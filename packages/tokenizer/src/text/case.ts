export interface CaseOptions {
  /** A BCP 47 tag whose rules count, such as `tr`, `az`, `lt` or `el`; by default none's. */
  locale?: string;
}

/**
 * Lower case by Unicode's rules: a sigma that ends a word is ς, and İ becomes i with a dot above.
 * @throws {RangeError} where the locale is no BCP 47 tag.
 */
export function lowerCase(text: string, { locale }: CaseOptions = {}): string {
  return locale === undefined ? text.toLowerCase() : text.toLocaleLowerCase(checked('lowerCase', locale));
}

/**
 * Upper case by Unicode's rules: ß becomes SS.
 * @throws {RangeError} where the locale is no BCP 47 tag.
 */
export function upperCase(text: string, { locale }: CaseOptions = {}): string {
  return locale === undefined ? text.toUpperCase() : text.toLocaleUpperCase(checked('upperCase', locale));
}

/** What the lower case of the upper case folds wrongly: ı, which folds to itself, and Cherokee, which folds to upper case. */
const EXCEPTIONS = /[\u0131\u13a0-\u13ff\uab70-\uabbf]+/gu;

/**
 * Case folding: texts that differ only in case become equal (ß and SS, ς and σ). For comparing, not for showing. It is
 * Unicode's full folding, statuses C and F of CaseFolding.txt.
 */
export function foldCase(text: string): string {
  let folded = '';
  let end = 0;
  for (const match of text.matchAll(EXCEPTIONS)) {
    const exception = match[0].replace(/[^\u0131]+/gu, (cherokee) => cherokee.toUpperCase());
    folded += fold(text.slice(end, match.index)) + exception;
    end = match.index + match[0].length;
  }
  return folded + fold(text.slice(end));
}

function fold(text: string): string {
  // The first step is for ẞ, whose upper case is itself.
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

function checked(where: string, locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0]!;
  } catch (cause) {
    throw new RangeError(
      `${where}: locale is ${JSON.stringify(locale)}, no BCP 47 language tag; give one such as tr or pt-BR.`,
      { cause },
    );
  }
}
