import { detailOperations } from '#local/iam/authorization-details.ts';
import { contextKeyOperations } from '#local/iam/context-keys.ts';
import { listOperations } from '#local/iam/lists.ts';
import { actionOf, type IamOperation, type OperationResult } from '#local/iam/operation.ts';
import { readOperations } from '#local/iam/reads.ts';
import { simulationOperations } from '#local/iam/simulate.ts';
import { QueryParams, queryResponse } from '#local/query-protocol.ts';
import { AwsError, type LocalRequest, type LocalService } from '#local/types.ts';
import type { World } from '#local/world.ts';

const namespace = 'https://iam.amazonaws.com/doc/2010-05-08/';

const operations: Readonly<Record<string, IamOperation>> = {
  ...readOperations,
  ...listOperations,
  ...detailOperations,
  ...contextKeyOperations,
  ...simulationOperations,
};

/** IAM of the embedded AWS. */
export function iamService(world: World): LocalService {
  return {
    signingNames: ['iam'],
    protocol: 'query',
    async handle(request) {
      const params = QueryParams.parse(request.body.toString('utf8'));
      const operation = Object.hasOwn(operations, request.operation)
        ? operations[request.operation]
        : undefined;
      if (!operation) {
        const version = params.get('Version') ?? '2010-05-08';
        throw new AwsError(
          'InvalidAction',
          `Could not find operation ${request.operation} for version ${version}`,
          400,
        );
      }
      const result = run(operation, world, params, request);
      return queryResponse(namespace, request.operation, result.answer, request.requestId);
    },
  };
}

function run(
  operation: IamOperation,
  world: World,
  params: QueryParams,
  request: LocalRequest,
): OperationResult {
  return operation({
    world,
    params,
    caller: request.caller,
    authorize: (resource, context) => request.authorize(actionOf(request.operation), resource, context),
    state: world.visible(),
  });
}
