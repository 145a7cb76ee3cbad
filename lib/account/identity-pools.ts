import * as z from 'zod/mini';

/** An identity pool of Amazon Cognito, as far as it says whether guests get a role from it, and which. */
export interface IdentityPool {
  /** `eu-west-1:0a1b2c3d-1111-2222-3333-444455556666` */
  readonly id: string;
  readonly allowsGuests: boolean;
  /** Whether its people may take any role whose trust policy lets them in, not only those that it hands out. */
  readonly allowsClassicFlow: boolean;
  /** The ARN of the role that it hands to guests; `none`: it hands them none; absent: not known. */
  readonly guestRole?: string;
  /** The account has none of that id: another account has, or nobody any more. What else is said of it is the widest. */
  readonly isAbsent?: true;
  /** The account had it and does not have it any more: nobody comes by it. */
  readonly isDeleted?: true;
}

/** A pool of an id that the account does not have: that Cognito does not find it does not tell that nobody has it. */
export const absentPool = (id: string): IdentityPool => ({
  id,
  allowsGuests: true,
  allowsClassicFlow: true,
  isAbsent: true,
});

/**
 * A pool that the account had. Nobody signs in with it any more, as a guest or otherwise, and nobody can make another of
 * its id: who makes a pool does not choose the id.
 *
 * Source: Amazon Cognito Federated Identities API Reference, DeleteIdentityPool ("users will not be able to authenticate
 * with the pool"), CreateIdentityPool (its parameters).
 */
export const deletedPool = (id: string): IdentityPool => ({
  id,
  allowsGuests: false,
  allowsClassicFlow: false,
  isDeleted: true,
});

/** As DescribeIdentityPool answers, and `aws cognito-identity describe-identity-pool` prints; Roles as GetIdentityPoolRoles. */
export const identityPoolDetail = z.object({
  IdentityPoolId: z.string(),
  AllowUnauthenticatedIdentities: z.boolean(),
  // Pools from before it could be said allow it.
  AllowClassicFlow: z.optional(z.boolean()),
  Roles: z.optional(z.object({ unauthenticated: z.optional(z.string()) })),
});

export function identityPoolOf(detail: z.infer<typeof identityPoolDetail>): IdentityPool {
  const { IdentityPoolId: id, AllowUnauthenticatedIdentities, AllowClassicFlow = true, Roles } = detail;
  return {
    id,
    allowsGuests: AllowUnauthenticatedIdentities,
    allowsClassicFlow: AllowClassicFlow,
    ...(Roles !== undefined && { guestRole: Roles.unauthenticated ?? 'none' }),
  };
}

/** The Region of an identity pool. */
export const regionOf = (poolId: string): string => poolId.slice(0, poolId.indexOf(':'));
