import { IAMClient } from '@aws-sdk/client-iam';
import { ListCollectionsCommand } from '@aws-sdk/client-rekognition';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountFromIam } from '#lib/account/from-iam.ts';
import { builtInExpectations } from '#lib/expectation/read.ts';
import { createPace } from '#lib/iam/pace.ts';
import { renderUnused } from '#lib/report/usage.ts';
import { unusedByLastAccess } from '#lib/workbench/unused.ts';
import { readAnswer } from '#test/support/answers.ts';
import { allow, policy, type Running, roleArn, start } from '#test/support/rekognition-account.ts';
import { run } from './program.ts';

let running: Running;
let env: Record<string, string>;

beforeAll(async () => {
  running = await start({
    lister: { policies: [policy(allow(['rekognition:ListCollections', 'rekognition:DeleteFaces']))] },
    idle: { policies: [policy(allow('rekognition:DeleteFaces'))] },
    other: { policies: [policy(allow('s3:GetObject'))] },
    auditor: { policies: [policy(allow('iam:*'))] },
  });
  env = { ...running.aws.envFor(roleArn('auditor')) };
  await running.client(roleArn('lister')).send(new ListCollectionsCommand({}));
});
afterAll(() => running[Symbol.asyncDispose]());

test('IAM says that the service was used, and the actions of it are not called unused', async () => {
  const { code, stdout } = await run(['unused', '--last-accessed', '--format', 'json'], env);
  const answer = readAnswer(stdout);
  expect(answer).toMatchObject({ covered: true });
  expect(answer.principals).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ subject: 'role/idle', granted: 1, unused: ['rekognition:DeleteFaces'] }),
      expect.objectContaining({
        subject: 'role/lister',
        unused: [],
        lastUsed: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        perhapsUnused: ['rekognition:DeleteFaces', 'rekognition:ListCollections'],
      }),
    ]),
  );
  expect(stdout).not.toContain('role/other');
  expect(code).toBe(2);
  const text = await run(['unused', '--last-accessed'], env);
  expect(text.stdout).toMatch(
    /\nrole\/lister\n {2}the service was used, last on [\d-]+; which of 2 actions is not recorded\n/,
  );
  expect(text.stdout).toMatch(/\nrole\/idle\n {2}critical {2}all 1 action\n/);
});

test('more days than IAM remembers are not covered', async () => {
  const { code, stdout } = await run(['unused', '--last-accessed', '--days', '500', '--format', 'json'], env);
  expect(readAnswer(stdout)).toMatchObject({ covered: false });
  expect(code).toBe(2);
});

test('who may not ask is told which permission is missing', async () => {
  const blind = { ...env, ...running.aws.envFor(roleArn('idle')) };
  const { code, stderr } = await run(['unused', '--last-accessed'], blind);
  expect(stderr).toMatch(/^failed: not permitted to call iam:/);
  expect(code).toBe(4);
});

test('one of --events and --last-accessed is needed', async () => {
  expect(await run(['unused'], env)).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^error: --events or --last-accessed is needed/),
  });
});

test('where IAM tracks single actions, those that were not used are told', async () => {
  const now = new Date('2026-11-28T12:00:00Z');
  const used = '2026-11-20T08:00:00.000Z';
  const principal = roleArn('lister');
  const client = new IAMClient({
    endpoint: running.aws.endpoint,
    region: 'us-east-1',
    credentials: running.aws.credentialsFor(roleArn('auditor')),
  });
  const account = await accountFromIam(client, { pace: createPace({ callsPerSecond: 100 }) });
  const tracked = new Map([
    ['rekognition:ListCollections', used],
    ['rekognition:DeleteFaces', '2026-01-02T08:00:00.000Z'],
  ]);
  const answer = await unusedByLastAccess(
    account,
    async (arn) => (arn === principal ? { lastUsed: used, actions: tracked } : { actions: new Map() }),
    { baseline: builtInExpectations().baseline, days: 90, now },
  );
  const lister = answer.principals.find(({ arn }) => arn === principal);
  expect(lister).toMatchObject({ granted: 2, unused: ['rekognition:DeleteFaces'], lastUsed: used });
  expect(lister).not.toHaveProperty('perhapsUnused');
  expect(renderUnused(answer)).toMatch(/role\/lister\n {2}critical {2}1 of 2: DeleteFaces\n/);
});
