import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readPlanFile } from '#lib/iac/plan-file.ts';
import { kindsOf, reportOn } from './planned.ts';

/** The folder of an assembly with these files. */
function assembly(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'assembly-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify(content));
  }
  return folder;
}

const manifest = (
  ...stacks: readonly (readonly [id: string, account?: string | undefined, stackName?: string])[]
) => ({
  version: '55.0.0',
  artifacts: Object.fromEntries(
    stacks.map(([id, account = '123456789012', stackName = id]) => [
      id,
      {
        type: 'aws:cloudformation:stack',
        environment: `aws://${account}/us-east-1`,
        properties: { templateFile: `${id}.template.json`, stackName },
      },
    ]),
  ),
});
const role = (RoleName: string, action?: unknown, more: object = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName,
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
    ...(action === undefined
      ? {}
      : {
          Policies: [
            {
              PolicyName: 'p',
              PolicyDocument: { Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] },
            },
          ],
        }),
    ...more,
  },
});
const nested = (hash: string, Parameters: object = {}) => ({
  Type: 'AWS::CloudFormation::Stack',
  Properties: { TemplateURL: { 'Fn::Join': ['', ['https://s3/', `${hash}.json`]] }, Parameters },
});
const assets = (hash: string, path: string) => ({
  version: '55.0.0',
  files: { [hash]: { source: { path } } },
});

const report = (files: Readonly<Record<string, unknown>>, accountId?: string) =>
  reportOn(readPlanFile(assembly(files), { accountId }));

test('a nested template is read whatever the stack is called, and the values that are written out are given', async () => {
  const found = await report({
    'manifest.json': manifest(['S', undefined, 'photos-prod']),
    'S.template.json': { Resources: { N: nested('abc', { Act: 'rekognition:DetectLabels' }) } },
    'S.assets.json': assets('abc', 'SN1.nested.template.json'),
    'SN1.nested.template.json': {
      Parameters: { Act: { Type: 'String' } },
      Resources: { R: role('r', { Ref: 'Act' }) },
    },
  });
  expect(found.findings.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(['excess role/r']);
});

test('a nested stack from elsewhere stays unseen beside one that is read', async () => {
  const found = await report({
    'manifest.json': manifest(['S']),
    'S.template.json': { Resources: { N: nested('abc'), X: nested('elsewhere') } },
    'S.assets.json': assets('abc', 'SN1.nested.template.json'),
    'SN1.nested.template.json': { Resources: { R: role('r') } },
  });
  expect(found.findings.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(['inconclusive X']);
});

test('a nested template is not that of another stack whose name begins alike', async () => {
  const found = await report(
    {
      'manifest.json': manifest(['App', '111111111111'], ['AppProd', '222222222222']),
      'App.template.json': { Resources: { R: role('a') } },
      'AppProd.template.json': { Resources: { N: nested('abc') } },
      'AppProd.assets.json': assets('abc', 'AppProdN1.nested.template.json'),
      'AppProdN1.nested.template.json': { Resources: { R: role('r', 'rekognition:*') } },
    },
    '111111111111',
  );
  expect(found.findings).toEqual([]);
});

test('roles of one name in two stacks are not one', async () => {
  const bounded = { PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess' };
  const found = await report({
    'manifest.json': manifest(['A'], ['B']),
    'A.template.json': { Resources: { R: role('r', 'rekognition:DeleteFaces') } },
    'B.template.json': { Resources: { R: role('r', undefined, bounded) } },
  });
  expect(kindsOf(found, 'R')).toEqual(['inconclusive critical']);
});
