import type { MatchedStatement, Request } from '@permission-check/iam-policy';

/** Access of a principal to an action: never, on some resources or in some contexts, always; or not certain. */
export type AccessDegree = 'none' | 'conditional' | 'full' | 'unknown';

/** What a principal can do with an action. */
export interface ActionAccess {
  /** `rekognition:DeleteFaces` */
  readonly action: string;
  readonly access: AccessDegree;
  /** On which resources and under which conditions, in words: `collection/shop-* with MFA`. None: no access. */
  readonly where: readonly string[];
  /** The statements that open it. */
  readonly by: readonly MatchedStatement[];
  /** A request that is allowed. */
  readonly example?: Request;
  /** Why there may be more access than this. */
  readonly doubt?: string;
}

/** What a principal can do with some actions. */
export interface PrincipalAccess {
  /** `role/analyst` */
  readonly subject: string;
  readonly arn: string;
  /** Of all the actions: `none` where each is, `full` where each is. */
  readonly access: AccessDegree;
  readonly actions: readonly ActionAccess[];
  /** Who can become it, in words; absent: nobody from elsewhere, or a user with keys of its own. */
  readonly reachedBy?: string;
}
