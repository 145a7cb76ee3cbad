import { describe, expect, test } from 'vitest';
import { readTemplate } from '#lib/iac/template.ts';
import type { PlanCheckOptions } from '#lib/workbench/plan.ts';
import { accountId, accountOf, role } from '../reach/account.ts';
import { expecting, reportOn } from './planned.ts';

const place = {
  file: 'template.json',
  accountId,
  region: 'us-east-1',
  partition: 'aws',
  stackName: 'photos',
};
const any = expecting('principals: [{ match: "*", expect: any }]\n');
const lets = (Principal: object, rest: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...rest,
});
const anyone = lets({ AWS: '*' });
const lambda = lets({ Service: 'lambda.amazonaws.com' });
const federated = (Federated: unknown, Condition?: object) => ({
  Effect: 'Allow',
  Principal: { Federated },
  Action: 'sts:AssumeRoleWithWebIdentity',
  ...(Condition && { Condition }),
});
const sub = 'token.actions.githubusercontent.com:sub';

/** A template with one role of that trust, and beside it what else it declares. */
const templateOf = (trust: object, beside: object = {}, Parameters: object = {}) =>
  readTemplate(
    JSON.stringify({
      Parameters,
      Resources: {
        Faces: {
          Type: 'AWS::IAM::Role',
          Properties: {
            RoleName: 'faces',
            AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
            Policies: [
              {
                PolicyName: 'faces',
                PolicyDocument: {
                  Version: '2012-10-17',
                  Statement: [{ Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' }],
                },
              },
            ],
          },
        },
        ...beside,
      },
    }),
    place,
  );
const found = async (plan: ReturnType<typeof templateOf>, options: Partial<PlanCheckOptions> = {}) =>
  (await reportOn(plan, { expectations: any, ...options })).findings.map(
    ({ kind, severity, subject }) => `${kind} ${severity} ${subject}`,
  );

const provider = {
  Github: {
    Type: 'AWS::IAM::OIDCProvider',
    Properties: { Url: 'https://token.actions.githubusercontent.com' },
  },
};
const pool = {
  Guests: { Type: 'AWS::Cognito::IdentityPool', Properties: { AllowUnauthenticatedIdentities: true } },
};
const other = {
  Ci: {
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [lambda] } },
  },
};
const guests = federated('cognito-identity.amazonaws.com', {
  StringEquals: { 'cognito-identity.amazonaws.com:aud': { Ref: 'Guests' } },
  'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'unauthenticated' },
});

describe('who can assume a role once a plan is deployed', () => {
  test.each<[string, object, object, string[]]>([
    ['a service', lambda, {}, []],
    ['anyone', anyone, {}, ['exposed critical role/faces']],
    ['a role that the plan makes', lets({ AWS: { 'Fn::GetAtt': 'Ci.Arn' } }), other, []],
    [
      'a repository, of a provider that the plan makes',
      federated({ 'Fn::GetAtt': 'Github.Arn' }, { StringLike: { [sub]: 'repo:acme/*' } }),
      provider,
      [],
    ],
    [
      'any repository, of a provider that the plan makes',
      federated({ 'Fn::GetAtt': 'Github.Arn' }, { StringLike: { [sub]: 'repo:*' } }),
      provider,
      ['exposed critical role/faces'],
    ],
    ['guests of a pool that the plan makes', guests, pool, ['exposed critical role/faces']],
  ])('%s', async (_, trust, beside, expected) => {
    expect(await found(templateOf(trust, beside))).toEqual(expected);
  });

  test('is not known where a parameter has no value', async () => {
    const plan = templateOf(lets({ AWS: { Ref: 'Caller' } }), {}, { Caller: { Type: 'String' } });
    const { findings } = await reportOn(plan, { expectations: any });
    expect(findings).toMatchObject([{ kind: 'inconclusive', severity: 'critical', subject: 'role/faces' }]);
    expect(findings[0]?.summary).toContain('Who can assume role/faces depends on Parameters.Caller');
  });

  test('is told with what the plan changes, also where the access stays', async () => {
    const may = { Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' };
    const base = accountOf(role('faces', lambda, may));
    expect(await found(templateOf(anyone), { base, onlyChanges: true })).toEqual([
      'exposed critical role/faces',
    ]);
    const open = accountOf(role('faces', [anyone], may));
    expect(await found(templateOf(anyone), { base: open, onlyChanges: true })).toEqual([]);
  });

  test('is reached through roles of the account that the plan does not show', async () => {
    const base = accountOf(role('door', anyone));
    const trust = lets({ AWS: `arn:aws:iam::${accountId}:role/door` });
    expect(await found(templateOf(trust), { base })).toEqual(['exposed critical role/faces']);
  });

  test('says what to do in the plan, and not in AWS', async () => {
    const { findings } = await reportOn(templateOf(anyone), { expectations: any });
    expect(findings[0]?.summary).toContain('Declared in Resources.Faces');
    expect(findings[0]?.remedies.filter((remedy) => remedy.startsWith('aws '))).toEqual([]);
  });
});
