import { Activity } from './activity.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from './aws.ts';
import { CloudTrailService } from './cloudtrail/service.ts';
import { CloudTrail } from './cloudtrail/trail.ts';
import { DynamoDb } from './dynamodb/service.ts';
import type { BusSettings, EventBus } from './events/bus.ts';
import { EventBuses } from './events/buses.ts';
import { EventsService } from './events/service.ts';
import { AsynchronousInvoker } from './lambda/asynchronous.ts';
import { InvokePermissions } from './lambda/invoke-permissions.ts';
import { Lambda, lambdaNode } from './lambda/lambda.ts';
import type { QueuePoller } from './lambda/queue-poller.ts';
import { LambdaService } from './lambda/service.ts';
import { type AuthorizeRole, assertServiceAssumes, roleAuthorizer, sendAsRole } from './role-actions.ts';
import { Buckets } from './s3/buckets.ts';
import { bucketEvents } from './s3/notifications.ts';
import { S3Service } from './s3/service.ts';
import { Scheduler } from './scheduler/service.ts';
import { SecurityHub } from './securityhub/service.ts';
import { Queues } from './sqs/queues.ts';
import { SqsService } from './sqs/service.ts';
import { Timers } from './timers.ts';
import type { World } from './world.ts';

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
  readonly buckets: Buckets;
  /** Of the account's own Region. */
  readonly bus: EventBus;
  readonly eventBuses: EventBuses;
  readonly dynamoDb: DynamoDb;
  readonly cloudTrail: CloudTrail;
  readonly lambda: Lambda;
  readonly asynchronous: AsynchronousInvoker;
  readonly scheduler: Scheduler;
  /** What AWS would only show in a metric: deliveries refused, events dropped. Oldest first. */
  readonly problems: string[];
  readonly invokePermissions: InvokePermissions;
  /** The event source mappings of every stack. */
  readonly pollers: QueuePoller[];
  readonly authorizeRole: AuthorizeRole;
}

/**
 * Starts the embedded AWS with SQS, S3, DynamoDB, EventBridge, CloudTrail's events, EventBridge Scheduler, Lambda and
 * Security Hub.
 * Nothing is deployed yet: see `deployLocal`.
 */
export async function startServerlessAws(options: ServerlessOptions): Promise<ServerlessAws> {
  let started: LocalAws | undefined;
  let platform: Platform | undefined;
  const timers = new Timers();
  const aws = (): LocalAws => {
    if (started === undefined) throw new Error('the embedded AWS has not started yet');
    return started;
  };
  // The first of the services makes what all of them share.
  const parts = (): Platform => {
    if (platform === undefined) throw new Error('the embedded AWS has not started yet');
    return platform;
  };
  started = await startLocalAws({
    // Time that is skipped has passed for everybody.
    clock: () => new Date(timers.now()),
    ...options,
    services: [
      ...(options.services ?? []),
      async (world) => {
        platform = await buildPlatform(world, timers, options, aws);
        return platform.dynamoDb;
      },
      (world) => new SqsService(world, parts().queues, parts().timers),
      (world) =>
        new S3Service(
          world,
          parts().buckets,
          bucketEvents((entry) => parts().bus.put(entry)),
        ),
      (world) => new CloudTrailService(world, parts().cloudTrail),
      () => new EventsService(parts().eventBuses),
      (world) => new SecurityHub(world),
      () => new LambdaService(parts().lambda, parts().asynchronous),
    ],
  });
  const running = started;
  running.world.faults.crash = (name) => parts().lambda.crash(name);
  return {
    ...running,
    platform: parts(),
    async stop() {
      const { pollers, scheduler, cloudTrail, timers } = parts();
      for (const poller of pollers) poller.stop();
      scheduler.stop();
      cloudTrail.stop();
      timers.stop();
      await running.stop();
    },
  };
}

/** `aws` answers once the server listens: functions and topics are reached through it. */
async function buildPlatform(
  world: World,
  timers: Timers,
  options: ServerlessOptions,
  aws: () => LocalAws,
): Promise<Platform> {
  const pace = options.pace ?? 1;
  const activity = new Activity();
  const problems: string[] = [];
  const problem = (message: string): void => void problems.push(message);
  const queues = new Queues(world, timers, pace);
  const authorizeRole = roleAuthorizer(world);
  const processSettings = {
    nodePath: options.nodePath ?? lambdaNode(),
    clock: world.clock,
    awsEnvironment: (principalArn: string, functionName: string) =>
      aws().envFor({ principalArn, sessionName: functionName.slice(0, 64) }),
  };
  const lambda = new Lambda(processSettings, activity, options.maxProcesses);
  const destination = sendAsRole(queues, authorizeRole, aws);
  const clock = world.clock;
  const invoked = { lambda, timers, activity, pace, destination, clock, problem };
  const asynchronous = new AsynchronousInvoker(invoked);
  const invokePermissions = new InvokePermissions();
  const eventBuses = new EventBuses({
    world,
    activity,
    problem,
    targets: eventTargets({ queues, lambda, asynchronous, invokePermissions }),
    authorize: (roleArn, ruleArn, busArn) => {
      assertServiceAssumes(world, 'events.amazonaws.com', roleArn, ruleArn);
      authorizeRole(roleArn, 'events:PutEvents', busArn);
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
  return {
    pace,
    timers,
    activity,
    queues,
    buckets: new Buckets(world),
    bus: eventBuses.in(world.region),
    eventBuses,
    dynamoDb: await DynamoDb.start(world),
    cloudTrail: new CloudTrail(world, eventBuses, timers, pace),
    lambda,
    asynchronous,
    scheduler,
    problems,
    invokePermissions,
    pollers: [],
    authorizeRole,
  };
}

/** How the event bus reaches the targets of its rules. */
function eventTargets({
  queues,
  lambda,
  asynchronous,
  invokePermissions,
}: Pick<Platform, 'queues' | 'lambda' | 'asynchronous' | 'invokePermissions'>): BusSettings['targets'] {
  const events = 'events.amazonaws.com';
  return {
    sqs: { deliver: (arn, ruleArn, body) => queues.sendAsService(events, arn, ruleArn, body) },
    lambda: {
      deliver: (arn, ruleArn, body) => {
        const { name } = lambda.spec(arn);
        invokePermissions.check(name, events, ruleArn);
        asynchronous.invoke(name, body, ruleArn);
      },
    },
  };
}
