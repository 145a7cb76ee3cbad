import {
  CreateProjectCommand,
  DeleteProjectPolicyCommand,
  PutProjectPolicyCommand,
  RekognitionClient,
} from '@aws-sdk/client-rekognition';
import { afterEach, expect, it } from 'vitest';
import { type DeployedStack, deployStack, sample } from '#cli/demo/stack.ts';

let deployed: DeployedStack | undefined;
let rekognition: RekognitionClient | undefined;
/** Mails that a test has looked at. */
let read = 0;
afterEach(async () => {
  rekognition?.destroy();
  await deployed?.stop();
});

/** A stack that reads the projects of a Region, with one project in it, and all that it tells of that behind it. */
async function withProject(ResourceRegions: string) {
  const stack = await deployStack({
    account: sample('story-account.json'),
    expectations: sample('story-expectations.yaml'),
    parameters: { ResourceRegions },
  });
  deployed = stack;
  rekognition = new RekognitionClient({
    endpoint: stack.aws.endpoint,
    region: 'us-east-1',
    credentials: stack.aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  const { ProjectArn = '' } = await rekognition.send(new CreateProjectCommand({ ProjectName: 'shop' }));
  stack.stack.tick('SweepFunctionDaily');
  await stack.stack.settle();
  read = stack.aws.messages().length;
  return ProjectArn;
}

async function mails() {
  await deployed?.stack.settle();
  const found = deployed?.aws.messages().slice(read) ?? [];
  read += found.length;
  return found.map(({ subject, byProtocol }) => ({
    subject,
    text: (byProtocol.email ?? '').replace(/\s+/g, ' '),
  }));
}

function share(ProjectArn: string, PolicyName: string, Principal: object | string) {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal,
        Action: 'rekognition:CopyProjectVersion',
        Resource: `${ProjectArn.replace(/\/\d+$/, '')}/version/*`,
      },
    ],
  });
  return rekognition?.send(new PutProjectPolicyCommand({ ProjectArn, PolicyName, PolicyDocument }));
}

const partner = '444455556666';

it('tells once whom a project policy shares models with, by whom, and how to undo it', async () => {
  const arn = await withProject('us-east-1');
  await share(arn, 'partner', { AWS: `arn:aws:iam::${partner}:root` });
  const [told, ...others] = await mails();
  expect(others).toEqual([]);
  expect(told?.subject).toContain(
    `[CRITICAL] Rekognition: project/shop can now be used by account ${partner}: copy`,
  );
  expect(told?.text).toContain('wrote a project policy of project/shop');
  expect(told?.text).toContain('by break-glass');
  expect(told?.text).toContain('aws rekognition delete-project-policy --region us-east-1');

  await rekognition?.send(new DeleteProjectPolicyCommand({ ProjectArn: arn, PolicyName: 'partner' }));
  expect(await mails()).toEqual([]);
}, 180_000);

it('is a finding where anyone may copy models, until nobody may', async () => {
  const arn = await withProject('us-east-1');
  await share(arn, 'open', '*');
  expect((await mails()).map(({ subject }) => subject)).toEqual([
    expect.stringMatching(/^\[CRITICAL\] Rekognition: project\/shop can now be used by anyone: copy models/),
  ]);
  await rekognition?.send(new DeleteProjectPolicyCommand({ ProjectArn: arn, PolicyName: 'open' }));
  expect((await mails()).map(({ subject }) => subject)).toEqual([
    '[RESOLVED] Rekognition: project/shop can be used as expected again',
  ]);
}, 180_000);

it('tells which principal of the account a project policy lets copy models, until it does not', async () => {
  const arn = await withProject('us-east-1');
  await share(arn, 'own', { AWS: 'arn:aws:iam::123456789012:role/photo-moderation' });
  const [told, ...others] = await mails();
  expect(others).toEqual([]);
  expect(told?.subject).toMatch(
    /^\[CRITICAL\] Rekognition: project\/shop can now be used by role\/photo-moderation: copy m/,
  );
  expect(told?.text).toContain('whose own policies do not let them');
  await rekognition?.send(new DeleteProjectPolicyCommand({ ProjectArn: arn, PolicyName: 'own' }));
  expect((await mails()).map(({ subject }) => subject)).toEqual([
    '[RESOLVED] Rekognition: project/shop can be used as expected again',
  ]);
}, 180_000);

it('says that it is not known where project policies are not read', async () => {
  const arn = await withProject('');
  await share(arn, 'partner', { AWS: partner });
  const [told, ...others] = await mails();
  expect(others).toEqual([]);
  expect(told?.subject).toMatch(/^\[INCONCLUSIVE\] Rekognition: /);
  expect(told?.text).toContain('the parameter ResourceRegions');
  expect(told?.text).toContain('wrote a project policy of project/shop');
}, 180_000);
