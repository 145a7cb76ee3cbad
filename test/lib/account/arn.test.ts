import { describe, expect, test } from 'vitest';
import { parsePrincipalReference } from '#lib/account/arn.ts';
import { principalContext } from '#lib/account/principal-context.ts';
import { principalFilter } from '#lib/account/principal-filter.ts';
import type { Principal } from '#lib/account/types.ts';
import { InputError } from '#lib/errors.ts';

const role: Principal = {
  kind: 'role',
  arn: 'arn:aws-cn:iam::123456789012:role/team/analyst',
  name: 'analyst',
  path: '/team/',
  id: 'AROAEXAMPLE',
  tags: { team: 'vision' },
  groups: [],
  policies: [],
  unreadable: [],
  serviceLinked: false,
};

describe('parsePrincipalReference', () => {
  const accountId = '123456789012';
  test.each([
    ['role/analyst', { kind: 'role', name: 'analyst' }],
    ['user/bob', { kind: 'user', name: 'bob' }],
    ['role/team/vision/analyst', { kind: 'role', name: 'analyst' }],
    ['role/weird+=,.@-_name', { kind: 'role', name: 'weird+=,.@-_name' }],
    ['arn:aws:iam::123456789012:user/people/bob', { kind: 'user', name: 'bob', accountId }],
    ['arn:aws-us-gov:iam::123456789012:role/analyst', { kind: 'role', name: 'analyst', accountId }],
    [
      'arn:aws:sts::123456789012:assumed-role/analyst/ann@example.com',
      { kind: 'role', name: 'analyst', accountId },
    ],
  ])('%s', (text, expected) => expect(parsePrincipalReference(text)).toEqual(expected));

  test.each([
    'analyst',
    'group/team',
    'role/',
    '',
    'arn:aws:iam::123456789012:root',
    'arn:aws:iam::123456789012:group/team',
    'arn:aws:s3:::bucket',
    'arn:aws:sts::123456789012:federated-user/bob',
    'arn:aws:sts::123456789012:assumed-role/analyst',
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
  ])('refuses "%s"', (text) => expect(() => parsePrincipalReference(text)).toThrow(InputError));
});

test('principalFilter picks by kind, name and, with an ARN, account', () => {
  const wanted = (...references: string[]) => principalFilter(references)(role);
  expect(wanted('user/x', 'role/analyst')).toBe(true);
  expect(wanted('user/analyst')).toBe(false);
  expect(wanted('arn:aws:iam::123456789012:role/analyst')).toBe(true);
  expect(wanted('arn:aws:iam::999999999999:role/team/analyst')).toBe(false);
});

test('principalContext gives the keys of a role session, or of a user', () => {
  expect(principalContext(role)).toEqual({
    'aws:PrincipalArn': role.arn,
    'aws:PrincipalAccount': '123456789012',
    'aws:PrincipalType': 'AssumedRole',
    'aws:userid': 'AROAEXAMPLE:permission-check',
    'aws:PrincipalTag/team': 'vision',
  });
  expect(principalContext({ ...role, kind: 'user', name: 'bob', id: 'AIDAEXAMPLE', tags: {} })).toEqual({
    'aws:PrincipalArn': role.arn,
    'aws:PrincipalAccount': '123456789012',
    'aws:PrincipalType': 'User',
    'aws:userid': 'AIDAEXAMPLE',
    'aws:username': 'bob',
  });
});
