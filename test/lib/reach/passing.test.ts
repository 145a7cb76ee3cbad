import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Passing } from '#lib/reach/passing.ts';
import { Reach } from '#lib/reach/reach.ts';
import { accountId, role, user } from './account.ts';

const arn = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
const lets = (...Service: string[]) => ({
  Effect: 'Allow',
  Principal: { Service },
  Action: 'sts:AssumeRole',
});
const may = (Resource: string, Condition?: object) => ({
  Effect: 'Allow',
  Action: 'iam:PassRole',
  Resource,
  ...(Condition && { Condition }),
});
const to = (service: string) => ({ StringEquals: { 'iam:PassedToService': service } });

function passed(target: Principal, ...others: Principal[]) {
  const callers = new Callers();
  for (const one of [target, ...others]) callers.see(one);
  const admissions = new Admissions();
  return new Passing(admissions, new Reach(admissions, callers), callers).of(target);
}

describe('who can pass a role to a service', () => {
  const faces = role('faces', lets('lambda.amazonaws.com', 'ec2.amazonaws.com'));

  test('whom his policies let, on that role, to a service that it trusts', () => {
    const found = passed(
      faces,
      user('eve', may('*')),
      user('fay', may(arn('f*'), to('ec2.amazonaws.com'))),
      user('gus', may(arn('other'))),
      user('hal', may('*', to('glue.amazonaws.com'))),
      user('ida', [may('*'), { ...may('*'), Effect: 'Deny' }]),
    );
    expect(found).toEqual([
      { service: 'lambda.amazonaws.com', by: ['user/eve'] },
      { service: 'ec2.amazonaws.com', by: ['user/eve', 'user/fay'] },
    ]);
  });

  test('each role has its own, whoever was asked about before', () => {
    const lambda = lets('lambda.amazonaws.com');
    const roles = [role('faces', lambda), role('other', lambda), role('third', lambda)];
    const callers = new Callers();
    for (const one of [
      ...roles,
      user('eve', may('*')),
      user('fay', may(arn('f*'))),
      user('gus', may(arn('o*'))),
    ])
      callers.see(one);
    const admissions = new Admissions();
    const passing = new Passing(admissions, new Reach(admissions, callers), callers);
    const by = ['user/eve', 'user/fay', 'user/gus'];
    expect(roles.map((one) => passing.of(one).flatMap((found) => found.by))).toEqual([
      [by[0], by[1]],
      [by[0], by[2]],
      [by[0]],
    ]);
  });

  test('however the action is written, and whatever the policies are called', () => {
    const actions = ['iam:pass*', '*:Pass*', 'iam:?assRole', 'IAM:*', '*'];
    const named = actions.map((Action, at) => user(`u${at}`, { ...may('*'), Action }));
    const alike = ['v', 'w'].map((name) => user(name, { ...may(arn('f*')), Sid: name }));
    const escaped = user('x', [], {
      policies: [
        {
          name: 'x',
          type: 'inline',
          text: String.raw`{"Statement":{"Effect":"Allow","Action":"\u0069am:PassRole","Resource":"*"}}`,
        },
      ],
    });
    const not = user('y', { Effect: 'Allow', NotAction: 's3:*', Resource: '*' });
    const other = user('z', { ...may('*'), Action: ['iam:GetRole', 'lambda:*'] });
    const [found] = passed(
      role('faces', lets('lambda.amazonaws.com')),
      ...named,
      ...alike,
      escaped,
      not,
      other,
    );
    expect(found?.by).toEqual([...named, ...alike, escaped, not].map(({ name }) => `user/${name}`));
  });

  test('each who may pass roles of his own name, only these', () => {
    const own = may(arn('${aws:username}-*'));
    const anyones = user('gus', may(arn('${aws:Referer}-x')));
    const passers = (name: string) =>
      passed(role(name, lets('lambda.amazonaws.com')), user('eve', own), user('fay', own), anyones).flatMap(
        ({ by }) => by,
      );
    expect(passers('eve-faces')).toEqual(['user/eve']);
    expect(passers('fay-faces')).toEqual(['user/fay']);
    expect(passers('faces')).toEqual([]);
    // What the caller writes is whatever he likes.
    expect(passers('eve-x')).toEqual(['user/eve', 'user/gus']);
  });

  test('also whoever it cannot be said of', () => {
    const by = (name: string) =>
      passed(role(name, lets('lambda.amazonaws.com')), user('eve', may(arn('${aws:SourceIp}*'))));
    expect(by('192.0.2.1-x')).toEqual([{ service: 'lambda.amazonaws.com', by: ['user/eve'] }]);
  });

  test('nobody, where no service may have the role', () => {
    const trust = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' };
    expect(passed(role('faces', trust), user('eve', may('*')))).toEqual([]);
    expect(passed(faces)).toEqual([]);
  });
});
