import { describe, expect, it } from 'vitest';
import { findPersonalData, type PersonalDataKind, passesLuhn, redact } from './redact.ts';

const found = (kind: PersonalDataKind, text: string, country?: string): string[] =>
  findPersonalData(text, { kinds: [kind], ...(country !== undefined && { country }) }).map(
    (each) => each.text,
  );

describe('e-mail addresses', () => {
  it('are found in text and in many scripts', () => {
    expect(
      found(
        'email',
        'Write to <ann.b+c@mail.example.co.uk>, "o\'neil@example.com", mailto:x_y@example.org. 用户@例子.中国 δοκιμή@παράδειγμα.ελ a@xn--fsq.xn--0zwm56d!',
      ),
    ).toEqual([
      'ann.b+c@mail.example.co.uk',
      "o'neil@example.com",
      'x_y@example.org',
      '用户@例子.中国',
      'δοκιμή@παράδειγμα.ελ',
      'a@xn--fsq.xn--0zwm56d',
    ]);
  });

  it('are not what only has an @', () => {
    expect(
      found('email', '@user a@b a @ b.c a@.com a..b@example.com a@-b.com x.@example.com user@host@'),
    ).toEqual([]);
  });
});

describe('card numbers', () => {
  it('are found with and without separators, and in other digits', () => {
    const numbers = [
      '4111111111111111',
      '5500 0000 0000 0004',
      '3782-822463-10005',
      '6011 1111 1111 1117',
      '3530 1113 3330 0000',
      '3056 9309 0259 04',
      '٤١١١١١١١١١١١١١١١',
      '𝟺𝟷𝟷𝟷 𝟷𝟷𝟷𝟷 𝟷𝟷𝟷𝟷 𝟷𝟷𝟷𝟷',
    ];
    expect(found('card', numbers.join('; '))).toEqual(numbers);
  });

  it('are found between other numbers', () => {
    expect(found('card', 'order 2024 4111 1111 1111 1111 12/26, 123')).toEqual(['4111 1111 1111 1111']);
  });

  it('have a right check digit, a network and its length', () => {
    expect(
      found('card', '4111111111111112 9111111111111111 41111111111111110 411111111111 12345678901234567890'),
    ).toEqual([]);
    expect(passesLuhn('79927398713')).toBe(true);
    expect(passesLuhn('79927398710')).toBe(false);
    expect(passesLuhn('')).toBe(false);
  });
});

describe('IP addresses', () => {
  it('are found in both versions', () => {
    expect(
      found('ip', 'from 192.168.0.1:80, [2001:db8::ff00:42:8329]:443 and ::1 or ::ffff:10.0.0.1.'),
    ).toEqual(['192.168.0.1', '2001:db8::ff00:42:8329', '::1', '::ffff:10.0.0.1']);
  });

  it('are not times, versions of three numbers, or C++', () => {
    expect(found('ip', '12:30:45 1.2.3 256.1.1.1 std::vector a::b 1.2.3.4.5 v1.2.3.4')).toEqual([]);
  });
});

describe('phone numbers', () => {
  it('are found with a calling code', () => {
    expect(found('phone', 'Call +1 (213) 373-4253, +49 30 901820, or +86 138 0013 8000!')).toEqual([
      '+1 (213) 373-4253',
      '+49 30 901820',
      '+86 138 0013 8000',
    ]);
  });

  it('are found as they are written in a country, where it is given', () => {
    const text = 'Call (213) 373-4253 ext. 12 or 213.373.4254.';
    expect(found('phone', text)).toEqual([]);
    expect(found('phone', text, 'US')).toEqual(['(213) 373-4253 ext. 12', '213.373.4254']);
    expect(found('phone', '030 901820', 'DE')).toEqual(['030 901820']);
  });

  it('are found among many', () => {
    const numbers = Array.from({ length: 100 }, (_, i) => `+1 213 373 ${4000 + i}`);
    expect(found('phone', numbers.join('\n'))).toEqual(numbers);
    expect(found('phone', numbers.join(' '))).toEqual(numbers);
  });

  it('are not dates and sums', () => {
    expect(found('phone', 'on 2024-11-24 at 12:30 for 1,000,000.00 in 1999 - 2000', 'US')).toEqual([]);
  });
});

describe('redaction', () => {
  const text = '😀 Mail a@example.com, call +49 30 901820, pay with 4111 1111 1111 1111 from 10.0.0.1';

  it('puts the kind for each finding', () => {
    expect(redact(text)).toBe('😀 Mail [EMAIL], call [PHONE], pay with [CARD] from [IP]');
    expect(redact('nothing here')).toBe('nothing here');
  });

  it('puts what it is told', () => {
    expect(redact(text, { kinds: ['email'], replacement: '***' })).toContain('Mail ***, call +49');
    expect(redact(text, { replacement: ({ kind, text: { length } }) => `<${kind} ${length}>` })).toBe(
      '😀 Mail <email 13>, call <phone 13>, pay with <card 19> from <ip 8>',
    );
  });

  it('gives findings in the order of the text, with their places', () => {
    const findings = findPersonalData(text);
    expect(findings.map((each) => each.kind)).toEqual(['email', 'phone', 'card', 'ip']);
    for (const { start, end, text: part } of findings) expect(text.slice(start, end)).toBe(part);
  });

  it('refuses what it does not know', () => {
    expect(() => findPersonalData('', { kinds: ['name' as never] })).toThrow(
      'kind name is unknown; give some of email',
    );
    expect(() => findPersonalData('', { country: 'Germany' })).toThrow(
      'country is "Germany"; give an ISO 3166-1 code',
    );
  });
});
