import { describe, expect, it } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { actionTable } from '#lib/catalog/actions.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { decide, PolicyCompiler } from '#lib/policy/index.ts';
import { awsManaged, expectations, principal } from './fixtures.ts';

const compiler = new PolicyCompiler(actionTable);

/** Actions that an expectation allows on everything, in a context. */
function allowed(expectation: Expectation, context: Record<string, string> = {}): string[] {
  if (expectation.kind === 'any') throw new Error('not judged');
  const set = compiler.compileSet({
    identity: expectation.policies,
    scps: expectation.guards.map(({ policy }) => [policy]),
  });
  return actionTable.filter(
    (action) => decide(set, { action, resource: '*', context }).decision === 'allowed',
  );
}

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

describe('the built-in expectation', () => {
  const builtIn = builtInExpectations();
  const of = (...policies: Principal['policies']) => builtIn.expectationFor(principal({ policies }));

  it('is nothing without Rekognition managed policies', () => {
    expect(of(awsManaged('SecurityAudit'))).toEqual({
      kind: 'sets',
      label: 'nothing',
      policies: [],
      guards: [],
    });
  });

  it('is what the attached ones grant, in the newest version known, through groups as well', () => {
    const group = { ...awsManaged('AmazonRekognitionReadOnlyAccess', 'v9'), group: 'analysts' };
    const expectation = of(awsManaged('AmazonRekognitionCustomLabelsFullAccess', 'v4'), group, group);
    expect(expectation.label).toBe(
      'AmazonRekognitionCustomLabelsFullAccess v4 + AmazonRekognitionReadOnlyAccess v10',
    );
    expect(allowed(expectation)).toContain('rekognition:CreateProject');
    expect(allowed(expectation)).toContain('rekognition:ListMediaAnalysisJobs');
    expect(allowed(expectation)).not.toContain('rekognition:DeleteFaces');
  });

  it('does not take a policy of the account for AWS’s', () => {
    const named = (name: string): Principal['policies'][number] => ({
      ...awsManaged(name),
      type: 'customer-managed',
      arn: `arn:aws:iam::123456789012:policy/${name}`,
    });
    expect(of(named('AmazonRekognitionFullAccess')).label).toBe('nothing');
    expect(of(named('AdministratorAccess')).kind).toBe('sets');
    expect(of({ ...awsManaged('AdministratorAccess'), type: 'inline' }).kind).toBe('sets');
    expect(of({ ...named('AdministratorAccess'), type: 'aws-managed' }).kind).toBe('sets');
  });

  it.each(['AdministratorAccess', 'PowerUserAccess'])('does not judge holders of %s', (name) => {
    expect(of(awsManaged('AmazonRekognitionReadOnlyAccess', 'v10'), awsManaged(name))).toEqual({
      kind: 'any',
      label: `anything (${name})`,
      administrator: true,
    });
  });

  it('knows the policies in the other partitions', () => {
    const gov = {
      ...awsManaged('AmazonRekognitionFullAccess'),
      arn: 'arn:aws-us-gov:iam::aws:policy/AmazonRekognitionFullAccess',
    };
    expect(of(gov).label).toBe('AmazonRekognitionFullAccess v1');
  });
});

describe('guards', () => {
  const file = expectations(`
context: { aws:SourceIp: 198.51.100.7 }
guards:
  mfa: { access-levels: [Write, Tagging], applies-to: users, mfa: true }
  tls: { tls: true }
  office: { actions: ["rekognition:Search*"], source-ip: [198.51.100.0/24, 203.0.113.4] }
  year: { actions: rekognition:DetectText, between: [2026-01-01, 2026-12-31] }
  region: { condition: { StringEquals: { aws:RequestedRegion: [eu-west-1] } }, without: outside Ireland }
principals:
  - { match: user/*, expect: [full-access], guards: [mfa, tls] }
  - { match: role/office, expect: [full-access], guards: [office, year] }
  - { match: role/region, expect: [full-access], guards: [region] }
  - { match: role/free, expect: [full-access], guards: [] }
  - { match: role/any, expect: any }
default: [full-access]
`);
  const guards = (expectation: Expectation) =>
    expectation.kind === 'sets' ? expectation.guards.map(({ name }) => name) : undefined;
  const user = file.expectationFor(principal({ kind: 'user', name: 'bob' }));
  const office = file.expectationFor(principal({ name: 'office' }));

  it('apply to every rule that names none of its own, and for whom they are made', () => {
    expect(guards(user)).toEqual(['mfa', 'tls']);
    expect(guards(office)).toEqual(['office', 'year']);
    expect(guards(file.expectationFor(principal({ name: 'free' })))).toEqual([]);
    expect(guards(file.expectationFor(principal({ name: 'somebody' })))).toEqual([
      'tls',
      'office',
      'year',
      'region',
    ]);
    expect(guards(file.expectationFor(principal({ name: 'any' })))).toBeUndefined();
  });

  it('are told in words', () => {
    const all = file.expectationFor(principal({ name: 'somebody' }));
    expect(all.kind === 'sets' && all.guards.map(({ without }) => without)).toEqual([
      'without TLS',
      'from outside 198.51.100.0/24, 203.0.113.4',
      'outside 2026-01-01…2026-12-31',
      'outside Ireland',
    ]);
  });

  it('allow what they cover under their condition only, and all else', () => {
    const tls = { 'aws:SecureTransport': 'true' };
    const withMfa = allowed(user, { ...tls, 'aws:MultiFactorAuthPresent': 'true' });
    expect(withMfa).toEqual(actionTable);
    expect(allowed(user, { ...tls, 'aws:MultiFactorAuthPresent': 'false' })).toHaveLength(37);
    // Long-term access keys do not carry the key at all.
    expect(allowed(user, tls)).toHaveLength(37);
    expect(allowed(user, tls)).not.toContain('rekognition:TagResource');
    expect(allowed(user, { 'aws:MultiFactorAuthPresent': 'true' })).toEqual([]);
  });

  it.each([
    ['198.51.100.99', '2026-06-01T00:00:00Z', true, true],
    ['203.0.113.4', '2026-12-31T23:59:59Z', true, true],
    ['203.0.113.5', '2027-01-01T00:00:00Z', false, false],
    ['2001:db8::1', '2025-12-31T23:59:59Z', false, false],
  ])('from %s at %s', (ip, time, search, detect) => {
    const now = allowed(office, { 'aws:SourceIp': ip, 'aws:CurrentTime': time });
    expect(now.includes('rekognition:SearchFaces')).toBe(search);
    expect(now.includes('rekognition:DetectText')).toBe(detect);
    expect(now).toContain('rekognition:DeleteFaces');
  });
});

describe('suppressions', () => {
  const file = expectations(`
suppress:
  - principal: role/etl*
    actions: [rekognition:Detect*, rekognition:deletefaces]
    reason: moves in December
    owner: vision@example.com
    until: 2026-12-31
  - { principal: user/gone, actions: "*", reason: r, owner: o, until: 2026-01-31 }
`);
  const [first, second] = file.suppressions;
  const etl = principal({ name: 'etl-2' });

  it.each([
    ['rekognition:DetectText', '2026-12-31', true],
    ['rekognition:DeleteFaces', '2026-01-01', true],
    ['rekognition:DeleteFaces', '2027-01-01', false],
    ['rekognition:SearchFaces', '2026-06-01', false],
  ])('%s on %s: %s', (action, today, covered) => {
    expect(file.suppressionFor(etl, action, today)).toBe(covered ? first : undefined);
    expect(file.suppressionFor(principal(), action, today)).toBeUndefined();
  });

  it('say who, why and where', () => {
    expect(first).toEqual({
      principal: 'role/etl*',
      actions: ['rekognition:Detect*', 'rekognition:deletefaces'],
      reason: 'moves in December',
      owner: 'vision@example.com',
      until: '2026-12-31',
      location: { file: 'e.yaml', line: 3 },
    });
  });

  it('expire after their last day', () => {
    expect(file.expiredSuppressions('2026-01-31')).toEqual([]);
    expect(file.expiredSuppressions('2026-02-01')).toEqual([second]);
  });
});

describe('patterns that matched nobody', () => {
  const text = `
principals:
  - { match: role/analist, expect: [] }
  - { match: [role/analyst, user/ghost], expect: [] }
  - { match: role/a*, expect: any }
suppress:
  - { principal: user/ghost, actions: "*", reason: r, owner: o, until: 2026-12-31 }
`;

  it('are warned of after the run, as are rules that never came to apply', () => {
    const file = expectations(text);
    file.expectationFor(principal({ name: 'analyst' }));
    expect(file.unmatchedRules()).toEqual([
      {
        severity: 'warning',
        message: 'no user or role matches "role/analist" (did you mean "role/analyst"?)',
        location: { file: 'e.yaml', line: 3 },
      },
      expect.objectContaining({ message: expect.stringMatching(/^no user or role matches "user\/ghost"/) }),
      expect.objectContaining({
        message: expect.stringMatching(/never applies: earlier rules/),
        location: { file: 'e.yaml', line: 5 },
      }),
      expect.objectContaining({
        message: expect.stringMatching(/^suppress: no user or role matches "user\/ghost"/),
      }),
    ]);
  });

  it('are none when everything was of use', () => {
    const file = expectations(text);
    for (const name of ['analist', 'analyst', 'actor']) file.expectationFor(principal({ name }));
    file.expectationFor(principal({ kind: 'user', name: 'ghost' }));
    expect(file.unmatchedRules()).toEqual([]);
  });
});
