import {
  type AwsSecurityFinding,
  BatchImportFindingsCommand,
  BatchUpdateFindingsCommand,
  EnableSecurityHubCommand,
  GetFindingsCommand,
  SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ServerlessAws, startServerlessAws } from '../../src/platform.ts';
import { account, allow, document, roleArn } from '../start.ts';

const product = 'arn:aws:securityhub:us-east-1:123456789012:product/123456789012/default';
let aws: ServerlessAws;
let hub: SecurityHubClient;
beforeEach(async () => {
  aws = await startServerlessAws({
    account: account({
      roles: {
        writer: {
          inline: { write: document(allow('securityhub:BatchImportFindings', { Resource: product })) },
        },
      },
    }),
  });
  hub = new SecurityHubClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.world.issue({ kind: 'root' }),
  });
});
afterEach(async () => {
  hub.destroy();
  await aws.stop();
});

const finding = (more: Partial<AwsSecurityFinding> = {}): AwsSecurityFinding => ({
  SchemaVersion: '2018-10-08',
  Id: 'one',
  ProductArn: product,
  GeneratorId: 'test',
  AwsAccountId: '123456789012',
  CreatedAt: '2026-11-24T12:00:00.000Z',
  UpdatedAt: '2026-11-24T12:00:00.000Z',
  Title: 'title',
  Description: 'description',
  Resources: [{ Type: 'AwsIamRole', Id: 'arn:aws:iam::123456789012:role/one' }],
  Compliance: { Status: 'FAILED' },
  ...more,
});
const send = (...Findings: AwsSecurityFinding[]) => hub.send(new BatchImportFindingsCommand({ Findings }));
const kept = async () => (await hub.send(new GetFindingsCommand({}))).Findings ?? [];
const resolve = (Id: string) =>
  hub.send(
    new BatchUpdateFindingsCommand({
      FindingIdentifiers: [{ Id, ProductArn: product }],
      Workflow: { Status: 'RESOLVED' },
    }),
  );

it('takes nothing before it is turned on', async () => {
  await expect(send(finding())).rejects.toMatchObject({ name: 'InvalidAccessException' });
});

it('keeps a finding, changes it only by what is later, and makes one that comes back new again', async () => {
  await hub.send(new EnableSecurityHubCommand({}));
  expect(await send(finding())).toMatchObject({ FailedCount: 0, SuccessCount: 1 });
  await send(finding({ Title: 'as old' }));
  expect(await kept()).toMatchObject([{ Title: 'title', Workflow: { Status: 'NEW' } }]);
  await send(finding({ Title: 'later', UpdatedAt: '2026-11-25T12:00:00.000Z' }));
  expect(await resolve('one')).toMatchObject({ ProcessedFindings: [{ Id: 'one' }] });
  expect(await kept()).toMatchObject([{ Title: 'later', Workflow: { Status: 'RESOLVED' } }]);
  const gone = { Compliance: { Status: 'PASSED' }, RecordState: 'ARCHIVED' } as const;
  await send(finding({ ...gone, UpdatedAt: '2026-11-26T12:00:00.000Z' }));
  expect(await kept()).toMatchObject([{ ...gone, Workflow: { Status: 'RESOLVED' } }]);
  await send(finding({ UpdatedAt: '2026-11-27T12:00:00.000Z' }));
  expect(await kept()).toMatchObject([{ RecordState: 'ACTIVE', Workflow: { Status: 'NEW' } }]);
  expect((await resolve('another')).UnprocessedFindings).toMatchObject([{ ErrorCode: 'FindingNotFound' }]);
});

it('refuses single findings, too many, and whoever may not', async () => {
  await hub.send(new EnableSecurityHubCommand({}));
  const bad = [
    finding({ Id: 'long', Title: 'x'.repeat(257) }),
    finding({ Id: 'other', AwsAccountId: '999999999999' }),
    finding({ Id: 'product', ProductArn: product.replace('default', 'own') }),
  ];
  const { FailedFindings, SuccessCount } = await send(finding(), ...bad);
  expect(SuccessCount).toBe(1);
  expect(FailedFindings?.map(({ Id }) => Id)).toEqual(['long', 'other', 'product']);
  await expect(send(...Array.from({ length: 101 }, () => finding()))).rejects.toMatchObject({
    name: 'InvalidInputException',
  });
  const writer = new SecurityHubClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor(roleArn('writer')),
  });
  await writer.send(new BatchImportFindingsCommand({ Findings: [finding()] }));
  await expect(writer.send(new GetFindingsCommand({}))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  writer.destroy();
});
