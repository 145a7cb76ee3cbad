import { RekognitionClient } from '@aws-sdk/client-rekognition';
import { type Holder, type LocalAws, startLocalAws } from '../src/aws.ts';
import type { ServiceCatalog } from '../src/catalog.ts';
import { Rekognition, type RekognitionOptions } from '../src/rekognition/service.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-west-1';

export const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const allow = (
  action: string | string[],
  resource: string | string[] = '*',
  rest: object = {},
): object => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...rest,
});
export const deny = (action: string, resource = '*', rest: object = {}): object => ({
  Effect: 'Deny',
  Action: action,
  Resource: resource,
  ...rest,
});

export const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;

export interface RoleOptions {
  /** Inline policies' texts. */
  readonly policies?: readonly string[];
  /** Managed policies' ARNs. */
  readonly managed?: readonly string[];
  readonly trust?: string;
}

export interface Running extends AsyncDisposable {
  readonly aws: LocalAws;
  readonly rekognition: Rekognition;
  client(holder: Holder): RekognitionClient;
}

export interface StartOptions extends RekognitionOptions {
  /** One level of SCPs: their texts. */
  readonly scps?: readonly string[];
  readonly catalog?: ServiceCatalog;
}

/** An account with these roles, and Rekognition in it. */
export async function start(
  roles: Readonly<Record<string, RoleOptions>>,
  options: StartOptions = {},
): Promise<Running> {
  let rekognition: Rekognition | undefined;
  const { scps, catalog, ...restrictions } = options;
  const aws = await startLocalAws({
    region: REGION,
    ...(catalog && { catalog }),
    account: {
      UserDetailList: [{ UserName: 'bob', Arn: `arn:aws:iam::${ACCOUNT}:user/bob` }],
      GroupDetailList: [],
      RoleDetailList: Object.entries(roles).map(([name, { policies = [], managed = [], trust }]) => ({
        RoleName: name,
        Arn: roleArn(name),
        AssumeRolePolicyDocument: trust ?? policy(),
        RolePolicyList: policies.map((PolicyDocument, index) => ({
          PolicyName: `inline-${index + 1}`,
          PolicyDocument,
        })),
        AttachedManagedPolicies: managed.map((PolicyArn) => ({ PolicyArn })),
      })),
      Policies: [],
    },
    ...(scps && {
      guardrails: { scps: [scps.map((text, index) => ({ name: `scp-${index + 1}`, type: 'scp', text }))] },
    }),
    services: [
      (world) => {
        rekognition = new Rekognition(world, restrictions);
        return rekognition;
      },
    ],
  });
  if (!rekognition) throw new Error('the service was not made');
  return {
    aws,
    rekognition,
    client: (holder) => {
      const credentials = aws.credentialsFor(holder);
      return new RekognitionClient({ endpoint: aws.endpoint, region: REGION, credentials, maxAttempts: 1 });
    },
    async [Symbol.asyncDispose]() {
      await aws.stop();
    },
  };
}
