import { IAMClient } from '@aws-sdk/client-iam';
import { SNSClient } from '@aws-sdk/client-sns';
import { STSClient } from '@aws-sdk/client-sts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../src/aws.ts';

export const accountId = '123456789012';
const iamArn = (kind: string, name: string) => `arn:aws:iam::${accountId}:${kind}/${name}`;
export const userArn = (name: string) => iamArn('user', name);
export const roleArn = (name: string) => iamArn('role', name);
export const policyArn = (name: string) => iamArn('policy', name);
export const collectionArn = (id: string) => `arn:aws:rekognition:us-east-1:${accountId}:collection/${id}`;

export type Statement = Readonly<Record<string, unknown>>;

export const document = (...statements: readonly Statement[]) => ({
  Version: '2012-10-17',
  Statement: statements,
});

/** The JSON text of a policy. */
export const policyText = (...statements: readonly Statement[]): string =>
  JSON.stringify(document(...statements));

export const allow = (action: string | readonly string[], rest: Statement = {}): Statement => ({
  Effect: 'Allow',
  Action: action,
  Resource: '*',
  ...rest,
});

export const deny = (action: string | readonly string[], rest: Statement = {}): Statement => ({
  ...allow(action, rest),
  Effect: 'Deny',
});

interface Details {
  readonly inline?: Readonly<Record<string, Record<string, unknown>>>;
  readonly attached?: readonly string[];
  readonly boundary?: string;
  readonly groups?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly trust?: Record<string, unknown>;
  readonly path?: string;
}

const common = (details: Details) => ({
  AttachedManagedPolicies: (details.attached ?? []).map((PolicyArn) => ({ PolicyArn })),
  Tags: Object.entries(details.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
  ...(details.boundary !== undefined && {
    PermissionsBoundary: { PermissionsBoundaryArn: details.boundary },
  }),
});

const inlineList = (details: Details) =>
  Object.entries(details.inline ?? {}).map(([PolicyName, PolicyDocument]) => ({
    PolicyName,
    PolicyDocument,
  }));

/** An account in the form that the embedded AWS loads, from a few words for each principal. */
export const account = (parts: {
  readonly users?: Readonly<Record<string, Details>>;
  readonly roles?: Readonly<Record<string, Details>>;
  readonly groups?: Readonly<Record<string, Details>>;
  readonly policies?: Readonly<Record<string, Record<string, unknown>>>;
}) => ({
  UserDetailList: Object.entries(parts.users ?? {}).map(([UserName, details]) => ({
    UserName,
    Arn: userArn(UserName),
    GroupList: [...(details.groups ?? [])],
    UserPolicyList: inlineList(details),
    ...common(details),
  })),
  GroupDetailList: Object.entries(parts.groups ?? {}).map(([GroupName, details]) => ({
    GroupName,
    Arn: iamArn('group', GroupName),
    GroupPolicyList: inlineList(details),
    ...common(details),
  })),
  RoleDetailList: Object.entries(parts.roles ?? {}).map(([RoleName, details]) => {
    const path = details.path ?? '/';
    return {
      RoleName,
      Path: path,
      Arn: `arn:aws:iam::${accountId}:role${path}${RoleName}`,
      RolePolicyList: inlineList(details),
      ...(details.trust && { AssumeRolePolicyDocument: details.trust }),
      ...common(details),
    };
  }),
  Policies: Object.entries(parts.policies ?? {}).map(([PolicyName, Document]) => ({
    PolicyName,
    Arn: policyArn(PolicyName),
    DefaultVersionId: 'v1',
    PolicyVersionList: [{ VersionId: 'v1', Document }],
  })),
});

/** The embedded AWS with clients of the real SDK, as its administrator or as somebody else. */
export async function start(options: LocalAwsOptions) {
  const aws = await startLocalAws(options);
  const clients = (env: Readonly<Record<string, string>> = aws.env) => {
    const config = {
      region: 'us-east-1',
      endpoint: aws.endpoint,
      maxAttempts: 1,
      credentials: {
        accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
        ...(env.AWS_SESSION_TOKEN !== undefined && { sessionToken: env.AWS_SESSION_TOKEN }),
      },
    };
    return { iam: new IAMClient(config), sts: new STSClient(config), sns: new SNSClient(config) };
  };
  return { aws, clients, ...clients() };
}

export type { LocalAws };
