import type { Principal } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountOf } from '../reach/account.ts';

export const lets = (Principal: object, rest: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...rest,
});
export const may = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
export const anyone = lets({ AWS: '*' });
export const lambda = lets({ Service: 'lambda.amazonaws.com' });
export const guests = {
  Effect: 'Allow',
  Principal: { Federated: 'cognito-identity.amazonaws.com' },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': 'eu-west-1:ab' },
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'unauthenticated' },
  },
};

export const poolOf = (...aud: string[]) => ({
  ...guests,
  Condition: { ...guests.Condition, StringEquals: { 'cognito-identity.amazonaws.com:aud': aud } },
});

export const signedIn = (...aud: string[]) => ({
  ...guests,
  Condition: {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': aud },
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
  },
});
export const byFacebook = {
  ...guests,
  Condition: {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': 'eu-west-1:ab' },
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'graph.facebook.com' },
  },
};
export const userOf = (aud: string) =>
  `, assumed-by: [{ provider: cognito-identity.amazonaws.com, claims: { amr: authenticated, aud: "${aud}" } }]`;

export const fileWith = (rule: string) => `principals:\n  - { match: "*", expect: any${rule} }\n`;
export const check = async (rule: string, ...all: Principal[]) => {
  const expectations = rule === 'built-in' ? builtInExpectations() : expectationsOf(fileWith(rule));
  return checkAccount(accountOf(...all), { expectations });
};
export const told = async (rule: string, ...all: Principal[]) =>
  (await check(rule, ...all)).findings.map(({ kind, severity, subject }) => `${kind} ${severity} ${subject}`);
