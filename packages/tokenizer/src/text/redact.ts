import { isIP } from 'node:net';
import type { CountryCode } from 'libphonenumber-js';
import { lazy } from './lazy.ts';
import type { Span } from './span.ts';

export type PersonalDataKind = 'email' | 'phone' | 'card' | 'ip';

/** Personal data in a text. */
export interface Finding extends Span {
  readonly kind: PersonalDataKind;
}

export interface FindPersonalDataOptions {
  /** What to look for; by default all kinds. */
  kinds?: readonly PersonalDataKind[];
  /**
   * The country whose national phone numbers are found too, as an ISO 3166-1 code such as `US` or `DE`. Without one, only
   * numbers that begin with + and a country's calling code are.
   */
  country?: string;
}

export interface RedactOptions extends FindPersonalDataOptions {
  /** What stands for a finding; by default its kind, as `[EMAIL]`. */
  replacement?: string | ((finding: Finding) => string);
}

const phoneNumbers = lazy((require) => require('libphonenumber-js') as typeof import('libphonenumber-js'));

/** In the order in which they win where they overlap and begin at the same place. */
const KINDS: readonly PersonalDataKind[] = ['email', 'ip', 'card', 'phone'];

const FINDERS: Record<PersonalDataKind, (text: string, country: string | undefined) => Finding[]> = {
  email: findEmails,
  ip: findIpAddresses,
  card: findCards,
  phone: findPhones,
};

/**
 * Finds e-mail addresses, phone numbers that are valid in their country, payment card numbers (of a known network, with a
 * right check digit by Luhn's formula, ISO/IEC 7812-1), and IPv4 and IPv6 addresses. In the order of the text, never
 * overlapping. Takes linear time.
 * @throws {RangeError} where a kind or the country is unknown.
 */
export function findPersonalData(
  text: string,
  { kinds = KINDS, country }: FindPersonalDataOptions = {},
): Finding[] {
  for (const kind of kinds) {
    if (!KINDS.includes(kind)) {
      throw new RangeError(
        `findPersonalData: kind ${String(kind)} is unknown; give some of ${KINDS.join(', ')}.`,
      );
    }
  }
  const all = KINDS.filter((kind) => kinds.includes(kind)).flatMap((kind) => FINDERS[kind](text, country));
  all.sort((a, b) => a.start - b.start || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  const found: Finding[] = [];
  for (const finding of all) {
    const last = found.at(-1);
    if (!last || finding.start >= last.end) found.push(finding);
    else if (KINDS.indexOf(finding.kind) < KINDS.indexOf(last.kind)) found[found.length - 1] = finding;
  }
  return found;
}

/** The text with a replacement for all that `findPersonalData` finds. */
export function redact(text: string, { replacement, ...options }: RedactOptions = {}): string {
  let result = '';
  let end = 0;
  for (const finding of findPersonalData(text, options)) {
    const put =
      typeof replacement === 'function'
        ? replacement(finding)
        : (replacement ?? `[${finding.kind.toUpperCase()}]`);
    result += text.slice(end, finding.start) + put;
    end = finding.end;
  }
  return result + text.slice(end);
}

/** The longest local part and domain of an address: RFC 5321, section 4.5.3.1. */
const LOCAL_PART = 64;
const DOMAIN = 255;
const LOCAL_END = /[\p{L}\p{M}\p{N}!#$%&'*+\-/=?^_`{|}~.]+$/u;
const DOMAIN_START =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.){1,10}(?:xn--[a-z0-9-]{1,59}|[\p{L}][\p{L}\p{M}]{1,62})(?![\p{L}\p{N}_@])/iu;

/** Looks around each @, so that a long text without one costs nothing. */
function findEmails(text: string): Finding[] {
  const found: Finding[] = [];
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const domain = DOMAIN_START.exec(text.slice(at + 1, at + 2 + DOMAIN))?.[0];
    if (domain === undefined) continue;
    const before = text.slice(Math.max(found.at(-1)?.end ?? 0, at - LOCAL_PART), at);
    const local = LOCAL_END.exec(before)?.[0].replace(/^[.'`{|/&=?!*#^~-]+/, '');
    if (!local || local.endsWith('.') || local.includes('..')) continue;
    found.push(finding('email', text, { start: at - local.length, end: at + 1 + domain.length }));
  }
  return found;
}

const IP_CANDIDATE =
  /(?<![\p{L}\p{N}_.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?![\p{L}\p{N}_]|\.\d)|[0-9a-f:]{2,39}(?:\d{1,3}(?:\.\d{1,3}){3})?(?![\p{L}\p{N}_:]|\.\d))/giu;

function findIpAddresses(text: string): Finding[] {
  const found: Finding[] = [];
  for (const { 0: candidate, index } of text.matchAll(IP_CANDIDATE)) {
    const version = isIP(candidate);
    // `::` and `a::b` are addresses, and C++ too.
    if (version === 0 || (version === 6 && !/\d/.test(candidate))) continue;
    found.push(finding('ip', text, { start: index, end: index + candidate.length }));
  }
  return found;
}

/** Groups of digits with single spaces, hyphens or periods between. */
const DIGIT_GROUPS = /\p{Nd}+(?:[ \u00a0.\-\u2010-\u2013]\p{Nd}+)*/gu;
const SHORTEST_CARD = 12;
const LONGEST_CARD = 19;
/** Networks by the first digits of their numbers and the lengths that they issue. */
const NETWORKS: readonly { prefix: RegExp; lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 19] }, // Visa
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] }, // Mastercard
  { prefix: /^3[47]/, lengths: [15] }, // American Express
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 17, 18, 19] }, // Discover
  { prefix: /^(?:30[0-5]|3[689])/, lengths: [14, 16, 17, 18, 19] }, // Diners Club
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16, 17, 18, 19] }, // JCB
  { prefix: /^62/, lengths: [16, 17, 18, 19] }, // UnionPay
  { prefix: /^(?:50|5[6-8]|6)/, lengths: [12, 13, 14, 15, 16, 17, 18, 19] }, // Maestro
  { prefix: /^220[0-4]/, lengths: [16, 17, 18, 19] }, // Mir
];

function findCards(text: string): Finding[] {
  const found: Finding[] = [];
  for (const { 0: run, index } of text.matchAll(DIGIT_GROUPS)) {
    const groups = [...run.matchAll(/\p{Nd}+/gu)].map((group) => ({
      start: index + group.index,
      end: index + group.index + group[0].length,
      digits: [...group[0].slice(0, 2 * LONGEST_CARD + 2)].map(digitValue).join(''),
    }));
    for (let first = 0; first < groups.length; first++) {
      const last = lastGroupOfCard(groups, first);
      if (last === undefined) continue;
      found.push(finding('card', text, { start: groups[first]!.start, end: groups[last]!.end }));
      first = last;
    }
  }
  return found;
}

function lastGroupOfCard(groups: readonly { digits: string }[], first: number): number | undefined {
  let digits = '';
  let longest: number | undefined;
  for (let last = first; last < groups.length && digits.length <= LONGEST_CARD; last++) {
    digits += groups[last]!.digits;
    if (digits.length >= SHORTEST_CARD && isCardNumber(digits)) longest = last;
  }
  return longest;
}

function isCardNumber(digits: string): boolean {
  const isIssued = NETWORKS.some(
    ({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits),
  );
  return isIssued && passesLuhn(digits);
}

/** Whether the last of the decimal digits is the check digit of the others by Luhn's formula (ISO/IEC 7812-1, annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const value = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? value : value > 4 ? 2 * value - 9 : 2 * value;
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** The value of a decimal digit of any script: Unicode has the ten of each in a row, zero first. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0)!;
  if (code < 0x80) return code - 48;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  // Mathematical digits are five rows without a gap.
  return code >= 0x1d7ce && code <= 0x1d7ff ? (code - 0x1d7ce) % 10 : code - zero;
}

/** What phone numbers are written with, at least seven of it. */
const PHONE_RUN = /[+＋(（\p{Nd}][\p{Nd}\s()（）[\]/.\-\u2010-\u2015\u2212~]{5,}\p{Nd}/gu;
/** Longer runs are searched in pieces, since the library takes time quadratic in the length of a run. */
const PIECE = 96;
const OVERLAP = 36;
const CONTEXT = 20;
const NOT_DIGITS_BEFORE = /\P{Nd}*$/u;
/** An extension, or what follows up to the next digit. */
const AFTER = /^(?:[,;]?\s*(?:ext(?:ension|n)?|x|#)[.:]?\s*\p{Nd}{1,7}|\P{Nd}*)/iu;

function findPhones(text: string, country: string | undefined): Finding[] {
  const library = phoneNumbers();
  if (country !== undefined && !library.isSupportedCountry(country)) {
    throw new RangeError(
      `findPersonalData: country is ${JSON.stringify(country)}; give an ISO 3166-1 code of two letters, such as US or DE.`,
    );
  }
  const options = {
    v2: true,
    ...(country !== undefined && { defaultCountry: country as CountryCode }),
  } as const;
  const found: Finding[] = [];
  for (const { 0: run, index } of text.matchAll(PHONE_RUN)) {
    const runEnd = index + run.length;
    let start = index;
    while (start < runEnd) {
      const end = Math.min(start + PIECE, runEnd);
      const isLast = end === runEnd;
      // Context only at the run's own ends: it tells the library of letters beside the number and of its extension.
      const from =
        start === index
          ? start - NOT_DIGITS_BEFORE.exec(text.slice(Math.max(0, start - CONTEXT), start))![0].length
          : start;
      const to = isLast ? end + AFTER.exec(text.slice(end, end + CONTEXT))![0].length : end;
      let next = isLast ? end : end - OVERLAP;
      for (const match of library.findPhoneNumbersInText(text.slice(from, to), options)) {
        const span = { start: from + match.startsAt, end: from + match.endsAt };
        if (!isLast && span.end > end - CONTEXT) continue;
        if (span.start < (found.at(-1)?.end ?? 0)) continue;
        found.push(finding('phone', text, span));
        next = Math.max(next, span.end);
      }
      start = next;
    }
  }
  return found;
}

function finding(
  kind: PersonalDataKind,
  text: string,
  { start, end }: { start: number; end: number },
): Finding {
  return { kind, start, end, text: text.slice(start, end) };
}
