import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { accountId, user } from '../reach/account.ts';
import { boundary, indirect, may } from './escalating.ts';

describe('who may tag itself', () => {
  const asks = { StringEquals: { 'aws:PrincipalTag/team': 'vision' } };
  const spares = { StringNotEquals: { 'aws:PrincipalTag/team': 'vision' } };
  const deletes = may('rekognition:DeleteFaces', '*', asks);
  const self = `arn:aws:iam::${accountId}:user/u`;
  const tags = (value: string) =>
    may('iam:TagUser', self, { StringEquals: { 'aws:RequestTag/team': value } });
  const words = 'it may tag itself team=vision (iam:TagUser)';
  test.each<[string, Principal, string | undefined]>([
    ['as an Allow asks', user('u', [deletes, may('iam:TagUser', self)]), words],
    [
      'as a Deny spares',
      user('u', [
        may('rekognition:DeleteFaces'),
        { ...may('rekognition:*', '*', spares), Effect: 'Deny' },
        may('iam:TagUser'),
      ]),
      words,
    ],
    ['with these tags', user('u', [deletes, tags('vision')]), words],
    ['with other tags only', user('u', [deletes, tags('shop')]), undefined],
    [
      'with other keys only',
      user('u', [
        deletes,
        may('iam:TagUser', self, { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cost'] } }),
      ]),
      undefined,
    ],
    ['that is somebody else', user('u', [deletes, may('iam:TagUser', `${self}2`)]), undefined],
    ['of a role', user('u', [deletes, may('iam:TagRole')]), undefined],
    [
      'where no statement asks for tags',
      user('u', [may('s3:GetObject', '*', asks), may('iam:TagUser')]),
      undefined,
    ],
    [
      'within its boundary',
      user('u', [deletes, may('iam:TagUser')], { boundary: boundary(may('iam:*')) }),
      undefined,
    ],
  ])('%s', async (_, one, expected) => {
    expect((await indirect(one))['user/u']).toBe(expected);
  });
});
