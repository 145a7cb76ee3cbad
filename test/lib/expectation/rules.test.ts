import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { allowed, awsManaged, expectations, principal } from './fixtures.ts';

const oneRule = (match: string) =>
  expectations(`principals:\n  - match: ${match}\n    expect: any\ndefault: []\n`);

describe('a rule matches by', () => {
  const cases: [match: string, given: Partial<Principal>, matches: boolean][] = [
    ['role/analyst', {}, true],
    ['role/analyst', { kind: 'user' }, false],
    ['role/analyst', { path: '/team/' }, true],
    ['role/Analyst', {}, false],
    ['role/analyst*', { name: 'analyst-7' }, true],
    ['role/analyst-?', { name: 'analyst-7' }, true],
    ['role/analyst-?', { name: 'analyst-77' }, false],
    ['role/analyst+', { name: 'analyst' }, false],
    ['role/team/vision/analyst', { path: '/team/vision/' }, true],
    ['role/team/*', { path: '/team/vision/' }, true],
    ['role/team/*', { path: '/other/' }, false],
    ['role/team*', { name: 'x', path: '/team/vision/' }, false],
    ['role/*', { kind: 'user' }, false],
    ['"*"', { kind: 'user' }, true],
    ['arn:aws:iam::123456789012:role/team/analyst', { path: '/team/' }, true],
    ['arn:aws:iam::*:role/analyst', { path: '/team/' }, false],
    ['arn:aws:iam::*:role/*', {}, true],
    ['[user/x, role/analyst]', {}, true],
    ['{ user: analyst }', {}, false],
    ['{ user: "*" }', { kind: 'user' }, true],
    ['{ role: [a, "an*"] }', {}, true],
    ['{ path: /team/ }', { path: '/team/' }, true],
    ['{ path: /team/ }', { path: '/team/vision/' }, false],
    ['{ path: /team/* }', { path: '/team/vision/' }, true],
    ['{ arn: "arn:aws:iam::123456789012:role/*" }', {}, true],
    ['{ tag: { team: vision } }', { tags: { team: 'vision' } }, true],
    ['{ tag: { team: vision } }', { tags: { team: 'Vision' } }, false],
    ['{ tag: { team: vision } }', {}, false],
    ['{ tag: { team: "*" } }', { tags: { team: '' } }, true],
    ['{ tag: { toString: "*" } }', {}, false],
    ['{ tag: { team: [a, b], env: prod } }', { tags: { team: 'b', env: 'prod' } }, true],
    ['{ tag: { team: [a, b], env: prod } }', { tags: { team: 'b' } }, false],
    ['{ tag: { cost: 0042 } }', { tags: { cost: '0042' } }, true],
    ['{ group: ml* }', { kind: 'user', groups: ['x', 'ml-team'] }, true],
    ['{ group: ml* }', { kind: 'user', groups: [] }, false],
    ['{ attached: SecurityAudit }', { policies: [awsManaged('SecurityAudit')] }, true],
    [
      '{ attached: "arn:aws:iam::aws:policy/Sec*" }',
      { policies: [{ ...awsManaged('SecurityAudit'), group: 'g' }] },
      true,
    ],
    [
      '{ attached: SecurityAudit }',
      { policies: [{ ...awsManaged('SecurityAudit'), type: 'inline' }] },
      false,
    ],
    ['{ role: analyst, path: /x/ }', {}, false],
    ['[{ role: nobody }, { path: / }]', {}, true],
  ];
  it.each(cases)('%s against %j: %s', (match, given, matches) => {
    expect(oneRule(match).expectationFor(principal(given)).kind).toBe(matches ? 'any' : 'sets');
  });
});

describe('what a rule expects', () => {
  const file = expectations(`
sets:
  search:
    - { Effect: Allow, Action: rekognition:SearchFaces, Resource: "arn:aws:rekognition:*:*:collection/v-*" }
  both: [search, AmazonRekognitionReadOnlyAccess@v4]
principals:
  - { match: role/first, expect: [AmazonRekognitionReadOnlyAccess] }
  - { match: role/first, expect: any }
  - { match: role/old, expect: AmazonRekognitionReadOnlyAccess@v4 }
  - { match: role/none, expect: [] }
  - { match: role/both, expect: [both, readonly-example, search] }
  - { match: role/built-in, expect: built-in }
default: []
`);
  const of = (name: string) => file.expectationFor(principal({ name }));

  it('is told by the first rule that matches, with its line', () => {
    const expectation = of('first');
    expect(expectation).toMatchObject({
      kind: 'sets',
      label: 'AmazonRekognitionReadOnlyAccess v10',
      rule: { file: 'e.yaml', line: 7 },
      policies: [{ type: 'aws-managed', name: 'AmazonRekognitionReadOnlyAccess', versionId: 'v10' }],
    });
    expect(allowed(expectation)).toHaveLength(35);
  });

  it('can be an older version', () => {
    expect(of('old').label).toBe('AmazonRekognitionReadOnlyAccess v4');
    expect(allowed(of('old'))).toHaveLength(23);
  });

  it('can be nothing', () => {
    expect(of('none')).toMatchObject({ label: 'nothing', policies: [], rule: { line: 10 } });
    expect(of('somebody')).toMatchObject({ label: 'nothing', policies: [], rule: { line: 13 } });
  });

  it('can be several sets, each policy once, called by the names in the file', () => {
    const expectation = of('both');
    expect(expectation.label).toBe('both + readonly-example + search');
    expect(expectation.kind === 'sets' && expectation.policies.map(({ name }) => name)).toEqual([
      'search',
      'AmazonRekognitionReadOnlyAccess',
      'readonly-example',
    ]);
  });

  it('can be the built-in expectation', () => {
    const attached = principal({ name: 'built-in', policies: [awsManaged('AmazonRekognitionFullAccess')] });
    expect(file.expectationFor(attached)).toMatchObject({
      label: 'AmazonRekognitionFullAccess v1',
      rule: { line: 12 },
    });
  });

  it('is one object for all principals of a rule', () => {
    expect(of('none')).toBe(of('none'));
    expect(of('somebody')).toBe(of('somebody-else'));
  });
});
