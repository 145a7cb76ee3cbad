import type { PolicySource } from '@permission-check/iam-policy';
import type { Group, Principal } from '#lib/account/types.ts';
import type { Severity } from '#lib/catalog/types.ts';
import type { Exchangeable } from './exchanges.ts';
import type { Switched } from './policy-versions.ts';

/** What there is in an account to come to; lists that take work are made when somebody asks. */
export interface Surroundings extends Exchangeable {
  /** The principals that are worth getting at, those that can do the worst first. */
  readonly targets: () => readonly Principal[];
  /** Roles without the boundaries that they have, as far as they can do more then; the worst first. */
  readonly unbounded: () => readonly Principal[];
  /** Principals with another version of a policy that binds them, as far as they can do more then; the worst first. */
  readonly switched: () => readonly Switched[];
  /** The roles that nobody judges. */
  readonly unjudged: () => readonly Principal[];
  readonly groups: readonly Group[];
  /** The customer managed policies of the account. */
  readonly policies: readonly PolicySource[];
  /** Those of some policies that let who has them do something, the worst first. */
  readonly worstFirst: (policies: readonly PolicySource[]) => readonly PolicySource[];
  /** One object for principals that can do the same, as far as that is plain. */
  readonly kindOf: (as: Principal) => object;
  /** How bad it is what one principal can do that another cannot; undefined: that is nothing. */
  readonly opens: (as: Principal, beyond: Principal) => Severity | undefined;
}
