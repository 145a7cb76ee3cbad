import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { accountId, role, user } from '../reach/account.ts';
import { boundary, indirect, lets, may } from './escalating.ts';

const self = `arn:aws:iam::${accountId}:user/u`;
const otherArn = `arn:aws:iam::${accountId}:role/other`;
const lambda = lets({ Service: 'lambda.amazonaws.com' });
const boundaryArn = `arn:aws:iam::${accountId}:policy/boundary`;
const bounded = (statement: object | object[]) => ({
  boundary: { ...boundary(statement), arn: boundaryArn },
});
const come = async (...all: Principal[]) => (await indirect(...all))['user/u'];

describe('what the tags of the role that a call is about make of a condition', () => {
  const asks = { StringEquals: { 'aws:ResourceTag/team': 'vision' } };
  const changes = may('iam:UpdateAssumeRolePolicy', '*', asks);
  const tagged = (team: string) => role('other', lambda, may('rekognition:*'), { tags: { team } });
  const hands = [
    may(['lambda:CreateFunction', 'lambda:InvokeFunction']),
    may('iam:PassRole', '*', { StringEquals: { 'iam:ResourceTag/team': 'vision' } }),
  ];
  test.each<[string, object | object[], string, boolean]>([
    ['the tag is there', changes, 'vision', true],
    ['another is', changes, 'shop', false],
    ['whoever may tag it puts it there', [changes, may('iam:TagRole')], 'shop', true],
    ['who may only tag users does not', [changes, may('iam:TagUser')], 'shop', false],
    [
      'a Deny spares it',
      [may('iam:UpdateAssumeRolePolicy'), { ...may('iam:*', '*', asks), Effect: 'Deny' }],
      'shop',
      true,
    ],
    [
      'a Deny binds it',
      [may('iam:UpdateAssumeRolePolicy', otherArn), { ...may('iam:*', '*', asks), Effect: 'Deny' }],
      'vision',
      false,
    ],
    ['it is passed', hands, 'vision', true],
    ['it is not passed', hands, 'shop', false],
  ])('%s', async (_, statements, team, comes) => {
    expect((await come(user('u', statements), tagged(team))) !== undefined).toBe(comes);
  });

  test('an untagged lock is lifted by whoever may untag', async () => {
    const locked = role('other', lambda, may('rekognition:*'), { tags: { locked: 'yes' } });
    const open = may('iam:UpdateAssumeRolePolicy', otherArn, { Null: { 'aws:ResourceTag/locked': 'true' } });
    expect(await come(user('u', open), locked)).toBeUndefined();
    expect(await come(user('u', [open, may('iam:UntagRole')]), locked)).toContain('role/other');
  });
});

describe('whose boundary a condition asks for', () => {
  const writes = (arn: string) =>
    may('iam:PutUserPolicy', self, { StringEquals: { 'iam:PermissionsBoundary': arn } });
  const wide = may(['iam:PutUserPolicy', 'rekognition:*']);
  test.each<[string, Principal, string | undefined]>([
    ['its own', user('u', writes(boundaryArn), bounded(wide)), 'it may call iam:PutUserPolicy for itself'],
    [
      'its own, which caps what it writes',
      user('u', writes(boundaryArn), bounded(may('iam:PutUserPolicy'))),
      undefined,
    ],
    ['another', user('u', writes(`${boundaryArn}2`), bounded(wide)), undefined],
    ['none is there', user('u', writes(boundaryArn)), undefined],
  ])('%s', async (_, one, expected) => {
    expect(await come(one)).toBe(expected);
  });
});

describe('who may tag itself where a statement only names its tag', () => {
  const collection = (name: string) => `arn:aws:rekognition:*:*:collection/${name}`;
  const own = '${aws:PrincipalTag/team}';
  const searches = (resource: string) => may('rekognition:SearchFaces', collection(resource));
  const tags = may('iam:TagUser', self);
  const alike = { StringEquals: { 'aws:ResourceTag/team': own } };
  test.each<[string, object[], boolean]>([
    ['in a resource', [searches(`${own}-*`), tags], true],
    ['in a condition', [may('rekognition:SearchFaces', '*', alike), tags], true],
    ['for another', [searches(`${own}-*`), may('iam:TagUser', `${self}2`)], false],
    [
      'with another tag',
      [
        searches(`${own}-*`),
        may('iam:TagUser', self, { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cost'] } }),
      ],
      false,
    ],
  ])('%s', async (_, statements, comes) => {
    const found = await come(user('u', statements));
    expect(found?.startsWith('it may tag itself team=') ?? false).toBe(comes);
  });

  test('and takes the tag that a role asks for', async () => {
    const vision = role('other', lambda, may('rekognition:*'), { tags: { team: 'vision' } });
    const changes = may('iam:UpdateAssumeRolePolicy', otherArn, alike);
    expect(await come(user('u', changes), vision)).toBeUndefined();
    expect(await come(user('u', [changes, tags]), vision)).toContain(
      'it may tag itself team=vision (iam:TagUser), then',
    );
  });

  test('to be spared by a Deny that follows its tag', async () => {
    const denied = [searches('shop'), { ...searches(own), Effect: 'Deny' }];
    expect(await come(user('u', [...denied, tags], { tags: { team: 'shop' } }))).toContain(
      'it may tag itself',
    );
  });
});
