import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eventsBySource } from '#lib/change/event-table.ts';
import { deployedWith, everything, ofType, written } from '#test/support/template.ts';

describe('the rules', () => {
  const pattern = z.object({
    source: z.array(z.string()),
    account: z.tuple([z.literal('123456789012')]),
    detail: z.looseObject({
      eventName: z.array(z.string()).optional(),
      readOnly: z.array(z.boolean()).optional(),
    }),
  });
  const ofCloudTrail = everything.rules.filter(({ eventPattern }) =>
    JSON.stringify(eventPattern).includes('AWS API Call via CloudTrail'),
  );
  const patterns = ofCloudTrail.map((rule) => pattern.parse(rule.eventPattern));
  const named = { userName: 'a', roleName: 'a', groupName: 'a', policyArn: 'a', roles: { guest: 'role/a' } };

  it.each(Object.entries(eventsBySource).filter(([source]) => source !== 'aws.iam'))(
    'ask %s for the events that affect somebody',
    (source, events) => {
      const asking = patterns.filter((one) => one.source.includes(source));
      const names = asking.flatMap((one) => one.detail.eventName ?? []);
      const affecting = Object.keys(events).filter((name) => Array.isArray(events[name]?.affects(named)));
      expect(affecting.filter((name) => !names.includes(name))).toEqual([]);
      expect(affecting.length).toBeGreaterThan(0);
    },
  );

  it('ask IAM for everything that writes', () => {
    const asking = patterns.filter((one) => one.source.includes('aws.iam'));
    expect(asking.map(({ detail }) => [detail.readOnly, detail.eventName])).toEqual([[[false], undefined]]);
  });

  it('deliver to queues that let them, or to a dead-letter queue that lets them', () => {
    expect(ofCloudTrail.length).toBeGreaterThan(1);
    for (const rule of ofCloudTrail) {
      expect(rule.state).toBe('ENABLED');
      for (const { arn, deadLetterArn } of rule.targets) {
        for (const target of [arn, deadLetterArn]) expect(policyOf(target)).toContain(rule.arn);
      }
    }
  });
});

const queue = (arn: string | undefined) => everything.queues.find((one) => one.arn === arn);
const policyOf = (arn: string | undefined) => queue(arn)?.attributes.Policy ?? '';
const redrive = z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number() });
const redriveOf = (attributes: Readonly<Record<string, string>>) =>
  attributes.RedrivePolicy === undefined ? undefined : redrive.parse(JSON.parse(attributes.RedrivePolicy));

describe('queues', () => {
  const sources = everything.queues.filter(({ attributes }) => attributes.RedrivePolicy !== undefined);
  const deadLetters = new Set(sources.map(({ attributes }) => redriveOf(attributes)?.deadLetterTargetArn));

  it('hide a message for as long as the function may take, and the longest window', () => {
    expect(everything.eventSources.length).toBeGreaterThan(0);
    for (const { queueArn, functionName, windowSeconds } of everything.eventSources) {
      const timeout =
        everything.functions.find(({ name }) => name === functionName)?.timeoutSeconds ?? Number.NaN;
      const visibility = Number(queue(queueArn)?.attributes.VisibilityTimeout);
      // The Lambda Developer Guide advises six times the timeout, for functions that do not hold what they work on.
      expect(visibility).toBeGreaterThanOrEqual(timeout + windowSeconds);
    }
  });

  it('give up on a message after five attempts at the earliest, and keep it for two weeks', () => {
    for (const { arn, attributes } of everything.queues) {
      const { maxReceiveCount, deadLetterTargetArn } = redriveOf(attributes) ?? {};
      expect(deadLetters.has(arn) !== (maxReceiveCount !== undefined), arn).toBe(true);
      if (maxReceiveCount !== undefined) {
        expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
        expect(queue(deadLetterTargetArn)?.attributes.MessageRetentionPeriod).toBe('1209600');
      }
    }
  });

  it('are encrypted, and their functions say which messages failed', () => {
    for (const { attributes } of everything.queues) expect(attributes.SqsManagedSseEnabled).toBe('true');
    for (const source of everything.eventSources) expect(source.reportsBatchItemFailures).toBe(true);
  });
});

const resourcePolicy = z.object({ Statement: z.array(z.looseObject({})) });

/** The statement that refuses everybody who comes without TLS. */
const onlyOverTls = (service: string, resources: readonly string[]) => ({
  Sid: 'OnlyOverTls',
  Effect: 'Deny',
  Principal: '*',
  Action: `${service}:*`,
  Resource: expect.arrayContaining([...resources]),
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

describe('queues and buckets', () => {
  it.each(everything.queues.map(({ logicalId, arn, attributes }) => ({ logicalId, arn, attributes })))(
    '$logicalId takes nothing without TLS',
    ({ arn, attributes }) => {
      const policy = resourcePolicy.parse(JSON.parse(attributes.Policy ?? '{}'));
      expect(policy.Statement).toContainEqual(onlyOverTls('sqs', [arn]));
    },
  );

  it.each(everything.buckets.map(({ logicalId, arn, policy }) => ({ logicalId, arn, policy })))(
    '$logicalId takes nothing without TLS',
    ({ arn, policy }) => {
      const { Statement } = resourcePolicy.parse(JSON.parse(policy ?? '{}'));
      expect(Statement).toContainEqual(onlyOverTls('s3', [arn, `${arn}/*`]));
    },
  );

  it('are all there are in the template', () => {
    const ofTemplate = (type: string) =>
      Object.values(written.Resources).filter(({ Type }) => Type === type).length;
    expect(everything.queues).toHaveLength(ofTemplate('AWS::SQS::Queue'));
    expect(everything.buckets).toHaveLength(ofTemplate('AWS::S3::Bucket'));
  });
});

describe('what is kept and told', () => {
  it('is encrypted', () => {
    const keys = ofType('AWS::KMS::Key').map(({ ref }) => ref);
    expect(everything.topics).toHaveLength(2);
    for (const { attributes } of everything.topics) expect(keys).toEqual([attributes.KmsMasterKeyId]);
    const [table] = ofType('AWS::DynamoDB::Table');
    expect(table?.properties).toMatchObject({
      SSESpecification: { SSEEnabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      BillingMode: 'PAY_PER_REQUEST',
    });
  });

  it('is told of alarms by a function that CloudWatch may invoke for the alarms of this stack alone', () => {
    const teller = everything.functions.find(({ logicalId }) => logicalId === 'TellAlarmFunction');
    const permission = ofType('AWS::Lambda::Permission').find(
      ({ logicalId }) => logicalId === 'TellAlarmPermission',
    );
    expect(permission?.properties).toMatchObject({
      FunctionName: teller?.arn,
      Action: 'lambda:InvokeFunction',
      Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
      SourceAccount: '123456789012',
      SourceArn: expect.stringMatching(/^arn:aws:cloudwatch:us-east-1:123456789012:alarm:[\w-]+-\*$/),
    });
  });

  it('is open to nobody whom the template does not name', () => {
    for (const { logicalId, Effect, Principal, Resource, Action } of statements()) {
      if (Principal === '*') expect(Effect, logicalId).toBe('Deny');
      // In a key's policy it is the key; the others have no resource types.
      const wide = Action.every((action) =>
        /^kms:|^iam:GetAccountAuthorizationDetails$|^rekognition:DescribeProjects$/.test(action),
      );
      if (Resource.includes('*')) expect(wide, `${logicalId}: ${Action}`).toBe(true);
    }
  });

  it('has outputs that are described', () => {
    expect(Object.keys(everything.outputs).sort()).toEqual(Object.keys(written.Outputs).sort());
    for (const { Description } of Object.values(written.Outputs))
      expect(Description.length).toBeGreaterThan(10);
    for (const name of everything.functions.map((one) => one.name).filter((name) => /Now|Sweep/.test(name)))
      expect(Object.values(everything.outputs)).toContain(name);
  });

  it('is deployed where IAM records its events', () => {
    const elsewhere = () => deployedWith({}, 'eu-west-1');
    expect(elsewhere).toThrow('Deploy to us-east-1');
  });
});

const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statement = z.object({
  Effect: z.string(),
  Action: list,
  Resource: list.optional().default([]),
  Principal: z.json().optional(),
  Condition: z.json().optional(),
});

/** Every policy statement of the template, trust policies and resource policies included. */
function statements() {
  const found: (z.infer<typeof statement> & { logicalId: string })[] = [];
  const walk = (logicalId: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key !== 'Statement') walk(logicalId, member);
      else for (const one of z.array(statement).parse(member)) found.push({ ...one, logicalId });
    }
  };
  for (const { logicalId, properties } of everything.resources.values()) walk(logicalId, properties);
  return found;
}

// A Python program that a machine may not have.
