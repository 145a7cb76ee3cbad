import type { PolicySource } from '@permission-check/iam-policy';
import { describe, expect, it } from 'vitest';
import { type AccountChange, applyChange } from '#lib/account/apply-change.ts';
import type { Principal } from '#lib/account/types.ts';
import type { Change, PolicyEdit } from '#lib/change/types.ts';
import { createChecker } from '#lib/check/principal.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { accessOf } from '#lib/past/access.ts';
import { withEventUndo } from '#lib/past/undo-event.ts';
import { accountId, allow, full, policy, readOnly, role, user } from '#test/lib/compare/fixtures.ts';

const { expectations } = parseExpectations(
  'principals:\n  - { match: "*", expect: [AmazonRekognitionReadOnlyAccess] }\n',
  'e.yaml',
);
const team = `arn:aws:iam::${accountId}:policy/team`;
const limit = `arn:aws:iam::${accountId}:policy/limit`;
const own = (arn: string, versionId: string, ...statements: object[]): PolicySource =>
  policy(arn.slice(arn.lastIndexOf('/') + 1), statements, { type: 'customer-managed', arn, versionId });
const reads = allow(['rekognition:Detect*', 'rekognition:List*', 'rekognition:Search*']);
const noDeletes = { ...allow('rekognition:DeleteFaces'), Effect: 'Deny' };
const bounded = { boundary: own(limit, 'v2', allow('rekognition:*'), noDeletes) };

async function remedies(before: Principal, change: AccountChange, edit: PolicyEdit) {
  const check = createChecker({ accountId, partition: 'aws', expectations, today: '2026-11-24' });
  const findingsOf = async (one: Principal) => (await check(one)).findings;
  const [principal = before] = applyChange([before], change);
  const event: Change = {
    eventId: '1',
    eventName: 'Event',
    time: '2026-11-24T12:00:00Z',
    region: 'us-east-1',
    accountId,
    actor: { name: 'alice' },
    sourceIp: '198.51.100.7',
    what: 'did it',
    edit,
  };
  const all = [full, readOnly, own(team, 'v1', allow('rekognition:DeleteFaces'))];
  const found = await findingsOf(principal);
  const undone = await withEventUndo(found, [event], {
    principal,
    past: accessOf(before),
    findingsOf,
    policyOf: (arn) => all.find((one) => one.arn === arn),
    groupPoliciesOf: (group) =>
      before.groups.includes(group) ? before.policies.filter((one) => one.group === group) : [full],
  });
  expect(undone.map(({ id }) => id)).toEqual(found.map(({ id }) => id));
  return undone.flatMap((finding) => finding.remedies);
}

type Row = readonly [
  what: string,
  before: Principal,
  change: AccountChange,
  edit: PolicyEdit,
  command: string,
];

const p = { kind: 'role', name: 'p' } as const;
const u = { kind: 'user', name: 'u' } as const;
const member = user('u', [readOnly], { groups: ['team'] });
const documentOf = (...statements: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const deletes = documentOf(allow('rekognition:DeleteFaces'));
const fullArn = full.arn ?? '';

const rows: readonly Row[] = [
  [
    'a policy that was attached',
    role('p', [readOnly]),
    { kind: 'attach', holder: p, policy: full },
    { act: 'attach', arn: fullArn },
    `aws iam detach-role-policy --role-name p --policy-arn ${fullArn}`,
  ],
  [
    "a group's attachment",
    member,
    { kind: 'attach', holder: { kind: 'group', name: 'team' }, policy: full },
    { act: 'attach', arn: fullArn, group: 'team' },
    `aws iam detach-group-policy --group-name team --policy-arn ${fullArn}`,
  ],
  [
    'a policy that was detached',
    role('p', [readOnly]),
    { kind: 'detach', holder: p, policyArn: readOnly.arn ?? '' },
    { act: 'detach', arn: readOnly.arn ?? '' },
    `aws iam attach-role-policy --role-name p --policy-arn ${readOnly.arn}`,
  ],
  [
    'a new default version',
    role('p', [readOnly, own(team, 'v3', allow('rekognition:DetectText'))]),
    { kind: 'set-default-version', policyArn: team, versionId: 'v4', text: deletes },
    { act: 'version', arn: team, text: deletes },
    `aws iam set-default-policy-version --policy-arn ${team} --version-id v3`,
  ],
  [
    'a boundary that was set',
    role('p', [readOnly]),
    { kind: 'put-boundary', principal: p, policy: own(limit, 'v1', allow('s3:*')) },
    { act: 'bound', arn: limit },
    'aws iam delete-role-permissions-boundary --role-name p',
  ],
  [
    'a boundary that was taken away',
    role('p', [readOnly, policy('own', [allow('rekognition:DeleteFaces')])], bounded),
    { kind: 'delete-boundary', principal: p },
    { act: 'unbound' },
    `aws iam put-role-permissions-boundary --role-name p --permissions-boundary ${limit}`,
  ],
  [
    'an inline policy that was written',
    user('u', [readOnly]),
    { kind: 'put', holder: u, name: 'own', text: deletes },
    { act: 'put', name: 'own', text: deletes },
    'aws iam delete-user-policy --user-name u --policy-name own',
  ],
  [
    'an inline policy that was written over another',
    user('u', [readOnly, policy('own', [allow('rekognition:DetectText')])]),
    { kind: 'put', holder: u, name: 'own', text: deletes },
    { act: 'put', name: 'own', text: deletes },
    `aws iam put-user-policy --user-name u --policy-name own --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rekognition:DetectText","Resource":"*"}]}'`,
  ],
  [
    'a group that was joined',
    user('u', [readOnly]),
    { kind: 'add-to-group', user: 'u', group: 'admins', policies: [full] },
    { act: 'join', group: 'admins' },
    'aws iam remove-user-from-group --user-name u --group-name admins',
  ],
  [
    'a group that was left',
    user('u', [{ ...readOnly, group: 'team' }], { groups: ['team'] }),
    { kind: 'remove-from-group', user: 'u', group: 'team' },
    { act: 'leave', group: 'team' },
    'aws iam add-user-to-group --user-name u --group-name team',
  ],
  [
    'a policy that was detached from a group',
    user('u', [{ ...readOnly, group: 'team' }], { groups: ['team'] }),
    { kind: 'detach', holder: { kind: 'group', name: 'team' }, policyArn: readOnly.arn ?? '' },
    { act: 'detach', arn: readOnly.arn ?? '', group: 'team' },
    `aws iam attach-group-policy --group-name team --policy-arn ${readOnly.arn}`,
  ],
  [
    'an inline policy that was deleted',
    role('p', [readOnly, policy('faces', [allow('rekognition:DeleteFaces')]), policy('own', [noDeletes])]),
    { kind: 'delete', holder: p, name: 'own' },
    { act: 'delete', name: 'own' },
    `aws iam put-role-policy --role-name p --policy-name own --policy-document '${documentOf(noDeletes)}'`,
  ],
  [
    'an inline policy of a group that was written',
    member,
    { kind: 'put', holder: { kind: 'group', name: 'team' }, name: 'own', text: deletes },
    { act: 'put', name: 'own', group: 'team', text: deletes },
    'aws iam delete-group-policy --group-name team --policy-name own',
  ],
  [
    'a new default version of a policy that said nothing of Rekognition',
    role('p', [readOnly, own(team, 'v3', allow('s3:GetObject'))]),
    { kind: 'set-default-version', policyArn: team, versionId: 'v4', text: deletes },
    { act: 'version', arn: team, text: deletes },
    `aws iam set-default-policy-version --policy-arn ${team} --version-id v3`,
  ],
  [
    'a statement of an inline policy that grants other services, too',
    user('u', [readOnly, policy('own', [allow('s3:GetObject')])]),
    { kind: 'put', holder: u, name: 'own', text: documentOf(allow('s3:GetObject'), allow('rekognition:*')) },
    { act: 'put', name: 'own', text: documentOf(allow('s3:GetObject'), allow('rekognition:*')) },
    `aws iam put-user-policy --user-name u --policy-name own --policy-document '${documentOf(allow('s3:GetObject'))}'`,
  ],
  [
    'what an inline policy says of Rekognition between other services',
    user('u', [readOnly, policy('own', [allow('rekognition:DetectText')])]),
    { kind: 'put', holder: u, name: 'own', text: documentOf(allow(['s3:GetObject', 'rekognition:Delete*'])) },
    { act: 'put', name: 'own', text: documentOf(allow(['s3:GetObject', 'rekognition:Delete*'])) },
    `aws iam put-user-policy --user-name u --policy-name own --policy-document '${documentOf(
      allow(['s3:GetObject']),
      allow('rekognition:DetectText'),
    )}'`,
  ],
  [
    'all that an inline policy allows',
    user('u', [readOnly]),
    { kind: 'put', holder: u, name: 'own', text: documentOf(allow('*')) },
    { act: 'put', name: 'own', text: documentOf(allow('*')) },
    `aws iam put-user-policy --user-name u --policy-name own --policy-document '${documentOf({
      Effect: 'Allow',
      Resource: '*',
      NotAction: 'rekognition:*',
    })}'`,
  ],
];

describe('the event that led to a finding is taken back', () => {
  it.each(rows)('%s', async (_, before, change, edit, command) => {
    const all = await remedies(before, change, edit);
    expect(all).toContain(command);
  });

  it('and is not where that would take what is expected, or end nothing', async () => {
    // What replaced the policy is expected, too.
    const both = own(team, 'v3', reads, allow('rekognition:DeleteFaces'));
    const text = JSON.stringify({
      Version: '2012-10-17',
      Statement: [allow('rekognition:*')],
    });
    const kept = await remedies(
      role('p', [both]),
      { kind: 'set-default-version', policyArn: team, versionId: 'v4', text },
      { act: 'version', arn: team, text },
    );
    expect(kept.join('\n')).not.toContain('set-default-policy-version');
    // An event that is not what did it.
    const other = await remedies(
      role('p', [readOnly, full]),
      { kind: 'attach', holder: p, policy: own(team, 'v1', allow('s3:*')) },
      { act: 'attach', arn: team },
    );
    expect(other.join('\n')).not.toContain('Take back');
    // What is left of it has another cause, and so another identity.
    const everything = policy('own', [allow('rekognition:*')]);
    const swapped = await remedies(
      role('p', [readOnly, full, everything]),
      { kind: 'detach', holder: p, policyArn: full.arn ?? '' },
      { act: 'detach', arn: full.arn ?? '' },
    );
    expect(swapped.join('\n')).not.toContain('Take back');
    expect(swapped).toContain('aws iam delete-role-policy --role-name p --policy-name own');
  });

  it('and what is taken out of a policy, and what stays, is said', async () => {
    const text = documentOf(allow('rekognition:DeleteFaces'), allow('s3:GetObject'));
    const all = await remedies(
      user('u', [readOnly]),
      { kind: 'put', holder: u, name: 'own', text },
      { act: 'put', name: 'own', text },
    );
    expect(all[0]).toBe(
      'Take back what was done (did it), as far as it was about Rekognition: take statement 1 out:',
    );
    expect(all.join('\n')).not.toContain('delete-user-policy');
  });

  it('and a Deny of other services does not go with the whole policy', async () => {
    const text = documentOf(allow('rekognition:DeleteFaces'), { ...allow('s3:*'), Effect: 'Deny' });
    const all = await remedies(
      user('u', [readOnly]),
      { kind: 'put', holder: u, name: 'own', text },
      { act: 'put', name: 'own', text },
    );
    expect(all.join('\n')).not.toContain('delete-user-policy');
    expect(all.join('\n')).toContain(documentOf({ ...allow('s3:*'), Effect: 'Deny' }));
  });

  it('and not where a pattern names Rekognition among others, so that it cannot be split', async () => {
    const text = documentOf(allow('*ekognition:DeleteFaces'));
    const all = await remedies(
      user('u', [readOnly]),
      { kind: 'put', holder: u, name: 'own', text },
      { act: 'put', name: 'own', text },
    );
    expect(all.join('\n')).not.toContain('Take back');
  });
});
