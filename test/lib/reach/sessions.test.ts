import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { accountId, accountOf, role, user } from './account.ts';

const expectations = builtInExpectations({ now: new Date('2026-11-24T12:00:00Z') });

const under = (Condition: object) => ({
  Effect: 'Allow',
  Action: 'rekognition:DeleteFaces',
  Resource: '*',
  Condition,
});
const lets = (AWS: string, Action: string | readonly string[] = 'sts:AssumeRole', Condition?: object) => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action,
  ...(Condition && { Condition }),
});
const service = (Service: string, Action: string | readonly string[] = 'sts:AssumeRole') => ({
  Effect: 'Allow',
  Principal: { Service },
  Action,
});
const federated = (Federated: string, Action: string | readonly string[]) => ({
  Effect: 'Allow',
  Principal: { Federated },
  Action,
});
const may = (Action: string | readonly string[], Resource = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});

const root = `arn:aws:iam::${accountId}:root`;
const ana = `arn:aws:iam::${accountId}:user/ana`;
const tagged = under({ StringEquals: { 'aws:PrincipalTag/team': 'vision' } });
const named = under({ StringLike: { 'aws:userid': '*:maintenance' } });
const identified = under({ StringEquals: { 'aws:SourceIdentity': 'ana' } });
const withMfa = under({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } });

/** Whether the built-in expectation, which expects nothing, finds that the last of the principals has access. */
async function hasAccess(...all: Principal[]): Promise<boolean> {
  const { findings } = await checkAccount(accountOf(...all), { expectations });
  const subject = all.at(-1)?.arn;
  const own = findings.filter(({ principalArn }) => principalArn === subject);
  expect(own.map(({ kind }) => kind).filter((kind) => kind !== 'excess' && kind !== 'exposed')).toEqual([]);
  return own.some(({ kind }) => kind === 'excess');
}

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

describe('session tags of a role', () => {
  test.each([
    ['about another service', 's3:GetObject,PutObject', false],
    ['that may be about STS', 'sts:AssumeRole,TagSession', true],
  ])('beside a caller with an action %s that cannot be read', async (_, action, expected) => {
    const trust = lets(root, ['sts:AssumeRole', 'sts:TagSession']);
    expect(await hasAccess(user('ana', [may(action)]), role('target', trust, [tagged]))).toBe(expected);
  });

  const both = ['sts:AssumeRole', 'sts:TagSession'];
  const web = { tags: { team: 'web' } };

  test.each<[string, Principal[], object | object[], boolean]>([
    ['replace its own', [user('ana')], lets(ana, both), true],
    ['need sts:TagSession in the trust policy', [user('ana')], lets(ana), false],
    [
      'need the caller’s own policies where the trust names the account',
      [user('bo', may(both))],
      lets(root, both),
      true,
    ],
    [
      'cannot be passed by a caller who may not',
      [user('bo', may('sts:AssumeRole'))],
      lets(root, both),
      false,
    ],
    ['cannot be passed where nobody may assume the role', [user('bo', may('s3:*'))], lets(root, both), false],
    ['are passed by another account as it likes', [], lets('444455556666', both), true],
    ['are passed by anyone', [], lets('*', both), true],
    [
      'are limited to the names that the trust policy lists',
      [user('ana')],
      lets(ana, both, { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['project'] } }),
      false,
    ],
    [
      'may have a name that the trust policy lists',
      [user('ana')],
      lets(ana, both, { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['project', 'team'] } }),
      true,
    ],
    [
      'are limited to the values that the trust policy lists',
      [user('ana')],
      lets(ana, both, { StringEquals: { 'aws:RequestTag/team': ['web', 'shop'] } }),
      false,
    ],
    [
      'may have a value that the trust policy lists',
      [user('ana')],
      lets(ana, both, { StringEquals: { 'aws:RequestTag/team': ['web', 'vision'] } }),
      true,
    ],
    [
      'are limited by the caller’s own policies',
      [user('bo', may(both, '*', { StringEquals: { 'aws:RequestTag/team': 'shop' } }))],
      lets(root, both),
      false,
    ],
    [
      'are what the caller’s own name makes them',
      [user('vision', may(both, '*', { StringEquals: { 'aws:RequestTag/team': `\${aws:username}` } }))],
      lets(root, both),
      true,
    ],
    [
      'are not what another’s name makes them',
      [user('bo', may(both, '*', { StringEquals: { 'aws:RequestTag/team': `\${aws:username}` } }))],
      lets(root, both),
      false,
    ],
    [
      'are refused by a boundary of the caller',
      [
        user('bo', may(both), {
          boundary: {
            ...user('x', may('sts:AssumeRole')).policies[0],
            name: 'b',
            type: 'customer-managed',
            text: JSON.stringify({ Version: '2012-10-17', Statement: may('sts:AssumeRole') }),
          },
        }),
      ],
      lets(root, both),
      false,
    ],
    [
      'of a named user are not limited by what his boundary is silent about',
      [user('ana')],
      lets(ana, both),
      true,
    ],
    [
      'are as the provider signs them',
      [],
      federated(`arn:aws:iam::${accountId}:saml-provider/p`, ['sts:AssumeRoleWithSAML', 'sts:TagSession']),
      true,
    ],
    [
      'are not signed without sts:TagSession',
      [],
      federated(`arn:aws:iam::${accountId}:saml-provider/p`, 'sts:AssumeRoleWithSAML'),
      false,
    ],
    ['do not come from a service', [], service('lambda.amazonaws.com'), false],
    ['come from EKS Pod Identity', [], service('pods.eks.amazonaws.com', both), true],
  ])('%s', async (_, others, trust, expected) => {
    expect(await hasAccess(...others, role('r', trust, tagged, web))).toBe(expected);
  });

  test('are empty if that is what helps', async () => {
    const empty = under({
      StringNotLike: { 'aws:PrincipalTag/n': '?*' },
      Null: { 'aws:PrincipalTag/n': 'false' },
    });
    expect(await hasAccess(user('ana'), role('r', lets(ana, both), empty))).toBe(true);
    expect(await hasAccess(user('ana'), role('r', lets(ana), empty))).toBe(false);
  });
});

describe('a tag that another key is compared with', () => {
  const home = under({ StringEquals: { 'aws:RequestedRegion': '\u0024{aws:PrincipalTag/home}' } });
  test.each([
    ['can have what that key has', lets(ana, ['sts:AssumeRole', 'sts:TagSession']), true],
    ['is not there when nobody may pass it', lets(ana), false],
  ])('%s', async (_, trust, expected) => {
    expect(await hasAccess(user('ana'), role('r', trust, home))).toBe(expected);
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
