import type { PolicySource } from '@permission-check/iam-policy';
import { withManagedPolicies } from './account/aws-managed-policies.ts';
import type { Credentials, Guardrails } from './account/credentials.ts';
import { type AccountDetails, loadAccount } from './account/load.ts';
import { emptyCatalog, type ServiceCatalog } from './catalog.ts';
import { CognitoIdentity } from './cognito-identity/service.ts';
import { iamService } from './iam/service.ts';
import { Organizations } from './organizations.ts';
import type { SnsMessage } from './sns/message.ts';
import { Sns } from './sns/service.ts';
import { stsService } from './sts/service.ts';
import type { LocalService } from './types.ts';
import { listen } from './wire/server.ts';
import { type CallRecord, World } from './world.ts';

export type { SnsMessage } from './sns/message.ts';
export { type CallRecord, World } from './world.ts';

/** What the embedded AWS is made of. */
export interface LocalAwsOptions {
  /** What `aws iam get-account-authorization-details` prints: the object, or the path of the file. */
  readonly account: AccountDetails | string;
  /** The organization's policies; absent: the account is in no organization. */
  readonly guardrails?: Guardrails;
  readonly organizationId?: string;
  /** SCPs bind nobody in an organization's management account, whatever the simulator says. */
  readonly managementAccount?: boolean;
  /** Default: a free one. */
  readonly port?: number;
  /** Default `us-east-1`. */
  readonly region?: string;
  readonly clock?: () => Date;
  /** The address that callers appear to come from. Default 127.0.0.1. */
  readonly sourceIp?: string;
  /** The IAM user or role whose keys `env` holds. Default: the account's root user. */
  readonly admin?: string;
  /** What is known of the services whose permissions this is about. Default: nothing. */
  readonly catalog?: ServiceCatalog;
  /** SNS topics that exist from the start. */
  readonly topics?: readonly { readonly name: string; readonly kmsKeyArn?: string }[];
  /** Further services. */
  readonly services?: readonly ((world: World) => LocalService | Promise<LocalService>)[];
}

/** Whom keys are wanted for: a principal of the account by ARN, or somebody with exactly these policies. */
export type Holder =
  | string
  | {
      readonly principalArn: string;
      readonly sessionName?: string;
      readonly sessionPolicies?: readonly string[];
      readonly mfa?: boolean;
    }
  /** Each a policy document's JSON text. */
  | { readonly policies: readonly string[]; readonly name?: string };

export interface LocalAws {
  /** `http://127.0.0.1:50123` */
  readonly endpoint: string;
  /** The environment with which the AWS SDK and the AWS CLI use it, as the administrator. */
  readonly env: Readonly<Record<string, string>>;
  readonly world: World;
  /** SNS, with the switches that say who confirms and whom messages reach. */
  readonly sns: Sns;
  /** The environment for somebody else. */
  envFor(holder: Holder): Readonly<Record<string, string>>;
  credentialsFor(holder: Holder): Credentials;
  /** SNS messages published so far, oldest first. */
  messages(): readonly SnsMessage[];
  /** Calls answered so far, oldest first. */
  calls(): readonly CallRecord[];
  /** Makes an SNS topic; answers its ARN. */
  addTopic(name: string, kmsKeyArn?: string, policy?: string): string;
  /** Ends the server and its services; nothing is left behind. */
  stop(): Promise<void>;
}

/**
 * Starts an AWS of its own on the loopback interface: IAM, STS, SNS, Organizations and Cognito's identity pools, and the services handed in.
 * The AWS SDK and the AWS CLI accept it through AWS_ENDPOINT_URL. Every call is authorized by its caller's policies.
 *
 * @throws Error when the account file cannot be read, the administrator does not exist, or the port is taken.
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { accountId, state } = loadAccount(options.account);
  const { catalog = emptyCatalog } = options;
  const world = new World({
    catalog,
    accountId,
    state: withManagedPolicies(state, catalog.managedPolicies),
    region: options.region ?? 'us-east-1',
    ...(options.guardrails && { guardrails: options.guardrails }),
    ...(options.organizationId !== undefined && { organizationId: options.organizationId }),
    ...(options.managementAccount !== undefined && { managementAccount: options.managementAccount }),
    ...(options.sourceIp !== undefined && { sourceIp: options.sourceIp }),
    ...(options.clock && { clock: options.clock }),
  });
  const admin = options.admin === undefined ? world.issue({ kind: 'root' }) : world.issueFor(options.admin);
  const sns = new Sns(world);
  for (const topic of options.topics ?? []) sns.addTopic(topic.name, topic.kmsKeyArn);
  const services: LocalService[] = [
    iamService(world),
    stsService(world),
    sns,
    new CognitoIdentity(world),
    new Organizations(world),
  ];
  for (const make of options.services ?? []) services.push(await make(world));
  const { server, port } = await listen(world, services, options.port ?? 0).catch(async (error: unknown) => {
    await stopAll(services);
    throw error;
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const credentialsFor = (holder: Holder) => issue(world, holder);
  return {
    endpoint,
    env: environment(endpoint, world.region, admin),
    world,
    sns,
    envFor: (holder) => environment(endpoint, world.region, credentialsFor(holder)),
    credentialsFor,
    messages: () => sns.messages(),
    calls: () => world.calls(),
    addTopic: (name, kmsKeyArn, policy) => sns.addTopic(name, kmsKeyArn, policy),
    async stop() {
      await stopAll(services);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function stopAll(services: readonly LocalService[]): Promise<void> {
  for (const service of [...services].reverse()) await service.stop?.();
}

function issue(world: World, holder: Holder): Credentials {
  if (typeof holder === 'string') return world.issueFor(holder);
  if ('policies' in holder) {
    const policies = holder.policies.map(
      (text, index): PolicySource => ({ name: `policy-${index + 1}`, type: 'inline', text }),
    );
    return world.issue({ kind: 'policies', name: holder.name ?? 'caller', policies });
  }
  const { principalArn, sessionName, sessionPolicies, mfa } = holder;
  return world.issueFor(principalArn, {
    ...(sessionName !== undefined && { name: sessionName }),
    ...(mfa !== undefined && { mfa }),
    ...(sessionPolicies && {
      policies: sessionPolicies.map(
        (text): PolicySource => ({ name: 'session policy', type: 'session', text }),
      ),
    }),
  });
}

function environment(endpoint: string, region: string, credentials: Credentials): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
