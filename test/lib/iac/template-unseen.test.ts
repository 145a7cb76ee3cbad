import { describe, expect, test } from 'vitest';
import { readTemplate } from '#lib/iac/template.ts';
import { actionsOf, everyAction, kindsOf, reportOn } from './planned.ts';

const options = {
  file: 'template.yaml',
  accountId: '123456789012',
  region: 'us-east-1',
  partition: 'aws',
  stackName: 'photos',
};
const allow = (action: unknown) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
});
const role = (document?: unknown, more: object = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: 'a',
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
    ...(document === undefined ? {} : { Policies: [{ PolicyName: 'p', PolicyDocument: document }] }),
    ...more,
  },
});
const check = (resources: object, more: object = {}) =>
  reportOn(readTemplate(JSON.stringify({ ...more, Resources: resources }), options));
const detect = allow('rekognition:DetectLabels');
const include = { 'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location: 's3://b/k' } } };

describe('what brings resources that are not seen', () => {
  test.each(['Our::Vision::Roles::MODULE', 'AWS::ServiceCatalog::CloudFormationProvisionedProduct'])(
    '%s',
    async (Type) => {
      const report = await check({ A: role(), N: { Type, Properties: {} } });
      expect(kindsOf(report, 'Resources.N')).toEqual(['inconclusive critical']);
    },
  );

  const calling = (Create: unknown, more: object = {}) => ({
    A: role(),
    N: {
      Type: 'Custom::AWS',
      Properties: { ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:f', Create, ...more },
    },
  });
  const call = (service: string, action: string) =>
    JSON.stringify({ service, action, parameters: { RoleName: 'a' } });

  test.each<[string, unknown, string | undefined]>([
    ['IAM', call('IAM', 'attachRolePolicy'), 'N calls IAM attachRolePolicy when it is deployed'],
    [
      'IAM, as newer SDKs have it',
      call('@aws-sdk/client-iam', 'PutRolePolicyCommand'),
      'PutRolePolicyCommand',
    ],
    ['IAM, only to look', call('IAM', 'getRole'), undefined],
    ['Rekognition to share a model', call('Rekognition', 'putProjectPolicy'), 'Rekognition putProjectPolicy'],
    ['Rekognition for something else', call('Rekognition', 'createCollection'), undefined],
    ['another service', call('SSM', 'getParameter'), undefined],
    [
      'IAM, with a part that is known later',
      {
        'Fn::Join': [
          '',
          ['{"service":"IAM","action":"attachRolePolicy","parameters":{"RoleName":"', { Ref: 'A' }, '"}}'],
        ],
      },
      'IAM attachRolePolicy',
    ],
    ['what is known later', { 'Fn::ImportValue': 'call' }, 'N calls an API that is not known'],
  ])('a custom resource that calls %s', async (_, create, words) => {
    const { findings } = await check(calling(create));
    expect(findings.map(({ summary }) => summary)).toEqual(
      words === undefined ? [] : [expect.stringContaining(words)],
    );
    const updated = await check(calling(call('SSM', 'getParameter'), { Update: create }));
    expect(updated.findings).toHaveLength(findings.length);
  });

  test.each([
    ['at the top', { A: role() }, include],
    [
      'beside a function',
      { A: role(), F: { Type: 'AWS::Serverless::Function', ...include, Properties: {} } },
      {},
    ],
    [
      'in a function',
      { A: role(), F: { Type: 'AWS::Serverless::Function', Properties: { ...include } } },
      {},
    ],
    ['for a condition', { A: { ...role(detect), Condition: 'C' } }, { Conditions: include }],
  ])('an include %s', async (_, resources, more) => {
    const report = await check(resources, { Transform: 'AWS::Serverless-2016-10-31', ...more });
    expect(report.findings.map(({ kind }) => kind)).toContain('inconclusive');
  });
});

describe('Fn::ForEach', () => {
  const policies = (over: unknown) => ({
    'Fn::ForEach::P': ['Name', over, { '${Name}': [{ PolicyName: 'p', PolicyDocument: detect }] }],
  });

  test('in properties is written out', async () => {
    const report = await check({ A: role(undefined, policies(['Policies'])) });
    expect(actionsOf(report, 'role/a', 'excess')).toEqual(['DetectLabels']);
  });

  test('in properties over what is not known leaves them unknown', async () => {
    const report = await check(
      { A: role(undefined, policies({ Ref: 'Names' })) },
      { Parameters: { Names: { Type: 'CommaDelimitedList' } } },
    );
    expect(report.findings.map(({ kind }) => kind)).toEqual(['inconclusive']);
  });

  test('of conditions', async () => {
    const Conditions = { 'Fn::ForEach::C': ['X', ['A', 'B'], { 'Is${X}': { 'Fn::Equals': ['${X}', 'A'] } }] };
    const A = { ...role(detect), Condition: 'IsA' };
    const B = { ...role(allow('rekognition:*'), { RoleName: 'b' }), Condition: 'IsB' };
    const report = await check({ A, B }, { Conditions });
    expect(actionsOf(report, 'role/a', 'excess')).toEqual(['DetectLabels']);
    expect(kindsOf(report, 'role/b')).toEqual([]);
  });
});

test('Fn::FindInMap takes its default where the mapping has no such value', async () => {
  const find = (key: string) => ({
    'Fn::FindInMap': ['M', key, 'action', { DefaultValue: 'rekognition:DetectLabels' }],
  });
  const Mappings = { M: { there: { action: 'rekognition:DetectFaces' } } };
  expect(actionsOf(await check({ A: role(allow(find('there'))) }, { Mappings }), 'role/a')).toEqual([
    'DetectFaces',
  ]);
  expect(actionsOf(await check({ A: role(allow(find('else'))) }, { Mappings }), 'role/a')).toEqual([
    'DetectLabels',
  ]);
  const included = await check({ A: role(allow(find('else'))) }, { Mappings: include });
  expect(actionsOf(included, 'role/a', 'inconclusive')).toEqual(everyAction);
});

describe('a permission set', () => {
  const set = (more: object) => ({
    Type: 'AWS::SSO::PermissionSet',
    Properties: { Name: 'Vision', ...more },
  });
  const managed = (document: object) => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { ManagedPolicyName: 'm', PolicyDocument: document },
  });
  const subject = 'role/AWSReservedSSO_Vision_*';
  const reference = { Name: 'm', Path: '/' };

  test('has the customer managed policies that it names', async () => {
    const S = set({ CustomerManagedPolicyReferences: [reference] });
    expect(actionsOf(await check({ M: managed(detect), S }), subject, 'excess')).toEqual(['DetectLabels']);
    expect(kindsOf(await check({ S }), subject)).toEqual(['inconclusive critical']);
  });

  test('is bounded by one', async () => {
    const ManagedPolicies = ['arn:aws:iam::aws:policy/AmazonRekognitionFullAccess'];
    const S = set({ ManagedPolicies, PermissionsBoundary: { CustomerManagedPolicyReference: reference } });
    expect(actionsOf(await check({ M: managed(detect), S }), subject, 'excess')).toEqual(['DetectLabels']);
  });
});

test('the tags of a function are those of its role', async () => {
  const asks = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'rekognition:DetectLabels',
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'vision' } },
      },
    ],
  };
  const F = (team: unknown) => ({
    Type: 'AWS::Serverless::Function',
    Properties: { Tags: { team }, Policies: [asks] },
  });
  const of = (team: unknown) =>
    check(
      { F: F(team) },
      { Transform: 'AWS::Serverless-2016-10-31', Parameters: { Team: { Type: 'String' } } },
    );
  expect(kindsOf(await of('vision'), 'role/photos-FRole-*')).toEqual(['excess medium']);
  expect(kindsOf(await of('web'), 'role/photos-FRole-*')).toEqual([]);
  expect(kindsOf(await of({ Ref: 'Team' }), 'role/photos-FRole-*')).toEqual(['inconclusive medium']);
});
