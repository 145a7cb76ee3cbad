import { worst } from '#lib/catalog/severity.ts';
import { type KnownWay, outsideWays } from '#lib/reach/known-ways.ts';
import { wayWords } from '#lib/reach/words.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { findingId } from './finding-id.ts';
import { narrowing, openedWords } from './narrowing.ts';
import { isWideOpen, type Reached } from './reached-principal.ts';
import { worstFirst } from './severity.ts';
import type { Finding } from './types.ts';

/** A way by which somebody from outside comes, and what is told of it when it is new. */
export interface OutsideWay {
  readonly way: KnownWay;
  /** Absent where it is not to be told: it opens nothing, is judged by a rule, or is a finding anyway. */
  readonly news?: Finding;
}

/**
 * Who of elsewhere has the access of a principal, where no rule says who should: other accounts, the organization,
 * identities that a provider vouches for. No finding, but a note, and news when it is new.
 */
export function outsideAccess(reached: Reached): readonly OutsideWay[] {
  const { access, expectation, road, ways, principal } = reached;
  const told = access.length > 0 && expectation.assumedBy === undefined && !principal.serviceLinked;
  return outsideWays(road, ways).map(({ way, ...known }) => ({
    way: access.length === 0 ? { ...known, idle: true } : known,
    ...(told && !isWideOpen(way) && way.kind !== 'unknown'
      ? { news: newsOf({ way, ...known }, reached) }
      : {}),
  }));
}

function newsOf(
  { way, through }: ReturnType<typeof outsideWays>[number],
  { accountId, principal, access, road, by }: Reached,
): Finding {
  const name = subjectName(principal);
  const who = wayWords(way);
  const without = way.withoutExternalId === true && way.kind === 'account' ? ', without an external id' : '';
  const from =
    through.length === 0
      ? `can be assumed by ${who}${without}`
      : `can be reached by ${who}${without}${without && ','} through ${listed(through)}`;
  const actions = worstFirst(access);
  const first = through.length === 0 ? principal : (road?.through[0] ?? principal);
  return {
    id: findingId(accountId, principal.arn, 'access-shared', [way.kind, way.who, ...way.claims, ...through]),
    kind: 'access-shared',
    severity: worst(actions.map(({ severity }) => severity)),
    subject: name,
    principalArn: principal.arn,
    actions,
    reachedBy: through.length === 0 ? who : `${who}, through ${listed(through)}`,
    by: way.by,
    summary: `${name} ${from}: ${openedWords(access, by)}.`,
    remedies: narrowing(way, first),
  };
}
