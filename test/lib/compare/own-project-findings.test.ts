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
  {
    expected = {},
    guardrails = {},
    versions = [],
  }: {
    expected?: Record<string, object>;
    guardrails?: object;
    /** Of each policy the version of the language, if it is not the latest. */
    versions?: readonly string[];
  } = {},
) =>
  ownProjectFindings(
    policies.map((one, at) => {
      const { text, ...policy } = policyOf(`p${at}`, one);
      const version = versions[at] ?? '2012-10-17';
      return {
        projectArn: `${project}/1690000000000`,
        policy: { ...policy, type: 'resource', text: text.replace('2012-10-17', version) },
      };
    }),
    {
      principals,
      admissions: new Admissions(guardrails, '2026-11-30T00:00:00Z'),
      expectedOf: ({ name }) => {
        const set = expected[name];
        return set === undefined ? [] : [policyOf('expected', set)];
      },
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

test('leave until a day that is past is none, and until one that is to come it is', () => {
  const until = (day: string) =>
    lets({ AWS: arn('role/dev') }, { Condition: { DateLessThan: { 'aws:CurrentTime': day } } });
  expect(told([until('2020-01-01T00:00:00Z')], [dev])).toEqual([]);
  expect(told([until('2030-01-01T00:00:00Z')], [dev])).toEqual(found);
});

test('leave for other models is none', () => {
  const own = { ...may('Allow', copy), Resource: `${project}2/version/*` };
  expect(told([named], [role('dev', [], own)])).toEqual(found);
});

test('of whom it is expected, nothing is told', () => {
  expect(told([named], [dev], { expected: { dev: may('Allow', copy) } })).toEqual([]);
});

test('the account as a whole leaves it to the policies of its principals', () => {
  expect(told([lets({ AWS: accountId })], [dev])).toEqual([]);
});

test('each policy is read in its own version of the language, whichever comes first', () => {
  const itself = { Condition: { StringEquals: { 'aws:username': '\u0024{aws:username}' } } };
  const ana = { AWS: arn('user/ana') };
  const [old, latest] = ['2008-10-17', '2012-10-17'];
  const only = ['exposed critical user/ana'];
  const by = (policies: object[], ...versions: string[]) => told(policies, [user('ana')], { versions });
  const denied = statement('Deny', ana, itself);
  expect(by([lets(ana), denied], latest, latest)).toEqual([]);
  // It was a text like any other.
  expect(by([lets(ana), denied], latest, old)).toEqual(only);
  expect(by([denied, lets(ana)], old, latest)).toEqual(only);
  expect(by([lets(ana, itself), statement('Deny', { AWS: arn('user/bo') })], latest, old)).toEqual(only);
  expect(by([statement('Deny', { AWS: arn('user/bo') }), lets(ana, itself)], old, latest)).toEqual(only);
  expect(by([lets(ana, itself), statement('Deny', { AWS: arn('user/bo') })], old, latest)).toEqual([]);
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

test('what is expected of it, or its own, of some models leaves what it gets of others', () => {
  const some = { ...may('Allow', copy), Resource: `${project}/version/a*` };
  expect(told([named], [role('dev', [], some)])).toEqual(found);
  expect(told([named], [dev], { expected: { dev: some } })).toEqual(found);
  const rest = { ...may('Allow', copy), NotResource: `${project}/version/a*`, Resource: undefined };
  expect(told([named], [role('dev', [], some)], { expected: { dev: rest } })).toEqual([]);
});

test('of what cannot be told, that is told', () => {
  const texts = (one: string) =>
    Array.from({ length: 12 }, (_, n) => `${project}/version/*${n}${one}*${n}?*`);
  const hard = lets({ AWS: arn('role/dev') }, { Resource: texts('q') });
  const own = { ...may('Allow', copy), Resource: texts('?') };
  const whole = told([hard], [role('dev', [], own)]);
  expect(whole.map((one) => one.split(' ')[0])).not.toContain('exposed');
  const unreadable = {
    ...policyOf('own', may('Allow', copy)),
    text: '{"Version":"2012-10-17","Statement":{"Effect":"Maybe","Action":"rekognition:*","Resource":"*"}}',
  };
  expect(told([named], [{ ...dev, policies: [unreadable] }])).toEqual(['inconclusive critical undefined']);
});
