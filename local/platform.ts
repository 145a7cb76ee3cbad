import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { Activity } from '#local/activity.ts';
import { authorizeCall, requestContext } from '#local/authorize.ts';
import { CloudTrail } from '#local/cloudtrail.ts';
import { DynamoDb } from '#local/dynamodb.ts';
import { EventBus } from '#local/events/bus.ts';
import { EventsService } from '#local/events/service.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '#local/index.ts';
import { AsynchronousInvoker } from '#local/lambda/asynchronous.ts';
import { Lambda, lambdaNode } from '#local/lambda/lambda.ts';
import { LambdaService } from '#local/lambda/service.ts';
import { Scheduler } from '#local/scheduler.ts';
import { Queues } from '#local/sqs/queues.ts';
import { SqsService } from '#local/sqs/service.ts';
import { Timers } from '#local/timers.ts';
import { AwsError, type Caller } from '#local/types.ts';
import type { World } from '#local/world.ts';

export interface ServerlessOptions extends LocalAwsOptions {
  /**
   * Factor on everything that AWS makes people wait for: queue delays, batching windows, event delivery, retries,
   * the time between a schedule's runs. Visibility timeouts and function timeouts are as in AWS. Default 1.
   */
  readonly pace?: number;
  /** How many processes a function may have at once on this machine. Default 4. */
  readonly maxProcesses?: number;
  /** The Node.js that runs functions. Default: the development dependency `node`, else this one. */
  readonly nodePath?: string;
}

/** An embedded AWS on which a serverless application runs. */
export interface ServerlessAws extends LocalAws {
  readonly platform: Platform;
}

/** What a deployed stack is made of. */
export interface Platform {
  readonly pace: number;
  readonly timers: Timers;
  readonly activity: Activity;
  readonly queues: Queues;
  readonly bus: EventBus;
  readonly dynamoDb: DynamoDb;
  readonly cloudTrail: CloudTrail;
  readonly lambda: Lambda;
  readonly asynchronous: AsynchronousInvoker;
  readonly scheduler: Scheduler;
  /** What AWS would only show in a metric: deliveries refused, events dropped. Oldest first. */
  readonly problems: string[];
  /** Which services may invoke a function, and for what: `AWS::Lambda::Permission`. */
  allowInvoke(functionName: string, principal: string, sourceArn: string | undefined): void;
  /** Throws an AccessDenied AwsError unless the role allows the action. */
  authorizeRole(roleArn: string, action: string, resource: string): void;
}

/**
 * Starts the embedded AWS with SQS, DynamoDB, EventBridge, CloudTrail's events, EventBridge Scheduler and Lambda. Nothing is deployed
 * yet: see `deployLocal`.
 */
export async function startServerlessAws(options: ServerlessOptions): Promise<ServerlessAws> {
  const pace = options.pace ?? 1;
  const timers = new Timers();
  const activity = new Activity();
  const problems: string[] = [];
  const problem = (message: string): void => void problems.push(message);
  let started: LocalAws | undefined;
  let platform: Omit<Platform, 'dynamoDb'> | undefined;
  let dynamoDb: DynamoDb | undefined;
  const aws = (): LocalAws => {
    if (started === undefined) throw new Error('the embedded AWS has not started yet');
    return started;
  };

  const build = (world: World) => {
    const queues = new Queues(world, timers, pace);
    const lambda = new Lambda(
      {
        nodePath: options.nodePath ?? lambdaNode(),
        awsEnvironment: (principalArn, sessionName) =>
          aws().envFor({ principalArn, sessionName: sessionName.slice(0, 64) }),
      },
      activity,
      options.maxProcesses,
    );
    const authorizeRole = roleAuthorizer(world);
    const destination = async (roleArn: string, arn: string, body: string): Promise<void> => {
      if (arn.split(':')[2] === 'sqs') {
        authorizeRole(roleArn, 'sqs:SendMessage', arn);
        queues.get(arn).send({ body, senderId: roleArn });
      } else await publish(aws(), roleArn, arn, body);
    };
    const asynchronous = new AsynchronousInvoker({
      lambda,
      timers,
      activity,
      pace,
      destination,
      clock: world.clock,
      problem,
    });
    const permissions: { functionName: string; principal: string; sourceArn: string | undefined }[] = [];
    const invokeForRule = (functionArn: string, ruleArn: string, body: string): void => {
      const { name } = lambda.spec(functionArn);
      const allowed = permissions.some(
        (one) =>
          one.functionName === name &&
          one.principal === 'events.amazonaws.com' &&
          (one.sourceArn === undefined || one.sourceArn === ruleArn),
      );
      if (!allowed)
        throw new AwsError(
          'AccessDeniedException',
          `${name} does not let events.amazonaws.com invoke it for ${ruleArn}`,
          403,
        );
      asynchronous.invoke(name, body, ruleArn);
    };
    const bus = new EventBus({
      world,
      activity,
      problem,
      targets: {
        sqs: {
          deliver: (arn, ruleArn, body) => queues.sendAsService('events.amazonaws.com', arn, ruleArn, body),
        },
        lambda: { deliver: invokeForRule },
      },
    });
    const scheduler = new Scheduler({
      world,
      timers,
      pace,
      invoke: (roleArn, functionArn, input, source) => {
        authorizeRole(roleArn, 'lambda:InvokeFunction', functionArn);
        asynchronous.invoke(lambda.spec(functionArn).name, input, source);
      },
    });
    platform = {
      pace,
      timers,
      activity,
      queues,
      bus,
      cloudTrail: new CloudTrail(world, bus, timers, pace),
      lambda,
      asynchronous,
      scheduler,
      problems,
      allowInvoke: (functionName, principal, sourceArn) =>
        permissions.push({ functionName, principal, sourceArn }),
      authorizeRole,
    };
    return platform;
  };
  const built = (world: World) => platform ?? build(world);

  started = await startLocalAws({
    ...options,
    services: [
      ...(options.services ?? []),
      (world) => new SqsService(world, built(world).queues, timers),
      (world) => new EventsService(built(world).bus),
      async (world) => {
        dynamoDb = await DynamoDb.start(world);
        return dynamoDb;
      },
      (world) => new LambdaService(built(world).lambda, built(world).asynchronous),
    ],
  });
  const running = started;
  if (dynamoDb === undefined) throw new Error('DynamoDB has not started');
  return {
    ...running,
    platform: { ...built(running.world), dynamoDb },
    async stop() {
      platform?.scheduler.stop();
      platform?.cloudTrail.stop();
      timers.stop();
      await running.stop();
    },
  };
}

/** Authorizes what AWS does in the name of a function's or a schedule's role. */
function roleAuthorizer(world: World): Platform['authorizeRole'] {
  const callers = new Map<string, Caller>();
  return (roleArn, action, resource) => {
    const caller = callers.get(roleArn) ?? world.caller(world.issueFor(roleArn));
    if (caller === undefined) throw new AwsError('AccessDenied', `there is no role ${roleArn}`, 403);
    callers.set(roleArn, caller);
    authorizeCall(
      caller,
      action,
      resource,
      requestContext(world, caller, { region: world.region, userAgent: 'lambda.amazonaws.com' }),
    );
  };
}

async function publish(
  aws: LocalAws,
  principalArn: string,
  TopicArn: string,
  Message: string,
): Promise<void> {
  const sns = new SNSClient({
    endpoint: aws.endpoint,
    region: aws.world.region,
    credentials: aws.credentialsFor({ principalArn }),
  });
  try {
    await sns.send(new PublishCommand({ TopicArn, Message }));
  } finally {
    sns.destroy();
  }
}
