import { readFileSync } from 'node:fs';
import { IAMClient, paginateGetAccountAuthorizationDetails } from '@aws-sdk/client-iam';
import { startLocalAws } from '@permission-check/embedded-aws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { readAnswer } from '#test/support/answers.ts';
import { runCommand } from '#test/support/aws-commands.ts';
import { file, run } from './program.ts';

const expectations = ['--expectations', 'cli/samples/expectations.yaml'];
const json = ['--format', 'json'];

/** The sample company, with a policy of its own that two roles have. */
function company(): string {
  const account = JSON.parse(readFileSync('cli/samples/account.json', 'utf8'));
  const PolicyArn = 'arn:aws:iam::123456789012:policy/shared';
  const Document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } };
  account.Policies.push({
    PolicyName: 'shared',
    PolicyId: 'ANPASHAREDSHAREDSHARE',
    Arn: PolicyArn,
    Path: '/',
    DefaultVersionId: 'v1',
    AttachmentCount: 2,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: '2026-01-01T00:00:00Z',
    UpdateDate: '2026-01-01T00:00:00Z',
    PolicyVersionList: [
      { Document, VersionId: 'v1', IsDefaultVersion: true, CreateDate: '2026-01-01T00:00:00Z' },
    ],
  });
  for (const role of account.RoleDetailList)
    if (['payroll-export', 'nightly-etl'].includes(role.RoleName))
      role.AttachedManagedPolicies.push({ PolicyName: 'shared', PolicyArn });
  return file('company.json', JSON.stringify(account));
}

let aws: Awaited<ReturnType<typeof startLocalAws>>;
let iam: IAMClient;
beforeAll(async () => {
  aws = await startLocalAws({ catalog: rekognitionCatalog, account: company() });
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_ENDPOINT_URL = '' } = aws.env;
  iam = new IAMClient({
    endpoint: AWS_ENDPOINT_URL,
    region: 'us-east-1',
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
});
afterAll(() => aws.stop());

/** The account as IAM has it now, as a file. */
async function asItIs(name: string): Promise<string> {
  const lists = { UserDetailList: [], GroupDetailList: [], RoleDetailList: [], Policies: [] };
  const all: Record<keyof typeof lists, unknown[]> = lists;
  for await (const page of paginateGetAccountAuthorizationDetails({ client: iam }, {}))
    for (const key of ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'] as const)
      all[key].push(...(page[key] ?? []));
  return file(name, JSON.stringify(all));
}

const answerShape = z.object({
  commands: z.array(z.string()),
  differing: z.array(
    z.object({ subject: z.string(), gained: z.array(z.unknown()), lost: z.array(z.unknown()) }),
  ),
  findings: z.object({
    come: z.array(z.object({ id: z.string() })),
    go: z.array(z.object({ id: z.string() })),
    differ: z.array(z.unknown()),
  }),
});
/** The account as it is at one time, and what a check finds of it. */
interface Look {
  readonly account: string;
  readonly report: string;
}

async function lookAt(name: string): Promise<Look> {
  const account = await asItIs(name);
  const { stdout } = await run(['check', '--account-details', account, ...expectations, ...json]);
  return { account, report: file(`report-of-${name}`, stdout) };
}

let now: Look | undefined;
/** How many findings came, went and changed by each change. */
const told: number[] = [];

const idsOf = (findings: readonly { readonly id: string }[]) => findings.map(({ id }) => id).sort();

const written = (name: string, statement: object) =>
  file(`${name}.json`, JSON.stringify({ Version: '2012-10-17', Statement: statement }));
const allow = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });

test.each<[string, () => string[]]>([
  [
    'an inline policy',
    () => ['role/payroll-export', '--put', `more=${written('more', allow('rekognition:*'))}`],
  ],
  [
    'another managed policy',
    () => [
      'role/analyst',
      '--detach',
      'AmazonRekognitionFullAccess',
      '--attach',
      'AmazonRekognitionReadOnlyAccess',
    ],
  ],
  ['a boundary', () => ['role/payroll-export', '--boundary', 'AmazonRekognitionReadOnlyAccess']],
  ['no boundary', () => ['role/payroll-export', '--no-boundary']],
  [
    'a policy that is made',
    () => ['role/nightly-etl', '--attach', `made=${written('made', allow('rekognition:Delete*'))}`],
  ],
  [
    'a new version, for all who have it',
    () => ['--new-version', `shared=${written('shared', allow('rekognition:IndexFaces'))}`],
  ],
  [
    'a policy of a group',
    () => ['group/store-analysts', '--put', `all=${written('all', allow('rekognition:DeleteFaces'))}`],
  ],
  ['a member less', () => ['user/alice', '--leave', 'platform-admins']],
  ['a member more', () => ['user/grace', '--join', 'platform-admins']],
  [
    'a trust policy',
    () => [
      'role/analyst',
      '--trust',
      written('trust', { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }),
    ],
  ],
  ['an inline policy less', () => ['role/payroll-export', '--delete', 'more']],
])('what-if says of %s what a check finds once it is made', async (_, change) => {
  const said = answerShape.parse(
    readAnswer((await run(['what-if', ...change(), ...expectations, ...json], aws.env)).stdout),
  );
  const before = now ?? (await lookAt('account-0.json'));
  for (const command of said.commands) await runCommand(iam, command);
  const after = await lookAt(`account-${told.length + 1}.json`);
  now = after;
  const made = answerShape
    .pick({ findings: true })
    .parse(readAnswer((await run(['diff', before.report, after.report, ...json])).stdout));
  expect(idsOf(said.findings.come)).toEqual(idsOf(made.findings.come));
  expect(idsOf(said.findings.go)).toEqual(idsOf(made.findings.go));
  expect(said.findings.differ).toHaveLength(made.findings.differ.length);
  const access = readAnswer((await run(['diff', before.account, after.account, ...json])).stdout);
  const changed = answerShape.pick({ differing: true }).parse(access).differing;
  const counts = (all: typeof changed) =>
    all.map(({ subject, gained, lost }) => [subject, gained.length, lost.length]);
  expect(counts(said.differing)).toEqual(counts(changed));
  expect(said.commands.length).toBeGreaterThan(0);
  const { come, go, differ } = said.findings;
  told.push(come.length + go.length + differ.length);
});

test('most of these changes bring or take findings', () => {
  expect(told.filter((count) => count > 0).length).toBeGreaterThan(told.length / 2);
});
