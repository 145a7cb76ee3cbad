import { groupBy } from '#lib/compare/group-by.ts';
import { statementsElsewhere } from '#lib/plan/elsewhere.ts';
import { listed } from '#lib/words/labels.ts';
import type { SeenCheck } from './checked-sets.ts';

/**
 * What is expected of KMS keys and allowed by a principal's own policies. That counts only as far as the policy of the key
 * lets its account decide, which nobody looks at here: no finding, but a note.
 *
 * Source: KMS Developer Guide, "Key policies": without such a statement no IAM policy gives access to a key.
 */
export class KeyPolicies {
  readonly #told: { readonly subject: string; readonly what: string }[] = [];

  /** Takes a principal that was checked into account. */
  see({ principal, expectation, findings, result }: SeenCheck): void {
    if (expectation.kind === 'any' || expectation.builtIn || principal.unreadable.length > 0) return;
    const missing = new Set(findings.flatMap(({ actions }) => actions.map(({ action }) => action)));
    const expected = expectation.policies.flatMap(statementsElsewhere).flatMap(({ actions }) => actions);
    const allowed = expected.filter((action) => /^kms:/i.test(action) && !missing.has(action));
    if (allowed.length === 0) return;
    this.#told.push({ subject: result.subject, what: [...new Set(allowed)].sort().join(', ') });
  }

  /** One sentence for the same actions, however many may use them. */
  notes(): string[] {
    return [...groupBy(this.#told, ({ what }) => what)].map(
      ([what, all]) =>
        `${listed(all.map(({ subject }) => subject).sort(), 1)}: ${what} as expected, if the key's policy lets the account decide`,
    );
  }
}
