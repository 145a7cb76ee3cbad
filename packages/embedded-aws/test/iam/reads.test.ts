import {
  GetAccountAuthorizationDetailsCommand,
  GetGroupCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetUserPolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  type ListPoliciesCommandInput,
  ListPolicyVersionsCommand,
  ListRoleTagsCommand,
  paginateGetAccountAuthorizationDetails,
  paginateGetGroup,
  paginateListEntitiesForPolicy,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../catalog.ts';
import { account, allow, document, policyArn, roleArn, start, userArn } from '../start.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';
const strange = document(allow('s3:GetObject', { Resource: "arn:aws:s3:::b/(a)!'*~ü" }));

let local: Awaited<ReturnType<typeof start>>;
let iam: IAMClient;

beforeAll(async () => {
  const members = Object.fromEntries(
    Array.from({ length: 7 }, (_, index) => [`member-${index}`, { groups: ['team'] }] as const),
  );
  local = await start({
    account: account({
      users: { ...members, odd: { inline: { strange }, attached: [policyArn('own')] } },
      groups: { team: { attached: [policyArn('own')] } },
      roles: {
        reader: {
          path: '/data/',
          attached: [readOnly],
          tags: { Team: 'data', 'cost:center': '1' },
          boundary: policyArn('own'),
        },
      },
      policies: { own: document(allow('rekognition:*')), unused: document(allow('s3:*')) },
    }),
  });
  iam = local.iam;
});
afterAll(() => local.aws.stop());

describe('GetAccountAuthorizationDetails', () => {
  async function everything(pageSize: number) {
    const names: string[] = [];
    let empty = 0;
    for await (const page of paginateGetAccountAuthorizationDetails({ client: iam, pageSize }, {})) {
      const found = [
        ...(page.UserDetailList ?? []).map((user) => `user/${user.UserName}`),
        ...(page.GroupDetailList ?? []).map((group) => `group/${group.GroupName}`),
        ...(page.RoleDetailList ?? []).map((role) => `role/${role.RoleName}`),
        ...(page.Policies ?? []).map((policy) => `policy/${policy.PolicyName}`),
      ];
      if (found.length === 0) empty += 1;
      names.push(...found);
    }
    return { names, empty };
  }

  it('splits its lists over pages; AWS policies come when somebody uses them', async () => {
    const { names } = await everything(3);
    expect(names).toEqual([
      ...Array.from({ length: 7 }, (_, index) => `user/member-${index}`),
      'user/odd',
      'group/team',
      'role/reader',
      'policy/own',
      'policy/unused',
      'policy/AmazonRekognitionReadOnlyAccess',
    ]);
  });

  it('can be made to send empty pages', async () => {
    local.aws.world.faults.emptyPages = true;
    try {
      const { names, empty } = await everything(4);
      expect(names).toHaveLength(13);
      expect(empty).toBe(3);
    } finally {
      local.aws.world.faults.emptyPages = false;
    }
  });

  it('filters', async () => {
    const answer = await iam.send(
      new GetAccountAuthorizationDetailsCommand({ Filter: ['LocalManagedPolicy'] }),
    );
    expect(answer.UserDetailList).toEqual([]);
    expect(answer.Policies?.map((policy) => policy.PolicyName)).toEqual(['own', 'unused']);
    expect(answer.Policies?.[0]).toMatchObject({ AttachmentCount: 2, PermissionsBoundaryUsageCount: 1 });
  });

  it('shows boundaries, tags and documents, URL-encoded', async () => {
    const answer = await iam.send(new GetAccountAuthorizationDetailsCommand({}));
    const odd = answer.UserDetailList?.find((user) => user.UserName === 'odd');
    const text = odd?.UserPolicyList?.[0]?.PolicyDocument ?? '';
    expect(text).toMatch(/^[\w%.~-]+$/);
    expect(JSON.parse(decodeURIComponent(text))).toEqual(strange);
    expect(answer.RoleDetailList?.[0]).toMatchObject({
      Path: '/data/',
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: policyArn('own') },
      Tags: [
        { Key: 'Team', Value: 'data' },
        { Key: 'cost:center', Value: '1' },
      ],
    });
  });
});

describe('single reads', () => {
  it('reads roles, tags, inline policies and attachments', async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'reader' }));
    expect(Role).toMatchObject({ Arn: roleArn('data/reader'), MaxSessionDuration: 3600 });
    expect(Role?.CreateDate).toBeInstanceOf(Date);
    expect((await iam.send(new ListRoleTagsCommand({ RoleName: 'reader' }))).Tags).toHaveLength(2);
    const inline = await iam.send(new GetUserPolicyCommand({ UserName: 'odd', PolicyName: 'strange' }));
    expect(JSON.parse(decodeURIComponent(inline.PolicyDocument ?? ''))).toEqual(strange);
    const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'reader' }));
    expect(attached.AttachedPolicies).toEqual([
      { PolicyName: 'AmazonRekognitionReadOnlyAccess', PolicyArn: readOnly },
    ]);
  });

  it('knows every version of the managed policies of its catalogue', async () => {
    const versions = await iam.send(new ListPolicyVersionsCommand({ PolicyArn: readOnly }));
    const known = catalog.managedPolicies.AmazonRekognitionReadOnlyAccess?.versions ?? [];
    expect(versions.Versions).toHaveLength(known.length);
    expect(versions.Versions?.[0]).toMatchObject({ VersionId: 'v10', IsDefaultVersion: true });
    const v4 = await iam.send(new GetPolicyVersionCommand({ PolicyArn: readOnly, VersionId: 'v4' }));
    expect(JSON.parse(decodeURIComponent(v4.PolicyVersion?.Document ?? ''))).toEqual(
      known.find((version) => version.versionId === 'v4')?.document,
    );
  });

  it.each([
    [
      'role',
      () => iam.send(new GetRoleCommand({ RoleName: 'nobody' })),
      'The role with name nobody cannot be found.',
    ],
    [
      'group',
      () => iam.send(new GetGroupCommand({ GroupName: 'none' })),
      'The group with name none cannot be found.',
    ],
  ])('says that a %s does not exist', async (_, ask, message) => {
    await expect(ask()).rejects.toMatchObject({ name: 'NoSuchEntityException', message });
  });

  it('pages the members of a group', async () => {
    const names: string[] = [];
    for await (const page of paginateGetGroup({ client: iam, pageSize: 2 }, { GroupName: 'team' })) {
      names.push(...(page.Users ?? []).flatMap((user) => user.UserName ?? []));
    }
    expect(names).toHaveLength(7);
  });

  it('finds whom a policy touches, by use, in pages', async () => {
    const permissions = await iam.send(
      new ListEntitiesForPolicyCommand({
        PolicyArn: policyArn('own'),
        PolicyUsageFilter: 'PermissionsPolicy',
      }),
    );
    expect(permissions).toMatchObject({
      PolicyGroups: [{ GroupName: 'team' }],
      PolicyUsers: [{ UserName: 'odd' }],
    });
    expect(permissions.PolicyRoles).toEqual([]);
    const seen: string[] = [];
    for await (const page of paginateListEntitiesForPolicy(
      { client: iam, pageSize: 1 },
      { PolicyArn: policyArn('own') },
    )) {
      seen.push(...(page.PolicyGroups ?? []).map((group) => `group/${group.GroupName}`));
      seen.push(...(page.PolicyUsers ?? []).map((user) => `user/${user.UserName}`));
      seen.push(...(page.PolicyRoles ?? []).map((role) => `role/${role.RoleName}`));
    }
    expect(seen).toEqual(['group/team', 'user/odd', 'role/reader']);
  });

  it('lists policies by scope and use', async () => {
    const names = async (input: ListPoliciesCommandInput) =>
      (await iam.send(new ListPoliciesCommand(input))).Policies?.map((policy) => policy.PolicyName);
    expect(await names({ Scope: 'Local' })).toEqual(['own', 'unused']);
    expect(await names({ OnlyAttached: true })).toEqual(['own', 'AmazonRekognitionReadOnlyAccess']);
    expect(await names({ Scope: 'Local', PolicyUsageFilter: 'PermissionsBoundary' })).toEqual(['own']);
  });

  it('holds pages to the size that a test sets', async () => {
    local.aws.world.faults.pageSize = 1;
    try {
      const answer = await iam.send(new GetGroupCommand({ GroupName: 'team', MaxItems: 100 }));
      expect(answer.Users?.map((user) => user.Arn)).toEqual([userArn('member-0')]);
      expect(answer.IsTruncated).toBe(true);
    } finally {
      local.aws.world.faults.pageSize = 1000;
    }
  });
});
