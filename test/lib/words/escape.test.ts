import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiOnly, escapeForMail, escapeText, safeJson, shortened } from '#lib/words/escape.ts';

const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/u;

describe('what others wrote', () => {
  test.each([
    ['plain role/analyst-é-日本', 'plain role/analyst-é-日本'],
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['\u202eevil', '\\u{202e}evil'],
    ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
    ['\u2066isolate\u2069', '\\u{2066}isolate\\u{2069}'],
    ['line\u2028separator', 'line\\u{2028}separator'],
    ['\u{e0041}tag', '\\u{e0041}tag'],
    ['half \ud800', 'half \\u{d800}'],
    ['hangul \u3164filler', 'hangul \\u{3164}filler'],
  ])('%j is shown as %j', (text, expected) => expect(escapeText(text)).toBe(expected));

  test('is cut at whole characters', () => {
    expect(shortened('a😀😀😀', 3)).toBe('a😀…');
    expect(shortened('😀😀', 2)).toBe('😀😀');
  });

  test.each([
    ['https://evil.example/login', 'https[:]//evil[.]example/login'],
    ['see www.evil.com', 'see www.evil[.]com'],
    ['evil.com/x', 'evil[.]com/x'],
    ['javascript:alert(1)', 'javascript[:]alert(1)'],
    ['alice@example.com', 'alice@example.com'],
    ['cloudformation.amazonaws.com', 'cloudformation.amazonaws.com'],
    ['evil.amazonaws.com.example', 'evil.amazonaws.com[.]example'],
    ['expectations.yaml:14', 'expectations.yaml:14'],
    ['arn:aws:iam::123456789012:role/x', 'arn:aws:iam::123456789012:role/x'],
    ['aws-cli/2.31.35 md/command#iam', 'aws-cli/2.31.35 md/command#iam'],
  ])('%s carries no link into a mail', (text, expected) => expect(escapeForMail(text)).toBe(expected));

  test('never brings a harmful character through, in any form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(escapeText(text)).not.toMatch(HARMFUL);
        expect(escapeForMail(text)).not.toMatch(HARMFUL);
        expect(asciiOnly(text)).toMatch(/^[\x20-\x7e]*$/);
        const json = safeJson({ text });
        expect(json).not.toMatch(HARMFUL);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });
});
