import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  type ResolvedFunction,
  type ResolvedRole,
  type ResolvedTemplate,
  resolveTemplate,
} from '@permission-check/cloudformation';
import { defaultText } from './account/state.ts';
import { decideForService } from './authorization/resource-policy.ts';
import type { EventEntry } from './events/bus.ts';
import { managedLambdaPolicies } from './lambda/execution-policies.ts';
import { QueuePoller } from './lambda/queue-poller.ts';
import type { InvocationRecord, InvocationResult } from './lambda/types.ts';
import type { ServerlessAws } from './platform.ts';
import type { Queue } from './sqs/queue.ts';

export interface DeployOptions {
  /** The text of template.yaml. */
  readonly template: string;
  readonly aws: ServerlessAws;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly stackName?: string;
  /** Where it is deployed. Default: the account's own Region, in which alone there are functions and queues. */
  readonly region?: string;
  /** Where CodeUri starts: the template's directory. Default: the current one. */
  readonly directory?: string;
  /** Whether EventBridge is told that the stack is complete, as CloudFormation does. Default no. */
  readonly stackEvents?: boolean;
  /** Lets `rate(…)` schedules run by themselves; otherwise only `tick` runs them. */
  readonly schedules?: 'by hand' | 'by themselves';
}

/** A stack on the embedded AWS. Resources are named by their logical ids. */
export interface LocalStack {
  readonly template: ResolvedTemplate;
  /** Invokes a function and waits for its answer; `event` is anything that JSON can say. */
  invoke(functionId: string, event: unknown): Promise<InvocationResult>;
  /** Runs a schedule now. */
  tick(scheduleId: string): void;
  queue(queueId: string): Queue;
  /** Invocations that have ended, oldest first; of one function where it is named. */
  invocations(functionId?: string): readonly InvocationRecord[];
  /** What AWS would only show in a metric, oldest first. */
  problems(): readonly string[];
  /**
   * Waits until nothing is under way and nothing waits any more: no invocation, no event on its way, no message that
   * a function would still get. What only waits for time to pass (delays, batching windows, visibility timeouts,
   * retries) is not waited for: the time is skipped.
   *
   * @throws Error when that takes more than twelve hours of skipped time, because a message comes back for ever.
   */
  settle(): Promise<void>;
  /** Stops polling queues. The embedded AWS goes on; `aws.stop()` ends everything. */
  stop(): void;
}

/** What still waits after so much skipped time never settles. */
const maxSkippedMs = 12 * 3_600_000;

/**
 * Deploys a SAM template on the embedded AWS, as CloudFormation would: roles, keys' topics, queues, buckets, tables, functions,
 * event source mappings, rules and schedules. Functions run with the permissions of their roles.
 *
 * @throws TemplateError for a template that cannot be resolved, Error or AwsError for one that cannot be deployed: a
 * bundle that was not built, a role that Lambda cannot assume or that may not read its queue.
 */
export async function deployLocal(options: DeployOptions): Promise<LocalStack> {
  const { aws } = options;
  const { platform, world } = aws;
  const { region = world.region } = options;
  const template = resolveTemplate(options.template, {
    accountId: world.accountId,
    region,
    partition: world.partition,
    stackName: options.stackName ?? 'local',
    queueOrigin: aws.endpoint,
    ...(options.parameters !== undefined && { parameters: options.parameters }),
  });
  for (const role of template.roles) addRole(aws, role);
  await addTopics(aws, template);
  addQueues(aws, template);
  addBuckets(aws, template);
  for (const table of template.tables) await platform.dynamoDb.createTable(table.createTable);
  for (const one of template.functions) addFunction(aws, template, one, options.directory ?? process.cwd());
  for (const permission of template.permissions) platform.invokePermissions.add(permission);
  for (const schedule of template.schedules) {
    assertAssumable(template, schedule.roleArn, 'scheduler.amazonaws.com');
    platform.scheduler.add(schedule);
  }
  for (const rule of template.rules) platform.eventBuses.in(region).putRule(rule);
  const pollers = addPollers(aws, template);
  platform.pollers.push(...pollers);
  const problem = (message: string): void => void platform.problems.push(message);
  if (options.stackEvents) platform.bus.put(completionOf(aws, options.stackName ?? 'local'));
  if (options.schedules === 'by themselves') platform.scheduler.start((error) => problem(String(error)));

  const nameOf = (functionId: string): string =>
    template.functions.find((one) => one.logicalId === functionId)?.name ?? functionId;
  return {
    template,
    invoke: (functionId, event) =>
      platform.lambda.invoke(nameOf(functionId), JSON.stringify(event), 'lambda:Invoke'),
    tick: (scheduleId) => platform.scheduler.tick(scheduleId),
    queue: (queueId) => {
      const queue = template.queues.find((one) => one.logicalId === queueId);
      return platform.queues.get(queue?.arn ?? queueId);
    },
    invocations: (functionId) => {
      const all = platform.lambda.records();
      return functionId === undefined ? all : all.filter((one) => one.functionName === nameOf(functionId));
    },
    problems: () => platform.problems,
    settle: () => settle(aws),
    stop: () => {
      for (const poller of pollers) poller.stop();
    },
  };
}

/** Source: CloudFormation User Guide, "Event detail for stack status changes". */
function completionOf({ world }: ServerlessAws, stackName: string): EventEntry {
  const { partition, region, accountId } = world;
  const stackId = `arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/local`;
  return {
    source: 'aws.cloudformation',
    detailType: 'CloudFormation Stack Status Change',
    resources: [stackId],
    detail: {
      'stack-id': stackId,
      'status-details': { status: 'CREATE_COMPLETE', 'status-reason': '' },
      'client-request-token': '',
    },
  };
}

async function settle({ platform: { activity, timers } }: ServerlessAws): Promise<void> {
  const start = timers.now();
  while (timers.now() - start < maxSkippedMs) {
    await activity.whenIdle();
    // What has just ended may have started something.
    await setImmediate();
    if (!activity.idle) continue;
    if (!timers.pending) return;
    timers.skip();
  }
  throw new Error(
    'the stack does not settle: something still waits after twelve hours (a message without a dead-letter queue?)',
  );
}

/** Managed policies become inline ones: the account's own list of policies stays as it is. */
function addRole({ world }: ServerlessAws, role: ResolvedRole): void {
  if (role.boundaryArn !== undefined) {
    throw new Error(`${role.logicalId}: a role with a permissions boundary cannot be deployed here`);
  }
  const managed = role.managedPolicyArns.map((arn) => {
    const known = world.latest().policies.get(arn);
    const text =
      known === undefined ? managedLambdaPolicies[arn.replace(/^arn:[^:]+:/, '')] : defaultText(known);
    if (text === undefined) throw new Error(`${role.logicalId}: the document of ${arn} is not known here`);
    return [arn.slice(arn.lastIndexOf('/') + 1), text] as const;
  });
  const policies = { ...Object.fromEntries(managed), ...role.policies };
  world.addRole({ name: role.name, path: role.path, trust: role.trust, policies });
}

async function addTopics(aws: ServerlessAws, template: ResolvedTemplate): Promise<void> {
  const sns = new SNSClient({
    endpoint: aws.endpoint,
    region: aws.world.region,
    credentials: aws.world.issue({ kind: 'root' }),
  });
  try {
    for (const topic of template.topics) {
      const { KmsMasterKeyId: key, Policy: policy } = topic.attributes;
      aws.addTopic(topic.name, key === undefined ? undefined : (keyArn(template, key) ?? key), policy);
      for (const { protocol, endpoint, attributes } of topic.subscriptions) {
        const subscription = { TopicArn: topic.arn, Protocol: protocol, Endpoint: endpoint };
        await sns.send(new SubscribeCommand({ ...subscription, Attributes: attributes }));
      }
    }
  } finally {
    sns.destroy();
  }
}

function addBuckets({ platform }: ServerlessAws, template: ResolvedTemplate): void {
  for (const { logicalId: _, name, arn: __, ...settings } of template.buckets) {
    const { algorithm, keyId } = settings.encryption;
    const key = keyId === undefined ? undefined : (keyArn(template, keyId) ?? keyId);
    platform.buckets.create(name, {
      ...settings,
      encryption: { algorithm, ...(key !== undefined && { keyId: key }) },
    });
  }
}

/** The ARN of a key of the template that a reference names by its id. */
function keyArn(template: ResolvedTemplate, keyId: string): string | undefined {
  const keys = [...template.resources.values()].filter((one) => one.type === 'AWS::KMS::Key');
  return keys.find((one) => one.ref === keyId)?.attributes.Arn;
}

/** A dead-letter queue must be there before the queue that names it. */
function addQueues({ platform }: ServerlessAws, template: ResolvedTemplate): void {
  for (const queue of template.queues) {
    if (queue.attributes.KmsMasterKeyId !== undefined) {
      throw new Error(
        `${queue.logicalId}: a queue with a key of its own cannot be deployed here; use SqsManagedSseEnabled`,
      );
    }
    const { RedrivePolicy: _, RedriveAllowPolicy: __, ...attributes } = queue.attributes;
    platform.queues.create(queue.name, attributes);
  }
  for (const queue of template.queues) {
    const { RedrivePolicy, RedriveAllowPolicy } = queue.attributes;
    platform.queues.setAttributes(platform.queues.get(queue.arn), {
      ...(RedrivePolicy !== undefined && { RedrivePolicy }),
      ...(RedriveAllowPolicy !== undefined && { RedriveAllowPolicy }),
    });
  }
}

function addFunction(
  aws: ServerlessAws,
  template: ResolvedTemplate,
  one: ResolvedFunction,
  directory: string,
): void {
  assertAssumable(template, one.roleArn, 'lambda.amazonaws.com');
  aws.platform.lambda.add({ ...one, taskRoot: resolve(directory, one.codeUri) });
  aws.platform.asynchronous.configure(one.name, one.asynchronous);
}

function assertAssumable(template: ResolvedTemplate, roleArn: string, service: string): void {
  const role = template.roles.find((candidate) => candidate.arn === roleArn);
  const request = { action: 'sts:AssumeRole', resource: roleArn, context: {} };
  if (role === undefined) throw new Error(`${roleArn} is not a role of this template`);
  if (decideForService(role.trust, service, request) !== 'allowed') {
    throw new Error(`the role ${role.logicalId} cannot be assumed by ${service}`);
  }
}

function addPollers({ platform, world }: ServerlessAws, template: ResolvedTemplate): QueuePoller[] {
  const { queues, lambda, timers, activity, pace, problems, authorizeRole } = platform;
  return template.eventSources
    .filter((source) => source.enabled)
    .map((source) => {
      const { roleArn, timeoutSeconds } = lambda.spec(source.functionName);
      const queue = queues.get(source.queueArn);
      if (Number(queue.attributes.VisibilityTimeout) < timeoutSeconds) {
        throw new Error(
          `${source.logicalId}: the queue's visibility timeout (${queue.attributes.VisibilityTimeout} s) is shorter than the function's timeout (${timeoutSeconds} s)`,
        );
      }
      return new QueuePoller({
        source,
        queue,
        lambda,
        timers,
        activity,
        pace,
        region: world.region,
        authorize: (action) => authorizeRole(roleArn, action, source.queueArn),
        problem: (message) => void problems.push(message),
      });
    });
}
