import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { accountId, role, user } from '../reach/account.ts';
import {
  ana,
  federated,
  hasAccess,
  lets,
  may,
  root,
  service,
  tagged,
  under,
} from '../reach/session-accounts.ts';

describe('session tags of a role', () => {
  test.each([
    ['about another service', 's3:GetObject,PutObject', false],
    ['that may be about STS', 'sts:AssumeRole,TagSession', true],
  ])('beside a caller with an action %s that cannot be read', async (_, action, expected) => {
    const trust = lets(root, ['sts:AssumeRole', 'sts:TagSession']);
    expect(await hasAccess(user('ana', [may(action)]), role('target', trust, [tagged]))).toBe(expected);
  });

  const both = ['sts:AssumeRole', 'sts:TagSession'];
  const without = (Condition: object) => ({
    ...lets(ana, 'sts:TagSession', Condition),
    Effect: 'Deny',
  });
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
      'may have a name that the trust policy lists, in its letter case',
      [user('ana')],
      lets(ana, both, { 'ForAllValues:StringLike': { 'aws:TagKeys': ['project', 'T?aM'] } }),
      true,
    ],
    [
      'may have a name that a Deny lists, in another letter case',
      [user('ana')],
      [lets(ana, both), without({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['team', 'Team', 'TEAM'] } })],
      true,
    ],
    [
      'cannot have a name that a Deny lists in every letter case',
      [user('ana')],
      [lets(ana, both), without({ 'ForAnyValue:StringEqualsIgnoreCase': { 'aws:TagKeys': 'team' } })],
      false,
    ],
    ['are passed by somebody whom the trust policy names and the file leaves out', [], lets(ana, both), true],
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
