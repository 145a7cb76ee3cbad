import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { recorded } from '../recorded-call.ts';
import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import { jsonResponse, readJson } from '../wire/json-protocol.ts';
import type { World } from '../world.ts';

interface IdentityPool {
  readonly id: string;
  readonly name: string;
  /** Whether guests, whom nobody vouches for, get a role. */
  readonly allowUnauthenticated: boolean;
  readonly allowClassicFlow: boolean;
  /** `authenticated` and `unauthenticated` → role ARN. */
  readonly roles: Readonly<Partial<Record<string, string>>>;
  readonly roleMappings: unknown;
}

const poolId = z.object({ IdentityPoolId: z.string() });
const pool = z.object({
  IdentityPoolName: z.string(),
  AllowUnauthenticatedIdentities: z.boolean(),
  AllowClassicFlow: z.boolean().optional(),
});
const listPools = z.object({ MaxResults: z.number().int().min(1).max(60), NextToken: z.string().optional() });
const poolRoles = z.object({
  IdentityPoolId: z.string(),
  Roles: z.partialRecord(z.enum(['authenticated', 'unauthenticated']), z.string()),
  RoleMappings: z.unknown().optional(),
});

/**
 * Amazon Cognito identity pools, as far as they say which roles people get who sign in elsewhere, or nowhere. Nobody is
 * given credentials here.
 */
export class CognitoIdentity implements LocalService {
  readonly signingNames = ['cognito-identity'];
  readonly protocol = 'json';
  readonly #world: World;
  readonly #pools = new Map<string, IdentityPool>();

  constructor(world: World) {
    this.#world = world;
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    const operation = this.#operations[request.operation];
    if (operation === undefined) {
      throw new AwsError(
        'UnknownOperationException',
        `the embedded AWS has no cognito-identity:${request.operation}`,
      );
    }
    const input = readJson(z.record(z.string(), z.unknown()), request);
    return jsonResponse('1.1', recorded(this.#world, request, input, () => operation(request)) ?? {});
  }

  readonly #operations: Readonly<Record<string, (request: LocalRequest) => unknown>> = {
    CreateIdentityPool: (request) => {
      const input = readJson(pool, request);
      request.authorize('cognito-identity:CreateIdentityPool', '*');
      return this.#put({
        id: `${request.region}:${randomUUID()}`,
        name: input.IdentityPoolName,
        allowUnauthenticated: input.AllowUnauthenticatedIdentities,
        allowClassicFlow: input.AllowClassicFlow ?? false,
        roles: {},
        roleMappings: undefined,
      });
    },
    UpdateIdentityPool: (request) => {
      const input = readJson(pool.extend(poolId.shape), request);
      return this.#put({
        ...this.#pool(request, input.IdentityPoolId),
        name: input.IdentityPoolName,
        allowUnauthenticated: input.AllowUnauthenticatedIdentities,
        allowClassicFlow: input.AllowClassicFlow ?? false,
      });
    },
    DescribeIdentityPool: (request) => shape(this.#pool(request, readJson(poolId, request).IdentityPoolId)),
    DeleteIdentityPool: (request) => {
      this.#pools.delete(this.#pool(request, readJson(poolId, request).IdentityPoolId).id);
      return {};
    },
    ListIdentityPools: (request) => {
      const { MaxResults, NextToken = '0' } = readJson(listPools, request);
      request.authorize('cognito-identity:ListIdentityPools', '*');
      const all = [...this.#pools.values()].filter(({ id }) => id.startsWith(`${request.region}:`));
      const end = Number(NextToken) + MaxResults;
      return {
        IdentityPools: all
          .slice(Number(NextToken), end)
          .map(({ id, name }) => ({ IdentityPoolId: id, IdentityPoolName: name })),
        ...(end < all.length && { NextToken: String(end) }),
      };
    },
    GetIdentityPoolRoles: (request) => {
      const found = this.#pool(request, readJson(poolId, request).IdentityPoolId);
      const { id, roles, roleMappings } = found;
      return {
        IdentityPoolId: id,
        Roles: roles,
        ...(roleMappings !== undefined && { RoleMappings: roleMappings }),
      };
    },
    SetIdentityPoolRoles: (request) => {
      const { IdentityPoolId, Roles, RoleMappings } = readJson(poolRoles, request);
      const found = this.#pool(request, IdentityPoolId);
      for (const arn of new Set(Object.values(Roles))) request.authorize('iam:PassRole', arn);
      this.#pools.set(found.id, { ...found, roles: Roles, roleMappings: RoleMappings });
      return {};
    },
  };

  #put(made: IdentityPool) {
    this.#pools.set(made.id, made);
    return shape(made);
  }

  /** The pool of that id, once the caller may do the operation on it. */
  #pool(request: LocalRequest, id: string): IdentityPool {
    const { partition, accountId } = this.#world;
    const arn = `arn:${partition}:cognito-identity:${request.region}:${accountId}:identitypool/${id}`;
    request.authorize(`cognito-identity:${request.operation}`, arn);
    const found = this.#pools.get(id);
    if (found === undefined) {
      throw new AwsError('ResourceNotFoundException', `IdentityPool '${id}' not found.`);
    }
    return found;
  }
}

const shape = ({ id, name, allowUnauthenticated, allowClassicFlow }: IdentityPool) => ({
  IdentityPoolId: id,
  IdentityPoolName: name,
  AllowUnauthenticatedIdentities: allowUnauthenticated,
  AllowClassicFlow: allowClassicFlow,
});
