import * as z from 'zod/mini';
import type { Actor } from './types.ts';

/** CloudTrail's userIdentity, as far as it says who it was. Fields come and go with the identity's type. */
export const userIdentitySchema = z.object({
  type: z.optional(z.string()),
  arn: z.optional(z.string()),
  userName: z.optional(z.string()),
  principalId: z.optional(z.string()),
  accountId: z.optional(z.string()),
  invokedBy: z.optional(z.string()),
  onBehalfOf: z.optional(z.object({ userId: z.optional(z.string()) })),
  sessionContext: z.optional(
    z.object({
      sessionIssuer: z.optional(z.object({ userName: z.optional(z.string()), arn: z.optional(z.string()) })),
      sourceIdentity: z.optional(z.string()),
    }),
  ),
});

export type UserIdentity = z.infer<typeof userIdentitySchema>;

/** The session name of an assumed-role ARN or principal id: for Identity Center, the person's user name. */
const sessionName = (identity: UserIdentity): string | undefined =>
  identity.arn?.split(':assumed-role/')[1]?.split('/')[1] ?? identity.principalId?.split(':')[1];

/**
 * Who made a call, as a person reads it.
 * Source: CloudTrail User Guide, "CloudTrail userIdentity element"; identity types are an open list.
 */
export function readActor(identity: UserIdentity): Actor {
  const issuer = identity.sessionContext?.sessionIssuer?.userName;
  const base = {
    ...(identity.arn === undefined ? {} : { arn: identity.arn }),
    ...(identity.invokedBy === undefined ? {} : { invokedBy: identity.invokedBy }),
  };
  switch (identity.type) {
    case 'Root':
      return { name: `root of account ${identity.accountId ?? 'unknown'}`, ...base };
    case 'AssumedRole':
    case 'Role': {
      const name =
        identity.sessionContext?.sourceIdentity ?? sessionName(identity) ?? issuer ?? 'unknown session';
      return { name, ...(issuer === undefined || issuer === name ? {} : { through: issuer }), ...base };
    }
    case 'AWSService':
      return { name: identity.invokedBy ?? 'an AWS service', ...(identity.arn ? { arn: identity.arn } : {}) };
    case 'AWSAccount':
      return { name: `account ${identity.accountId ?? 'unknown'}`, ...base };
    case 'IdentityCenterUser':
      return { name: identity.userName ?? identity.onBehalfOf?.userId ?? 'an Identity Center user', ...base };
    default:
      return { name: identity.userName ?? identity.arn ?? identity.principalId ?? 'unknown', ...base };
  }
}
