import type { PolicySource } from '@permission-check/iam-policy';
import type { PolicyChange } from '#lib/account/apply-change.ts';
import { arnParts } from '#lib/account/arn.ts';
import type { Principal } from '#lib/account/types.ts';
import { awsManagedPolicy } from '#lib/catalog/aws-managed-policies.ts';
import { type Bound, boundedDocument } from './bounds.ts';
import { type Declared, type DeclaredPrincipal, displayOf, policiesByArn } from './declared.ts';
import { type Provenance, sourceKey } from './planned-principal.ts';
import type { Declaration, Source, Value } from './types.ts';
import { hasUnknown, unknownsIn } from './unknown.ts';

/** A policy that allows everything: the most that one may hold whose text is not known. */
export const allowAll = JSON.stringify(
  { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  null,
  4,
);
/** A policy that allows nothing. */
export const denyAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
});

/** The texts of policies that a plan gives, with their unknown parts settled for one bound. */
export class PlannedPolicies {
  readonly #bound: Bound;
  /** Those that the plan changes. */
  readonly #changed: ReadonlyMap<string, Declared<'managed-policy'>>;
  /** What the plan shows of an account, also without changing it. */
  readonly #shown: ReadonlyMap<string, Declared<'managed-policy'>>;
  readonly #ofAccount = new Map<string, PolicySource>();
  readonly #settled = new Map<Value, string | undefined>();

  constructor(bound: Bound, changed: readonly Declaration[], unchanged: readonly Declaration[]) {
    this.#bound = bound;
    this.#changed = policiesByArn(changed);
    this.#shown = policiesByArn([...unchanged, ...changed]);
  }

  /** Takes note of the policies of a principal of the account. */
  see({ policies, boundary }: Principal): void {
    for (const policy of policies) {
      if (policy.arn === undefined || this.#ofAccount.has(policy.arn)) continue;
      const { group: _, ...own } = policy;
      this.#ofAccount.set(policy.arn, own);
    }
    if (boundary?.arn !== undefined) this.#ofAccount.set(boundary.arn, boundary);
  }

  /** Whether the plan shows the policy with that ARN. */
  isDeclared(arn: string): boolean {
    return this.#shown.has(arn);
  }

  /** What a declaration gives its holder. */
  given(one: Declaration, from: Provenance, group?: string): PolicyChange[] {
    if (one.is === 'inline-policy') return [this.#put(one, from, group)];
    const policy =
      one.is === 'attachment' ? this.#attached(one.policyArn, from, one.source, group) : undefined;
    return policy === undefined ? [] : [{ kind: 'attach', policy }];
  }

  #put(one: Declared<'inline-policy'>, from: Provenance, group?: string): PolicyChange {
    const name = displayOf(one.name);
    const place: PolicySource = { name, type: 'inline', ...(group === undefined ? {} : { group }), text: '' };
    from.source(place, one.source);
    const text = this.#settle(one.document, from, sourceKey(place));
    return text === undefined ? { kind: 'delete', name } : { kind: 'put', name, text };
  }

  /** The policy with an ARN; what nobody knows the text of is anything at most, and nothing at least. */
  #attached(arn: string, from: Provenance, source: Source, group?: string): PolicySource | undefined {
    const declared = this.#shown.get(arn);
    const of = group === undefined ? {} : { group };
    const place = { name: arn, type: 'customer-managed' as const, arn: displayOf(arn), ...of, text: '' };
    from.source(place, declared?.source ?? source);
    if (declared !== undefined) return this.#declaredPolicy(declared, from);
    const known = hasUnknown(arn) ? undefined : this.#known(arn);
    if (known !== undefined) return known;
    for (const name of unknownsIn(arn)) from.unknown(name, displayOf(arn));
    if (!hasUnknown(arn)) from.unknown(`the text of ${arn}`, arn);
    if (this.#bound === 'least') return undefined;
    return {
      name: displayOf(arn.slice(arn.lastIndexOf('/') + 1)),
      type: 'customer-managed',
      arn: displayOf(arn),
      text: allowAll,
    };
  }

  #declaredPolicy(declared: Declared<'managed-policy'>, from: Provenance): PolicySource | undefined {
    const text = this.#settle(declared.document, from, displayOf(declared.arn));
    return text === undefined
      ? undefined
      : { name: displayOf(declared.name), type: 'customer-managed', arn: displayOf(declared.arn), text };
  }

  /** A policy that somebody has, in the text that the plan gives it. */
  updated(policy: PolicySource, from: Provenance): PolicySource | undefined {
    const declared = policy.arn === undefined ? undefined : this.#changed.get(policy.arn);
    if (declared === undefined) return policy;
    from.source(policy, declared.source);
    const text = this.#settle(declared.document, from, displayOf(declared.arn));
    if (text === undefined) return undefined;
    const { versionId: _, ...rest } = policy;
    return text === policy.text ? policy : { ...rest, text };
  }

  /** Without a boundary more is allowed than with any: that is the most where the boundary is not known. */
  boundary(declared: DeclaredPrincipal, from: Provenance): PolicySource | undefined {
    if (declared.boundaryArn === undefined) return undefined;
    const arn = declared.boundaryArn;
    const unknown = this.#shown.get(arn) === undefined && (hasUnknown(arn) || this.#known(arn) === undefined);
    if (unknown && this.#bound === 'most') {
      for (const name of hasUnknown(arn) ? unknownsIn(arn) : [`the text of ${arn}`]) from.unknown(name, '');
      return undefined;
    }
    const policy = this.#attached(arn, from, declared.source);
    return policy ?? { name: displayOf(arn), type: 'customer-managed', arn: displayOf(arn), text: denyAll };
  }

  #known(arn: string): PolicySource | undefined {
    return (
      this.#ofAccount.get(arn) ?? (arnParts(arn).accountId === 'aws' ? awsManagedPolicy(arn) : undefined)
    );
  }

  #settle(document: Value, from: Provenance, key: string): string | undefined {
    for (const name of unknownsIn(document)) from.unknown(name, key);
    const known = this.#settled.get(document);
    if (known !== undefined || this.#settled.has(document)) return known;
    const text = boundedDocument(document, this.#bound);
    this.#settled.set(document, text);
    return text;
  }
}
