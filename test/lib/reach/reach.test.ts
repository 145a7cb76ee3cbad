import { describe, expect, test } from 'vitest';
import type { Principal } from '#lib/account/types.ts';
import { accountId, policyOf, role, user } from './account.ts';
import { arn, lets, reachIn, ways } from './reaching.ts';

const may = (Action: string | readonly string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource });

const callersOf = (faces: Principal, ...others: Principal[]) =>
  reachIn(faces, ...others)
    .ownCallersOf(faces)
    .map(({ name }) => name)
    .sort();

describe('the worked examples of who can assume a role', () => {
  test('a named user without policies, and no administrator', () => {
    const faces = role('faces', lets({ AWS: arn('user/ana') }));
    expect(callersOf(faces, user('ana'), user('adm', may('*')))).toEqual(['ana']);
  });

  test('the account: whom his own policies let, and no explicit Deny of the trust policy names', () => {
    const deny = { ...lets({ AWS: arn('user/dan') }), Effect: 'Deny' };
    const faces = role('faces', [lets({ AWS: accountId }), deny]);
    const assume = may('sts:AssumeRole', arn('role/f*'));
    const others = [user('bo', assume), user('dan', assume), user('cy', may('s3:*'))];
    expect(callersOf(faces, ...others)).toEqual(['bo']);
  });

  test('a named role, unless its boundary is silent on sts:AssumeRole', () => {
    const faces = role('faces', lets({ AWS: arn('role/ci') }));
    const trust = lets({ Service: 'codebuild.amazonaws.com' });
    const boundary = { ...policyOf('boundary', may('s3:*')), type: 'customer-managed' } as const;
    expect(callersOf(faces, role('ci', trust, [], { boundary }))).toEqual([]);
    expect(callersOf(faces, role('ci', trust))).toEqual(['ci']);
  });

  test('another account, with an external id that is no secret', () => {
    const trust = lets(
      { AWS: 'arn:aws:iam::444455556666:root' },
      { Condition: { StringEquals: { 'sts:ExternalId': 'x7' } } },
    );
    expect(reachIn().waysInto(role('faces', trust))).toMatchObject([
      { kind: 'account', who: '444455556666', withoutExternalId: false },
    ]);
    expect(callersOf(role('faces', trust), user('adm', may('*')))).toEqual([]);
  });

  test('a deleted principal: nobody, a namesake least of all', () => {
    const faces = role('faces', lets({ AWS: 'AROAABCDEFGHIJKLMNOPQ' }));
    expect(ways(lets({ AWS: 'AROAABCDEFGHIJKLMNOPQ' }))).toEqual([]);
    expect(callersOf(faces, user('adm', may('*')))).toEqual([]);
  });
});

describe('roads', () => {
  const road = (to: Principal, ...others: Principal[]) => {
    const found = reachIn(to, ...others).roadTo(to);
    return found && [found.way.kind, ...found.through.map(({ name }) => name)];
  };
  const anyone = lets({ AWS: '*' });

  test('go from role to role, with leave of both sides at each', () => {
    const faces = role('faces', lets({ AWS: accountId }));
    const b = (policies: object | object[]) => role('b', lets({ AWS: arn('role/a') }), policies);
    const a = role('a', anyone);
    expect(road(faces, a, b(may('sts:AssumeRole', arn('role/faces'))))).toEqual([
      'anyone',
      'a',
      'b',
      'faces',
    ]);
    expect(road(faces, a, b(may('sts:AssumeRole', arn('role/other'))))).toBeUndefined();
    expect(road(faces, a, b(may('s3:*')))).toBeUndefined();
  });

  test('are the widest, then the shortest', () => {
    const faces = role('faces', [
      lets({ AWS: '444455556666' }),
      lets({ AWS: [arn('role/a'), arn('role/b')] }),
    ]);
    expect(road(faces, role('a', anyone), role('b', lets({ AWS: arn('role/a') })))).toEqual([
      'anyone',
      'a',
      'faces',
    ]);
    expect(road(faces)).toEqual(['account', 'faces']);
  });

  test('end in circles', () => {
    const a = role('a', [anyone, lets({ AWS: arn('role/b') })]);
    const b = role('b', lets({ AWS: arn('role/a') }));
    expect(road(b, a)).toEqual(['anyone', 'a', 'b']);
  });

  test('do not begin with services', () => {
    const faces = role('faces', lets({ AWS: arn('role/a') }));
    expect(road(faces, role('a', lets({ Service: 'ec2.amazonaws.com' })))).toBeUndefined();
  });
});
