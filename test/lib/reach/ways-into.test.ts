import { describe, expect, test } from 'vitest';
import type { Guardrails } from '#lib/account/types.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { accountId, policyOf, role } from './account.ts';
import { arn, lets, reachIn, ways } from './reaching.ts';

describe('the ways into a role', () => {
  const web = (Federated: string, Condition?: object) => ({
    Effect: 'Allow',
    Principal: { Federated },
    Action: 'sts:AssumeRoleWithWebIdentity',
    ...(Condition && { Condition }),
  });
  const host = 'token.actions.githubusercontent.com';
  const github = (conditions: object = {}) =>
    web(arn(`oidc-provider/${host}`), {
      ...conditions,
      StringEquals: {
        [`${host}:aud`]: 'sts.amazonaws.com',
        ...(conditions as { StringEquals?: object }).StringEquals,
      },
    });
  const sub = (operator: string, ...values: string[]) => github({ [operator]: { [`${host}:sub`]: values } });

  test.each([
    ['without a claim', github(), `shared-provider ${host}`],
    ['of one organization', sub('StringLike', 'repo:acme/*'), `federated ${host}`],
    ['of one branch', sub('StringEquals', 'repo:acme/shop:ref:refs/heads/main'), `federated ${host}`],
    [
      'of organizations of which some are named like it',
      sub('StringLike', 'repo:acme*'),
      `shared-provider ${host}`,
    ],
    ['of any repository', sub('StringLike', 'repo:*'), `shared-provider ${host}`],
    ['of a name that has a star, which none has', sub('StringEquals', 'repo:*'), `federated ${host}`],
    ['of any repository of a name', sub('StringLike', 'repo:*/shop:*'), `shared-provider ${host}`],
    ['of one or of any', sub('StringLike', 'repo:acme/*', 'repo:*/shop:*'), `shared-provider ${host}`],
    [
      'whose claim may be absent',
      sub('ForAllValues:StringEquals', 'repo:acme/shop:ref:refs/heads/main'),
      `federated ${host}`,
    ],
    [
      'of one branch, in whatever letters',
      sub('StringEqualsIgnoreCase', 'repo:Acme/Shop:ref:refs/heads/main'),
      `federated ${host}`,
    ],
    ['of all but one', sub('StringNotEqualsIgnoreCase', 'repo:acme/shop:x'), `shared-provider ${host}`],
    [
      'by the owner’s number',
      github({ StringEquals: { [`${host}:repository_owner_id`]: '1234' } }),
      `federated ${host}`,
    ],
  ])('GitHub %s', (_, trust, expected) => {
    expect(ways(trust)).toEqual([expected]);
  });

  const pool = (Condition?: object) => web('cognito-identity.amazonaws.com', Condition);
  const aud = { StringEquals: { 'cognito-identity.amazonaws.com:aud': 'eu-west-1:ab' } };
  const amr = (value: string) => ({
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': value },
  });
  test.each<[string, object, string[]]>([
    ['guests of a pool', pool({ ...aud, ...amr('unauthenticated') }), ['guests eu-west-1:ab']],
    [
      'users of a pool',
      pool({ ...aud, ...amr('authenticated') }),
      ['federated cognito-identity.amazonaws.com'],
    ],
    ['a pool without more', pool(aud), ['guests eu-west-1:ab', 'federated cognito-identity.amazonaws.com']],
    ['any pool of anybody', pool(), ['anyone cognito-identity.amazonaws.com']],
    [
      'users of any pool of a Region',
      pool({ StringLike: { 'cognito-identity.amazonaws.com:aud': 'eu-west-1:*' }, ...amr('authenticated') }),
      ['anyone cognito-identity.amazonaws.com'],
    ],
    [
      'users of a pool, whatever its Region',
      pool({ StringLike: { 'cognito-identity.amazonaws.com:aud': '*:ab' }, ...amr('authenticated') }),
      ['federated cognito-identity.amazonaws.com'],
    ],
    ['users of any pool of anybody', pool(amr('authenticated')), ['anyone cognito-identity.amazonaws.com']],
    ['everybody', lets({ AWS: '*' }), ['anyone']],
    ['everybody, written short', lets('*'), ['anyone']],
    [
      'the organization',
      lets({ AWS: '*' }, { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-acme' } } }),
      ['organization o-acme'],
    ],
    [
      'everybody who is not said to be elsewhere',
      lets({ AWS: '*' }, { Condition: { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-acme' } } }),
      ['anyone'],
    ],
    [
      'one account, by condition',
      lets({ AWS: '*' }, { Condition: { StringEquals: { 'aws:PrincipalAccount': '444455556666' } } }),
      ['account 444455556666'],
    ],
    [
      'this account, by condition',
      lets({ AWS: '*' }, { Condition: { StringEquals: { 'aws:PrincipalAccount': accountId } } }),
      [],
    ],
    [
      'a network',
      lets({ AWS: '*' }, { Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } }),
      ['network 203.0.113.0/24'],
    ],
    [
      'everybody with an external id',
      lets({ AWS: '*' }, { Condition: { StringEquals: { 'sts:ExternalId': 'x7' } } }),
      ['anyone'],
    ],
    [
      'everybody but one',
      { ...lets('*'), Principal: undefined, NotPrincipal: { AWS: arn('user/x') } },
      ['anyone'],
    ],
    [
      'any user of a provider that is called like a member of every object',
      web(arn('oidc-provider/constructor')),
      ['federated constructor'],
    ],
    ['nobody, since a Deny takes it all back', [lets({ AWS: '*' }), { ...lets('*'), Effect: 'Deny' }], []],
    [
      'a principal of another account',
      lets({ AWS: 'arn:aws:iam::444455556666:role/ci' }),
      ['account-principal arn:aws:iam::444455556666:role/ci'],
    ],
    [
      'services',
      lets({ Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'] }),
      ['service ec2.amazonaws.com', 'service lambda.amazonaws.com'],
    ],
    ['certificates', lets({ Service: 'rolesanywhere.amazonaws.com' }), ['roles-anywhere']],
    [
      'certificates of a name',
      {
        ...lets({ Service: 'rolesanywhere.amazonaws.com' }),
        Condition: { StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'camera' } },
      },
      ['roles-anywhere'],
    ],
    [
      'certificates with a tag that they do not bring: nobody',
      {
        ...lets({ Service: 'rolesanywhere.amazonaws.com' }),
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'vision' } },
      },
      [],
    ],
    [
      'a service with a certificate, which none has: nobody',
      {
        ...lets({ Service: 'lambda.amazonaws.com' }),
        Condition: { StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'camera' } },
      },
      [],
    ],
    ['pods', lets({ Service: 'pods.eks.amazonaws.com' }), ['pod-identity']],
    [
      'SAML',
      { ...lets({ Federated: arn('saml-provider/okta') }), Action: 'sts:AssumeRoleWithSAML' },
      ['federated okta'],
    ],
    [
      'Identity Center',
      {
        ...lets({ Federated: arn('saml-provider/AWSSSO_0123_DO_NOT_DELETE') }),
        Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
      },
      ['identity-center'],
    ],
    ['no action that lets anybody in', lets({ AWS: '*' }, { Action: 'sts:TagSession' }), []],
  ])('%s', (_, trust, expected) => {
    expect(ways(trust)).toEqual(expected);
  });

  test('are narrowed by what the organization demands of whoever asks for its resources', () => {
    const Condition = {
      StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-acme' },
      BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
    };
    const deny = { Effect: 'Deny', Principal: '*', Action: 'sts:*', Resource: '*', Condition };
    const waysUnder = (guardrails: Guardrails, trust: object) =>
      new Reach(new Admissions(guardrails), new Callers())
        .waysInto(role('faces', trust))
        .map(({ kind, who }) => `${kind} ${who}`.trim());
    const rcps = [[{ ...policyOf('perimeter', deny), type: 'rcp' as const }]];
    expect(waysUnder({ rcps }, lets({ AWS: '*' }))).toEqual(['organization o-acme']);
    expect(waysUnder({ rcps }, lets({ Service: 'ec2.amazonaws.com' }))).toEqual([
      'service ec2.amazonaws.com',
    ]);
    expect(waysUnder({ rcps, managementAccount: accountId }, lets({ AWS: '*' }))).toEqual(['anyone']);
  });

  test('are not known where the trust policy is not', () => {
    const { trust: _, ...without } = role('faces');
    expect(reachIn().waysInto(without)).toMatchObject([{ kind: 'unknown' }]);
  });

  test('are those that can be read, and unknown ones where a statement cannot be and may let somebody in', () => {
    const odd = (rest: object) =>
      lets({ AWS: '*' }, { Condition: { Foo: { 'aws:username': 'x' } }, ...rest });
    const ofAccount = lets({ AWS: '444455556666' });
    expect(ways([odd({}), ofAccount])).toEqual(['unknown', 'account 444455556666']);
    expect(ways([odd({ Effect: 'Deny' }), ofAccount])).toEqual(['account 444455556666']);
    expect(ways([odd({ Action: 's3:GetObject' }), ofAccount])).toEqual(['account 444455556666']);
    // IAM stores a key without a prefix; no request has one.
    expect(ways(lets({ AWS: '*' }, { Condition: { StringNotEquals: { team: 'x' } } }))).toEqual(['anyone']);
  });

  test('tell a service that may act for another account', () => {
    const source = { Condition: { StringEquals: { 'aws:SourceAccount': accountId } } };
    const deputy = (rest: object) =>
      reachIn().waysInto(role('faces', lets({ Service: 'rekognition.amazonaws.com' }, rest)))[0]?.deputy;
    expect([deputy({}), deputy(source)]).toEqual([true, false]);
    const like = (key: string, value: string) => ({ Condition: { StringLike: { [key]: value } } });
    expect(deputy(like('aws:SourceAccount', '*'))).toBe(true);
    expect(deputy(like('aws:SourceArn', 'arn:aws:rekognition:*:*:streamprocessor/*'))).toBe(true);
    expect(deputy(like('aws:SourceArn', `arn:aws:rekognition:*:${accountId}:*`))).toBe(false);
  });
});
