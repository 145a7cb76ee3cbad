import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  GetUserCommand,
  IAMClient,
  ListRolesCommand,
  ListUsersCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { DecodeAuthorizationMessageCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LocalService } from '../../src/types.ts';
import { account, accountId, allow, document, roleArn, start, userArn } from '../start.ts';

/** A JSON service that only asks for leave. */
const jsonService: LocalService = {
  signingNames: ['rekognition'],
  protocol: 'json',
  async handle(request) {
    request.authorize(`rekognition:${request.operation}`, '*');
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: '{}' };
  },
};

let local: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  local = await start({
    account: account({
      users: {
        ann: { inline: { read: document(allow('iam:GetUser', { Resource: userArn('ann') })) } },
        bob: {},
      },
      roles: { worker: { inline: { all: document(allow('rekognition:*')) } } },
    }),
    services: [() => jsonService],
  });
});
afterAll(() => local.aws.stop());
afterEach(() => local.aws.world.faults.clear());

const nameOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: Error) => error.name,
  );

const keys = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'wrong' };

describe('authentication', () => {
  it('refuses unknown keys', async () => {
    const config = { region: 'us-east-1', endpoint: local.aws.endpoint, credentials: keys };
    expect(await nameOf(new IAMClient(config).send(new ListUsersCommand({})))).toBe('InvalidClientTokenId');
  });

  it('refuses a wrong secret', async () => {
    const credentials = { ...keys, accessKeyId: local.aws.env.AWS_ACCESS_KEY_ID ?? '' };
    const client = new STSClient({ region: 'us-east-1', endpoint: local.aws.endpoint, credentials });
    expect(await nameOf(client.send(new GetCallerIdentityCommand({})))).toBe('SignatureDoesNotMatch');
  });

  it('refuses a session without its token', async () => {
    const { accessKeyId, secretAccessKey } = local.aws.credentialsFor(roleArn('worker'));
    const credentials = { accessKeyId, secretAccessKey };
    const client = new STSClient({ region: 'us-east-1', endpoint: local.aws.endpoint, credentials });
    expect(await nameOf(client.send(new GetCallerIdentityCommand({})))).toBe('InvalidClientTokenId');
  });

  it('refuses unsigned requests, in the protocol that they speak', async () => {
    const query = await fetch(local.aws.endpoint, {
      method: 'POST',
      body: 'Action=ListUsers&Version=2010-05-08',
    });
    expect(query.status).toBe(403);
    expect(await query.text()).toContain('<Code>MissingAuthenticationToken</Code>');
    const json = await fetch(local.aws.endpoint, {
      method: 'POST',
      headers: {
        'x-amz-target': 'RekognitionService.DetectFaces',
        'content-type': 'application/x-amz-json-1.1',
      },
      body: '{}',
    });
    expect(json.status).toBe(400);
    expect(await json.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  it('knows who calls', async () => {
    const answer = await local.sts.send(new GetCallerIdentityCommand({}));
    expect(answer).toMatchObject({ Account: accountId, Arn: `arn:aws:iam::${accountId}:root` });
    const worker = local.clients(local.aws.envFor({ principalArn: roleArn('worker'), sessionName: 'w-1' }));
    expect((await worker.sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:sts::${accountId}:assumed-role/worker/w-1`,
    );
  });
});

describe('authorization', () => {
  it("allows what the caller's policies allow, and nothing else", async () => {
    const ann = local.clients(local.aws.envFor(userArn('ann')));
    expect((await ann.iam.send(new GetUserCommand({}))).User?.UserName).toBe('ann');
    await expect(ann.iam.send(new GetUserCommand({ UserName: 'bob' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${userArn('ann')} is not authorized to perform: iam:GetUser on resource: ${userArn('bob')} because no identity-based policy allows the iam:GetUser action`,
    });
    await expect(ann.sns.send(new ListTopicsCommand({}))).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
    });
  });

  it('gives a caller exactly the policies it is made with', async () => {
    const policies = [
      JSON.stringify(document(allow('iam:SimulatePrincipalPolicy', { Resource: roleArn('worker') }))),
    ];
    const { iam } = local.clients(local.aws.envFor({ policies, name: 'checker' }));
    const simulate = (name: string) =>
      iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: name,
          ActionNames: ['rekognition:DetectFaces'],
        }),
      );
    expect((await simulate(roleArn('worker'))).EvaluationResults?.[0]?.EvalDecision).toBe('allowed');
    await expect(simulate(userArn('ann'))).rejects.toThrow(
      `arn:aws:sts::${accountId}:assumed-role/checker/checker is not authorized to perform: iam:SimulatePrincipalPolicy on resource: ${userArn('ann')}`,
    );
  });

  it('logs each call with its caller and outcome', async () => {
    const before = local.aws.calls().length;
    const ann = local.clients(local.aws.envFor(userArn('ann')));
    await nameOf(ann.iam.send(new ListUsersCommand({})));
    expect(local.aws.calls().slice(before)).toMatchObject([
      {
        service: 'iam',
        operation: 'ListUsers',
        caller: userArn('ann'),
        allowed: false,
        errorCode: 'AccessDenied',
      },
    ]);
  });
});

describe('faults', () => {
  const users = () => nameOf(local.iam.send(new ListUsersCommand({})));

  it('throttles the next calls', async () => {
    local.aws.world.faults.add({ operation: 'iam:ListUsers', kind: 'throttle', next: 2 });
    expect([await users(), await users(), await users()]).toEqual(['Throttling', 'Throttling', 'answered']);
  });

  it('fails every other call', async () => {
    local.aws.world.faults.add({ operation: 'iam:*', kind: 'error', every: 2 });
    expect([await users(), await users(), await users(), await users()]).toEqual([
      'answered',
      'ServiceFailureException',
      'answered',
      'ServiceFailureException',
    ]);
  });

  it('closes the connection', async () => {
    local.aws.world.faults.add({ operation: 'iam:ListUsers', kind: 'disconnect', next: 1 });
    expect(await users()).not.toBe('answered');
  });

  it('answers late', async () => {
    local.aws.world.faults.add({ operation: 'iam:ListUsers', kind: 'latency', milliseconds: 300 });
    const order: string[] = [];
    await Promise.all([
      users().then((outcome) => order.push(`users ${outcome}`)),
      local.iam.send(new ListRolesCommand({})).then(() => order.push('roles')),
    ]);
    expect(order).toEqual(['roles', 'users answered']);
  });

  it('is retried by the SDK as AWS is', async () => {
    local.aws.world.faults.add({ operation: 'iam:ListUsers', kind: 'throttle', next: 1 });
    const credentials = {
      accessKeyId: local.aws.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: local.aws.env.AWS_SECRET_ACCESS_KEY ?? '',
    };
    const client = new IAMClient({
      region: 'us-east-1',
      endpoint: local.aws.endpoint,
      credentials,
      maxAttempts: 3,
    });
    expect((await client.send(new ListUsersCommand({}))).$metadata.attempts).toBe(2);
  });
});

it('says what it does not have', async () => {
  expect(await nameOf(local.sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' })))).toBe(
    'InvalidAction',
  );
});

const run = promisify(execFile);
const cli = await run('aws', ['--version']).then(
  () => true,
  () => false,
);

// The AWS CLI is not a dependency of the project: where it is not installed, this is skipped.
describe.skipIf(!cli)('the AWS CLI', () => {
  const aws = async (...args: string[]) => {
    const { stdout } = await run('aws', [...args, '--output', 'json'], {
      env: { ...process.env, ...local.aws.env },
    });
    return JSON.parse(stdout);
  };

  it('accepts it as AWS', async () => {
    const [identity, simulation, details] = await Promise.all([
      aws('sts', 'get-caller-identity'),
      aws(
        'iam',
        'simulate-principal-policy',
        '--policy-source-arn',
        roleArn('worker'),
        '--action-names',
        'rekognition:DetectFaces',
        'iam:ListUsers',
      ),
      aws('iam', 'get-account-authorization-details'),
    ]);
    expect(identity.Account).toBe(accountId);
    expect(
      simulation.EvaluationResults.map((result: { EvalDecision: string }) => result.EvalDecision),
    ).toEqual(['allowed', 'implicitDeny']);
    expect(details.RoleDetailList[0].RolePolicyList[0].PolicyDocument.Statement[0].Action).toBe(
      'rekognition:*',
    );
  });
});
