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

describe('a trust policy with a date', () => {
  const now = '2026-11-30T00:00:00Z';
  const [past, future] = ['2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z'];
  const other = { AWS: '444455556666' };
  const when = (operator: string, value: string, key = 'aws:CurrentTime') => ({
    [operator]: { [key]: value },
  });
  test.each<[string, object[], string[]]>([
    ['that is past', [lets(other, when('DateLessThan', past))], []],
    ['that is past, in seconds', [lets(other, when('NumericLessThan', '1577836800', 'aws:EpochTime'))], []],
    ['that is to come', [lets(other, when('DateLessThan', future))], ['account']],
    ['from which it lets somebody in', [lets(other, when('DateGreaterThan', future))], ['account']],
    ['since which it denies everybody', [lets(other), lets('*', when('DateGreaterThan', past), 'Deny')], []],
    [
      'from which it will deny everybody',
      [lets(other), lets('*', when('DateGreaterThan', future), 'Deny')],
      ['account'],
    ],
    ['that is past for anyone', [lets('*', when('DateLessThan', past))], []],
    [
      'that is past, of a provider',
      [
        lets(
          { Federated: 'accounts.google.com' },
          { ...when('DateLessThan', past), StringEquals: { 'accounts.google.com:aud': '1.apps' } },
        ),
      ],
      [],
    ],
    [
      'that is past, of a service',
      [lets({ Service: 'lambda.amazonaws.com' }, when('DateLessThan', past))],
      [],
    ],
  ])('%s', (_, trust, kinds) => {
    const faces = role('faces', trust);
    expect(waysIn(faces, new Admissions({}, now)).map(({ kind }) => kind)).toEqual(kinds);
  });

  test('lets in whom it ever did, where nobody says when', () => {
    expect(wayInto(lets(other, when('DateLessThan', past))).map(({ kind }) => kind)).toEqual(['account']);
  });
});

describe('whom a condition on the organization lets in', () => {
  const anyone = { AWS: '*' };
  const paths = (operator: string, path: string) => ({ [operator]: { 'aws:PrincipalOrgPaths': path } });
  test.each<[string, object, object]>([
    ['any path of any organization', paths('ForAnyValue:StringLike', 'o-*/r-*/ou-*'), { kind: 'anyone' }],
    ['all but one', paths('ForAnyValue:StringNotLike', 'o-abcdefghij/*'), { kind: 'anyone' }],
    ['one', paths('ForAnyValue:StringLike', 'o-abcdefghij/*'), { kind: 'organization' }],
  ])('%s', (_, condition, way) => {
    expect(wayInto(lets(anyone, condition))).toMatchObject([way]);
  });
});

describe('whom a pattern of accounts or organizations lets in', () => {
  const account = (value: string | string[], operator = 'StringLike') => ({
    [operator]: { 'aws:PrincipalAccount': value },
  });
  const arn = (value: string) => ({ ArnLike: { 'aws:PrincipalArn': value } });
  const organization = (value: string) => ({ StringLike: { 'aws:PrincipalOrgID': value } });
  const path = (value: string) => ({ 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': value } });
  test.each<[string, object, string[]]>([
    ['accounts that begin so', account('1111*'), ['anyone']],
    ['accounts that end so', account('*1111'), ['anyone']],
    ['accounts with a part so', account('*11*11*'), ['anyone']],
    ['accounts that differ in a digit', account('44445555666?'), ['anyone']],
    ['one account, and those that begin so', account(['444455556666', '1111*']), ['anyone']],
    ['ARNs of accounts that begin so', arn('arn:aws:iam::1111*:role/ci'), ['anyone']],
    ['both', { ...account('1111*'), ...arn('arn:aws:iam::1*:role/ci') }, ['anyone']],
    ['accounts of which one part is of the name', arn('arn:aws:iam::444455556666:role/*'), ['account']],
    ['one account, with a star behind it', account('444455556666*'), ['network']],
    ['one account', account('444455556666', 'StringEquals'), ['account']],
    ['one account, as a pattern', account('444455556666'), ['account']],
    ['some accounts', account(['444455556666', '555566667777']), ['account', 'account']],
    ['nobody: a pattern that is taken as it is', account('1111*', 'StringEquals'), []],
    [
      'accounts of a pattern, of one organization',
      { StringLike: { 'aws:PrincipalAccount': '1111*', 'aws:PrincipalOrgID': 'o-abcdefghij' } },
      ['organization'],
    ],
    ['all accounts but those that begin so', account('9*', 'StringNotLike'), ['anyone']],
    ['all accounts but those of many beginnings', account(['9*', '8*', '7*'], 'StringNotLike'), ['anyone']],
    ['all accounts but those with a part so', account('*9*', 'StringNotLike'), ['anyone']],
    [
      'accounts that begin so, but for some',
      { ...account('1*'), ...account('19*', 'StringNotLike') },
      ['anyone'],
    ],
    [
      'accounts that end so, of ARNs that begin so',
      { ...account('*1'), ...arn('arn:aws:iam::1*:role/ci') },
      ['anyone'],
    ],
    ['accounts below a number', account('500000000000', 'NumericLessThan'), ['anyone']],
    ['nobody: no account is that short', account('11', 'StringLike'), []],
    ['nobody: a role of another partition', arn('arn:aws-cn:iam::444455556666:role/ci'), []],
    [
      'nobody: an account in another partition',
      { ...account('444455556666'), ...arn('arn:aws-us-gov:*') },
      [],
    ],
    [
      'one account, and no pattern that it fits',
      { ...account('444455556666'), ...account('9*', 'StringNotLike') },
      ['account'],
    ],
    [
      'organizations that begin so, but for some',
      { StringLike: { 'aws:PrincipalOrgID': 'o-a*' }, StringNotLike: { 'aws:PrincipalOrgID': 'o-a1*' } },
      ['anyone'],
    ],
    ['whoever is of an organization', { Null: { 'aws:PrincipalOrgID': 'false' } }, ['anyone']],
    ['organizations that begin so', organization('o-ab*'), ['anyone']],
    ['paths of organizations that begin so', path('o-ab*/*'), ['anyone']],
    ['one organization, with a star behind it', organization('o-abcdefghij*'), ['organization']],
    ['one organization', organization('o-abcdefghij'), ['organization']],
  ])('%s', (_, condition, kinds) => {
    expect(wayInto(lets({ AWS: '*' }, condition)).map(({ kind }) => kind)).toEqual(kinds);
  });
});

test('two statements together let in whose account fits both', () => {
  const account = (operator: string, value: string) => ({ [operator]: { 'aws:PrincipalAccount': value } });
  const begins = lets({ AWS: '*' }, account('StringLike', '1*'));
  const denies = (...others: object[]) => wayInto(begins, ...others).map(({ kind }) => kind);
  expect(denies(lets('*', account('StringNotLike', '*1'), 'Deny'))).toEqual(['anyone']);
  expect(denies(lets('*', account('StringLike', '1*'), 'Deny'))).toEqual([]);
  expect(denies(lets('*', account('StringNotEquals', '111122223333'), 'Deny'))).toEqual([]);
  expect(denies(lets('*', account('StringNotEquals', '144455556666'), 'Deny'))).toEqual(['account']);
});
