import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readPlanFile } from '#lib/iac/plan-file.ts';
import { readTemplate } from '#lib/iac/template.ts';
import { actionsOf, everyAction, expecting, kindsOf, reportOn } from './planned.ts';

const samples = 'test/samples/iac';
const place = { file: 'template.yaml', accountId: '123456789012', region: 'us-east-1', partition: 'aws' };
const sample = (name: string, more: object = {}) =>
  readTemplate(readFileSync(`${samples}/${name}`, 'utf8'), { ...place, stackName: 'photos', ...more });

describe('the CloudFormation sample', () => {
  test('the boundary cuts, for the default of Stage and for the other value', async () => {
    const dev = await reportOn(sample('template.yaml', { parameters: { Stage: 'dev' } }));
    const allowed = actionsOf(dev, 'role/analyst', 'excess');
    expect(allowed).toHaveLength(14);
    expect(allowed).toContain('IndexFaces');
    expect(allowed.filter((name) => !/^(Search|List|IndexFaces$)/.test(name))).toEqual([]);
    const prod = await reportOn(sample('template.yaml', { parameters: { Stage: 'prod' } }));
    expect(actionsOf(prod, 'role/analyst', 'excess')).toEqual(
      allowed.filter((name) => name !== 'IndexFaces'),
    );
  });

  test('an import is an unknown resource, for a role of the stack and for one outside of it', async () => {
    const report = await reportOn(sample('template.yaml', { parameters: { Stage: 'dev' } }));
    for (const subject of ['role/photos-Worker-*', 'role/existing-batch']) {
      expect(actionsOf(report, subject, 'inconclusive')).toEqual(['SearchFaces']);
      const finding = report.findings.find((one) => one.subject === subject && one.kind === 'inconclusive');
      expect(finding?.summary).toContain('shared-collection-arn');
    }
    expect(actionsOf(report, 'role/photos-Worker-*', 'excess')).toHaveLength(6);
  });

  test('without a value for Stage the default is taken, and what the other allows is told', async () => {
    const report = await reportOn(sample('template.yaml'));
    expect(report.warnings.join()).toContain('Stage=dev');
    const [other] = report.findings.filter(
      (one) => one.subject === 'role/guest' && one.kind === 'inconclusive',
    );
    expect(other?.summary).toContain('Stage=prod');
    expect(actionsOf(report, 'role/analyst', 'inconclusive')).toEqual([]);
  });

  test('findings name the line of the resource', async () => {
    const report = await reportOn(sample('template.yaml', { parameters: { Stage: 'dev' } }));
    const [finding] = report.findings.filter((one) => one.subject === 'role/guest');
    const text = readFileSync(`${samples}/template.yaml`, 'utf8').split('\n');
    expect(text[(finding?.declaredIn?.[0]?.line ?? 0) - 1]).toContain('GuestRole:');
  });
});

describe('the SAM sample', () => {
  test('policies of a function with a Role give nothing; templates give what they give', async () => {
    const report = await reportOn(sample('sam.yaml'));
    expect(actionsOf(report, 'role/photos-DetectRole-*')).toEqual([
      'CompareFaces',
      'DetectFaces',
      'DetectLabels',
      'DetectModerationLabels',
      'DetectText',
    ]);
    const search = actionsOf(report, 'role/photos-SearchRole-*');
    expect(search).toHaveLength(34);
    expect(search).not.toContain('CompareFaces');
    expect(report.principals.map(({ subject }) => subject)).not.toContain('role/existing-batch');
    expect(report.warnings.join()).toContain('Resources.Nothing.Properties.Policies give nothing');
  });
});

describe('the CDK sample', () => {
  const readings = () => sample('cdk.template.json', { parameters: { Stage: 'dev' } });

  test('overflow, default and external policies reach their roles', async () => {
    const report = await reportOn(readings());
    expect(actionsOf(report, 'role/photos-SearchServiceRole6943DBFA-*')).toEqual([
      'IndexFaces',
      'SearchFacesByImage',
    ]);
    expect(actionsOf(report, 'role/existing-analyst')).toEqual(['DetectLabels']);
    const admin = actionsOf(report, 'role/face-admin');
    expect(admin).toHaveLength(39);
    for (const denied of ['DeleteFaces', 'DeleteCollection']) expect(admin).not.toContain(denied);
  });
});

const template = (resources: object, more: object = {}) => JSON.stringify({ Resources: resources, ...more });
const role = (properties: object) => ({
  Type: 'AWS::IAM::Role',
  Properties: { RoleName: 'a', AssumeRolePolicyDocument: { Statement: [] }, ...properties },
});
const document = (...statements: readonly object[]) => ({ Version: '2012-10-17', Statement: statements });
const allow = (action: unknown, resource: unknown = '*') => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});
const inline = (...statements: readonly object[]) => ({
  Policies: [{ PolicyName: 'p', PolicyDocument: document(...statements) }],
});
const check = async (resources: object, more: object = {}, options: object = {}) =>
  reportOn(readTemplate(template(resources, more), { ...place, ...options }));

describe('traps of a template', () => {
  test('a parameter without a value is anything', async () => {
    const report = await check(
      { A: role(inline(allow({ Ref: 'Action' }))) },
      { Parameters: { Action: { Type: 'String' } } },
    );
    expect(actionsOf(report, 'role/a', 'inconclusive')).toEqual(everyAction);
    expect(report.findings[0]?.summary).toContain('Parameters.Action');
  });

  test('what is known of a text stays: a collection with an unknown end', async () => {
    const collection = { 'Fn::Sub': 'arn:aws:rekognition:us-east-1:123456789012:collection/shop-${End}' };
    const parameters = { Parameters: { End: { Type: 'String' } } };
    const resources = { A: role(inline(allow('rekognition:ListFaces', collection))) };
    const expectations = expecting(
      'sets:\n  shop: [{ Effect: Allow, Action: "rekognition:ListFaces", Resource: "arn:aws:rekognition:us-east-1:123456789012:collection/shop-*" }]\nprincipals:\n  - match: role/a\n    expect: shop',
    );
    const readings = readTemplate(template(resources, parameters), place);
    const report = await reportOn(readings, { expectations });
    // Whatever the end is, it is among what is expected; that some of it is lacking is not settled.
    expect(kindsOf(report, 'role/a')).toEqual(['inconclusive medium']);
  });

  test('an unknown condition is tried both ways', async () => {
    const condition = { 'Fn::Equals': [{ Ref: 'Mode' }, 'open'] };
    const report = await check(
      {
        A: role({
          ManagedPolicyArns: [
            {
              'Fn::If': [
                'Open',
                'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
                { Ref: 'AWS::NoValue' },
              ],
            },
          ],
        }),
      },
      { Parameters: { Mode: { Type: 'String' } }, Conditions: { Open: condition } },
    );
    expect(actionsOf(report, 'role/a', 'inconclusive')).toEqual(everyAction);
    expect(actionsOf(report, 'role/a', 'excess')).toEqual([]);
  });

  test('what has nothing to do with IAM is no other reading; what has stays one, whatever stands beside it', async () => {
    const chosen = (name: string) => ({ [name]: { 'Fn::Equals': [{ Ref: name }, 'yes'] } });
    const names = ['Open', 'Log', 'Trace'];
    const resources = {
      A: role(inline({ 'Fn::If': ['Open', allow('rekognition:*'), allow('rekognition:ListFaces')] })),
      L: { Type: 'AWS::Logs::LogGroup', Condition: 'Log', Properties: {} },
      T: { Type: 'AWS::Logs::LogGroup', Condition: 'Trace', Properties: {} },
    };
    const parameters = {
      Parameters: Object.fromEntries(
        names.map((name) => [name, { Type: 'String', AllowedValues: ['yes', 'no'], Default: 'no' }]),
      ),
      Conditions: Object.assign({}, ...names.map(chosen)),
    };
    const readings = readTemplate(template(resources, parameters), place);
    expect(readings.map(({ label, usual }) => [label, usual])).toEqual([
      ['Open=no', true],
      ['Open=yes', false],
    ]);
    const report = await reportOn(readings);
    expect(actionsOf(report, 'role/a', 'excess')).toEqual(['ListFaces']);
    expect(report.findings.find(({ kind }) => kind === 'inconclusive')?.summary).toContain('With Open=yes');
  });

  test('a Deny on what is unknown denies nothing at most, and everything at least', async () => {
    const deny = { Effect: 'Deny', Action: 'rekognition:ListFaces', Resource: { 'Fn::ImportValue': 'x' } };
    const report = await check({ A: role(inline(allow('rekognition:ListFaces'), deny)) });
    expect(kindsOf(report, 'role/a')).toEqual(['inconclusive low']);
  });

  test.each([
    ['AWS::IAM::Policy', { PolicyName: 'p', Roles: [{ Ref: 'A' }] }],
    ['AWS::IAM::RolePolicy', { PolicyName: 'p', RoleName: { Ref: 'A' } }],
    ['AWS::IAM::ManagedPolicy', { Roles: [{ Ref: 'A' }] }],
  ])('%s reaches the role', async (Type, properties) => {
    const Properties = { ...properties, PolicyDocument: document(allow('rekognition:DeleteFaces')) };
    const report = await check({ A: role({}), P: { Type, Properties } });
    expect(actionsOf(report, 'role/a', 'excess')).toEqual(['DeleteFaces']);
  });

  test('a document may be JSON text', async () => {
    const PolicyDocument = JSON.stringify(document(allow('rekognition:DeleteFaces')));
    const report = await check({ A: role({ Policies: [{ PolicyName: 'p', PolicyDocument }] }) });
    expect(actionsOf(report, 'role/a', 'excess')).toEqual(['DeleteFaces']);
  });

  test('policies given to a group reach its users', async () => {
    const report = await check({
      G: {
        Type: 'AWS::IAM::Group',
        Properties: { GroupName: 'g', ...inline(allow('rekognition:DeleteFaces')) },
      },
      U: { Type: 'AWS::IAM::User', Properties: { UserName: 'u' } },
      M: {
        Type: 'AWS::IAM::UserToGroupAddition',
        Properties: { GroupName: { Ref: 'G' }, Users: [{ Ref: 'U' }] },
      },
    });
    expect(actionsOf(report, 'user/u', 'excess')).toEqual(['DeleteFaces']);
  });

  test('Fn::ForEach is written out', async () => {
    const body = {
      'Role${Name}': role({ RoleName: { Ref: 'Name' }, ...inline(allow('rekognition:DeleteFaces')) }),
    };
    const report = await check({ 'Fn::ForEach::Roles': ['Name', ['x', 'y'], body] });
    expect(report.principals.map(({ subject }) => subject)).toEqual(['role/x', 'role/y']);
  });

  test('a macro, a nested stack and a dynamic reference are not clean', async () => {
    const quiet = role({});
    const macro = await check({ A: quiet }, { Transform: ['Expand'] });
    expect(macro.findings.map(({ kind }) => kind)).toEqual(['inconclusive']);
    const inside = await check({
      A: { ...quiet, Properties: { ...quiet.Properties, 'Fn::Transform': { Name: 'X' } } },
    });
    expect(inside.findings.map(({ kind }) => kind)).toEqual(['inconclusive']);
    const among = await check({ A: quiet, 'Fn::Transform': { Name: 'AWS::Include' } });
    expect(among.findings.map(({ kind }) => kind)).toEqual(['inconclusive']);
    const nested = await check({ A: quiet, N: { Type: 'AWS::CloudFormation::Stack', Properties: {} } });
    expect(nested.findings.map(({ kind }) => kind)).toEqual(['inconclusive']);
    const dynamic = await check({ A: role({ ManagedPolicyArns: ['{{resolve:ssm:/policy}}'] }) });
    expect(actionsOf(dynamic, 'role/a', 'inconclusive')).toEqual(everyAction);
  });

  test('a policy that AWS has is what it is; one that is nowhere may be anything', async () => {
    const basic = await check({
      A: role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'] }),
    });
    expect(basic.findings).toEqual([]);
    const admin = await check({
      A: role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }),
    });
    expect(actionsOf(admin, 'role/a', 'excess')).toEqual(everyAction);
    const own = await check({ A: role({ ManagedPolicyArns: ['arn:aws:iam::123456789012:policy/own'] }) });
    expect(actionsOf(own, 'role/a', 'inconclusive')).toEqual(everyAction);
  });

  test.each([[[1, 2]], ['text'], [{ Ref: 'AWS::StackName' }]])(
    'properties that are none are refused, not taken for none: %j',
    (Properties) => {
      const text = template({ A: { Type: 'AWS::IAM::Role', Properties } });
      expect(() => readTemplate(text, place)).toThrow(
        'template.yaml: template line 1: Resources.A.Properties: must be a mapping',
      );
    },
  );

  test('what a deployment would refuse is an input error with file and place', () => {
    const text = template({ A: role({ Policies: { 'Fn::If': ['Nowhere', 1, 2] } }) });
    expect(() => readTemplate(text, place)).toThrow(
      /^template\.yaml: template line 1: Resources\.A\.Properties/,
    );
  });
});

test('files are known by their form, and others are refused in a line', () => {
  expect(readPlanFile(`${samples}/plan.json`)[0]?.planned.format).toBe('Terraform plan');
  expect(readPlanFile(`${samples}/sam.yaml`)[0]?.planned.format).toBe('CloudFormation template');
  expect(() => readPlanFile('package.json')).toThrow(/^package\.json: neither a plan/);
  expect(() => readPlanFile('nowhere.json')).toThrow('nowhere.json: there is no such file');
  expect(() => readPlanFile('docs')).toThrow(/^docs: no manifest\.json in it/);
});
