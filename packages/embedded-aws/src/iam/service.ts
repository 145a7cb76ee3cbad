import { AwsError, type LocalRequest, type LocalService } from '../types.ts';
import { QueryParams, queryResponse } from '../wire/query-protocol.ts';
import type { World } from '../world.ts';
import { detailOperations } from './authorization-details.ts';
import { contextKeyOperations } from './context-keys.ts';
import { credentialReads, credentialWrites } from './credentials.ts';
import { instanceProfileReads, instanceProfileWrites } from './instance-profiles.ts';
import { lastAccessedOperations } from './last-accessed.ts';
import { listOperations } from './lists.ts';
import { emptyLists } from './not-kept.ts';
import { actionOf, type IamOperation, type OperationResult } from './operation.ts';
import { providerReads, providerWrites } from './providers.ts';
import { readOperations } from './reads.ts';
import { apiCall } from './record.ts';
import { serviceLinkedRoleReads, serviceLinkedRoleWrites } from './service-linked-roles.ts';
import { simulationOperations } from './simulate.ts';
import { bindingOperations } from './writes-bound.ts';
import { entityOperations } from './writes-entities.ts';
import { policyTagOperations, policyWriteOperations } from './writes-policies.ts';

const namespace = 'https://iam.amazonaws.com/doc/2010-05-08/';

const reads: Readonly<Record<string, IamOperation>> = {
  ...readOperations,
  ...listOperations,
  ...emptyLists,
  ...detailOperations,
  ...contextKeyOperations,
  ...simulationOperations,
  ...credentialReads,
  ...lastAccessedOperations,
  ...instanceProfileReads,
  ...providerReads,
  ...serviceLinkedRoleReads,
};

const writes: Readonly<Record<string, IamOperation>> = {
  ...entityOperations,
  ...bindingOperations,
  ...policyWriteOperations,
  ...policyTagOperations,
  ...credentialWrites,
  ...instanceProfileWrites,
  ...providerWrites,
  ...serviceLinkedRoleWrites,
};

/** IAM of the embedded AWS. Writes become visible to reads after the world's IAM delay; every call is recorded. */
export function iamService(world: World): LocalService {
  return {
    signingNames: ['iam'],
    protocol: 'query',
    async handle(request) {
      const params = QueryParams.parse(request.body.toString('utf8'));
      const result = perform(world, params, request);
      return queryResponse(namespace, request.operation, result.answer, request.requestId);
    },
  };
}

function perform(world: World, params: QueryParams, request: LocalRequest): OperationResult {
  const readOnly = Object.hasOwn(reads, request.operation);
  const operation = own(readOnly ? reads : writes, request.operation);
  if (!operation) {
    const version = params.get('Version') ?? '2010-05-08';
    throw new AwsError(
      'InvalidAction',
      `Could not find operation ${request.operation} for version ${version}`,
      400,
    );
  }
  try {
    const result = operation({
      world,
      params,
      caller: request.caller,
      authorize: (resource, context) => request.authorize(actionOf(request.operation), resource, context),
      authorizeAlso: (action, resource) => request.authorize(action, resource),
      state: readOnly ? world.visible() : world.latest(),
    });
    const { next } = result;
    if (next) world.update(() => next);
    world.recordApiCall(apiCall(request, params, readOnly, result));
    return result;
  } catch (error) {
    if (error instanceof AwsError) world.recordApiCall(apiCall(request, params, readOnly, error));
    throw error;
  }
}

const own = (table: Readonly<Record<string, IamOperation>>, name: string): IamOperation | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
