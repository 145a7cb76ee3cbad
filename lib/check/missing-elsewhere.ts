import { principalContext } from '#lib/account/principal-context.ts';
import type { Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { findingsOf } from '#lib/compare/compare.ts';
import { missingElsewhere } from '#lib/compare/elsewhere.ts';
import { sharedFindingOf } from '#lib/compare/finding-draft.ts';
import { groupBy } from '#lib/compare/group-by.ts';
import { byAction } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { Expectation } from '#lib/expectation/types.ts';
import { merged } from '#lib/plan/chosen-requests.ts';
import { requestsElsewhere } from '#lib/plan/elsewhere.ts';
import type { CheckOptions } from './check-options.ts';
import { placeOf } from './place.ts';
import type { CompiledSets } from './policy-sets.ts';

/** What is expected of a principal in other services and missing; by the documents alone. */
export function missingElsewhereOf(
  principal: Principal,
  expectation: Expectation & { kind: 'sets' },
  sets: CompiledSets,
  options: CheckOptions,
): readonly Finding[] {
  if (expectation.builtIn || principal.unreadable.length > 0) return [];
  const place = placeOf(principal, options);
  const { expectations, today } = options;
  const { region, context } = expectations.baseline;
  const usual = merged(context, principalContext(principal));
  const requests = requestsElsewhere(expectation.policies, { ...place, region, usual });
  if (requests.length === 0) return [];
  const suppressionOf = (action: string) => expectations.suppressionFor(principal, action, today);
  const catalog = byAction(actions);
  // RCPs act on some services, and not on others.
  const byService = groupBy(requests, ({ action }) => action.split(':', 1)[0]?.toLowerCase() ?? '');
  const shared = [...byService].flatMap(([service, own]) =>
    missingElsewhere(sets.whole(principal, service), own, suppressionOf).map((draft) =>
      sharedFindingOf(draft, catalog),
    ),
  );
  return findingsOf(shared, { principal, expectation, accountId: place.accountId });
}
