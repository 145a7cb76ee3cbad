import { type PolicySource, readPolicy } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';

/** A principal as it is once another version of a policy that binds it is the default. */
export interface Switched extends Principal {
  /** The version; of a group's policy, without the group. */
  readonly switchedTo: PolicySource;
}

/** What a version must say to be worth a look: Rekognition, or a way to more. */
const WORTH_A_LOOK = /rekognition|iam:|sts:|NotAction|\\u|[*?]/i;

/** The versions of an account's policies that bind nobody until somebody makes them the default. */
export class PolicyVersions {
  /** Those of which nobody can tell what they would open. */
  readonly unreadable: readonly PolicySource[];
  readonly #byPolicy = new Map<string, PolicySource[]>();
  /** One list for all that have the same policies, so that work about it is shared. */
  readonly #lists = new WeakMap<readonly PolicySource[], Map<PolicySource, readonly PolicySource[]>>();

  constructor(versions: Iterable<PolicySource>) {
    const unreadable: PolicySource[] = [];
    for (const version of versions) {
      const { arn = '' } = version;
      if (!isReadable(version)) unreadable.push(version);
      else this.#byPolicy.set(arn, [...(this.#byPolicy.get(arn) ?? []), version]);
    }
    this.unreadable = unreadable;
  }

  /** What a principal would be with each version of each policy that it has, and that bounds it. */
  *switchesOf(principal: Principal): Iterable<Switched> {
    if (this.#byPolicy.size === 0) return;
    const arns = new Set([...principal.policies, ...boundariesOf(principal)].flatMap(({ arn }) => arn ?? []));
    for (const arn of arns)
      for (const version of this.#byPolicy.get(arn) ?? []) {
        // What is the default by now binds already.
        if (isIn(principal, version)) continue;
        yield this.#switched(principal, version);
      }
  }

  #switched({ policies, boundary, ...principal }: Principal, version: PolicySource): Switched {
    return {
      ...principal,
      policies: policies.some(({ arn }) => arn === version.arn) ? this.#list(policies, version) : policies,
      ...(boundary && { boundary: boundary.arn === version.arn ? version : boundary }),
      switchedTo: version,
    };
  }

  #list(policies: readonly PolicySource[], version: PolicySource): readonly PolicySource[] {
    const lists = this.#lists.get(policies) ?? new Map<PolicySource, readonly PolicySource[]>();
    this.#lists.set(policies, lists);
    const known = lists.get(version);
    if (known !== undefined) return known;
    const list = policies.map((policy) => (policy.arn === version.arn ? inPlaceOf(policy, version) : policy));
    lists.set(version, list);
    return list;
  }
}

function isReadable({ text }: PolicySource): boolean {
  try {
    return readPolicy(text).unreadable.length === 0 || !WORTH_A_LOOK.test(text);
  } catch {
    return false;
  }
}

/** The boundary, if there is one. */
export const boundariesOf = ({ boundary }: Principal): readonly PolicySource[] =>
  boundary === undefined ? [] : [boundary];

const isIn = (principal: Principal, { arn, versionId }: PolicySource): boolean =>
  [...principal.policies, ...boundariesOf(principal)].some(
    (policy) => policy.arn === arn && policy.versionId === versionId,
  );

const inPlaceOf = ({ group }: PolicySource, version: PolicySource): PolicySource =>
  group === undefined ? version : { ...version, group };
