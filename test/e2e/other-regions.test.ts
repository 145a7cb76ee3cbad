import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { AttachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateProjectCommand,
  PutProjectPolicyCommand,
  RekognitionClient,
} from '@aws-sdk/client-rekognition';
import { resolveTemplate } from '@permission-check/cloudformation';
import { deployLocal } from '@permission-check/embedded-aws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DeployedStack, deployStack, projectRoot, sample } from '#cli/demo/stack.ts';

const region = 'eu-west-1';
const analyst = 'arn:aws:iam::123456789012:role/analyst';

let deployed: DeployedStack;
let iam: IAMClient;
let cognito: CognitoIdentityClient;
let rekognition: RekognitionClient;
beforeEach(async () => {
  deployed = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    parameters: { ResourceRegions: region },
  });
  const { endpoint, credentialsFor } = deployed.aws;
  const admin = { endpoint, credentials: credentialsFor('arn:aws:iam::123456789012:role/break-glass') };
  iam = new IAMClient({ ...admin, region: 'us-east-1' });
  cognito = new CognitoIdentityClient({ ...admin, region });
  rekognition = new RekognitionClient({ ...admin, region });
  deployed.stack.tick('SweepFunctionDaily');
  await deployed.stack.settle();
});
afterEach(async () => {
  iam.destroy();
  cognito.destroy();
  rekognition.destroy();
  await deployed.stop();
});

/** The rule for a further Region, as it is shipped. */
const forward = () =>
  deployLocal({
    template: readFileSync(join(projectRoot, 'forward-regional-events.yaml'), 'utf8'),
    aws: deployed.aws,
    stackName: 'forward',
    region,
  });

/** A change of IAM of which no event comes, so that only the event of the other Region leads to a look. */
async function attachUnseen(): Promise<void> {
  const { switches } = deployed.aws.platform.cloudTrail;
  switches.logging = false;
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess';
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'analyst', PolicyArn }));
  switches.logging = true;
}

async function setPoolRoles(byRules = false): Promise<void> {
  const { IdentityPoolId } = await cognito.send(
    new CreateIdentityPoolCommand({ IdentityPoolName: 'guests', AllowUnauthenticatedIdentities: true }),
  );
  const rule = { Claim: 'team', MatchType: 'Equals', Value: 'vision', RoleARN: analyst } as const;
  const Type = 'Rules' as const;
  const mapped = { 'example.com': { Type, RulesConfiguration: { Rules: [rule] } } };
  const roles = byRules ? { Roles: {}, RoleMappings: mapped } : { Roles: { unauthenticated: analyst } };
  await cognito.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, ...roles }));
}

async function putProjectPolicy(): Promise<void> {
  const { ProjectArn } = await rekognition.send(new CreateProjectCommand({ ProjectName: 'shelves' }));
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '210987654321' },
        Action: 'rekognition:CopyProjectVersion',
        Resource: '*',
      },
    ],
  });
  await rekognition.send(new PutProjectPolicyCommand({ ProjectArn, PolicyName: 'copy', PolicyDocument }));
}

/** What has been told since. */
async function news(act: () => Promise<void>) {
  const { aws, stack } = deployed;
  const before = aws.messages().length;
  await act();
  await stack.settle();
  return aws
    .messages()
    .slice(before)
    .map(({ subject = '', byProtocol }) => `${subject}\n${byProtocol.email}`.replaceAll(/\s+/g, ' '));
}

it.each([
  ['for guests', false],
  ['by rules', true],
])(
  'the roles of an identity pool %s: whom they name is looked at, and told with who set them',
  async (_, byRules) => {
    await forward();
    await attachUnseen();
    const [told, ...others] = await news(() => setPoolRoles(byRules));
    expect(others).toEqual([]);
    expect(told).toMatch(
      /role\/analyst can now .* set the roles of identity pool eu-west-1:\S+ by break-glass/,
    );
    expect(deployed.stack.problems()).toEqual([]);
  },
  60_000,
);

it('a project policy: who of elsewhere can copy the models is told, with who wrote it', async () => {
  await forward();
  const [told, ...others] = await news(putProjectPolicy);
  expect(others).toEqual([]);
  expect(told).toMatch(/^\[CRITICAL\] Rekognition: project\/shelves can now be used by account 210987654321/);
  expect(told).toMatch(/wrote a project policy of project\/shelves\S* by break-glass/);
  expect(deployed.stack.problems()).toEqual([]);
}, 180_000);

it('forwards what the stack has a rule for in its own Region', () => {
  const place = { accountId: '123456789012', partition: 'aws', queueOrigin: 'http://localhost' };
  const resolve = (file: string, where: string) =>
    resolveTemplate(readFileSync(join(projectRoot, file), 'utf8'), {
      ...place,
      region: where,
      stackName: 'one',
    }).rules;
  const [forwarding] = resolve('forward-regional-events.yaml', region);
  const own = resolve('template.yaml', 'us-east-1').find((one) => one.logicalId === 'RegionalChangeRule');
  expect(forwarding?.eventPattern).toEqual(own?.eventPattern);
});

it('forwards with a role that has the boundary and the path that were asked for', () => {
  const parameters = {
    PermissionsBoundary: 'arn:aws:iam::123456789012:policy/limit',
    RolePath: '/security/',
  };
  const place = { accountId: '123456789012', partition: 'aws', queueOrigin: 'http://localhost' };
  const rolesWith = (given: Record<string, string>) =>
    resolveTemplate(readFileSync(join(projectRoot, 'forward-regional-events.yaml'), 'utf8'), {
      ...place,
      region,
      stackName: 'one',
      parameters: given,
    }).roles;
  expect(rolesWith(parameters)).toMatchObject([
    { boundaryArn: parameters.PermissionsBoundary, arn: expect.stringContaining(':role/security/') },
  ]);
  expect(rolesWith({})[0]).not.toHaveProperty('boundaryArn');
});

it('what no rule forwards is found by the sweep', async () => {
  await attachUnseen();
  expect(await news(() => setPoolRoles())).toEqual([]);
  const found = await news(async () => deployed.stack.tick('SweepFunctionDaily'));
  expect(found).toEqual([expect.stringMatching(/role\/analyst can now/)]);
  expect(await news(putProjectPolicy)).toEqual([]);
  expect(await news(async () => deployed.stack.tick('SweepFunctionDaily'))).toEqual([
    expect.stringMatching(/^\[CRITICAL\] Rekognition: project\/shelves can now be used by account/),
  ]);
}, 180_000);
