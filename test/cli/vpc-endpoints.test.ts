import { join } from 'node:path';
import { expect, test } from 'vitest';
import { file, folder, run } from './program.ts';

const trust = (Principal: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
});
const role = (RoleName: string, Condition?: object) => ({
  Path: '/',
  RoleName,
  RoleId: `AROA${RoleName.toUpperCase().padEnd(17, 'A')}`,
  Arn: `arn:aws:iam::111122223333:role/${RoleName}`,
  AssumeRolePolicyDocument: trust({ Service: 'lambda.amazonaws.com' }),
  InstanceProfileList: [],
  RolePolicyList: [
    {
      PolicyName: 'own',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'rekognition:*', Resource: '*', Condition }],
      },
    },
  ],
  AttachedManagedPolicies: [],
  Tags: [],
});
const account = file(
  'account.json',
  JSON.stringify({
    UserDetailList: [],
    GroupDetailList: [],
    RoleDetailList: [role('inside', { StringEquals: { 'aws:SourceVpce': 'vpce-0a1' } }), role('outside')],
    Policies: [],
  }),
);
const guardrails = file(
  'guardrails.yaml',
  `vpc-endpoints:
  - id: vpce-0a1
    document: |
      {
        "Statement": [
          { "Sid": "Labels", "Effect": "Allow", "Principal": "*", "Action": "rekognition:DetectLabels", "Resource": "*" }
        ]
      }
`,
);
const expectations = file('e.yaml', 'principals:\n  - match: "*"\n    expect: []\n');
const options = ['--account-details', account, '--expectations', expectations, '--guardrails', guardrails];
const asked = async (...args: string[]) => {
  const { stdout, stderr } = await run([...args, ...options]);
  expect(stderr).not.toContain('error');
  return stdout;
};

test('check finds what is left through the endpoint, and all of who need not come through it', async () => {
  const text = await asked('check');
  expect(text).toMatch(/MEDIUM +role\/inside +excess +DetectLabels when aws:SourceVpce is vpce-0a1/);
  expect(text).toMatch(/CRITICAL +role\/outside +excess +DeleteCollection, DeleteFaces \+74 /);
});

test('who-can leaves out whom the endpoint refuses', async () => {
  expect(await asked('who-can', 'DeleteFaces')).not.toContain('role/inside');
  expect(await asked('who-can', 'DetectLabels')).toContain('role/inside');
});

test('explain has the endpoint as a layer, with the line of its statement', async () => {
  const via = ['--context', 'aws:SourceVpce=vpce-0a1'];
  const denied = await asked('explain', 'role/inside', 'DeleteFaces', ...via);
  expect(denied).toContain('DENIED (implicit, endpoint)');
  expect(denied).toContain('endpoint   policy of VPC endpoint vpce-0a1: no statement is about this action');
  expect(denied).toContain('It is never allowed.');
  const allowed = await asked('explain', 'role/inside', 'DetectLabels', ...via);
  expect(allowed).toContain(
    'endpoint   policy of VPC endpoint vpce-0a1, statement 1 "Labels" (line 3): allows',
  );
  const outside = await asked('explain', 'role/outside', 'DeleteFaces');
  expect(outside).toContain('endpoint   the request does not come through vpce-0a1');
  expect(outside).toContain(': ALLOWED');
  const { requests } = JSON.parse(await asked('explain', 'role/outside', 'DetectLabels', '--format', 'json'));
  expect(requests[0].layers).toContainEqual({
    layer: 'endpoint',
    statements: [
      expect.objectContaining({ applies: false, but: 'but only what comes through the endpoint' }),
    ],
  });
});

test('explain --error names the statement of the endpoint that denies', async () => {
  const denying = file(
    'deny.yaml',
    `vpc-endpoints:
  - id: vpce-0a1
    document:
      Statement:
        - { Effect: Allow, Principal: "*", Action: "*", Resource: "*" }
        - { Sid: NoDeletes, Effect: Deny, Principal: "*", Action: "rekognition:Delete*", Resource: "*" }
`,
  );
  const error =
    'User: arn:aws:sts::111122223333:assumed-role/inside/x is not authorized to perform: rekognition:DeleteFaces on ' +
    'resource: arn:aws:rekognition:us-east-1:111122223333:collection/a with an explicit deny in a VPC endpoint policy';
  const { stdout } = await run([
    ...['explain', '--error', error, '--context', 'aws:SourceVpce=vpce-0a1'],
    ...[...options.slice(0, -1), denying],
  ]);
  expect(stdout).toContain('AWS refused rekognition:DeleteFaces (a Deny in a VPC endpoint policy).');
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    'take rekognition:DeleteFaces out of policy of VPC endpoint vpce-0a1, statement 2 "NoDeletes"',
  );
});

test('an evidence keeps the policies of endpoints, and is judged again with them', async () => {
  const out = join(folder(), 'evidence');
  await asked('evidence', '--out', out);
  const verified = await run([
    'evidence',
    'verify',
    out,
    '--account-details',
    account,
    '--guardrails',
    guardrails,
  ]);
  expect(verified).toMatchObject({ code: 0 });
  const without = await run(['evidence', 'verify', out, '--account-details', account]);
  expect(without.code).not.toBe(0);
});
