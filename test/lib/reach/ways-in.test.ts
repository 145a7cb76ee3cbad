import { describe, expect, test } from 'vitest';
import { Admissions } from '#lib/reach/admission.ts';
import { waysIn } from '#lib/reach/ways-in.ts';
import { accountId, role } from './account.ts';

const lets = (Principal: object | string, Condition: object = {}, Effect = 'Allow') => ({
  Effect,
  Principal,
  Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
  ...(Object.keys(Condition).length > 0 && { Condition }),
});
const wayInto = (...trust: object[]) => waysIn(role('faces', trust), new Admissions());

describe('for whom a service comes', () => {
  const rekognition = { Service: 'rekognition.amazonaws.com' };
  const allows = lets(rekognition);
  const denies = (Condition: object) => lets('*', Condition, 'Deny');
  test.each<[string, object[], boolean]>([
    ['is not said', [allows], true],
    ['is said by an Allow', [lets(rekognition, { StringEquals: { 'aws:SourceAccount': accountId } })], false],
    [
      'is said by a Deny of all others',
      [allows, denies({ StringNotEquals: { 'aws:SourceAccount': accountId } })],
      false,
    ],
    [
      'is said by a Deny of all other resources',
      [allows, denies({ ArnNotLike: { 'aws:SourceArn': `arn:aws:rekognition:*:${accountId}:*` } })],
      false,
    ],
    [
      'is not said by a Deny of one other',
      [allows, denies({ StringEquals: { 'aws:SourceAccount': '444455556666' } })],
      true,
    ],
    [
      'is not said by an Allow of all but one',
      [lets(rekognition, { StringNotEquals: { 'aws:SourceAccount': '444455556666' } })],
      true,
    ],
    [
      'is not said by a Deny of other resources of whichever account',
      [allows, denies({ ArnNotLike: { 'aws:SourceArn': 'arn:aws:rekognition:*:*:streamprocessor/*' } })],
      true,
    ],
  ])('%s', (_, trust, deputy) => {
    expect(wayInto(...trust)).toMatchObject([{ kind: 'service', deputy }]);
  });
});

describe('a person of a provider that many share', () => {
  const google = { Federated: 'accounts.google.com' };
  test.each<[string, object, string]>([
    ['who is named', { StringEquals: { 'accounts.google.com:sub': '1234567' } }, 'federated'],
    ['of a pattern', { StringLike: { 'accounts.google.com:sub': '12*' } }, 'shared-provider'],
    ['who is any but one', { StringNotEquals: { 'accounts.google.com:sub': '1234567' } }, 'shared-provider'],
    ['of an application', { StringEquals: { 'accounts.google.com:aud': '1.apps' } }, 'federated'],
    ['of whatever application', {}, 'shared-provider'],
  ])('%s', (_, condition, kind) => {
    expect(wayInto(lets(google, condition)).map((one) => one.kind)).toEqual([kind]);
  });

  test('is his by Amazon’s user id', () => {
    const named = lets(
      { Federated: 'www.amazon.com' },
      { StringEquals: { 'www.amazon.com:user_id': 'amzn1.account.A' } },
    );
    expect(wayInto(named).map((one) => one.kind)).toEqual(['federated']);
  });
});

test('a date in a trust policy is not held against the clock', () => {
  const until = lets(
    { AWS: '444455556666' },
    { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
  );
  expect(wayInto(until).map((one) => one.kind)).toEqual(['account']);
});
