import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  DeleteIdentityPoolCommand,
  SetIdentityPoolRolesCommand,
  UpdateIdentityPoolCommand,
} from '@aws-sdk/client-cognito-identity';
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { expect, it, onTestFinished } from 'vitest';
import { guestTrust } from '#test/support/guest-trust.ts';
import { beginStory, type Story, statement } from '#test/support/story.ts';

const guestArn = 'arn:aws:iam::123456789012:role/guest';

/** A pool that admits nobody unknown, and a role that trusts its guests and may search faces; all of it is known. */
async function withPool(parameters: Record<string, string>) {
  const story = await beginStory({ parameters });
  const { aws, iam } = story;
  const cognito = new CognitoIdentityClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: aws.credentialsFor('arn:aws:iam::123456789012:role/break-glass'),
  });
  onTestFinished(() => cognito.destroy());
  await story.sweep();
  const named = { IdentityPoolName: 'visitors', AllowClassicFlow: false };
  const { IdentityPoolId = '' } = await cognito.send(
    new CreateIdentityPoolCommand({ ...named, AllowUnauthenticatedIdentities: false }),
  );
  await iam.send(
    new CreateRoleCommand({ RoleName: 'guest', AssumeRolePolicyDocument: guestTrust(IdentityPoolId) }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'guest',
      PolicyName: 'own',
      PolicyDocument: statement('Allow', 'rekognition:SearchFacesByImage'),
    }),
  );
  const admit = (AllowUnauthenticatedIdentities: boolean) =>
    cognito.send(new UpdateIdentityPoolCommand({ ...named, IdentityPoolId, AllowUnauthenticatedIdentities }));
  const hand = (Roles: Record<string, string>) =>
    cognito.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }));
  const remove = () => cognito.send(new DeleteIdentityPoolCommand({ IdentityPoolId }));
  return { story, IdentityPoolId, admit, hand, remove };
}

const subjects = (told: readonly string[]) => told.map((text) => text.slice(0, 90));
const assumable = /^\[CRITICAL\] Rekognition: role\/guest can now be assumed by anyone: search faces/;

async function aboutGuests(story: Story): Promise<string[]> {
  const told = await story.news();
  return told.filter((text) => /assumed by|as expected again/.test(text.slice(0, 120)));
}

it('a guest role is anybody’s only once its identity pool admits guests and gives them the role', async () => {
  const { story, IdentityPoolId, admit, hand } = await withPool({ ResourceRegions: 'us-east-1' });
  expect(subjects(await aboutGuests(story))).toEqual([]);
  await admit(true);
  expect(subjects(await aboutGuests(story))).toEqual([]);
  await hand({ unauthenticated: guestArn });
  const [told, ...others] = await aboutGuests(story);
  expect(others).toEqual([]);
  expect(told).toMatch(assumable);
  expect(told).toContain(`guests of Cognito pool ${IdentityPoolId})`);
  expect(told).toContain('set the roles of identity pool');
  await admit(false);
  expect(await story.news()).toEqual([expect.stringMatching(/^\[RESOLVED\].*role\/guest/)]);
  await admit(true);
  const [again] = await aboutGuests(story);
  expect(again).toMatch(assumable);
  expect(again).toMatch(/changed whom identity pool \S+ admits by break-glass/);
  expect(story.stack.problems()).toEqual([]);
}, 180_000);

it('nobody comes by an identity pool that was the account’s and is deleted', async () => {
  const { story, remove } = await withPool({ ResourceRegions: 'us-east-1' });
  expect(subjects(await aboutGuests(story))).toEqual([]);
  await remove();
  expect(subjects(await story.sweep())).toEqual([]);
  expect(story.stack.problems()).toEqual([]);
}, 180_000);

it('a pool that the account was never seen to have may be another account’s', async () => {
  const { story, IdentityPoolId, remove } = await withPool({ ResourceRegions: 'us-east-1' });
  await remove();
  const [told] = await aboutGuests(story);
  expect(told).toMatch(assumable);
  expect(told).toContain(`guests of Cognito pool ${IdentityPoolId}, if another account has it`);
}, 180_000);

it('where pools are not read, guests come as the trust policy says, if the pool admits any', async () => {
  const { story, IdentityPoolId } = await withPool({});
  const [told] = await aboutGuests(story);
  expect(told).toMatch(assumable);
  expect(told).toContain(`guests of Cognito pool ${IdentityPoolId}, if it admits any)`);
}, 180_000);
