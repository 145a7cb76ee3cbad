import { describe, expect, test } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { accountId, accountOf, role, user } from './account.ts';
import {
  ana,
  federated,
  hasAccess,
  identified,
  lets,
  may,
  named,
  root,
  service,
  under,
  withMfa,
} from './session-accounts.ts';

describe('the session name of a role', () => {
  test.each([
    ['is chosen by whoever assumes it', lets(ana), true],
    ['is free when a service chooses it', service('lambda.amazonaws.com'), true],
    ['is no choice when nobody may assume the role', [], false],
    [
      'is as the trust policy demands',
      lets(ana, 'sts:AssumeRole', { StringLike: { 'sts:RoleSessionName': 'ci-*' } }),
      false,
    ],
    [
      'is free within what the trust policy demands',
      lets(ana, 'sts:AssumeRole', { StringLike: { 'sts:RoleSessionName': 'm*' } }),
      true,
    ],
    [
      'is not the one that a Deny takes away',
      [
        lets(ana),
        {
          ...lets(ana, 'sts:AssumeRole', { StringEquals: { 'sts:RoleSessionName': 'maintenance' } }),
          Effect: 'Deny',
        },
      ],
      false,
    ],
  ])('%s', async (_, trust, expected) => {
    expect(await hasAccess(user('ana'), role('r', trust, named))).toBe(expected);
  });

  test.each([
    ['two characters or more', '*:x', false],
    ['no spaces', '*:a b', false],
    ['no other role’s id', 'AROAOTHER:*', false],
    ['anything else', 'AROAR:x?', true],
  ])('has %s', async (_, pattern, expected) => {
    const condition = under({ StringLike: { 'aws:userid': pattern } });
    expect(await hasAccess(user('ana'), role('r', lets(ana), condition))).toBe(expected);
  });
});

describe('the source identity of a role session', () => {
  const both = ['sts:AssumeRole', 'sts:SetSourceIdentity'];
  test.each([
    ['is what the caller says', lets(ana, both), true],
    ['is not set without sts:SetSourceIdentity', lets(ana), false],
    [
      'is as the trust policy pins it',
      lets(ana, both, { StringEquals: { 'sts:SourceIdentity': 'bo' } }),
      false,
    ],
  ])('%s', async (_, trust, expected) => {
    expect(await hasAccess(user('ana'), role('r', trust, identified))).toBe(expected);
  });
});

describe('what a provider says of whom it signed in', () => {
  const github = 'token.actions.githubusercontent.com';
  const byGithub = (sub: string) => ({
    ...federated(`arn:aws:iam::${accountId}:oidc-provider/${github}`, 'sts:AssumeRoleWithWebIdentity'),
    Condition: { StringLike: { [`${github}:sub`]: sub } },
  });
  const bySaml = federated(`arn:aws:iam::${accountId}:saml-provider/p`, 'sts:AssumeRoleWithSAML');
  const shop = { StringLike: { [`${github}:sub`]: 'repo:acme/shop:*' } };

  test.each<[string, object, object, boolean]>([
    ['is as the trust policy demands', byGithub('repo:acme/*'), shop, true],
    ['is nothing that the trust policy keeps out', byGithub('repo:other/*'), shop, false],
    ['is in no session that a service begins', service('lambda.amazonaws.com'), shop, false],
    ['is in no session that a user begins', lets(ana), shop, false],
    ['may not be passed on', byGithub('repo:acme/*'), { Null: { [`${github}:sub`]: 'true' } }, true],
    ['is not what another provider says', bySaml, shop, false],
    ['is read whatever it is called', bySaml, { StringEquals: { 'SAML:sub_type': 'persistent' } }, true],
  ])('%s', async (_, trust, condition, expected) => {
    expect(await hasAccess(user('ana'), role('r', trust, under(condition)))).toBe(expected);
  });

  test('is nothing of a user', async () => {
    expect(await hasAccess(user('ana', under(shop)))).toBe(false);
  });
});

describe('a trust policy that demands a source identity', () => {
  const both = ['sts:AssumeRole', 'sts:SetSourceIdentity'];
  const unidentified = under({ Null: { 'aws:SourceIdentity': 'true' } });
  const demand = { StringLike: { 'sts:SourceIdentity': 'b*' } };

  test.each([
    ['has no session without one', [lets(ana, both, demand)], false],
    [
      'by a Deny has none either',
      [lets(ana, both), { ...lets(ana, both, { Null: { 'sts:SourceIdentity': 'true' } }), Effect: 'Deny' }],
      false,
    ],
    [
      'only of whoever sets one has',
      [lets(ana, 'sts:AssumeRole'), lets(ana, 'sts:SetSourceIdentity', demand)],
      true,
    ],
  ])('%s', async (_, trust, expected) => {
    expect(await hasAccess(user('ana'), role('r', trust, unidentified))).toBe(expected);
  });

  test('gives one in a normal request', async () => {
    const identifiedOnly = [may('rekognition:SearchFaces'), { ...unidentified, Action: '*', Effect: 'Deny' }];
    const account = accountOf(user('ana'), role('r', lets(ana, both, demand), identifiedOnly));
    const expected = parseExpectations(
      `sets:
  s: [{ Effect: Allow, Action: rekognition:SearchFaces, Resource: '*' }]
principals: [{ match: role/r, expect: [s] }]
default: []`,
      'expectations.yaml',
      { now: new Date('2026-11-24T12:00:00Z') },
    );
    const { findings } = await checkAccount(account, { expectations: expected.expectations });
    expect(findings).toEqual([]);
  });
});

describe('MFA', () => {
  test.each([
    ['is there when a user assumes the role', lets(ana), true],
    ['is never there for a service', service('lambda.amazonaws.com'), false],
    [
      'is never there for a web identity',
      federated('cognito-identity.amazonaws.com', 'sts:AssumeRoleWithWebIdentity'),
      false,
    ],
    [
      'is never there for SAML',
      federated(`arn:aws:iam::${accountId}:saml-provider/p`, 'sts:AssumeRoleWithSAML'),
      false,
    ],
  ])('%s', async (_, trust, expected) => {
    expect(await hasAccess(user('ana'), role('r', trust, withMfa))).toBe(expected);
  });

  test('is always there where the trust policy demands it', async () => {
    const withoutMfa = under({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } });
    const demands = lets(ana, 'sts:AssumeRole', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } });
    expect(await hasAccess(user('ana'), role('r', demands, withoutMfa))).toBe(false);
    expect(await hasAccess(user('ana'), role('r', lets(ana), withoutMfa))).toBe(true);
  });

  test.each([
    ['is not there when a role that only services assume goes on', service('lambda.amazonaws.com'), false],
    ['may be there when a role that a user assumes goes on', lets(ana), true],
    [
      'may be there when a role that a service or a user assumes goes on',
      [service('lambda.amazonaws.com'), lets(ana)],
      true,
    ],
  ])('%s', async (_, trustOfFirst, expected) => {
    const first = role('first', trustOfFirst, may('sts:AssumeRole'));
    const second = role('second', lets(`arn:aws:iam::${accountId}:role/first`), withMfa);
    expect(await hasAccess(user('ana'), first, second)).toBe(expected);
  });

  test.each([
    ['is part of what a role could do that nobody may assume yet', lets(root), true],
    ['is no part of what a role of a service could do', service('lambda.amazonaws.com'), false],
  ])('%s', async (_, trust, expected) => {
    expect(await hasAccess(role('r', trust, withMfa))).toBe(expected);
  });
});

describe('an identity of Cognito', () => {
  const amr = 'cognito-identity.amazonaws.com:amr';
  const demands = (value: string) => ({ 'ForAnyValue:StringEquals': { [amr]: value } });
  const trust = (value: string) => ({
    ...federated('cognito-identity.amazonaws.com', 'sts:AssumeRoleWithWebIdentity'),
    Condition: demands(value),
  });
  test.each([
    ['authenticated', 'authenticated', true],
    ['authenticated', 'unauthenticated', false],
    ['unauthenticated', 'unauthenticated', true],
    ['unauthenticated', 'authenticated', false],
  ])('that comes as %s is %s: %s', async (comes, asked, expected) => {
    expect(await hasAccess(user('ana'), role('r', trust(comes), under(demands(asked))))).toBe(expected);
  });
});

describe('a user', () => {
  const federate = may('sts:GetFederationToken');
  test.each([
    ['is no federated user', [], { StringEquals: { 'aws:PrincipalType': 'FederatedUser' } }, false],
    ['who may federate is one', [federate], { StringEquals: { 'aws:PrincipalType': 'FederatedUser' } }, true],
    ['who may federate can have no name', [federate], { Null: { 'aws:username': 'true' } }, true],
    ['has a name', [], { Null: { 'aws:username': 'true' } }, false],
    [
      'is not both',
      [federate],
      { StringEquals: { 'aws:PrincipalType': 'FederatedUser', 'aws:username': 'u' } },
      false,
    ],
    [
      'who may federate chooses an id',
      [federate],
      { StringEquals: { 'aws:userid': `${accountId}:ops` } },
      true,
    ],
    [
      'chooses an id of 32 characters at most',
      [federate],
      { StringEquals: { 'aws:userid': `${accountId}:${'x'.repeat(33)}` } },
      false,
    ],
    [
      'chooses an id of his account',
      [federate],
      { StringEquals: { 'aws:userid': '444455556666:ops' } },
      false,
    ],
    [
      'who may federate under some names chooses among them',
      [may('sts:GetFederationToken', `arn:aws:sts::${accountId}:federated-user/dev-*`)],
      { StringEquals: { 'aws:userid': `${accountId}:ops` } },
      false,
    ],
    [
      'passes tags only with leave',
      [federate],
      { StringEquals: { 'aws:PrincipalTag/team': 'vision' } },
      false,
    ],
    [
      'passes tags with leave',
      [federate, may('sts:TagSession')],
      { StringEquals: { 'aws:PrincipalTag/team': 'vision' } },
      true,
    ],
    [
      'passes no tags otherwise',
      [may('sts:TagSession')],
      { StringEquals: { 'aws:PrincipalTag/team': 'vision' } },
      false,
    ],
    [
      'has no MFA as a federated user',
      [federate],
      {
        StringEquals: { 'aws:PrincipalType': 'FederatedUser' },
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      },
      false,
    ],
  ])('%s', async (_, policies, condition, expected) => {
    expect(await hasAccess(user('u', [...policies, under(condition)]))).toBe(expected);
  });
});
