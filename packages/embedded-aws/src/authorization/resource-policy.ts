import {
  type DecisionKind,
  PolicyError,
  type PolicySource,
  parsePolicy,
  type RequestContext,
} from '@permission-check/iam-policy';
import { z } from 'zod';
import type { LocalRequest } from '../types.ts';
import type { World } from '../world.ts';
import { authorizeCall, requestContext } from './authorize.ts';
import { decideFor } from './evaluate.ts';

/**
 * Throws unless the caller's policies and the resource's own policy together allow the action.
 *
 * @throws AwsError AccessDenied.
 */
export function authorizeOnResource(
  world: World,
  request: LocalRequest,
  action: string,
  resource: string,
  policyText: string | undefined,
  context: RequestContext = {},
): void {
  const { caller } = request;
  const policies = caller.policies();
  if (policyText === undefined) {
    request.authorize(action, resource, context);
    return;
  }
  const bound = {
    // The root user may do everything, but what a resource's own policy denies.
    ...(policies === 'root' ? { identity: [everything] } : policies),
    resource: { name: 'resource policy', type: 'resource', text: policyText } as const,
  };
  authorizeCall(world, { ...caller, policies: () => bound }, action, resource, {
    ...requestContext(world, caller, request),
    ...context,
  });
}

const everything: PolicySource = {
  name: 'root',
  type: 'inline',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};

const principals = z.union([
  z.literal('*').transform(() => ({ AWS: ['*'] })),
  z.record(
    z.string(),
    z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat()),
  ),
]);
const statement = z.looseObject({ Principal: principals.optional(), NotPrincipal: principals.optional() });
const documentSchema = z.looseObject({
  Statement: z.union([statement, z.array(statement)]).transform((value) => [value].flat()),
});

/** Whether a text is the policy of a resource: one that can be read, in which every statement says whom it is about. */
export function isResourcePolicy(text: string): boolean {
  try {
    return parsePolicy(text).statements.every(
      ({ principals, notPrincipal }) => principals !== undefined || notPrincipal,
    );
  } catch (error) {
    if (error instanceof PolicyError) return false;
    throw error;
  }
}

/**
 * What a resource's own policy says about an AWS service that acts in nobody's name: `events.amazonaws.com`. Services
 * have no policies of their own, so nothing else can allow it.
 */
export function decideForService(
  policyText: string | undefined,
  service: string,
  request: { action: string; resource: string; context: RequestContext },
): DecisionKind {
  if (policyText === undefined) return 'implicitDeny';
  const isMeant = (names: z.infer<typeof principals>): boolean =>
    (names.AWS?.includes('*') ?? false) ||
    ('Service' in names && (names.Service?.includes(service) ?? false));
  const own = documentSchema
    .parse(JSON.parse(policyText))
    .Statement.flatMap(({ Principal, NotPrincipal, ...rest }) => {
      const meant =
        Principal === undefined ? NotPrincipal !== undefined && !isMeant(NotPrincipal) : isMeant(Principal);
      // A trust policy has no Resource: it stands on its role.
      return meant ? [{ ...(rest.NotResource === undefined && { Resource: '*' }), ...rest }] : [];
    });
  if (own.length === 0) return 'implicitDeny';
  const context = {
    ...request.context,
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': service,
    'aws:SecureTransport': 'true',
  };
  const text = JSON.stringify({ Version: '2012-10-17', Statement: own });
  return decideFor(
    { identity: [{ name: 'resource policy', type: 'resource', text }] },
    { ...request, context },
  ).decision;
}
