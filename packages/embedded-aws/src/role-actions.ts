import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { authorizeCall, requestContext } from './authorization/authorize.ts';
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
