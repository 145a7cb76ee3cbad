import {
  bindingPolicies,
  type Decision,
  type Layer,
  type RequestContext,
} from '@permission-check/iam-policy';
import { AwsError, type Caller } from '../types.ts';
import type { World } from '../world.ts';
import { decideFor } from './evaluate.ts';

/** How AWS names a layer in an AccessDenied message. */
const layerNames: Record<Layer, string> = {
  identity: 'identity-based policy',
  boundary: 'permissions boundary',
  scp: 'service control policy',
  rcp: 'resource control policy',
  session: 'session policy',
  resource: 'resource-based policy',
  endpoint: 'VPC endpoint policy',
};

/** What a request carries besides its caller. */
export interface RequestFacts {
  readonly region: string;
  readonly userAgent: string;
}

/** The context keys of a real request: what IAM knows of the caller, and what the connection shows. */
export function requestContext(world: World, caller: Caller, facts: RequestFacts): RequestContext {
  const now = world.clock();
  return {
    ...caller.context,
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    'aws:SourceIp': world.sourceIp,
    'aws:SecureTransport': String(world.secureTransport),
    'aws:RequestedRegion': facts.region,
    'aws:UserAgent': facts.userAgent,
    'aws:ViaAWSService': 'false',
    'aws:PrincipalIsAWSService': 'false',
  };
}

/**
 * Throws unless the caller's policies allow the action on the resource.
 *
 * @throws AwsError AccessDenied, coded as the service does and worded as AWS words it (IAM User Guide,
 * "Troubleshoot access denied error messages").
 */
export function authorizeCall(
  world: World,
  caller: Caller,
  action: string,
  resource: string,
  context: RequestContext,
): void {
  const policies = caller.policies();
  if (policies === 'root') return;
  const decision = decideFor(bindingPolicies(policies, action, world.binding), { action, resource, context });
  if (decision.decision !== 'allowed') throw accessDenied(caller.arn, action, resource, decision);
}

/** The error for a decision that is not `allowed`. */
export function accessDenied(
  callerArn: string,
  action: string,
  resource: string,
  decision: Decision,
): AwsError {
  const layer = layerNames[decision.blockedBy ?? 'identity'];
  const article = /^[aeiou]/.test(layer) ? 'an' : 'a';
  const reason =
    decision.decision === 'explicitDeny'
      ? `with an explicit deny in ${article} ${layer}`
      : `because no ${layer} allows the ${action} action`;
  // S3 alone writes the resource in quotation marks.
  const named = action.startsWith('s3:') ? `"${resource}"` : resource;
  const message = `User: ${callerArn} is not authorized to perform: ${action} on resource: ${named} ${reason}`;
  const { code, status } = deniedCode(action);
  return new AwsError(code, message, status);
}

function deniedCode(action: string): { code: string; status: number } {
  const service = action.split(':')[0];
  if (service === 'sns') return { code: 'AuthorizationError', status: 403 };
  if (service === 'iam' || service === 'sts' || service === 's3')
    return { code: 'AccessDenied', status: 403 };
  return { code: 'AccessDeniedException', status: 400 };
}
