import { describe, expect, test } from 'vitest';
import {
  allow,
  arn,
  asked,
  baseline,
  compared,
  expecting,
  expectReadOnly,
  full,
  managed,
  policy,
  readOnly,
  role,
  user,
} from './fixtures.ts';

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

test('a limit of some actions is told of those alone', () => {
  const overTls = { Bool: { 'aws:SecureTransport': 'false' } };
  const deny = { ...allow('rekognition:AssociateFaces', '*', overTls), Effect: 'Deny' };
  const allows = allow(['rekognition:AssociateFaces', 'rekognition:DeleteFaces']);
  const expectation = expecting('nothing', []);
  const [finding] = compared({ principal: role('r', [policy('p', [allows, deny])]), expectation });
  expect(finding?.when).toBeUndefined();
  expect(finding?.actions).toHaveLength(2);
  expect(finding?.summary).toMatch(/Of these, AssociateFaces only over TLS\.$/);
  const denyBoth = { ...deny, Action: 'rekognition:*' };
  const [both] = compared({ principal: role('r', [policy('p', [allows, denyBoth])]), expectation });
  expect(both?.when).toBe('over TLS');
  expect(both?.summary).not.toContain('Of these');
});

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

  test('a path that opens only on some resources from some place says so', () => {
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

  test('what is expected in part of one action only is said, and advised, of that action only', () => {
    const shop = policy(
      'shop',
      [allow('rekognition:SearchFaces', 'arn:aws:rekognition:*:*:collection/shop-*')],
      { type: 'set' },
    );
    const wide = policy('wide', [allow(['rekognition:SearchFaces', 'rekognition:DeleteFaces'])]);
    const [finding, ...others] = compared({
      principal: role('s', [wide]),
      expectation: expecting('shop', [shop]),
      observations: asked([
        { action: 'rekognition:SearchFaces', resource: arn('collection/shop-1'), context: baseline },
      ]),
    });
    expect(others).toEqual([]);
    expect(finding?.summary).toBe(
      'Inline policy "wide" allows 2 actions on every collection that are not expected.',
    );
    expect(finding?.remedies).toEqual([
      'Take DeleteFaces out of statement 1 (line 4) of inline policy "wide".',
      'Narrow SearchFaces in statement 1 (line 4) of inline policy "wide" to what is expected: on collection/shop-*.',
    ]);
  });

  test('a policy that grants something else stays', () => {
    const mixed = policy('mixed', [allow(['rekognition:DeleteFaces', 's3:GetObject'])]);
    const [finding] = compared({ principal: role('m', [mixed]), expectation: expecting('nothing', []) });
    expect(finding?.remedies).toEqual([
      'Take DeleteFaces out of statement 1 (line 4) of inline policy "mixed".',
    ]);
  });

  test.each([
    [
      { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'eu-central-1'] } },
      'in eu-west-1 or eu-central-1',
    ],
    [{ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }, 'with MFA'],
    [
      { NotIpAddress: { 'aws:SourceIp': '198.51.100.0/24' }, Bool: { 'aws:ViaAWSService': 'false' } },
      'unless from outside 198.51.100.0/24 and when aws:ViaAWSService is false',
    ],
  ])('a Deny with a condition narrows what is allowed: %j', (Condition, when) => {
    const guard = policy('guard', [{ Effect: 'Deny', Action: '*', Resource: '*', Condition }]);
    const context = { ...baseline, 'aws:RequestedRegion': 'eu-west-1', 'aws:SourceIp': '198.51.100.7' };
    const [finding] = compared({
      principal: role('p', [policy('a', [allow('rekognition:DeleteFaces')]), guard]),
      expectation: expecting('nothing', []),
      observations: asked([{ action: 'rekognition:DeleteFaces', resource: arn('collection/x'), context }]),
    });
    expect(finding?.when).toBe(when);
    expect(finding?.summary).toContain(`on every collection ${when}, which is not expected`);
  });

  test('the condition of an SCP is said like that of an Allow', () => {
    const [finding] = compared({
      principal: role('p', [policy('a', [allow('rekognition:DeleteFaces')])]),
      expectation: expecting('nothing', []),
      around: {
        scps: [
          [
            policy('mfa', [allow('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })], {
              type: 'scp',
            }),
          ],
        ],
      },
    });
    expect(finding?.when).toBe('with MFA');
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
      'Narrow SearchFaces in statement 1 (line 4) of inline policy "wide" to what is expected: on collection/shop-*.',
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
