import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readTemplate } from '#lib/iac/template.ts';
import { actionsOf, reportOn } from './planned.ts';

const place = { file: 'template.yaml', accountId: '123456789012', region: 'us-east-1', partition: 'aws' };
const yesOrNo = (...names: readonly string[]) => ({
  Parameters: Object.fromEntries(
    names.map((name) => [name, { Type: 'String', AllowedValues: ['no', 'yes'], Default: 'no' }]),
  ),
  Conditions: Object.fromEntries(
    names.map((name) => [`Is${name}`, { 'Fn::Equals': [{ Ref: name }, 'yes'] }]),
  ),
});
const document = (...Statement: readonly unknown[]) => ({ Version: '2012-10-17', Statement });
const allow = (Action: unknown) => ({ Effect: 'Allow', Action, Resource: '*' });
const role = (RoleName: string, more: object = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: { RoleName, AssumeRolePolicyDocument: { Statement: [] }, ...more },
});
const policy = (PolicyDocument: object, more: object) => ({
  Type: 'AWS::IAM::Policy',
  Properties: { PolicyName: 'p', PolicyDocument, ...more },
});
const read = (Resources: object, sections: object) =>
  readTemplate(JSON.stringify({ ...sections, Resources }), place);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `P${index}`);

describe('the readings of a template', () => {
  test('what bears on nobody is not chosen, however much of it there is', () => {
    const names = numbers(30);
    const logs = names.map((name) => [
      `${name}Logs`,
      {
        Type: 'AWS::Logs::LogGroup',
        Condition: `Is${name}`,
        Properties: { LogGroupName: { 'Fn::If': [`Is${name}`, { Ref: name }, 'none'] } },
      },
    ]);
    const resources = { A: role('a'), ...Object.fromEntries(logs) };
    const readings = read(resources, yesOrNo(...names));
    expect(readings).toHaveLength(1);
    expect(readings[0]?.label).toBeUndefined();
    expect(readings[0]?.planned.open).toEqual([]);
  });

  test('what bears on different principals is chosen one after the other', async () => {
    const names = numbers(40);
    const roles = names.map((name) => [
      name,
      { ...role(name.toLowerCase(), { ManagedPolicyArns: [readOnly] }), Condition: `Is${name}` },
    ]);
    const readings = read(Object.fromEntries(roles), yesOrNo(...names));
    expect(readings).toHaveLength(names.length + 1);
    expect(readings.slice(1).map(({ label }) => label)).toEqual(names.map((name) => `${name}=yes`));
    const report = await reportOn(readings);
    expect(report.principals.map(({ subject }) => subject).sort()).toEqual(
      names.map((name) => `role/${name.toLowerCase()}`).sort(),
    );
  });

  test('what bears on one principal is tried together, also by way of a policy, a boundary or a group', () => {
    const sections = yesOrNo('X', 'Y');
    const when = (name: string, one: unknown) => ({ 'Fn::If': [`Is${name}`, one, { Ref: 'AWS::NoValue' }] });
    const managed = (name: string) => ({
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { PolicyDocument: document(when(name, allow('rekognition:ListFaces'))) },
    });
    const inline = (name: string, more: object) =>
      policy(document(when(name, allow('rekognition:ListFaces'))), more);
    const together = [
      { A: role('a'), P: inline('X', { Roles: ['a'] }), Q: inline('Y', { Roles: [{ Ref: 'A' }] }) },
      { A: role('a', { ManagedPolicyArns: [{ Ref: 'M' }, { Ref: 'N' }] }), M: managed('X'), N: managed('Y') },
      {
        A: role('a', { PermissionsBoundary: { Ref: 'M' } }),
        M: managed('X'),
        P: inline('Y', { Roles: ['a'] }),
      },
      {
        U: { Type: 'AWS::IAM::User', Properties: { UserName: 'u', Groups: [{ Ref: 'G' }] } },
        G: { Type: 'AWS::IAM::Group', Properties: { ManagedPolicyArns: [{ Ref: 'M' }] } },
        M: managed('X'),
        P: inline('Y', { Users: ['u'] }),
      },
    ];
    for (const resources of together) {
      expect(read(resources, sections).map(({ label }) => label)).toEqual([
        'X=no, Y=no',
        'X=yes',
        'Y=yes',
        'X=yes, Y=yes',
      ]);
    }
  });

  test('what is read only with another value is tried as well', async () => {
    const sections = yesOrNo('Wide', 'Full');
    const arn = { 'Fn::If': ['IsFull', 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess', readOnly] };
    const roles = { A: role('a', { ManagedPolicyArns: [{ 'Fn::If': ['IsWide', arn, readOnly] }] }) };
    const report = await reportOn(read(roles, sections));
    expect(actionsOf(report, 'role/a', 'inconclusive')).toContain('DeleteFaces');
    const [finding] = report.findings.filter(({ kind }) => kind === 'inconclusive');
    expect(finding?.summary).toContain('With Wide=yes, Full=yes');
  });

  test('a parameter that is a list may be all of what it may have', async () => {
    const Parameters = {
      Actions: {
        Type: 'CommaDelimitedList',
        AllowedValues: ['rekognition:ListFaces', 'rekognition:DeleteFaces'],
        Default: 'rekognition:ListFaces',
      },
    };
    const roles = { A: role('a'), P: policy(document(allow({ Ref: 'Actions' })), { Roles: ['a'] }) };
    const readings = read(roles, { Parameters });
    expect(readings.map(({ label }) => label)).toContain(
      'Actions=rekognition:ListFaces,rekognition:DeleteFaces',
    );
  });

  test('a condition that something known decides is decided, whatever else it names', () => {
    const sections = {
      Parameters: { Known: { Type: 'String', Default: 'yes' }, Open: { Type: 'String' } },
      Conditions: {
        Is: { 'Fn::Equals': [{ Ref: 'Known' }, 'yes'] },
        Either: {
          'Fn::Or': [{ 'Fn::Equals': [{ Ref: 'Open' }, 'yes'] }, { 'Fn::Equals': [{ Ref: 'Known' }, 'yes'] }],
        },
      },
    };
    expect(read({ A: { ...role('a'), Condition: 'Either' } }, sections)).toHaveLength(1);
  });

  test('more ways than are tried leave it open', async () => {
    const names = numbers(9);
    const statements = names.map((name) => ({
      'Fn::If': [`Is${name}`, allow(`rekognition:List${name}*`), { Ref: 'AWS::NoValue' }],
    }));
    const roles = { A: role('a'), P: policy(document(...statements), { Roles: ['a'] }) };
    const readings = read(roles, yesOrNo(...names));
    expect(readings).toHaveLength(1);
    expect(readings[0]?.planned.open[0]?.reason).toContain('more than 256 ways (P0, P1, ');
    expect((await reportOn(readings)).findings.map(({ kind }) => kind)).toEqual(['inconclusive']);
  });

  test('the template of this stack is read in few', () => {
    const readings = readTemplate(readFileSync('template.yaml', 'utf8'), place);
    expect(readings.length).toBeLessThanOrEqual(20);
    expect(readings[0]?.planned.open).toEqual([]);
  });
});

const readOnly = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';
