import { expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { role, user } from '../reach/account.ts';
import { ana, lets } from '../reach/session-accounts.ts';
import { indirect, may } from './escalating.ts';

const both = ['sts:AssumeRole', 'sts:TagSession'];
const named = ['sts:AssumeRole', 'sts:SetSourceIdentity'];
/** A role that may write policies in some of its sessions only. */
const writer = (trust: object | object[], key: string, value = 'vision') =>
  role('writer', trust, may('iam:PutRolePolicy', '*', { StringLike: { [key]: value } }));
const TEAM = 'aws:PrincipalTag/team';

test.each<[string, Principal, boolean]>([
  ['a tag that whoever begins it may choose', writer(lets(ana, both), TEAM), true],
  ['a tag that nobody may choose', writer(lets(ana), TEAM), false],
  [
    'a tag with another value than may be chosen',
    writer(lets(ana, both, { StringEquals: { 'aws:RequestTag/team': 'web' } }), TEAM),
    false,
  ],
  [
    'another tag than may be chosen',
    writer(lets(ana, both, { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['project'] } }), TEAM),
    false,
  ],
  ['a name that is chosen', writer(lets(ana), 'aws:userid', '*:admin'), true],
  [
    'another name than the trust policy demands',
    writer(
      lets(ana, 'sts:AssumeRole', { StringEquals: { 'sts:RoleSessionName': 'build' } }),
      'aws:userid',
      '*:admin',
    ),
    false,
  ],
  ['a source identity that may be set', writer(lets(ana, named), 'aws:SourceIdentity'), true],
  ['a source identity that nobody may set', writer(lets(ana), 'aws:SourceIdentity'), false],
])('who may write policies in sessions with %s comes to more where there are such', async (_, one, comes) => {
  const found = await indirect(user('ana'), one);
  expect(found['role/writer']).toBe(comes ? 'it may call iam:PutRolePolicy for itself' : undefined);
});
