/** The principals that rows lead to, in an account. */
import type { Principal } from '#lib/account/types.ts';
import { attachablePolicies } from './attachable.ts';
import type { Attachments } from './attachments.ts';
import type { Groups } from './groups.ts';
import type { Reach } from './reach.ts';
import type { AllTargets } from './rows.ts';
import type { Surroundings } from './surroundings.ts';
import { Targets } from './targets.ts';
import { mayEscalateBy } from './wildcards.ts';

/** Those that rows lead to, as they are, and those whom one gets at for what they come to by themselves. */
export interface Led {
  readonly asTheyAre: AllTargets;
  readonly leadingOn: AllTargets;
}

/** @param comesTo one object for principals that come to the same by themselves, as far as that is plain */
export function ledIn(
  surroundings: Surroundings,
  reach: Reach,
  attachments: Attachments,
  groups: Groups,
  comesTo: (as: Principal) => object,
): Led {
  const { all, versions, policies } = surroundings;
  const targets = surroundings.targets();
  const rank = new Map(targets.map(({ arn }, index) => [arn, index]));
  const rankOf = ({ arn, boundary }: Principal) =>
    (boundary === undefined ? 0 : all.length) + (rank.get(arn) ?? all.length - 1);
  const anybody = new Targets(
    [...all].sort((a, b) => rankOf(a) - rankOf(b)),
    reach,
  );
  const switched = all.flatMap((one) => [...versions.switchesOf(one)]);
  return {
    asTheyAre: {
      asTheyAre: new Targets(targets, reach),
      unbounded: new Targets(surroundings.unbounded(), reach),
      switched: new Targets(surroundings.switched(), reach),
      anybody,
      boundaries: surroundings.boundaries,
      attachments,
      groups,
    },
    leadingOn: {
      asTheyAre: anybody,
      unbounded: new Targets(all.flatMap(withoutBoundary), reach),
      switched: new Targets(switched, reach),
      anybody,
      boundaries: () =>
        all
          .slice(0, 1)
          .flatMap(({ arn }) => [...policies, ...attachablePolicies(arn)])
          .filter(mayEscalateBy),
      attachments: attachments.leadingOn,
      groups,
      comesTo,
    },
  };
}

/** A role without the boundary that it has. */
export function withoutBoundary({ boundary, ...principal }: Principal): readonly Principal[] {
  return boundary === undefined || principal.kind === 'user' ? [] : [principal];
}
