import { expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { accountId, role } from './account.ts';

const partner = '444455556666';
const arnOf = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
const SET = 'sts:SetSourceIdentity';
const TAG = 'sts:TagSession';
const github = { Federated: `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com` };
const repository = {
  StringEquals: {
    'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
    'token.actions.githubusercontent.com:sub': 'repo:acme/shop:ref:refs/heads/main',
  },
};

const lets = (AWS: string, condition?: object, ...more: string[]) => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action: ['sts:AssumeRole', ...more],
  ...(condition && { Condition: { StringEquals: condition } }),
});
const tags = (AWS: string, condition: object) => ({ ...lets(AWS, condition), Action: TAG });
/** A role that may do anything with STS. */
const asking = (name: string, trust: object | object[]) =>
  role(name, trust, { Effect: 'Allow', Action: 'sts:*', Resource: '*' });

/** Through which roles somebody from outside comes to the last of them. */
function road(...all: Principal[]): string | undefined {
  const callers = new Callers();
  for (const one of all) callers.see(one);
  const last = all.at(-1);
  const found = last && new Reach(new Admissions(), callers).roadTo(last);
  return found?.through.map(({ name }) => name).join(' ');
}

const named = (name: string) => ({ 'sts:RoleSessionName': name });
const faces = (trust: object | object[]) => asking('faces', trust);
const gate = (...trust: object[]) => asking('gate', trust);
const byIdentity = (value: string, ...more: string[]) =>
  faces(lets(arnOf('gate'), { 'aws:SourceIdentity': value }, ...more));
const byTag = faces(lets(arnOf('gate'), { 'aws:PrincipalTag/team': 'vision' }));
const viaCall = (...more: string[]) => faces(lets(arnOf('gate'), { 'sts:SourceIdentity': 'ana' }, ...more));
const ofMiddle = (name: string) => faces(lets(`arn:aws:sts::${accountId}:assumed-role/middle/${name}`));

test.each<[string, readonly Principal[]]>([
  [
    'a name that he chooses at the second role',
    [gate(lets(partner, named('p'))), faces(lets(arnOf('gate'), named('z')))],
  ],
  [
    'a source identity that he may set at the first',
    [gate(lets(partner, undefined, SET)), byIdentity('ana', SET)],
  ],
  [
    'a source identity that the first demands',
    [gate(lets(partner, { 'sts:SourceIdentity': 'ana' }, SET)), byIdentity('ana', SET)],
  ],
  ['a source identity that he may set at the second', [gate(lets(partner)), viaCall(SET)]],
  ['a tag that he may pass to the first', [gate(lets(partner, undefined, TAG)), byTag]],
  [
    'a tag of that value only',
    [gate(lets(partner), tags(partner, { 'aws:RequestTag/team': 'vision' })), byTag],
  ],
  [
    'a name that he chooses at a second of three',
    [gate(lets(partner, named('p'))), asking('middle', lets(arnOf('gate'))), ofMiddle('y')],
  ],
  [
    'a name that the second of three demands',
    [gate(lets(partner)), asking('middle', lets(arnOf('gate'), named('y'))), ofMiddle('y')],
  ],
])('somebody from outside comes by %s', (_, all) => {
  expect(road(...all)).toBe(all.map(({ name }) => name).join(' '));
});

test.each<[string, readonly Principal[]]>([
  ['a source identity that nobody may set', [gate(lets(partner)), byIdentity('ana')]],
  [
    'another source identity than the first demands',
    [gate(lets(partner, { 'sts:SourceIdentity': 'bob' }, SET)), byIdentity('ana', SET)],
  ],
  ['a source identity that he may not set with the call', [gate(lets(partner)), viaCall()]],
  [
    'a source identity that he has, and the second does not take',
    [gate(lets(partner, { 'sts:SourceIdentity': 'ana' }, SET)), faces(lets(arnOf('gate')))],
  ],
  [
    'a source identity that no token of his sets',
    [
      gate({
        Effect: 'Allow',
        Principal: github,
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: repository,
      }),
      byIdentity('ana'),
    ],
  ],
  ['a tag that the first takes from nobody', [gate(lets(partner)), byTag]],
  [
    'a tag of another value than the first takes',
    [gate(lets(partner), tags(partner, { 'aws:RequestTag/team': 'sales' })), byTag],
  ],
  [
    'another name than the second of three demands',
    [gate(lets(partner)), asking('middle', lets(arnOf('gate'), named('q'))), ofMiddle('y')],
  ],
])('nobody from outside comes by %s', (_, all) => {
  expect(road(...all)).toBeUndefined();
});

test('roles that assume one another in a ring are come to once', () => {
  const first = asking('gate', [lets(partner, undefined, SET), lets(arnOf('middle'), undefined, SET)]);
  const second = asking('middle', lets(arnOf('gate'), undefined, SET));
  expect(road(first, second, faces(lets(arnOf('middle'), { 'aws:SourceIdentity': 'ana' }, SET)))).toBe(
    'gate middle faces',
  );
});
