import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { acceptIn } from '#lib/expectation/accept-in-yaml.ts';
import type { Acceptance } from '#lib/expectation/acceptance.ts';
import { changedLines } from '#lib/expectation/changed-lines.ts';
import { renewIn, suppressIn } from '#lib/expectation/suppress-in-yaml.ts';

const suppression = {
  principal: 'role/a',
  actions: ['rekognition:DeleteFaces'],
  reason: 'why not',
  owner: 'me',
  until: '2026-12-31',
};
const suppressed = (text: string) => suppressIn(text, [suppression]);
/** What was written into a text; nothing of it went. */
const added = (before: string, after: string): string[] => {
  const lines = changedLines(before, after);
  expect(lines.filter((line) => line.startsWith('-'))).toEqual([]);
  return lines.map((line) => line.replace(/^\+\d+: /, ''));
};

const wide = `---
# top
region:   us-east-1
sets:
    own:   # aligned
        - { Effect: Allow,   Action: [ rekognition:DetectFaces ], Resource: "*" }
        - Effect: Allow
          Action:
            - rekognition:ListFaces      # one
          Resource: '*'


principals:
    -   match:   'role/*'
        expect:  built-in     # as it was

suppress:
    -   principal: role/x
        actions:   rekognition:*
        reason:    "it's so"
        owner:     x
        until:     2026-01-31

# bottom
default: built-in
`;

describe('what is written into expectations', () => {
  test('is laid out as the rest, and nothing else changes', () => {
    expect(added(wide, suppressed(wide))).toEqual([
      '    -   principal: role/a',
      '        actions: [ rekognition:DeleteFaces ]',
      '        reason: why not',
      '        owner: me',
      '        until: 2026-12-31',
    ]);
  });

  test('of a rule stands above the one that has decided, with its set beside the others', () => {
    const acceptance: Acceptance = {
      subject: 'role/a',
      at: { file: 'expectations.yaml', line: 14 },
      rule: { expect: 'built-in', own: false },
      edit: {
        expect: ['own', 'accepted'],
        sets: { accepted: [{ Effect: 'Deny', Action: '*', Resource: '*' }] },
      },
    };
    const after = acceptIn(wide, [acceptance]);
    expect(added(wide, after)).toEqual([
      '    accepted:',
      '        - Effect: Deny',
      '          Action: "*"',
      '          Resource: "*"',
      '    -   match: role/a',
      '        expect: [ own, accepted ]',
    ]);
    expect(after.indexOf('match: role/a')).toBeLessThan(after.indexOf("match:   'role/*'"));
  });

  test('in the place of something changes that alone', () => {
    const line = wide.split('\n').indexOf('    -   principal: role/x') + 1;
    const after = renewIn(wide, [line], { reason: "it's so", owner: 'x', until: '2027-01-31' });
    expect(changedLines(wide, after)).toEqual([
      '-22:         until:     2026-01-31',
      '+22:         until: 2027-01-31',
    ]);
  });

  test.each([
    ['line ends of Windows', 'region: us-east-1\r\nprincipals:\r\n  - match: role/*\r\n    expect: any\r\n'],
    ['a mark at the beginning', '\ufeffregion: us-east-1\nprincipals: [{ match: "role/*", expect: any }]\n'],
    ['no end of the last line', 'region:   us-east-1\n# last'],
    ['tabs before comments', 'region: us-east-1\t# here\n'],
  ])('keeps %s', (_, text) => {
    const after = suppressed(text);
    expect(after.startsWith(text.replace(/# last$/, ''))).toBe(true);
    expect(after.includes('\r\n')).toBe(text.includes('\r\n'));
    expect(/[^\r]\n/.test(after)).toBe(!text.includes('\r\n'));
    expect(parse(after.replace('\ufeff', ''))).toMatchObject({
      region: 'us-east-1',
      suppress: [suppression],
    });
  });

  test('begins a file where there is none', () => {
    expect(parse(suppressed(''))).toEqual({ suppress: [suppression] });
    expect(parse(suppressed('# to be written\n'))).toEqual({ suppress: [suppression] });
  });

  test('is said, however a text is laid out', () => {
    const space = fc.constantFrom('', ' ', '   ');
    const text = fc
      .record({
        step: fc.constantFrom(2, 3, 4),
        dash: fc.constantFrom(1, 2, 3),
        gap: space,
        lines: fc.constantFrom(0, 1, 3),
      })
      .map(({ step, dash, gap, lines }) => {
        const [one, behind] = [' '.repeat(step), `-${' '.repeat(dash)}`];
        const blank = '\n'.repeat(lines);
        const inner = one + ' '.repeat(dash + 1);
        return `region: ${gap}us-east-1 ${gap}# a\n${blank}suppress:\n${one}${behind}principal: ${gap}role/x\n${inner}actions: "rekognition:*"\n${blank}${inner}# b\n${inner}reason: x\n${inner}owner: x\n${inner}until: 2026-01-31\n${blank}default: []\n`;
      });
    fc.assert(
      fc.property(text, (given) => {
        const after = suppressed(given);
        expect(parse(after)).toEqual({ ...parse(given), suppress: [...parse(given).suppress, suppression] });
        expect(added(given, after)).toHaveLength(5);
      }),
    );
  });
});
