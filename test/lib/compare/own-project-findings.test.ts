import { expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { ownProjectFindings } from '#lib/compare/own-project-findings.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { accountId, policyOf, role, user } from '../reach/account.ts';

const project = `arn:aws:rekognition:eu-west-1:${accountId}:project/shop`;
const arn = (name: string) => `arn:aws:iam::${accountId}:${name}`;
const copy = 'rekognition:CopyProjectVersion';
const statement = (Effect: string, Principal: object | string, rest: object = {}) => ({
  Effect,
  Principal,
  Action: copy,
  Resource: `${project}/version/*`,
  ...rest,
});
const lets = (Principal: object | string, rest?: object) => statement('Allow', Principal, rest);
const may = (Effect: string, Action: string) => ({ Effect, Action, Resource: '*' });

/** Whom project policies let copy models, in words; `expected`: of whom that is expected. */
const told = (
  policies: readonly (object | object[])[],
  principals: readonly Principal[],
  { expected = [], guardrails = {} }: { expected?: readonly string[]; guardrails?: object } = {},
) =>
  ownProjectFindings(
    policies.map((one, at) => ({
      projectArn: `${project}/1690000000000`,
      policy: { ...policyOf(`p${at}`, one), type: 'resource' },
    })),
    {
      principals,
      admissions: new Admissions(guardrails),
      isExpected: ({ name }) => expected.includes(name),
    },
  ).map(({ kind, severity, reachedBy }) => `${kind} ${severity} ${reachedBy}`);

const dev = role('dev');
const named = lets({ AWS: arn('role/dev') });
const found = ['exposed critical role/dev'];

test('who is named needs no leave of its own policies', () => {
  expect(told([named], [dev, role('other')])).toEqual(found);
  expect(told([lets({ AWS: arn('user/ana') })], [user('ana')])).toEqual(['exposed critical user/ana']);
});

test('who has leave of its own gets nothing by a project policy', () => {
  expect(told([named], [role('dev', [], may('Allow', copy))])).toEqual([]);
});

test('leave for other models is none', () => {
  const own = { ...may('Allow', copy), Resource: `${project}2/version/*` };
  expect(told([named], [role('dev', [], own)])).toEqual(found);
});

test('of whom it is expected, nothing is told', () => {
  expect(told([named], [dev], { expected: ['dev'] })).toEqual([]);
});

test('the account as a whole leaves it to the policies of its principals', () => {
  expect(told([lets({ AWS: accountId })], [dev])).toEqual([]);
});

test('anyone is everybody of the account', () => {
  expect(told([lets('*')], [dev, user('ana')])).toEqual(['exposed critical role/dev and user/ana']);
});

test('a deny on either side binds', () => {
  expect(told([named], [role('dev', [], may('Deny', 'rekognition:*'))])).toEqual([]);
  expect(told([named, statement('Deny', { AWS: accountId })], [dev])).toEqual([]);
});

test('an SCP that does not allow it binds, a boundary of a role that is named does, too, and one of a user does not', () => {
  const s3 = policyOf('s3 only', may('Allow', 's3:*'));
  expect(told([named], [dev], { guardrails: { scps: [[{ ...s3, type: 'scp' }]] } })).toEqual([]);
  expect(told([named], [role('dev', [], [], { boundary: s3 })])).toEqual([]);
  expect(told([lets({ AWS: arn('user/ana') })], [user('ana', [], { boundary: s3 })])).toEqual([
    'exposed critical user/ana',
  ]);
});

test('conditions that a principal can never meet let nobody in', () => {
  const of = (team: string) => lets('*', { Condition: { StringEquals: { 'aws:PrincipalTag/team': team } } });
  const tagged = user('ana', [], { tags: { team: 'vision' } });
  expect(told([of('vision')], [tagged])).toEqual(['exposed critical user/ana']);
  expect(told([of('other')], [tagged])).toEqual([]);
});
