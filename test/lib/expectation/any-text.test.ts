import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { messages, principal } from './fixtures.ts';

describe('whatever the text', () => {
  const use = (text: string) => {
    const { expectations: read } = parseExpectations(text, 'e.yaml');
    read.expectationFor(principal());
    read.idleEntries('2026-11-24');
  };

  it('never throws', () => {
    const word = fc.constantFrom(
      ...[
        'sets',
        'guards',
        'principals',
        'suppress',
        'default',
        'context',
        'match',
        'expect',
        'any',
        '- ',
        ': ',
      ],
      ...[
        '\n',
        '  ',
        '[',
        ']',
        '{',
        '}',
        '*a',
        '&a ',
        '"',
        'role/x',
        'mfa: true',
        '!!map',
        '? ',
        '|',
        '__proto__',
      ],
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        use(words.join(''));
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws for any value in any place', () => {
    const key = fc.constantFrom(
      ...[
        'sets',
        'guards',
        'principals',
        'suppress',
        'default',
        'context',
        'match',
        'expect',
        'tag',
        'actions',
      ],
      ...[
        'Effect',
        'Action',
        'Resource',
        'Condition',
        'between',
        'source-ip',
        'until',
        'principal',
        '__proto__',
        's',
      ],
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom(
          'any',
          's',
          'role/*',
          '*',
          'rekognition:*',
          'Allow',
          '',
          null,
          true,
          12,
          '2026-01-01',
        ),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, (data) => {
        use(JSON.stringify(data));
      }),
      { numRuns: 2000 },
    );
  });

  it('ends quickly on aliases that multiply', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...[...'bcdefghi'].map((c, i) => {
        const before = `*${'abcdefgh'[i]}`;
        return `${c}: &${c} [${new Array(9).fill(before).join(',')}]`;
      }),
    ].join('\n');
    expect(messages(bomb)).toEqual([expect.stringMatching(/not usable YAML: .*alias/i)]);
  });
});
