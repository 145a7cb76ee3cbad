import type { PolicySource } from '@permission-check/iam-policy';

/** Versions of managed policies that are not the default, while defaults change. */
export class OtherVersions implements Iterable<PolicySource> {
  /** By ARN, in lower case as IAM compares names; then by version. */
  readonly #byPolicy = new Map<string, Map<string, PolicySource>>();

  constructor(versions: Iterable<PolicySource> = []) {
    for (const version of versions) this.add(version);
  }

  add(version: PolicySource): void {
    this.#of(version).set(version.versionId ?? '', version);
  }

  /** A version became the default: what was the default before is still there. */
  setDefault(policy: PolicySource, before: PolicySource | undefined): void {
    if (policy.type !== 'customer-managed') return;
    if (before !== undefined && before.text !== policy.text) this.add(before);
    this.#of(policy).delete(policy.versionId ?? '');
  }

  *[Symbol.iterator](): Generator<PolicySource> {
    for (const versions of this.#byPolicy.values()) yield* versions.values();
  }

  #of({ arn = '' }: PolicySource): Map<string, PolicySource> {
    const key = arn.toLowerCase();
    const known = this.#byPolicy.get(key) ?? new Map<string, PolicySource>();
    this.#byPolicy.set(key, known);
    return known;
  }
}
