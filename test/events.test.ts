import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';
import { root } from '#test/support/handler-bundles.ts';
import { everything, written } from '#test/support/template.ts';

/** What `sam local invoke --env-vars` takes: the variables of each function, with names in place of real ones. */
const environmentFile = 'env.json';

/** The samples of a folder: file name → content. */
function samples(folder: string): ReadonlyMap<string, unknown> {
  const files = readdirSync(join(root, folder)).filter(
    (file) => file.endsWith('.json') && file !== environmentFile,
  );
  return new Map(files.map((file) => [file, JSON.parse(readFileSync(join(root, folder, file), 'utf8'))]));
}
const triggers = samples('events');
const changes = samples('events/cloudtrail');

const document = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

let deployed: DeployedStack;
beforeAll(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    parameters: {
      OrganizationEvents: 'yes',
      MonthlyEvidence: 'yes',
      ...('ProbeRoleArns' in written.Parameters && {
        ProbeRoleArns: 'arn:aws:iam::123456789012:role/analyst',
      }),
    },
  });
  await addWhatTheSamplesName(deployed);
}, 180_000);
afterAll(() => deployed.stop());

/** The samples name a role and a policy of their own; nothing that they have concerns Rekognition. */
async function addWhatTheSamplesName({ aws, stack }: DeployedStack): Promise<void> {
  const iam = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  aws.platform.cloudTrail.switches.logging = false;
  const RoleName = 'image-tagger';
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const { Policy } = await iam.send(
    new CreatePolicyCommand({
      PolicyName: 'vision',
      Path: '/team/',
      PolicyDocument: document('s3:GetObject'),
    }),
  );
  const PolicyArn = Policy?.Arn;
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document('s3:ListBucket') }));
  iam.destroy();
  await stack.settle();
  aws.platform.cloudTrail.switches.logging = true;
}

const checkEvent = z.object({ Records: z.array(z.object({ body: z.string() })) });
const checkBody = z.object({ principals: z.array(z.object({ subject: z.string() })).optional() });

/** Runs something, waits until all that it led to is over, and answers what that was. */
async function outcomeOf(act: () => unknown) {
  const { stack, aws } = deployed;
  const before = { all: stack.invocations().length, told: aws.messages().length };
  const answer = await act();
  await stack.settle();
  const invocations = stack.invocations().slice(before.all);
  const nameOf = (id: string) => stack.template.functions.find((one) => one.logicalId === id)?.name;
  const of = (id: string) => invocations.filter(({ functionName }) => functionName === nameOf(id));
  const asked = of('CheckPrincipalsFunction')
    .flatMap(({ event }) => checkEvent.parse(JSON.parse(event)).Records)
    .flatMap(({ body }) => checkBody.parse(JSON.parse(body)).principals ?? [])
    .map(({ subject }) => subject);
  return {
    answer,
    // What an event has left as it was is looked at twice.
    asked: [...new Set(asked)].sort(),
    read: of('OnIamChangeFunction').length,
    told: aws.messages().slice(before.told),
    logs: invocations.flatMap(({ logs }) => logs),
    failures: [
      ...invocations.flatMap(({ functionError, payload }) => (functionError ? [payload] : [])),
      ...invocations.flatMap(({ payload }) => (/itemIdentifier/.test(payload) ? [payload] : [])),
      ...invocations.flatMap(({ logs }) => logs.filter((line) => line.includes('"level":"ERROR"'))),
      ...stack.problems(),
      ...['ChangeDeadLetters', 'CheckDeadLetters'].flatMap((id) => stack.queue(id).bodies()),
    ],
  };
}

const everybody = expect.arrayContaining([
  'expectations',
  'role/analyst',
  'role/image-tagger',
  'user/alice',
  'user/grace',
]);

/** Whom each sample makes the stack check; `undefined`: the rule does not let it through. */
const askedFor: Readonly<Record<string, unknown>> = {
  'add-user-to-group.json': ['user/alice'],
  'attach-role-policy-name-in-capitals.json': ['role/IMAGE-TAGGER'],
  // The bus has it arrive in this account; the event itself says otherwise.
  'attach-role-policy-of-another-account.json': [],
  'attach-role-policy.json': ['role/image-tagger'],
  'create-policy-version-parameters-omitted.json': everybody,
  'create-policy-version.json': ['role/image-tagger'],
  'create-role-with-boundary.json': ['role/image-tagger'],
  'delete-role-permissions-boundary-sso.json': ['role/image-tagger'],
  'delete-role.json': ['role/image-tagger'],
  'identity-center-provisions-role.json': ['role/AWSReservedSSO_Vision_0123456789abcdef'],
  'organizations-attach-policy.json': everybody,
  'put-project-policy.json': ['projects'],
  'put-role-policy-parameters-omitted.json': everybody,
  'put-user-policy.json': ['user/alice'],
  'remove-user-from-group-denied.json': undefined,
  'set-default-policy-version.json': ['role/image-tagger'],
  'set-identity-pool-roles.json': ['role/image-tagger'],
  'tag-role.json': ['role/image-tagger'],
  'update-assume-role-policy.json': ['role/image-tagger'],
  'update-identity-pool.json': everybody,
};
/** What is told: the role that one event names is not there, and the next check of the whole account finds that out. */
const toldOf: Readonly<Record<string, readonly RegExp[]>> = {
  'identity-center-provisions-role.json': [/^\[INCONCLUSIVE\].*AWSReservedSSO_Vision/],
  'put-project-policy.json': [/^\[INCONCLUSIVE\].*projects/],
  'organizations-attach-policy.json': [/^\[RESOLVED\].*AWSReservedSSO_Vision\w* was deleted/],
};
const busEvent = z.object({
  source: z.string(),
  'detail-type': z.string(),
  time: z.string(),
  detail: z.record(z.string(), z.json()),
});

describe('events of CloudTrail, put on the bus', () => {
  it('are all replayed', () => {
    expect([...changes.keys()].sort()).toEqual(Object.keys(askedFor).sort());
  });

  // What holds now is checked, not what the event says, and nothing of it concerns Rekognition.
  it.each([...changes])('%s leads to its checks, and to no message', async (file, event) => {
    const { source, 'detail-type': detailType, time, detail } = busEvent.parse(event);
    const outcome = await outcomeOf(() =>
      deployed.aws.platform.bus.put({ source, detailType, detail, time: new Date(time) }),
    );
    expect(outcome.failures).toEqual([]);
    expect(outcome.told.map(({ subject }) => subject)).toEqual(
      (toldOf[file] ?? []).map((subject) => expect.stringMatching(subject)),
    );
    expect(outcome.read).toBe(askedFor[file] === undefined ? 0 : 1);
    expect(outcome.asked).toEqual(askedFor[file] ?? []);
  });
});

const answered = { batchItemFailures: [] };
const report = (...named: string[]) => ({
  principals: expect.arrayContaining(named.map((name) => expect.objectContaining({ subject: name }))),
});

/** What each trigger's sample is for, what its function answers, whom it makes the stack check, and what is told. */
const expected: Readonly<
  Record<string, { function: string; answer: unknown; asked?: unknown; told?: number }>
> = {
  'on-iam-change.json': { function: 'OnIamChangeFunction', answer: answered, asked: ['role/image-tagger'] },
  'check-principals.json': { function: 'CheckPrincipalsFunction', answer: answered, asked: ['role/analyst'] },
  'sweep.json': {
    function: 'SweepFunction',
    answer: { vanished: 0, messages: 1 },
    asked: everybody,
    told: 1,
  },
  // What it is about is not the newest version of the object: that one has an event of its own.
  'sweep-expectations.json': { function: 'SweepFunction', answer: { expectations: 'unchanged' } },
  'check-now.json': { function: 'CheckNowFunction', answer: report('role/analyst', 'user/alice'), told: 0 },
  'check-now-notify.json': {
    function: 'CheckNowFunction',
    answer: report('role/analyst', 'user/alice'),
    told: 1,
  },
  'write-evidence.json': {
    function: 'WriteEvidenceFunction',
    answer: { folder: expect.stringMatching(/^evidence\//), unheard: false },
    told: 1,
  },
  'tell-alarm.json': { function: 'TellAlarmFunction', answer: { told: expect.any(String) }, told: 1 },
  'write-report.json': { function: 'WriteReportFunction', answer: answered },
  'probe-roles.json': { function: 'ProbeRolesFunction', answer: report('role/analyst') },
  'probe-roles-calibrate.json': { function: 'ProbeRolesFunction', answer: report('role/analyst') },
  'check-now-one.json': { function: 'CheckNowFunction', answer: report('role/analyst') },
};

const metrics = z.object({
  _aws: z.object({
    CloudWatchMetrics: z.tuple([
      z.object({ Namespace: z.string(), Dimensions: z.array(z.array(z.string())) }),
    ]),
  }),
  service: z.string(),
  SweepCompleted: z.literal(1),
});

it('the environment for local runs has every variable of every function', () => {
  const file = z
    .record(z.string(), z.record(z.string(), z.string()))
    .parse(JSON.parse(readFileSync(join(root, 'events', environmentFile), 'utf8')));
  const named = Object.entries(file).map(([id, variables]) => [id, Object.keys(variables).sort()]);
  const wanted = everything.functions.map(({ logicalId, environment }) => [
    logicalId,
    Object.keys(environment).sort(),
  ]);
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(wanted));
});

describe('samples for invoking by hand', () => {
  // SAM's client asks again after a minute: up to five checks, and five mails.
  it('that are named after their function alone tell nobody', () => {
    expect(triggers.get('check-now.json')).toEqual({ notify: false });
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const notifying = readme.split('\n').filter((line) => /^sam .*notify/.test(line));
    expect(notifying.length).toBeGreaterThan(0);
    for (const line of notifying) expect(line).toContain('--parameter InvocationType=Event');
  });

  it('are handed to the AWS CLI as they are', () => {
    const payloads = Object.values(written.Outputs).flatMap(({ Description }) =>
      [...Description.matchAll(/--payload (\S+)/g)].map(([, payload = '']) => payload),
    );
    expect(payloads.length).toBeGreaterThan(1);
    for (const payload of payloads) expect(payload).toMatch(/^fileb:\/\/events\/[\w-]+\.json$/);
  });

  it('are all replayed', () => {
    expect([...triggers.keys()].sort()).toEqual(Object.keys(expected).sort());
  });

  it.each([...triggers])('%s', async (file, event) => {
    const { function: id = '', answer, asked = [], told = 0 } = expected[file] ?? {};
    const outcome = await outcomeOf(async () => JSON.parse((await deployed.stack.invoke(id, event)).payload));
    expect(outcome.failures).toEqual([]);
    expect(outcome.answer).toMatchObject(answer ?? {});
    expect(outcome.asked).toEqual(asked);
    expect(outcome.told).toHaveLength(told);
  });

  it('a sweep that is complete is counted, as the alarm for its absence watches it', async () => {
    const { logs } = await outcomeOf(() =>
      deployed.stack.invoke('SweepFunction', triggers.get('sweep.json')),
    );
    const counted = logs
      .filter((line) => line.includes('SweepCompleted'))
      .map((line) => metrics.parse(JSON.parse(line)));
    expect(counted).toHaveLength(1);
    expect(counted[0]?._aws.CloudWatchMetrics[0]).toMatchObject({
      Namespace: 'RekognitionPermissionCheck',
      Dimensions: [['service', 'stack']],
    });
    expect(counted[0]?.service).toBe('rekognition-permission-check');
  });
});
