import { expect, test } from 'vitest';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { accountId, role } from './account.ts';

const partner = '444455556666';
const another = '777788889999';
const lets = (AWS: string, Condition?: object) => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action: 'sts:AssumeRole',
  ...(Condition && { Condition }),
});
const named = (operator: string, ...names: string[]) => ({ [operator]: { 'sts:RoleSessionName': names } });
const gate = `arn:aws:iam::${accountId}:role/gate`;
const sessionOfGate = (name: string) => `arn:aws:sts::${accountId}:assumed-role/gate/${name}`;
const byUserId = (name: string) => lets(gate, { StringLike: { 'aws:userid': `AROAGATE:${name}` } });

/** Who comes to role/faces through role/gate, by the trust policies of the two. */
const road = (intoGate: object | object[], intoFaces: object, id?: string) => {
  const assumes = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
  const faces = role('faces', intoFaces);
  const callers = new Callers();
  for (const one of [role('gate', intoGate, assumes, id === undefined ? {} : { id }), faces])
    callers.see(one);
  const found = new Reach(new Admissions(), callers).roadTo(faces);
  return found && `${found.way.who} ${found.through.map(({ name }) => name).join(' ')}`;
};
const through = (who: string) => `${who} gate faces`;

test.each<[string, object | object[], object, string | undefined]>([
  ['of another name', lets(partner, named('StringEquals', 'p')), byUserId('deploy'), undefined],
  ['of that name', lets(partner, named('StringEquals', 'p', 'deploy')), byUserId('deploy'), through(partner)],
  ['of a form', lets(partner, named('StringLike', 'deploy-*')), byUserId('deploy-x'), through(partner)],
  ['of another form', lets(partner, named('StringLike', 'p-*')), byUserId('deploy-*'), undefined],
  [
    'of any name but that one',
    [lets(partner), { ...lets(partner, named('StringNotEquals', 'p')), Effect: 'Deny' }],
    byUserId('deploy'),
    undefined,
  ],
  [
    'that is named itself, of another name',
    lets(partner, named('StringEquals', 'p')),
    lets(sessionOfGate('deploy')),
    undefined,
  ],
  [
    'that is named itself',
    lets(partner, named('StringEquals', 'p')),
    lets(sessionOfGate('p')),
    through(partner),
  ],
  [
    'of whatever name, where none is asked for',
    lets(partner, named('StringEquals', 'p')),
    lets(gate),
    through(partner),
  ],
  [
    'of somebody else, who may name it so',
    [lets(partner, named('StringEquals', 'p')), lets(another)],
    byUserId('deploy'),
    through(another),
  ],
  [
    'whose name another statement leaves open',
    [lets(partner, named('StringEquals', 'p')), lets(partner, { Bool: { 'aws:SecureTransport': 'true' } })],
    byUserId('deploy'),
    through(partner),
  ],
])('a role is assumed further by a session %s', (_, intoGate, intoFaces, expected) => {
  expect(road(intoGate, intoFaces)).toBe(expected);
});

test('the sessions of a role whose id is not known are of whatever name', () => {
  const intoGate = lets(partner, named('StringEquals', 'p'));
  expect(road(intoGate, byUserId('deploy'), '')).toBe(through(partner));
});
