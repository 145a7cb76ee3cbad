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

describe('who comes to a role through another one that the plan changes', () => {
  const may = { Effect: 'Allow', Action: 'rekognition:DeleteFaces', Resource: '*' };
  const assumes = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
  const back = role('back', lets({ AWS: 'arn:aws:iam::111122223333:role/front' }), may);
  const front = (trust: object) => role('front', trust, assumes);
  const frontOf = (trust: object, Parameters: object = {}, own: object = assumes) =>
    JSON.stringify({
      Parameters,
      Resources: {
        Front: {
          Type: 'AWS::IAM::Role',
          Properties: {
            RoleName: 'front',
            AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trust] },
            Policies: [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: [own] } }],
          },
        },
      },
    });
  const planOf = (...parts: Parameters<typeof frontOf>) => readTemplate(frontOf(...parts), place);
  const base = accountOf(front(lambda), back);
  const caller = { Caller: { Type: 'String' } };
  const anyCaller = lets({ AWS: { Ref: 'Caller' } });

  test.each([{}, { onlyChanges: true }])('is told of that role, with %j', async (options) => {
    expect(await found(planOf(anyone), { base, ...options })).toEqual(['exposed critical role/back']);
    expect(await found(planOf(lambda), { base, ...options })).toEqual([]);
  });

  test('is no change where he came before', async () => {
    const open = accountOf(front(anyone), back);
    expect(await found(planOf(anyone), { base: open })).toEqual(['exposed critical role/back']);
    expect(await found(planOf(anyone), { base: open, onlyChanges: true })).toEqual([]);
  });

  test.each([{}, { onlyChanges: true }])(
    'is not known where the trust policy is not, with %j',
    async (options) => {
      const plan = planOf(anyCaller, caller);
      const { findings } = await reportOn(plan, { expectations: any, base, ...options });
      expect(findings).toMatchObject([{ kind: 'inconclusive', severity: 'critical', subject: 'role/back' }]);
      expect(findings[0]?.summary).toContain('through role/front');
      expect(findings[0]?.summary).toContain('That depends on Parameters.Caller');
    },
  );

  test('depends on the value of a parameter that somebody may choose', async () => {
    const allowed = {
      Caller: { Type: 'String', Default: '111122223333', AllowedValues: ['111122223333', '*'] },
    };
    const readings = planOf(anyCaller, allowed);
    const { findings } = await reportOn(readings, { expectations: any, base });
    expect(findings.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(['inconclusive role/back']);
    expect(findings[0]?.summary).toContain('That depends on Caller=*');
  });

  test('depends on a policy that is known later, where the other role trusts the account', async () => {
    const ofAccount = role('back', lets({ AWS: 'arn:aws:iam::111122223333:root' }), may);
    const unknown = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: { Ref: 'Caller' } };
    const other = { Effect: 'Allow', Action: 's3:GetObject', Resource: { Ref: 'Caller' } };
    const account = accountOf(role('front', anyone), ofAccount);
    expect(await found(planOf(anyone, caller, unknown), { base: account })).toEqual([
      'inconclusive critical role/back',
    ]);
    expect(await found(planOf(anyone, caller, other), { base: account })).toEqual([]);
  });

  test('a trust policy that is not known is a change of the role itself', async () => {
    const faces = accountOf(role('faces', lambda, may));
    const plan = templateOf(anyCaller, {}, caller);
    expect(await found(plan, { base: faces, onlyChanges: true })).toEqual([
      'inconclusive critical role/faces',
    ]);
  });
});
