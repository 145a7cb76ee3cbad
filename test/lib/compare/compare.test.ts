import { describe, expect, test } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import { comparePrincipal, statusOf } from '#lib/compare/compare.ts';
import {
  accountId,
  allow,
  arn,
  asked,
  baseline,
  compared,
  expecting,
  managed,
  mfaForWrites,
  policy,
  role,
  simulated,
  user,
} from './fixtures.ts';

const readOnly = managed('AmazonRekognitionReadOnlyAccess');
const full = managed('AmazonRekognitionFullAccess');
const expectReadOnly = expecting('AmazonRekognitionReadOnlyAccess v10', [readOnly]);
const payroll = policy('payroll', [
  allow('rekognition:DeleteCollection', 'arn:aws:rekognition:*:*:collection/payroll-*', {
    IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
  }),
]);
const fromPayrollOffice = {
  action: 'rekognition:DeleteCollection',
  resource: arn('collection/payroll-1'),
  context: { ...baseline, 'aws:SourceIp': '198.51.100.1' },
};
const withoutMfa = { ...baseline, 'aws:MultiFactorAuthPresent': 'false' };

describe('excess', () => {
  test('one attached FullAccess is one finding with its actions worst first', () => {
    const [finding, ...others] = compared({
      principal: role('analyst', [readOnly, full]),
      expectation: expectReadOnly,
    });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'excess',
      severity: 'critical',
      subject: 'role/analyst',
      scope: 'every resource',
    });
    expect(finding?.actions).toHaveLength(41);
    expect(finding?.actions[0]?.severity).toBe('critical');
    expect(finding?.actions.at(-1)?.severity).toBe('low');
    expect(finding?.by.map(({ policy: { name }, statement }) => `${name}:${statement.start.line}`)).toEqual([
      'AmazonRekognitionFullAccess:4',
    ]);
    expect(finding?.remedies).toEqual([
      'aws iam detach-role-policy --role-name analyst --policy-arn arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
    ]);
    expect(finding?.accept).toBe(
      'expectations.yaml:14: add AmazonRekognitionFullAccess to what role/analyst is expected to have.',
    );
    expect(finding?.actions[0]?.evidence[0]?.matched?.[0]?.policy.name).toBe('AmazonRekognitionFullAccess');
  });

  test('a door that opens only on some resources from some place says so', () => {
    const findings = compared({
      principal: role('etl', [readOnly, payroll]),
      expectation: expectReadOnly,
      observations: asked([fromPayrollOffice]),
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      scope: 'collection/payroll-*',
      when: 'from 198.51.100.0/24',
      severity: 'critical',
    });
    expect(findings[0]?.actions[0]?.witness).toEqual(fromPayrollOffice);
  });

  test('a narrower statement beside a broad one is named with it: both must go', () => {
    const findings = compared({
      principal: role('etl', [full, payroll]),
      expectation: expectReadOnly,
      observations: asked([fromPayrollOffice]),
    });
    expect(findings.map(({ actions: list }) => list.length)).toEqual([40, 1]);
    expect(findings[1]?.by.map(({ policy: { name } }) => name)).toEqual([
      'AmazonRekognitionFullAccess',
      'payroll',
    ]);
    expect(findings[1]?.when).toBeUndefined();
    expect(findings[1]?.remedies).toContain(
      'aws iam delete-role-policy --role-name etl --policy-name payroll',
    );
  });

  test('statements that open different resources stay apart', () => {
    const collection = (name: string) => `arn:aws:rekognition:*:*:collection/${name}`;
    const two = policy('two', [
      allow('rekognition:DeleteFaces', collection('shop-*')),
      allow('rekognition:DeleteFaces', collection('hr-*')),
    ]);
    const further = ['shop-1', 'hr-1'].map((name) => ({
      action: 'rekognition:DeleteFaces',
      resource: arn(`collection/${name}`),
      context: baseline,
    }));
    const findings = compared({
      principal: role('two', [two]),
      expectation: expecting('nothing', []),
      observations: asked(further),
    });
    expect(findings.map(({ scope }) => scope).sort()).toEqual(['collection/hr-*', 'collection/shop-*']);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(2);
  });

  test('where less is expected, the summary says what', () => {
    const shop = policy(
      'shop',
      [allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/shop-*')],
      { type: 'set' },
    );
    const wide = policy('wide', [allow('rekognition:SearchFaces')]);
    const [finding] = compared({
      principal: role('search', [wide]),
      expectation: expecting('shop', [shop]),
      observations: asked([
        { action: 'rekognition:SearchFaces', resource: arn('collection/shop-1'), context: baseline },
      ]),
    });
    expect(finding?.summary).toBe(
      'Inline policy "wide" allows SearchFaces on every collection; expected only on collection/shop-*.',
    );
    expect(finding?.remedies).toEqual([
      'Narrow statement 1 (line 4) of inline policy "wide" to what is expected: on collection/shop-*.',
    ]);
  });

  test('a policy that is partly needed is edited, not removed', () => {
    const mixed = policy('mixed', [allow(['rekognition:ListFaces', 'rekognition:DeleteFaces'])]);
    const [finding] = compared({
      principal: role('mixed', [mixed]),
      expectation: expecting('list', [policy('list', [allow('rekognition:ListFaces')], { type: 'set' })]),
    });
    expect(finding?.remedies).toEqual([
      'Take DeleteFaces out of statement 1 (line 4) of inline policy "mixed".',
    ]);
  });

  test("a policy of AWS's own that gives too much is replaced by the one that is expected", () => {
    const [finding] = compared({ principal: role('analyst', [full]), expectation: expectReadOnly });
    expect(finding?.remedies).toEqual([
      "AmazonRekognitionFullAccess is AWS's own and cannot be edited: attach what is expected, then detach it.",
      'aws iam attach-role-policy --role-name analyst --policy-arn arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess',
      'aws iam detach-role-policy --role-name analyst --policy-arn arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
    ]);
  });

  test('a newer version of the very policy that is expected is said to be that', () => {
    const older = expecting('AmazonRekognitionReadOnlyAccess v9', [
      managed('AmazonRekognitionReadOnlyAccess', 'v9'),
    ]);
    const [finding] = compared({ principal: role('analyst', [readOnly]), expectation: older });
    expect(finding?.actions).toHaveLength(2);
    expect(finding?.remedies[0]).toContain('attach a policy of your own with what is expected');
    expect(finding?.accept).toContain('expected in another version than v10');
  });

  test('a policy of a group concerns its other members, too', () => {
    const shared = { ...full, group: 'vision' };
    const [finding] = compared({
      principal: user('bob', [shared], { groups: ['vision'] }),
      expectation: expecting('nothing', []),
    });
    expect(finding?.remedies).toEqual([
      'AmazonRekognitionFullAccess of group/vision concerns every member of the group. For user/bob alone:',
      'aws iam remove-user-from-group --user-name bob --group-name vision',
      'For the whole of group/vision:',
      'aws iam detach-group-policy --group-name vision --policy-arn arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
    ]);
  });

  test('a role of IAM Identity Center is changed through its permission set', () => {
    const principal = role('AWSReservedSSO_Vision-Admin_0123456789abcdef', [full], {
      path: '/aws-reserved/sso.amazonaws.com/',
    });
    const [finding] = compared({ principal, expectation: expecting('nothing', []) });
    expect(finding?.remedies).toEqual([
      'Change the permission set "Vision-Admin" in IAM Identity Center (AmazonRekognitionFullAccess): the role itself is protected.',
    ]);
  });

  test('what else a policy grants is said before it is detached', () => {
    const labels = managed('AmazonRekognitionCustomLabelsFullAccess');
    const [finding] = compared({
      principal: role('labels', [labels]),
      expectation: expecting('nothing', []),
    });
    expect(finding?.remedies[0]).toMatch(
      /^AmazonRekognitionCustomLabelsFullAccess also grants s3:…\. To keep that, deny .* in an inline policy beside it; to remove it all:$/,
    );
  });

  test('features that are gone are reported, and said to be gone', () => {
    const [finding] = compared({
      principal: role('paths', [policy('paths', [allow('rekognition:GetPersonTracking')])]),
      expectation: expecting('nothing', []),
    });
    expect(finding?.summary).toMatch(/GetPersonTracking belongs to a discontinued feature\.$/);
  });
});

describe('unguarded', () => {
  const train = policy('train', [allow('rekognition:StartProjectVersion')]);
  const guarded = expecting('train', [{ ...train, type: 'set' }], [mfaForWrites]);
  const request = { action: 'rekognition:StartProjectVersion', resource: arn('project/p/version/v/1') };

  test('allowed without the condition that a guard demands', () => {
    const findings = compared({
      principal: user('bob', [train]),
      expectation: guarded,
      observations: asked([{ ...request, context: withoutMfa }]),
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      kind: 'unguarded',
      severity: 'high',
      when: 'without MFA',
      subject: 'user/bob',
    });
    expect(findings[0]?.remedies).toEqual([
      'Add the condition of guard "mfa" to statement 1 (line 4) of inline policy "train".',
    ]);
  });

  test('no finding where the policy itself demands the condition', () => {
    const safe = policy('train', [
      allow('rekognition:StartProjectVersion', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    ]);
    const observations = asked([{ ...request, context: withoutMfa }]);
    expect(compared({ principal: user('bob', [safe]), expectation: guarded, observations })).toEqual([]);
  });

  test('what the expected sets do not allow at all is excess, guard or not', () => {
    const findings = compared({
      principal: user('bob', [policy('delete', [allow('rekognition:DeleteCollection')])]),
      expectation: expecting('nothing', [], [mfaForWrites]),
      observations: asked([
        { action: 'rekognition:DeleteCollection', resource: arn('collection/c'), context: withoutMfa },
      ]),
    });
    expect(findings.map(({ kind }) => kind)).toEqual(['excess']);
  });
});

describe('missing', () => {
  test('no policy allows it', () => {
    const [finding, ...others] = compared({ principal: role('new', []), expectation: expectReadOnly });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'missing', severity: 'medium', by: [] });
    expect(finding?.actions).toHaveLength(35);
    expect(finding?.summary).toContain(
      '35 actions are expected on every resource, but no policy allows them.',
    );
    expect(finding?.remedies).toEqual([
      'aws iam attach-role-policy --role-name new --policy-arn arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess',
    ]);
  });

  test('an explicit deny is named', () => {
    const deny = policy('no-search', [
      { Sid: 'NoSearch', Effect: 'Deny', Action: 'rekognition:Search*', Resource: '*' },
    ]);
    const [finding] = compared({ principal: role('denied', [readOnly, deny]), expectation: expectReadOnly });
    expect(finding?.actions).toHaveLength(4);
    expect(finding?.summary).toBe(
      '4 actions are expected on every collection, but inline policy "no-search", statement 1 "NoSearch" (line 4) denies them.',
    );
    expect(finding?.remedies).toEqual([
      'Narrow the Deny in inline policy "no-search", statement 1 "NoSearch" (line 4).',
    ]);
  });

  test('a boundary and an SCP are named as the layer that blocks', () => {
    const list = policy('list', [allow('rekognition:List*')], {
      type: 'customer-managed',
      arn: `arn:aws:iam::${accountId}:policy/list`,
    });
    const [bounded] = compared({
      principal: role('b', [readOnly], { boundary: list }),
      expectation: expectReadOnly,
    });
    expect(bounded?.summary).toContain('the permissions boundary does not allow them');
    expect(bounded?.remedies[0]).toContain('in the permissions boundary list of role/b');
    const [controlled] = compared({
      principal: role('s', [readOnly]),
      expectation: expectReadOnly,
      around: { scps: [[policy('lists-only', [allow('rekognition:List*')], { type: 'scp' })]] },
    });
    expect(controlled?.summary).toContain('a service control policy of the organization does not allow them');
  });

  test('where it is allowed on less, the summary says on what', () => {
    const narrow = policy('narrow', [
      allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/shop-*'),
    ]);
    const [finding] = compared({
      principal: role('search', [narrow]),
      expectation: expecting('search', [
        policy('search', [allow('rekognition:SearchFaces')], { type: 'set' }),
      ]),
      observations: asked([
        { action: 'rekognition:SearchFaces', resource: arn('collection/shop-1'), context: baseline },
      ]),
    });
    expect(finding?.summary).toBe(
      'SearchFaces is expected on every collection, but no policy allows it there, only on collection/shop-*.',
    );
  });
});

describe('sources of evidence', () => {
  const listed = role('lister', [readOnly]);

  test('agreeing sources are no finding', () => {
    const observations = simulated(asked(), ({ action }) => ({
      decision: compared({ principal: listed, expectation: expecting('nothing', []) })[0]?.actions.some(
        (one) => one.action === action,
      )
        ? 'allowed'
        : 'implicitDeny',
    }));
    expect(compared({ principal: listed, expectation: expectReadOnly, observations })).toEqual([]);
  });

  const answering = (decision: 'allowed' | 'implicitDeny', more: object = {}) =>
    simulated(
      asked().filter(({ request }) => request.action === 'rekognition:ListCollections'),
      () => ({ decision, ...more }),
    );
  const only = { actions: actions.filter(({ name }) => name === 'ListCollections') };
  const kinds = (observations: ReturnType<typeof asked>, principal = listed) =>
    compared({ principal, expectation: expectReadOnly, observations }, only).map(({ kind }) => kind);

  test('simulation denies what the documents allow: missing, and a contradiction', () => {
    expect(kinds(answering('implicitDeny'))).toEqual(['missing', 'contradiction']);
  });

  test('simulation allows what the documents deny: the worse is not hidden', () => {
    const nobody = role('nobody', []);
    const findings = compared(
      { principal: nobody, expectation: expecting('nothing', []), observations: answering('allowed') },
      only,
    );
    expect(findings.map(({ kind }) => kind).sort()).toEqual(['contradiction', 'excess']);
    expect(findings.find(({ kind }) => kind === 'excess')?.summary).toBe(
      'Something that the policy documents do not show allows ListCollections, which is not expected.',
    );
    expect(findings.find(({ kind }) => kind === 'contradiction')?.summary).toBe(
      "IAM's simulation says allowed, but the policy documents say denied: ListCollections.",
    );
  });

  test.each([
    ['an SCP', { allowedByOrganizations: false }, 'a service control policy'],
    ['a boundary', { allowedByBoundary: false }, 'the permissions boundary'],
  ])('a denial by %s that only AWS sees is explained', (_, more, words) => {
    const findings = compared(
      { principal: listed, expectation: expectReadOnly, observations: answering('implicitDeny', more) },
      only,
    );
    expect(findings.map(({ kind }) => kind)).toEqual(['missing']);
    expect(findings[0]?.summary).toContain(words);
  });

  test('a denial by an RCP, which simulation does not see, stands', () => {
    const rcp = policy('rcp', [{ Effect: 'Deny', Principal: '*', Action: 'rekognition:*', Resource: '*' }], {
      type: 'rcp',
    });
    const allowAll = policy('all', [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }], {
      type: 'rcp',
    });
    const findings = compared(
      {
        principal: listed,
        expectation: expectReadOnly,
        observations: answering('allowed'),
        around: { rcps: [[allowAll, rcp]] },
      },
      only,
    );
    expect(findings.map(({ kind }) => kind)).toEqual(['missing']);
  });

  test('a simulation without an answer is told, and the documents still count', () => {
    const observations = simulated(asked(), () => ({
      decision: 'inconclusive',
      reason: 'throttled 8 times',
    }));
    const findings = compared({ principal: role('a', [full]), expectation: expectReadOnly, observations });
    expect(findings.map(({ kind }) => kind)).toEqual(['excess', 'inconclusive']);
    expect(findings[1]?.summary).toBe('76 actions: throttled 8 times.');
  });

  test('CreateCollection on an ARN is beyond the simulation: its silence there is not told', () => {
    const observations = simulated(
      [
        {
          request: {
            action: 'rekognition:CreateCollection',
            resource: arn('collection/c'),
            context: baseline,
          },
          evidence: [],
        },
      ],
      () => ({ decision: 'inconclusive', reason: 'not judged on this resource' }),
    );
    const some = { actions: actions.filter(({ name }) => name === 'CreateCollection') };
    expect(
      compared({ principal: role('a', [full]), expectation: expectReadOnly, observations }, some).map(
        ({ kind }) => kind,
      ),
    ).toEqual(['excess']);
  });

  test('a live call is believed before a simulation, and the difference is told with its causes', () => {
    const [first] = answering('allowed');
    if (!first) throw new Error('no observation');
    const probed = {
      kind: 'probed' as const,
      decision: 'explicitDeny' as const,
      namedLayer: 'endpoint' as const,
    };
    const findings = compared(
      {
        principal: listed,
        expectation: expectReadOnly,
        observations: [{ ...first, evidence: [...first.evidence, probed] }],
      },
      only,
    );
    expect(findings.map(({ kind }) => kind)).toEqual(['missing', 'contradiction']);
    expect(findings[1]?.summary).toBe(
      "A live call says denied, but IAM's simulation and the policy documents say allowed: ListCollections.",
    );
    expect(findings[1]?.remedies[0]).toMatch(/^Likely causes: a VPC endpoint policy, /);
    const apart = {
      ...first,
      evidence: [...first.evidence, probed],
      reconciliation: { kind: 'not-comparable' as const, reason: 'tags' },
    };
    expect(kinds([apart])).toEqual([]);
  });
});

describe('inconclusive', () => {
  test('nothing checked is not the same as nothing found', () => {
    const findings = compared({ principal: role('a', []), expectation: expectReadOnly, observations: [] });
    expect(findings.map(({ kind, summary }) => [kind, summary])).toEqual([
      ['inconclusive', 'Nothing was checked: no request was answered.'],
    ]);
  });

  test('an action that nobody asked is told', () => {
    const findings = compared({
      principal: role('a', []),
      expectation: expecting('nothing', []),
      observations: asked().filter(({ request }) => request.action !== 'rekognition:IndexFaces'),
    });
    expect(findings.map(({ summary }) => summary)).toEqual([
      'IndexFaces: asked of nobody, so nothing is known.',
    ]);
  });

  test('an unreadable policy is told, and what is not allowed by the others is not called missing', () => {
    const principal = role('a', [], { unreadable: ['arn:aws:iam::123456789012:policy/lost'] });
    const findings = compared({ principal, expectation: expectReadOnly });
    expect(findings.map(({ kind }) => kind)).toEqual(['inconclusive']);
    expect(findings[0]?.summary).toContain('policy/lost');
    expect(statusOf(principal, expectReadOnly, findings)).toBe('inconclusive');
  });

  test('a malformed policy is told with name and line, once', () => {
    const findings = comparePrincipal({
      accountId,
      principal: role('a', [policy('broken', [])]),
      expectation: expectReadOnly,
      observations: [],
      gaps: [],
      problems: ['policy "broken", line 3, column 5: Effect must be "Allow" or "Deny"'],
      actions,
      expectedSet: undefined,
      observedSet: undefined,
    });
    expect(findings.map(({ summary }) => summary).sort()).toEqual(
      [
        'policy "broken", line 3, column 5: Effect must be "Allow" or "Deny".',
        'what role/a should be able to do could not be worked out.',
      ].sort(),
    );
  });

  test('gaps of the plan are told with their reason', () => {
    const findings = compared(
      { principal: role('a', []), expectation: expecting('nothing', []) },
      {
        gaps: [
          {
            action: 'rekognition:IndexFaces',
            reason: 'the condition on aws:PrincipalTag/team cannot be met',
          },
        ],
      },
    );
    expect(findings[0]?.summary).toBe(
      'IndexFaces could not be asked in full: the condition on aws:PrincipalTag/team cannot be met.',
    );
  });

  test('the id does not change with counts and request ids in the reason', () => {
    const id = (reason: string) =>
      compared({
        principal: role('a', []),
        expectation: expecting('nothing', []),
        observations: simulated(asked(), () => ({ decision: 'inconclusive', reason })),
      })[0]?.id;
    expect(id('throttled 8 times')).toBe(id('throttled 12 times'));
    expect(id('throttled 8 times')).not.toBe(id('access denied'));
  });
});

describe('suppressions', () => {
  const suppression = {
    principal: 'role/analyst',
    actions: ['rekognition:Delete*'],
    reason: 'migration',
    owner: 'vision',
    until: '2026-12-31',
    location: { file: 'expectations.yaml', line: 30 },
  };
  const principal = role('analyst', [full]);
  const covered = (action: string) => (action.startsWith('rekognition:Delete') ? suppression : undefined);

  test('cover their actions only; the rest keeps its id', () => {
    const before = compared({ principal, expectation: expectReadOnly });
    const after = compared({ principal, expectation: expectReadOnly }, { suppressionOf: covered });
    const open = after.filter(({ suppressed }) => !suppressed);
    const quiet = after.filter(({ suppressed }) => suppressed);
    expect(open.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    expect(quiet).toHaveLength(1);
    expect(quiet[0]?.actions.every(({ action }) => action.startsWith('rekognition:Delete'))).toBe(true);
    expect((open[0]?.actions.length ?? 0) + (quiet[0]?.actions.length ?? 0)).toBe(41);
    expect(quiet[0]?.id).not.toBe(open[0]?.id);
  });

  test('leave a principal as expected when they cover everything', () => {
    const findings = compared(
      { principal, expectation: expectReadOnly },
      { suppressionOf: () => suppression },
    );
    expect(findings).toHaveLength(1);
    expect(statusOf(principal, expectReadOnly, findings)).toBe('as-expected');
  });
});

describe('ids', () => {
  test('do not depend on line, version, order or time, but on account, principal and cause', () => {
    const statement = { Sid: 'Train', ...allow('rekognition:StartProjectVersion') };
    const id = (principal = role('a', [policy('p', [statement])]), more = {}) =>
      compared({ principal, expectation: expecting('nothing', []) }, more)[0]?.id;
    const flat = {
      ...policy('p', [statement]),
      text: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    };
    expect(id(role('a', [flat]))).toBe(id());
    expect(id(role('a', [policy('p', [statement], { versionId: 'v2' })]))).toBe(id());
    expect(id(role('b', [policy('p', [statement])]))).not.toBe(id());
    expect(id(role('a', [policy('q', [statement])]))).not.toBe(id());
    expect(id(undefined, { accountId: '210987654321' })).not.toBe(id());
    expect(id()).toMatch(/^[0-9a-f]{16}$/);
  });
});

test('a principal under expect: any is not judged', () => {
  const principal = role('admin', [full]);
  const expectation = { kind: 'any' as const, label: 'anything', administrator: true };
  const findings = compared({ principal, expectation });
  expect(findings).toEqual([]);
  expect(statusOf(principal, expectation, findings)).toBe('not-judged');
});

test('a service-linked role is not checkable', () => {
  const principal = role('AWSServiceRoleForX', [full], { serviceLinked: true });
  const findings = compared({ principal, expectation: expectReadOnly });
  expect(findings).toEqual([]);
  expect(statusOf(principal, expectReadOnly, findings)).toBe('not-checkable');
});
