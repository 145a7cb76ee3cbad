import type { PolicySource, RequestContext } from '@permission-check/iam-policy';
import { bindingPolicies, contextValue, PolicyError, parsePolicy } from '@permission-check/iam-policy';
import type { Session } from '../account/credentials.ts';
import { defaultText, type Role } from '../account/state.ts';
import { accessDenied } from '../authorization/authorize.ts';
import { decideFor } from '../authorization/evaluate.ts';
import { AwsError, type LocalRequest, type LocalService } from '../types.ts';
import { QueryParams, queryResponse, type XmlValue } from '../wire/query-protocol.ts';
import type { World } from '../world.ts';
import { trusts } from './trust.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** STS of the embedded AWS: GetCallerIdentity, AssumeRole and GetFederationToken. */
export function stsService(world: World): LocalService {
  return {
    signingNames: ['sts'],
    protocol: 'query',
    async handle(request) {
      const params = QueryParams.parse(request.body.toString('utf8'));
      const answer = operate(world, params, request);
      return queryResponse(namespace, request.operation, answer, request.requestId);
    },
  };
}

function operate(world: World, params: QueryParams, request: LocalRequest): XmlValue {
  if (request.operation === 'AssumeRole') return assumeRole(world, params, request);
  if (request.operation === 'GetFederationToken') return federate(world, params, request);
  if (request.operation === 'GetCallerIdentity') {
    const { userId, accountId, arn } = request.caller;
    // No policy can forbid it: the answer tells nothing that the keys do not.
    return { UserId: userId, Account: accountId, Arn: arn };
  }
  const version = params.get('Version') ?? '2011-06-15';
  throw new AwsError(
    'InvalidAction',
    `Could not find operation ${request.operation} for version ${version}`,
    400,
  );
}

function assumeRole(world: World, params: QueryParams, request: LocalRequest): XmlValue {
  const roleArn = params.require('RoleArn');
  const name = params.require('RoleSessionName');
  assertName(name, 'roleSessionName');
  if (request.caller.policies() === 'root') {
    throw new AwsError('AccessDenied', 'Roles may not be assumed by root accounts.', 403);
  }
  const mfa = readMfa(params);
  const tags = tagsOf(params);
  const asked = params.get('SourceIdentity');
  const inherited = contextValue(request.caller.context, 'aws:SourceIdentity');
  if (asked !== undefined) assertName(asked, 'sourceIdentity');
  // Once set it stays through role chaining, and cannot be changed.
  if (asked !== undefined && inherited !== undefined && asked !== inherited)
    throw new AwsError('AccessDenied', 'The source identity of a session cannot be changed.', 403);
  const sourceIdentity = asked ?? (typeof inherited === 'string' ? inherited : undefined);
  const context = assumeContext(world, params, request, { name, mfa, tags, sourceIdentity });
  const role = authorizedRole(world, request, roleArn, context, [
    'sts:AssumeRole',
    ...(Object.keys(tags).length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]);
  const policies = sessionPolicies(world, params);
  const seconds = duration(params, role, request);
  const issuedAt = world.clock();
  const session: Session = {
    name,
    issuedAt,
    expiresAt: new Date(issuedAt.getTime() + seconds * 1000),
    mfa,
    tags,
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(policies.length > 0 && { policies }),
  };
  const key = world.issue({ kind: 'role', name: role.name, session });
  return {
    Credentials: {
      AccessKeyId: key.accessKeyId,
      SecretAccessKey: key.secretAccessKey,
      SessionToken: key.sessionToken,
      Expiration: session.expiresAt,
    },
    AssumedRoleUser: {
      AssumedRoleId: `${role.id}:${name}`,
      Arn: `arn:${world.partition}:sts::${world.accountId}:assumed-role/${role.name}/${name}`,
    },
    ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    ...(policies.length > 0 && { PackedPolicySize: packedSize(policies) }),
  };
}

function tagsOf(params: QueryParams): Readonly<Record<string, string>> {
  return Object.fromEntries(
    params.structs('Tags').map((tag) => [tag.require('Key'), tag.get('Value') ?? '']),
  );
}

/**
 * A session under another name with what both the user's own policies and the session policies allow: without session
 * policies, nothing. Passing tags needs sts:TagSession as well.
 *
 * Source: STS API Reference, GetFederationToken.
 */
function federate(world: World, params: QueryParams, request: LocalRequest): XmlValue {
  const { caller } = request;
  const name = params.require('Name');
  if (!/^[\w+=,.@-]{2,32}$/.test(name))
    throw validation("Value at 'name' failed to satisfy constraint: [\\w+=,.@-]*");
  const user = [...world.visible().users.values()].find(({ arn }) => arn === caller.arn);
  if (user === undefined)
    throw new AwsError('AccessDenied', 'Cannot call GetFederationToken with session credentials', 403);
  const tags = tagsOf(params);
  const arn = `arn:${world.partition}:sts::${world.accountId}:federated-user/${name}`;
  request.authorize('sts:GetFederationToken', arn, tagContext(tags));
  if (Object.keys(tags).length > 0) request.authorize('sts:TagSession', arn, tagContext(tags));
  const given = sessionPolicies(world, params);
  const issuedAt = world.clock();
  const seconds = params.integer('DurationSeconds', 900, 129_600) ?? 43_200;
  const session: Session = {
    name,
    issuedAt,
    expiresAt: new Date(issuedAt.getTime() + seconds * 1000),
    tags,
    policies: given.length > 0 ? given : [nothing],
  };
  const key = world.issue({ kind: 'federated', name: user.name, session });
  return {
    Credentials: {
      AccessKeyId: key.accessKeyId,
      SecretAccessKey: key.secretAccessKey,
      SessionToken: key.sessionToken,
      Expiration: session.expiresAt,
    },
    FederatedUser: { FederatedUserId: `${world.accountId}:${name}`, Arn: arn },
    PackedPolicySize: packedSize(given),
  };
}

const nothing: PolicySource = {
  name: 'no session policy',
  type: 'session',
  text: '{"Version":"2012-10-17","Statement":[]}',
};

function tagContext(tags: Readonly<Record<string, string>>): RequestContext {
  const keys = Object.keys(tags);
  return {
    ...(keys.length > 0 && { 'aws:TagKeys': keys }),
    ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags[key] ?? ''])),
  };
}

/**
 * The role, when its trust policy and the caller's own policies let it be assumed. A trust policy that names the
 * caller is enough; one that names the account needs leave from the caller's policies too.
 */
function authorizedRole(
  world: World,
  request: LocalRequest,
  roleArn: string,
  context: RequestContext,
  actions: readonly string[],
): Role {
  const { caller } = request;
  const role = [...world.visible().roles.values()].find((candidate) => candidate.arn === roleArn);
  const policies = caller.policies();
  for (const action of actions) {
    if (!role || policies === 'root' || !trusts(role.trust, caller, action, context)) {
      // STS does not say whether the role exists.
      const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${roleArn}`;
      throw new AwsError('AccessDenied', message, 403);
    }
    const trust: PolicySource = { name: 'trust policy', type: 'resource', text: role.trust };
    const binding = { ...bindingPolicies(policies, action, world.binding), resource: trust };
    const decision = decideFor(binding, { action, resource: roleArn, context });
    if (decision.decision !== 'allowed') throw accessDenied(caller.arn, action, roleArn, decision);
  }
  if (!role) throw new Error('every action checks the role');
  return role;
}

function assumeContext(
  world: World,
  params: QueryParams,
  request: LocalRequest,
  session: {
    name: string;
    mfa: boolean;
    tags: Readonly<Record<string, string>>;
    sourceIdentity: string | undefined;
  },
): RequestContext {
  const externalId = params.get('ExternalId');
  return {
    ...request.caller.context,
    'aws:CurrentTime': world.clock().toISOString(),
    'aws:SourceIp': world.sourceIp,
    'aws:SecureTransport': 'true',
    'aws:RequestedRegion': request.region,
    'sts:RoleSessionName': session.name,
    ...(session.mfa && { 'aws:MultiFactorAuthPresent': 'true' }),
    ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    ...(session.sourceIdentity !== undefined && { 'sts:SourceIdentity': session.sourceIdentity }),
    ...tagContext(session.tags),
  };
}

function readMfa(params: QueryParams): boolean {
  const serial = params.get('SerialNumber');
  const code = params.get('TokenCode');
  if (serial === undefined && code === undefined) return false;
  if (serial === undefined || !/^\d{6}$/.test(code ?? '')) {
    throw new AwsError(
      'AccessDenied',
      'MultiFactorAuthentication failed with invalid MFA one time pass code.',
      403,
    );
  }
  return true;
}

function duration(params: QueryParams, role: Role, request: LocalRequest): number {
  const seconds = params.integer('DurationSeconds', 900, 43_200) ?? 3600;
  const chained = request.caller.arn.includes(':assumed-role/');
  if (chained && seconds > 3600) {
    throw validation(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  if (seconds > role.maxSessionDuration) {
    throw validation('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  return seconds;
}

function sessionPolicies(world: World, params: QueryParams): PolicySource[] {
  const text = params.get('Policy');
  if (text !== undefined && text.length > 2048) {
    throw validation(
      "Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048",
    );
  }
  if (text !== undefined) checkDocument(text);
  const inline: PolicySource[] =
    text === undefined ? [] : [{ name: 'session policy', type: 'session', text }];
  const managed = params.structs('PolicyArns').map((entry): PolicySource => {
    const arn = entry.require('arn');
    const policy = world.visible().policies.get(arn);
    const document = policy && defaultText(policy);
    if (!policy || document === undefined)
      throw validation(`Policy ${arn} does not exist or is not attachable.`);
    return { name: policy.name, type: 'session', arn, versionId: policy.defaultVersionId, text: document };
  });
  return [...inline, ...managed];
}

/** @throws AwsError MalformedPolicyDocument. */
function checkDocument(text: string): void {
  try {
    parsePolicy(text);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new AwsError('MalformedPolicyDocument', `Syntax errors in policy: ${error.message}`, 400);
  }
}

/** Percentage of the quota that the session's policies take; AWS packs them, so theirs is smaller. */
const packedSize = (policies: readonly PolicySource[]): number =>
  Math.min(100, Math.ceil((policies.reduce((sum, policy) => sum + policy.text.length, 0) / 4096) * 100));

/** @throws AwsError ValidationError where a name is too short, too long, or has other letters than STS takes. */
function assertName(name: string, member: string): void {
  const constraint =
    name.length < 2
      ? 'Member must have length greater than or equal to 2'
      : name.length > 64
        ? 'Member must have length less than or equal to 64'
        : /^[\w+=,.@-]*$/.test(name)
          ? undefined
          : 'Member must satisfy regular expression pattern: [\\w+=,.@-]*';
  if (constraint === undefined) return;
  throw validation(
    `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

const validation = (message: string): AwsError => new AwsError('ValidationError', message, 400);
