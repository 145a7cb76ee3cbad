import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import type { Account, Principal } from '#lib/account/types.ts';

export const READ = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'rekognition:List*', Resource: '*' }],
};
export const READ_ARN = 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess';
export const OWN_ARN = 'arn:aws:iam::123456789012:policy/team/own';

/** A managed policy of two versions, the later one in force. */
export function managed(arn: string, document: unknown, version = 'v2') {
  return {
    PolicyName: arn.split('/').at(-1),
    Arn: arn,
    DefaultVersionId: version,
    PolicyVersionList: [
      { VersionId: 'v1', IsDefaultVersion: false, Document: { Version: '2012-10-17', Statement: [] } },
      { VersionId: version, IsDefaultVersion: true, Document: document },
    ],
  };
}

export function role(name: string, more: object = {}) {
  return {
    Path: '/',
    RoleName: name,
    RoleId: `AROA${name}`,
    Arn: `arn:aws:iam::123456789012:role/${name}`,
    AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole' }] },
    RolePolicyList: [],
    AttachedManagedPolicies: [],
    ...more,
  };
}

export function user(name: string, more: object = {}) {
  return {
    Path: '/people/',
    UserName: name,
    UserId: `AIDA${name}`,
    Arn: `arn:aws:iam::123456789012:user/people/${name}`,
    GroupList: [],
    AttachedManagedPolicies: [],
    ...more,
  };
}

export const attach = (...arns: string[]) => ({
  AttachedManagedPolicies: arns.map((PolicyArn) => ({ PolicyName: PolicyArn.split('/').at(-1), PolicyArn })),
});

/** The four lists of `get-account-authorization-details`, empty unless given. */
export function details(lists: {
  users?: object[];
  groups?: object[];
  roles?: object[];
  policies?: object[];
}) {
  return {
    UserDetailList: lists.users ?? [],
    GroupDetailList: lists.groups ?? [],
    RoleDetailList: lists.roles ?? [],
    Policies: lists.policies ?? [],
  };
}

/** An account with one of everything that binds a principal. */
export const account = details({
  users: [
    user('ann', {
      GroupList: ['vision'],
      UserPolicyList: [{ PolicyName: 'mine', PolicyDocument: encodeURIComponent(JSON.stringify(READ)) }],
      Tags: [{ Key: 'team', Value: 'vision' }],
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: OWN_ARN },
    }),
    user('bob', attach(READ_ARN)),
  ],
  groups: [
    {
      Path: '/',
      GroupName: 'vision',
      GroupId: 'AGPA1',
      Arn: 'arn:aws:iam::123456789012:group/vision',
      GroupPolicyList: [{ PolicyName: 'search', PolicyDocument: JSON.stringify(READ) }],
      ...attach(READ_ARN),
    },
  ],
  roles: [
    role('etl', attach(READ_ARN)),
    role('copy', attach(READ_ARN)),
    role('AWSServiceRoleForX', {
      Path: '/aws-service-role/x.amazonaws.com/',
      Arn: 'arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX',
    }),
  ],
  policies: [managed(READ_ARN, READ, 'v10'), managed(OWN_ARN, READ)],
});

export async function all(account: Account): Promise<Principal[]> {
  const principals: Principal[] = [];
  for await (const principal of account.principals()) principals.push(principal);
  return principals;
}

/** Account files in a folder that is removed after the tests of the file that asks for it. */
export function accountFiles() {
  const folder = mkdtempSync(join(tmpdir(), 'account-'));
  let files = 0;
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(content: string | Uint8Array): string {
    const path = join(folder, `${files++}.json`);
    writeFileSync(path, content);
    return path;
  }
  const open = (content: string | Uint8Array) => accountFromFile(write(content));
  const read = async (content: string | Uint8Array) => all(await open(content));
  return { folder, write, open, read };
}
