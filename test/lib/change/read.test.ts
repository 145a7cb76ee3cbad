import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { iamEvents, organizationsEvents } from '#lib/change/affected.ts';
import { readChange, UnreadableEventError } from '#lib/change/read.ts';

const event = (
  eventName: string,
  requestParameters: object | null,
  detail: object = {},
  source: 'aws.iam' | 'aws.organizations' = 'aws.iam',
) => ({
  source,
  'detail-type': 'AWS API Call via CloudTrail',
  account: '123456789012',
  detail: {
    eventID: 'e-1',
    eventName,
    eventTime: '2026-11-20T10:15:29Z',
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.10',
    userIdentity: { type: 'IAMUser', userName: 'admin', arn: 'arn:aws:iam::123456789012:user/admin' },
    requestParameters,
    responseElements: null,
    ...detail,
  },
});

const role = (name: string) => ({ kind: 'principal', type: 'role', name });
const user = (name: string) => ({ kind: 'principal', type: 'user', name });

const touched: [string, object, object[], string][] = [
  [
    'AttachUserPolicy',
    { userName: 'bob', policyArn: 'arn:aws:iam::aws:policy/P' },
    [user('bob')],
    'attached P to user/bob',
  ],
  [
    'DetachRolePolicy',
    { roleName: 'r', policyArn: 'arn:aws:iam::1:policy/a/P' },
    [role('r')],
    'detached P from role/r',
  ],
  ['PutRolePolicy', { roleName: 'r', policyName: 'x' }, [role('r')], 'wrote inline policy "x" of role/r'],
  [
    'DeleteUserPolicy',
    { userName: 'u', policyName: 'x' },
    [user('u')],
    'deleted inline policy "x" of user/u',
  ],
  [
    'PutRolePermissionsBoundary',
    { roleName: 'r', permissionsBoundary: 'arn:aws:iam::1:policy/B' },
    [role('r')],
    'set the permissions boundary of role/r to B',
  ],
  [
    'DeleteUserPermissionsBoundary',
    { userName: 'u' },
    [user('u')],
    'removed the permissions boundary of user/u',
  ],
  [
    'TagRole',
    { roleName: 'r', tags: [{ key: 'team', value: 'shop' }] },
    [role('r')],
    'tagged role/r: team=shop',
  ],
  ['UntagUser', { userName: 'u', tagKeys: ['team'] }, [user('u')], 'removed tags of user/u: team'],
  ['AddUserToGroup', { groupName: 'g', userName: 'u' }, [user('u')], 'added user/u to group/g'],
  ['RemoveUserFromGroup', { groupName: 'g', userName: 'u' }, [user('u')], 'removed user/u from group/g'],
  [
    'AttachGroupPolicy',
    { groupName: 'g', policyArn: 'arn:aws:iam::aws:policy/P' },
    [{ kind: 'group', name: 'g' }],
    'attached P to group/g',
  ],
  [
    'UpdateGroup',
    { groupName: 'g', newGroupName: 'h' },
    [{ kind: 'group', name: 'h' }],
    'renamed group/g to group/h',
  ],
  [
    'UpdateUser',
    { userName: 'u', newUserName: 'v' },
    [{ kind: 'deleted', type: 'user', name: 'u' }, user('v')],
    'renamed user/u to user/v',
  ],
  ['DeleteRole', { roleName: 'r' }, [{ kind: 'deleted', type: 'role', name: 'r' }], 'deleted role/r'],
  [
    'SetDefaultPolicyVersion',
    { policyArn: 'arn:aws:iam::1:policy/P', versionId: 'v2' },
    [{ kind: 'policy', arn: 'arn:aws:iam::1:policy/P' }],
    'set the default version of P to v2',
  ],
  [
    'CreatePolicyVersion',
    { policyArn: 'arn:aws:iam::1:policy/P', setAsDefault: true },
    [{ kind: 'policy', arn: 'arn:aws:iam::1:policy/P' }],
    'made a new default version of P',
  ],
];

describe('readChange', () => {
  it.each(touched)('%s %j', (name, parameters, expected, what) => {
    const read = readChange(event(name, parameters));
    expect(read).toMatchObject({
      kind: 'relevant',
      touched: expected,
      change: { what, eventId: 'e-1', sourceIp: '192.0.2.10' },
    });
  });

  it('finds the role of AcquireRole in the answer, where alone it is named', () => {
    const read = readChange(
      event('AcquireRole', { templateArn: 'x' }, { responseElements: { role: { roleName: 'made' } } }),
    );
    expect(read).toMatchObject({ touched: [role('made')] });
  });

  it('sends a change of an organization policy to a sweep', () => {
    const read = readChange(
      event('AttachPolicy', { policyId: 'p-1', targetId: '1' }, {}, 'aws.organizations'),
    );
    expect(read).toMatchObject({ kind: 'relevant', touched: [{ kind: 'account' }] });
  });

  it.each([
    ['a failed call', event('PutRolePolicy', null, { errorCode: 'AccessDenied' }), /failed \(AccessDenied\)/],
    ['a read', event('GetRole', { roleName: 'r' }, { readOnly: true }), /only read/],
    [
      'a version that is not the default',
      event('CreatePolicyVersion', { policyArn: 'a', setAsDefault: false }),
      /not the default/,
    ],
    ['a version without the flag', event('CreatePolicyVersion', { policyArn: 'a' }), /not the default/],
    ['a trust policy', event('UpdateAssumeRolePolicy', { roleName: 'r' }), /who may assume/],
  ])('ignores %s and says why', (_, input, reason) => {
    expect(readChange(input)).toMatchObject({ kind: 'ignored', reason: expect.stringMatching(reason) });
  });

  it.each([
    ['an unknown event name', event('InventRole', { roleName: 'r' }), /InventRole is not known/],
    ['a name of Object’s own', event('constructor', {}), /constructor is not known/],
    ['an event that lost its name', event('PutRolePolicy', null), /carries no roleName/],
    ['another source', { ...event('PutRolePolicy', {}), source: 'aws.s3' }, /not a CloudTrail event/],
    ['nothing at all', undefined, /not a CloudTrail event/],
  ])('refuses %s, so that it is kept', (_, input, message) => {
    expect(() => readChange(input)).toThrow(UnreadableEventError);
    expect(() => readChange(input)).toThrow(message);
  });

  it('treats one event name in one way in both lists or in different services', () => {
    for (const name of Object.keys(organizationsEvents)) {
      if (Object.hasOwn(iamEvents, name)) expect(['CreatePolicy', 'DeletePolicy']).toContain(name);
    }
  });
});

describe('the actor', () => {
  it.each([
    [{ type: 'IAMUser', userName: 'bob' }, { name: 'bob' }],
    [{ type: 'Root', accountId: '123456789012' }, { name: 'root of account 123456789012' }],
    [
      {
        type: 'AssumedRole',
        arn: 'arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_1/jane@example.com',
        sessionContext: { sessionIssuer: { userName: 'AWSReservedSSO_Admin_1' } },
      },
      { name: 'jane@example.com', through: 'AWSReservedSSO_Admin_1' },
    ],
    [
      {
        type: 'AssumedRole',
        arn: 'arn:aws:sts::1:assumed-role/ci/run',
        sessionContext: { sourceIdentity: 'dave', sessionIssuer: { userName: 'ci' } },
      },
      { name: 'dave', through: 'ci' },
    ],
    [{ type: 'AWSService', invokedBy: 'sso.amazonaws.com' }, { name: 'sso.amazonaws.com' }],
    [{ type: 'SAMLUser', principalId: 'x:y' }, { name: 'x:y' }],
    [{}, { name: 'unknown' }],
  ])('%j', (userIdentity, expected) => {
    const read = readChange(event('TagRole', { roleName: 'r' }, { userIdentity }));
    expect(read).toMatchObject({ change: { actor: expected } });
  });
});

const samples = new URL('../../../events/cloudtrail/', import.meta.url);

describe('the sample events', () => {
  it.each(readdirSync(samples))('%s is read', (file) => {
    const read = readChange(JSON.parse(readFileSync(new URL(file, samples), 'utf8')));
    expect(read.kind).toBe(/denied/.test(file) ? 'ignored' : 'relevant');
  });
});
