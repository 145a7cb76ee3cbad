/** Changes of every kind, each with the e-mails that must come of it, in one account. */
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  SetDefaultPolicyVersionCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventFile } from '#test/support/event-file.ts';
import { fullAccess, openStory, type Story, statement, trust } from '#test/support/story.ts';

const allow = (Action: string | readonly string[], more: object = {}) => statement('Allow', Action, more);
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const collection = (name: string) => `arn:aws:rekognition:us-east-1:123456789012:collection/${name}`;
const deletes = allow('rekognition:DeleteFaces');
const searches = allow('rekognition:SearchFaces');
const detects = allow('rekognition:DetectText');
const storage = allow('s3:*');
/** IAM does not count white space, and CloudTrail leaves out what is over 100 KB. */
const padded = (text: string) => `${' '.repeat(120_000)}${text}`;
const lets = (AWS: string) => document({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' });
/** Events tell the time in seconds: what comes after this comes after what came before it. */
const aSecond = () => new Promise((resolve) => setTimeout(resolve, 1100));

let story: Story & { readonly end: () => Promise<void> };
/** Another administrator. */
let alice: IAMClient;
const arnOf = (policy: string) => `arn:aws:iam::123456789012:policy/${policy}`;

const put = (RoleName: string, PolicyDocument: string, PolicyName = 'own') =>
  story.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
const take = (RoleName: string, PolicyName = 'own') =>
  story.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
const attach = (RoleName: string, PolicyArn = fullAccess) =>
  story.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
const detach = (RoleName: string, PolicyArn = fullAccess) =>
  story.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
const bound = (RoleName: string, policy: string) =>
  story.iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: arnOf(policy) }));
const unbound = (RoleName: string) => story.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
const version = (policy: string, PolicyDocument: string) =>
  story.iam.send(
    new CreatePolicyVersionCommand({ PolicyArn: arnOf(policy), PolicyDocument, SetAsDefault: true }),
  );
const trusting = (RoleName: string, PolicyDocument: string) =>
  story.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
const ofUser = (UserName: string, PolicyDocument: string) =>
  story.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
const ofGroup = (GroupName: string, PolicyDocument: string) =>
  story.iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'own', PolicyDocument }));
const rename = (UserName: string, NewUserName: string) =>
  story.iam.send(new UpdateUserCommand({ UserName, NewUserName }));
async function group(GroupName: string, ...members: readonly string[]) {
  await story.iam.send(new CreateGroupCommand({ GroupName }));
  for (const UserName of members) await join(GroupName, UserName);
}
const join = (GroupName: string, UserName: string) =>
  story.iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
const leave = (GroupName: string, UserName: string) =>
  story.iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
/** A role that is deleted and made anew. */
async function anew(RoleName: string, text: string, AssumeRolePolicyDocument = trust) {
  await take(RoleName);
  await story.iam.send(new DeleteRoleCommand({ RoleName }));
  await story.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await put(RoleName, text);
}
async function having(role: string, text: string) {
  await story.role(role);
  await put(role, text);
}
/** An event of which IAM knows nothing. */
const event = (detail: Parameters<typeof eventFile>[1]) =>
  story.aws.platform.bus.put(eventFile('attach-role-policy', detail));

interface Told {
  readonly is: string;
  /** What there is when everybody is looked at first. */
  readonly first?: () => Promise<unknown>;
  readonly act: () => Promise<unknown>;
  /** What the one e-mail holds; none: that there is no e-mail. */
  readonly holds?: readonly RegExp[];
  readonly not?: RegExp;
}

const growth: readonly Told[] = [
  {
    is: 'a scope that moves from one collection to another: gained and lost',
    first: () => having('scope', allow('rekognition:SearchFaces', { Resource: collection('a') })),
    act: () => put('scope', allow('rekognition:SearchFaces', { Resource: collection('b') })),
    holds: [/^\[HIGH\] Rekognition: role\/scope can now search faces/, /can do less than before/],
    not: /WORSE/,
  },
  {
    is: 'a network that is widened',
    first: async () => {
      await story.user('network');
      await ofUser('network', allow('rekognition:SearchFaces', from('198.51.100.0/24')));
    },
    act: () => ofUser('network', allow('rekognition:SearchFaces', from('198.51.0.0/16'))),
    holds: [/^\[HIGH\] Rekognition: user\/network can now search faces/],
    not: /no longer|less than/,
  },
  {
    is: 'all but what it could do',
    first: () => having('but', deletes),
    act: () => put('but', document({ Effect: 'Allow', NotAction: 'rekognition:DeleteFaces', Resource: '*' })),
    holds: [/^\[CRITICAL\] Rekognition: role\/but can now /, /less than before/],
  },
  {
    is: 'a Deny beside it that goes',
    first: async () => {
      await having('denied', allow('rekognition:*'));
      await put('denied', statement('Deny', 'rekognition:*', from('192.0.2.0/24')), 'guard');
    },
    act: () => take('denied', 'guard'),
    holds: [/^\[CRITICAL\] .*role\/denied can now /, /deleted inline policy "guard" of role\/denied/],
    not: /no longer/,
  },
  {
    is: 'a boundary for a wider one',
    first: async () => {
      await story.role('bounded', await story.policy('narrow', allow('rekognition:Detect*')));
      await story.policy('wide', allow('*'));
      await put('bounded', allow('rekognition:*'));
    },
    act: () => bound('bounded', 'wide'),
    holds: [
      /^\[CRITICAL\] .*role\/bounded can now /,
      /set the permissions boundary of role\/bounded to wide/,
    ],
    not: /no longer/,
  },
  {
    is: 'two who change places in a group',
    first: async () => {
      for (const name of ['out', 'in']) await story.user(name);
      await group('places', 'out');
      await ofGroup('places', deletes);
    },
    act: async () => {
      await leave('places', 'out');
      await join('places', 'in');
    },
    holds: [/^\[CRITICAL\]/, /user\/in can now delete faces/, /user\/out can no longer delete faces/],
    not: /user\/out can now|user\/in can no longer/,
  },
  {
    is: 'a path that a condition reads',
    first: async () => {
      await story.user('placed');
      const ArnLike = { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:user/ops/*' };
      await ofUser('placed', allow('rekognition:DeleteFaces', { Condition: { ArnLike } }));
    },
    act: () => story.iam.send(new UpdateUserCommand({ UserName: 'placed', NewPath: '/ops/' })),
    holds: [/^\[CRITICAL\] Rekognition: user\/placed can now delete faces/],
  },
  {
    is: 'a name that a condition reads',
    first: async () => {
      await story.user('clerk');
      const StringEquals = { 'aws:username': 'boss' };
      await ofUser('clerk', allow('rekognition:DeleteFaces', { Condition: { StringEquals } }));
    },
    act: () => rename('clerk', 'boss'),
    holds: [/user\/boss can now delete faces/, /renamed user\/clerk to user\/boss/],
  },
  {
    is: 'who is made anew with more: only that',
    first: () => having('anew', detects),
    act: () => anew('anew', allow(['rekognition:DetectText', 'rekognition:DeleteFaces'])),
    holds: [/^\[CRITICAL\] Rekognition: role\/anew can now delete faces/],
    not: /can now[^.]*detect text|was deleted,/,
  },
  {
    is: 'who is made anew for somebody else',
    first: () => having('passed-on', deletes),
    act: () => anew('passed-on', deletes, lets('444455556666')),
    holds: [/^\[CRITICAL\] .*role\/passed-on can now be assumed by account 444455556666/],
  },
  {
    is: 'an older version that is wider',
    first: async () => {
      await attachedTo('older', deletes);
      await version('older', detects);
    },
    act: () =>
      story.iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: arnOf('older'), VersionId: 'v1' })),
    holds: [/^\[CRITICAL\] .*role\/older can now delete faces/, /--version-id v2/, /less than before/],
  },
];

const together: readonly Told[] = [
  {
    is: 'one attaches, and another one widens: who did what',
    first: async () => {
      await story.role('by-two');
      await story.policy('by-two', detects);
    },
    act: async () => {
      await attach('by-two', arnOf('by-two'));
      const wider = { PolicyArn: arnOf('by-two'), PolicyDocument: deletes, SetAsDefault: true };
      await alice.send(new CreatePolicyVersionCommand(wider));
    },
    holds: [
      /^\[CRITICAL\] Rekognition: role\/by-two can now delete faces/,
      /attached by-two to role\/by-two by break-glass/,
      /made a new default version of by-two by alice/,
    ],
    not: /now [^.]*detect text/,
  },
  {
    is: 'one opens all, and another one leaves a part: what is there, and what was',
    first: () => story.role('part'),
    act: async () => {
      await attach('part');
      await aSecond();
      await alice.send(new DetachRolePolicyCommand({ RoleName: 'part', PolicyArn: fullAccess }));
      const own = { RoleName: 'part', PolicyName: 'own', PolicyDocument: deletes };
      await alice.send(new PutRolePolicyCommand(own));
    },
    holds: [/^\[CRITICAL\] .*role\/part can now delete faces/, /role\/part could .* from /, /by alice/],
  },
  {
    is: 'doubled and out of order, and attached in the end: once',
    first: () => story.role('doubled'),
    act: async () => {
      Object.assign(story.aws.platform.cloudTrail.switches, { duplicateEvery: 1, reorder: true });
      await attach('doubled');
      await aSecond();
      await detach('doubled');
      await aSecond();
      await attach('doubled');
    },
    holds: [/^\[CRITICAL\] Rekognition: role\/doubled can now /],
    not: /for a while|no longer/,
  },
  {
    is: 'a policy of a group that the event hides: of all its members',
    first: async () => {
      for (const name of ['kay', 'lee']) await story.user(name);
      await group('hidden', 'kay', 'lee');
    },
    act: () => ofGroup('hidden', padded(deletes)),
    holds: [
      /^\[CRITICAL\] Rekognition: 2 users can now delete faces/,
      /user\/kay/,
      /user\/lee/,
      /did PutGroupPolicy/,
    ],
  },
  {
    is: 'a group that is given something, and another name then: who gave it',
    first: async () => {
      await story.user('max');
      await group('before', 'max');
    },
    act: async () => {
      await ofGroup('before', deletes);
      const NewGroupName = 'after';
      await story.iam.send(new UpdateGroupCommand({ GroupName: 'before', NewGroupName }));
    },
    holds: [
      /^\[CRITICAL\] Rekognition: user\/max can now delete faces/,
      /wrote inline policy "own" of group\/before/,
    ],
  },
  {
    is: 'IAM 75 s late, opened and closed: what was open',
    first: () => story.role('late'),
    act: async () => {
      story.aws.world.faults.iamDelay = 75_000;
      await attach('late');
      await detach('late');
    },
    holds: [/^\[CRITICAL\] Rekognition: role\/late could .* for a while/],
    not: /can now/,
  },
  {
    is: 'a boundary that goes before what it limits: what was open',
    first: async () => {
      await story.role('wrong-order', await story.policy('only-text', detects));
      await put('wrong-order', allow('rekognition:*'));
    },
    act: async () => {
      await unbound('wrong-order');
      await aSecond();
      await put('wrong-order', detects);
    },
    holds: [/^\[CRITICAL\] Rekognition: role\/wrong-order could .* for a while/],
    not: /can now/,
  },
  {
    is: 'a trust policy that was open while the role got its access: both',
    first: () => story.role('opened'),
    act: async () => {
      await trusting('opened', lets('*'));
      await put('opened', deletes);
      await aSecond();
      await trusting('opened', trust);
    },
    holds: [/role\/opened can now delete faces/, /role\/opened could be assumed by anyone/],
    not: /can now be assumed/,
  },
  {
    is: 'who has another name for a while and is given something under it: once, under the name of now',
    first: () => story.user('ida'),
    act: async () => {
      await rename('ida', 'eda');
      await aSecond();
      await ofUser('eda', deletes);
      await aSecond();
      await rename('eda', 'ida');
    },
    holds: [/^\[CRITICAL\] Rekognition: user\/ida can now delete faces/, /policy "own" of user\/eda/],
    not: /for a while|was deleted|user\/eda could/,
  },
  {
    is: 'somebody whom IAM does not have, at the second look either: that it is not known, as severe as the worst',
    act: async () => {
      event({ requestParameters: { roleName: 'ghost', policyArn: fullAccess } });
    },
    holds: [/^\[INCONCLUSIVE\] .*role\/ghost/],
  },
  {
    is: 'an event whose clock is ahead, with IAM late: by the second look',
    first: () => story.role('ahead'),
    act: async () => {
      const { switches } = story.aws.platform.cloudTrail;
      switches.logging = false;
      story.aws.world.faults.iamDelay = 150_000;
      await put('ahead', detects);
      const eventTime = new Date(story.aws.world.clock().getTime() + 90_000).toISOString();
      event({ eventTime, requestParameters: { roleName: 'ahead', policyArn: fullAccess } });
    },
    holds: [/role\/ahead can now detect text/],
  },
];

const nothing: readonly Told[] = [
  {
    is: 'the same document under another name',
    first: () => having('same', deletes),
    act: async () => {
      await take('same');
      await put('same', deletes, 'other');
    },
  },
  {
    is: 'a policy narrowed to its boundary, which goes then',
    first: async () => {
      await story.role('right-order', await story.policy('only-detect', detects));
      await put('right-order', allow('rekognition:*'));
    },
    act: async () => {
      await put('right-order', detects);
      await aSecond();
      await unbound('right-order');
    },
  },
  {
    is: 'anything under a boundary that lets nothing through',
    first: async () => void (await story.role('shut', await story.policy('only-s3', storage))),
    act: async () => {
      await attach('shut');
      await detach('shut');
      await put('shut', allow('rekognition:*'));
    },
  },
  {
    is: 'who is made anew with the same',
    first: () => having('again', deletes),
    act: () => anew('again', deletes),
  },
  {
    is: 'a condition that always holds, and an action in other letters',
    first: () => having('always', searches),
    act: () =>
      put(
        'always',
        allow('REKOGNITION:searchfaces', { Condition: { StringLike: { 'aws:PrincipalArn': '*' } } }),
      ),
  },
];

const from = (address: string) => ({ Condition: { IpAddress: { 'aws:SourceIp': address } } });
async function attachedTo(name: string, text: string) {
  await story.role(name);
  await attach(name, await story.policy(name, text));
}

beforeAll(async () => {
  story = await openStory();
  const { endpoint, credentialsFor } = story.aws;
  const credentials = credentialsFor('arn:aws:iam::123456789012:user/alice');
  alice = new IAMClient({ endpoint, region: 'us-east-1', credentials });
  for (const { first } of [...growth, ...together, ...nothing]) await first?.();
  await story.sweep();
}, 240_000);
afterAll(async () => {
  alice.destroy();
  await story.end();
});

async function tells({ act, holds, not }: Told) {
  await act();
  const told = await story.news();
  story.aws.world.faults.iamDelay = 0;
  Object.assign(story.aws.platform.cloudTrail.switches, { logging: true, duplicateEvery: 0, reorder: false });
  expect(told).toHaveLength(holds === undefined ? 0 : 1);
  for (const pattern of holds ?? []) expect(told[0]).toMatch(pattern);
  if (not !== undefined) expect(told.join()).not.toMatch(not);
}

describe('growth, also in a change that shrinks', () => {
  it.each(growth)('$is', tells, 60_000);
});
describe('several acts in one window', () => {
  it.each(together)('$is', tells, 60_000);
});
describe('no change of access', () => {
  it.each(nothing)('$is: no e-mail', tells, 60_000);
});
it('and a sweep has nothing to add', async () => {
  expect((await story.sweep()).filter((text) => !text.includes('role/ghost'))).toEqual([]);
}, 60_000);
