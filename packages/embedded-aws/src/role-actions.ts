import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { authorizeCall, requestContext } from './authorization/authorize.ts';
import { decideForService } from './authorization/resource-policy.ts';
import type { LocalAws } from './aws.ts';
import type { Queues } from './sqs/queues.ts';
import { AwsError, type Caller } from './types.ts';
import type { World } from './world.ts';

/** Throws an AccessDenied AwsError unless the role allows the action on the resource. */
export type AuthorizeRole = (roleArn: string, action: string, resource: string) => void;

/** Authorizes what AWS does in the name of a function's or a schedule's role. */
export function roleAuthorizer(world: World): AuthorizeRole {
  const callers = new Map<string, Caller>();
  return (roleArn, action, resource) => {
    const caller = callers.get(roleArn) ?? world.caller(world.issueFor(roleArn));
    if (caller === undefined) throw new AwsError('AccessDenied', `there is no role ${roleArn}`, 403);
    callers.set(roleArn, caller);
    const facts = { region: world.region, userAgent: 'lambda.amazonaws.com' };
    authorizeCall(world, caller, action, resource, requestContext(world, caller, facts));
  };
}

/**
 * Makes sure that a role trusts a service that acts for something of the account: for a rule, say.
 * @throws AwsError AccessDenied.
 */
export function assertServiceAssumes(
  world: World,
  service: string,
  roleArn: string,
  sourceArn: string,
): void {
  const role = [...world.latest().roles.values()].find(({ arn }) => arn === roleArn);
  const context = { 'aws:SourceAccount': world.accountId, 'aws:SourceArn': sourceArn };
  const request = { action: 'sts:AssumeRole', resource: roleArn, context };
  if (role !== undefined && decideForService(role.trust, service, request) === 'allowed') return;
  throw new AwsError('AccessDenied', `${service} cannot assume ${roleArn}`, 403);
}

/** Sends to a queue or publishes to a topic as a role: where records of asynchronous invocations go. */
export function sendAsRole(queues: Queues, authorize: AuthorizeRole, aws: () => LocalAws) {
  return async (principalArn: string, arn: string, body: string): Promise<void> => {
    if (arn.split(':')[2] === 'sqs') {
      authorize(principalArn, 'sqs:SendMessage', arn);
      queues.get(arn).send({ body, senderId: principalArn });
      return;
    }
    const { endpoint, world, credentialsFor } = aws();
    const credentials = credentialsFor({ principalArn });
    const sns = new SNSClient({ endpoint, region: world.region, credentials });
    try {
      await sns.send(new PublishCommand({ TopicArn: arn, Message: body }));
    } finally {
      sns.destroy();
    }
  };
}
