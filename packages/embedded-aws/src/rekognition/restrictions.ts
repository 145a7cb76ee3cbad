import type { PolicySource, RequestContext } from '@permission-check/iam-policy';
import { accessDenied } from '../authorization/authorize.ts';
import { decideFor } from '../authorization/evaluate.ts';
import type { KnownActions } from '../catalog.ts';
import { AwsError, type LocalRequest } from '../types.ts';

/** What stands between a caller and Rekognition that SimulatePrincipalPolicy does not see. */
export interface Restrictions {
  /** Regions without Custom Labels, where its actions are denied to everybody in IAM's own words. */
  readonly regionsWithoutCustomLabels?: readonly string[];
  /** Features of the catalogue that are closed to this account. What AWS answers then is not documented; here: no words of IAM's. */
  readonly closedFeatures?: readonly string[];
  /** The policy of the VPC endpoint through which every call comes; JSON text. */
  readonly endpointPolicy?: string;
  /**
   * Resource control policies that cover Rekognition; JSON texts. AWS's list of services that RCPs support did not
   * name Rekognition when this was written.
   */
  readonly resourceControlPolicies?: readonly string[];
}

const everything: PolicySource = {
  name: 'everything',
  type: 'inline',
  text: JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  }),
};

/** @throws AwsError AccessDeniedException where one of the restrictions stops the call. */
export function enforce(
  restrictions: Restrictions,
  known: KnownActions,
  request: LocalRequest,
  judged: { readonly action: string; readonly resource: string; readonly context: RequestContext },
): void {
  const { caller, region } = request;
  const feature = known.feature(judged.action);
  if (feature === 'custom-labels' && restrictions.regionsWithoutCustomLabels?.includes(region)) {
    throw accessDenied(caller.arn, judged.action, judged.resource, { decision: 'implicitDeny', matched: [] });
  }
  if (feature && restrictions.closedFeatures?.includes(feature)) {
    throw new AwsError('AccessDeniedException', 'This feature is not available to new customers.');
  }
  const rcps = restrictions.resourceControlPolicies ?? [];
  if (rcps.length > 0) {
    const level = rcps.map((text, index): PolicySource => ({ name: `rcp-${index + 1}`, type: 'rcp', text }));
    const decision = decideFor({ identity: [everything], rcps: [level] }, judged);
    if (decision.decision !== 'allowed')
      throw accessDenied(caller.arn, judged.action, judged.resource, decision);
  }
  if (restrictions.endpointPolicy !== undefined)
    enforceEndpoint(restrictions.endpointPolicy, request, judged);
}

/** An endpoint's policy says whom it lets through and to what: it must allow, and must not deny. */
function enforceEndpoint(
  text: string,
  { caller }: LocalRequest,
  judged: { readonly action: string; readonly resource: string; readonly context: RequestContext },
): void {
  const { matched } = decideFor(
    { identity: [], resource: { name: 'endpoint policy', type: 'resource', text } },
    judged,
  );
  const denied = matched.some(({ statement }) => statement.effect === 'Deny');
  if (!denied && matched.length > 0) return;
  const clause = denied
    ? 'with an explicit deny in a VPC endpoint policy'
    : `because no VPC endpoint policy allows the ${judged.action} action`;
  throw new AwsError(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${judged.action} on resource: ${judged.resource} ${clause}`,
  );
}
