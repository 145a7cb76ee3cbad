import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';
import { unfolded } from '#lib/report/report-file.ts';

const breakGlass = 'arn:aws:iam::123456789012:role/break-glass';
const PolicyArn = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';

let deployed: DeployedStack;
let Bucket: string;
async function deploy(options: Partial<Parameters<typeof deployStack>[0]> = {}) {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    ...options,
  });
  const { buckets } = deployed.stack.template;
  Bucket = buckets.find(({ logicalId }) => logicalId === 'ReportsBucket')?.name ?? '';
}
beforeEach((context) => (/time runs out|5,000/.test(context.task.name) ? undefined : deploy()));
afterEach(() => deployed.stop());

const role = (RoleName: string) => ({
  Path: '/',
  RoleName,
  RoleId: `AROA${RoleName.toUpperCase().padStart(17, 'A')}`,
  Arn: `arn:aws:iam::123456789012:role/${RoleName}`,
  CreateDate: '2026-01-01T00:00:00Z',
  AssumeRolePolicyDocument: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  },
  InstanceProfileList: [],
  RolePolicyList: [
    {
      PolicyName: 'own',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['rekognition:DeleteFaces', 'rekognition:Search*'], Resource: '*' },
        ],
      },
    },
  ],
  AttachedManagedPolicies: [],
  Tags: [],
});

/** What somebody reads who may read reports, and nothing else. */
async function read(Key: string): Promise<string> {
  const { aws } = deployed;
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/reports/*` }],
  };
  const s3 = new S3Client({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor({ policies: [JSON.stringify(policy)] }),
  });
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? '';
  } finally {
    s3.destroy();
  }
}

const reportShape = z.looseObject({
  accountId: z.string(),
  evidence: z.array(z.string()),
  principals: z.array(
    z.looseObject({
      subject: z.string(),
      status: z.string(),
      access: z.number().optional(),
      history: z.array(z.looseObject({ event: z.string(), what: z.string() })).optional(),
    }),
  ),
  findings: z.array(z.looseObject({ id: z.string(), kind: z.string(), subject: z.string() })),
  answers: z.array(z.looseObject({ kind: z.string() })),
  access: z.object({ actions: z.array(z.unknown()) }).optional(),
  warnings: z.array(z.string()),
  earlier: z
    .object({ runs: z.array(z.unknown()), added: z.array(z.string()), gone: z.array(z.unknown()) })
    .optional(),
});
const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync('report.schema.json', 'utf8')));
async function reportOf(id: string) {
  const value: unknown = JSON.parse(await read(`reports/${id}.json`));
  expect(validate(value), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  return reportShape.parse(unfolded(value));
}
/** What a page holds, which stands in it as JSON. */
const inPage = (html: string) =>
  reportShape.parse(
    JSON.parse(/<script type="application\/json" id="report">(.*)<\/script>/.exec(html)?.[1] ?? ''),
  );

const keyOf = (text: string) => decodeURIComponent(/^Page: \S+&prefix=(\S+)$/m.exec(text)?.[1] ?? '');
const statuses = ({ principals }: z.infer<typeof reportShape>) =>
  principals.map(({ subject, status }) => [subject, status]);

it('a sweep leaves its report as a page and as JSON, to which its messages link', async () => {
  const { aws, stack } = deployed;
  stack.tick('SweepFunctionDaily');
  await stack.settle();
  expect(stack.problems()).toEqual([]);
  expect(stack.queue('ReportDeadLetters').bodies()).toEqual([]);
  const text = aws.messages().at(-1)?.byProtocol.email ?? '';
  const key = keyOf(text);
  expect(key).toMatch(/^reports\/sweep-[0-9a-f-]{36}\.html$/);
  const html = await read(key);
  expect(html).toMatch(/^<!doctype html>.*Content-Security-Policy.*default-src 'none'/s);
  const first = await reportOf('latest');
  expect(inPage(html).findings).toEqual(first.findings);
  expect(await reportOf(key.slice('reports/'.length, -'.html'.length))).toEqual(first);
  // Everybody with every action, and findings as IAM's simulation confirmed them.
  expect(first.access?.actions).toHaveLength(76);
  for (const one of first.principals) expect(one.access, one.subject).toBeTypeOf('number');
  expect(first.evidence).toEqual(['evaluated', 'simulated']);

  // The next one knows of this one.
  const iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor(breakGlass),
  });
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn }));
  iam.destroy();
  await stack.settle();
  stack.tick('SweepFunctionDaily');
  await stack.settle();
  const second = await reportOf('latest');
  expect(second.earlier?.runs).toHaveLength(1);
  const added = second.findings.filter(({ id }) => second.earlier?.added.includes(id));
  expect(added.map(({ subject }) => subject)).toContain('role/analyst');
  // What the log of access tells, with who did it, and that the finding is new.
  const historyOf = ({ principals }: z.infer<typeof reportShape>) =>
    principals.find(({ subject }) => subject === 'role/analyst')?.history ?? [];
  const gained = expect.objectContaining({
    event: 'access',
    what: expect.stringMatching(/^can also do /),
    causes: [
      expect.stringMatching(/attached AmazonRekognitionFullAccess to role\/analyst, by .*break-glass/),
    ],
  });
  expect(historyOf(second)).toContainEqual(gained);
  expect(historyOf(second)).toContainEqual(expect.objectContaining({ event: 'new', finding: added[0]?.id }));

  // What a check by hand finds, which asks IAM itself.
  expect(new Set(second.answers.map(({ kind }) => kind))).toContain('simulated');
  const { payload } = await stack.invoke('CheckNowFunction', {});
  const answer = z.looseObject({ batch: z.string(), page: z.string() }).parse(JSON.parse(payload));
  const byHand = await reportOf(answer.batch);
  expect(statuses(second)).toEqual(statuses(byHand));
  expect(second.findings.map(({ id }) => id).sort()).toEqual(byHand.findings.map(({ id }) => id).sort());
  expect(historyOf(byHand)).toContainEqual(gained);
  // It knows of both sweeps, and finds what the second has found.
  expect(byHand.earlier?.runs).toHaveLength(2);
  expect(byHand.earlier).toMatchObject({ added: [], gone: [] });
  expect(answer.page).toContain(encodeURIComponent(`reports/${answer.batch}.html`));
  expect(inPage(await read(`reports/${answer.batch}.html`)).findings).toEqual(byHand.findings);
}, 180_000);

it('a check by hand of 5,000 findings stays within its memory and 6 MB, and the bucket has all of it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'many-'));
  const account = join(directory, 'account.json');
  const roles = Array.from({ length: 5_000 }, (_, index) => role(`role-${index}`));
  writeFileSync(
    account,
    JSON.stringify({ UserDetailList: [], GroupDetailList: [], RoleDetailList: roles, Policies: [] }),
  );
  const expectations = join(directory, 'expectations.yaml');
  writeFileSync(expectations, 'default: []\n');
  await deploy({ account, expectations });
  rmSync(directory, { recursive: true });
  const { payload, functionError, maxMemoryUsedMb } = await deployed.stack.invoke('CheckNowFunction', {});
  // The payload of a function that failed says why.
  expect(functionError && payload).toBeUndefined();
  expect(maxMemoryUsedMb).toBeLessThan(700);
  expect(Buffer.byteLength(payload)).toBeLessThan(6_291_556);
  const answer = z
    .looseObject({ batch: z.string(), summary: z.looseObject({ findings: z.unknown() }) })
    .parse(JSON.parse(payload));
  expect(answer.summary.findings).toMatchObject({ critical: 5_000 });
  const { findings } = await reportOf(answer.batch);
  expect(findings).toHaveLength(5_000);
}, 240_000);

it('a page is for whoever may read reports, expires, and takes nothing else with it', async () => {
  const { stack, aws } = deployed;
  const { payload } = await stack.invoke('CheckNowFunction', { principals: ['role/analyst'], notify: true });
  const { batch } = z.looseObject({ batch: z.string() }).parse(JSON.parse(payload));
  expect(keyOf(aws.messages().at(-1)?.byProtocol.email ?? '')).toBe(`reports/${batch}.html`);
  // Of one principal alone nothing is gone that everybody had.
  expect((await reportOf(batch)).earlier).toBeUndefined();
  await expect(read(`lists/${batch}.txt`)).rejects.toThrow(/not authorized/);
  const bucket = stack.template.buckets.find(({ name }) => name === Bucket);
  const days = Number(stack.template.parameters.LogRetentionDays);
  expect(bucket?.lifecycle).toContainEqual(
    expect.objectContaining({ prefix: 'reports/', enabled: true, expirationDays: days }),
  );
}, 180_000);

it('a check by hand whose time runs out answers with what it has, and says of whom it knows nothing', async () => {
  // A second for asking, and one call in it.
  const template = (text: string) =>
    text.replace(/(CodeUri: dist\/check-now\n.*?Timeout: )900/s, (_, before: string) => `${before}121`);
  await deploy({ template, parameters: { IamCallsPerSecond: '1', IamConcurrency: '1' } });
  const { payload } = await deployed.stack.invoke('CheckNowFunction', {});
  const answer = z
    .looseObject({ batch: z.string(), exitCode: z.number(), warnings: z.array(z.string()) })
    .parse(JSON.parse(payload));
  expect(answer.warnings).toContain('time ran out: what was not settled by then is inconclusive');
  const report = await reportOf(answer.batch);
  const unsettled = report.findings.filter(({ kind }) => kind === 'inconclusive');
  expect(unsettled.length).toBeGreaterThan(0);
  expect(JSON.stringify(report.answers)).toContain('the check was stopped before IAM answered');
}, 180_000);
