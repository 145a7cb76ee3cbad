import type { Request } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { worst } from '#lib/catalog/severity.ts';
import type { Change } from '#lib/change/types.ts';
import { meets } from '#lib/compare/assumed-by.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import { openedWords } from '#lib/compare/narrowing.ts';
import { accessOf, isWideOpen, steppedUp } from '#lib/compare/reached-principal.ts';
import { worstFirst } from '#lib/compare/severity.ts';
import type { Finding, FindingAction } from '#lib/compare/types.ts';
import type { AssumedBy } from '#lib/expectation/types.ts';
import { isLetInBy, outsideWays } from '#lib/reach/known-ways.ts';
import type { WayIn } from '#lib/reach/way-in.ts';
import { wayWords } from '#lib/reach/words.ts';
import { listed, subjectName } from '#lib/words/labels.ts';
import { type EditedState, editedStates } from './edited-states.ts';
import { revealed } from './hidden-edits.ts';
import type { PolicyTexts } from './policy-edits.ts';
import {
  actorsOf,
  isBetween,
  type Look,
  lookBefore,
  type Opening,
  onceEach,
  timesInWords,
} from './was-open.ts';

export interface TrustOpeningSteps extends PolicyTexts {
  readonly accountId: string;
  readonly principal: Principal;
  /** Who can become a role by its own trust policy. */
  readonly waysInto: (role: Principal) => readonly WayIn[];
  /** What the documents let a principal do in Rekognition: for each action one request that is allowed. */
  readonly accessOf: (principal: Principal) => readonly Request[];
  /** The roles with access that a role can assume in turn, as the account is now, or whoever comes to it by a way. */
  readonly behind: (role: Principal, way?: WayIn) => readonly Principal[];
  /** Whom a rule expects, where one says it: they are no opening. */
  readonly assumedBy?: readonly AssumedBy[] | undefined;
}

/** A way in, and what is behind the role. */
type Way = ReturnType<typeof outsideWays>[number] & {
  /** The roles with access that the role can assume in turn. */
  readonly behind: readonly Principal[];
};

/** Who comes to a role from outside, and what for. */
interface Entered {
  /** By its trust policy, whatever it can do. */
  readonly ways: readonly Way[];
  readonly access: readonly FindingAction[];
}

/** Somebody who could come in from one change to another. */
interface Entry extends Way {
  readonly first: Change;
  readonly until: Change;
  readonly access: readonly FindingAction[];
}

/**
 * Who could come to a role from outside only between two looks, by trust policies that events tell of, while it had access.
 * Who could at one of the looks, or at one in between, is told as what is there. Where a trust policy lets him in at both looks,
 * what the role could do for a while is told instead. What no edit has ended is not told: IAM may be late.
 *
 * @param past the first look
 * @param present the second look
 * @param changes with the edits between them, in any order
 * @param looks earlier ones, oldest first
 */
export function trustOpenings(
  past: Omit<Look, 'at'>,
  present: Look,
  changes: readonly Change[],
  steps: TrustOpeningSteps,
  looks: readonly Look[] = [],
): readonly Opening[] {
  const { principal } = steps;
  const known = revealed(changes, present.at);
  const isAbout = known.some(({ edit }) => edit?.act === 'trust' || edit?.act === 'create');
  if (principal.kind !== 'role' || principal.serviceLinked || !isAbout) return [];
  const oldest = known.map(({ time }) => time).reduce((a, b) => (a < b ? a : b), '9999');
  const [start = past] = lookBefore(oldest, looks);
  const states = editedStates(start.access, known, steps).map((state) => ({
    ...state,
    ...enteredAfter(state, start, steps),
  }));
  const isTold = (entry: Entry): boolean => {
    const before = [past, ...lookBefore(entry.first.time, looks)];
    const between = looks.filter(({ at }) => isBetween(at, entry.first, entry.until));
    const isOpenAt = (look: Omit<Look, 'at'>) => letsIn(enteredAt(look, steps), entry);
    const isOpenAtBoth = [before, [present]].every((some) =>
      some.some((look) => isLetInBy(entry, enteredAt(look, steps).ways)),
    );
    return !isOpenAtBoth && ![...before, ...between, present].some(isOpenAt);
  };
  const told = entriesOf(states)
    .filter(isTold)
    .map((entry) => {
      const times = { from: entry.first.time, to: entry.until.time };
      return { finding: findingOf(entry, steps), ...times, isOfTrust: true as const };
    });
  return onceEach(told);
}

/** Each way in that was there for a while, from the state in which it began to that which it is not in any more. */
function entriesOf(states: readonly (EditedState & Entered)[]): readonly Entry[] {
  return states.flatMap((state, index) => {
    const before = states[index - 1];
    return widestOf(state).flatMap((way): Entry[] => {
      if (before?.ways.some((one) => isSame(one, way) && leadsOn(one, before))) return [];
      const later = states.slice(index);
      const end = later.findIndex((one) => !goesOn(one, way));
      const during = later.slice(0, Math.max(end, 0));
      const until = during.at(-1)?.until;
      if (until === undefined) return [];
      const [access = state.access] = during.map((one) => one.access).toSorted((a, b) => b.length - a.length);
      return [{ ...way, first: state.change, until, access }];
    });
  });
}

/** The ways in that lead to something, without those who come by a wider one. */
function widestOf(entered: Entered): readonly Way[] {
  const ways = entered.ways.filter((way) => leadsOn(way, entered));
  return ways.filter((way, index) => !isLetInBy(way, ways.slice(0, index).filter(isKnown)));
}

/** Whether who comes by a way can do something: as the role, or as one that it can assume in turn. */
const leadsOn = ({ behind }: Way, { access }: Pick<Entered, 'access'>): boolean =>
  access.length > 0 || behind.length > 0;

const isKnown = ({ kind }: Way): boolean => kind !== 'unknown';

const isSame = (one: Way, other: Way): boolean =>
  one.kind === other.kind && one.who === other.who && one.claims.join() === other.claims.join();

/** Whether a state still lets somebody in; of one that nobody knows that is not said. */
function goesOn(entered: Entered, way: Way): boolean {
  const ways = entered.ways.filter((one) => leadsOn(one, entered));
  return isKnown(way) ? isLetInBy(way, ways.filter(isKnown)) : ways.some((one) => isSame(one, way));
}

/** Whether somebody was let in to something. */
const letsIn = (entered: Entered, way: Way): boolean =>
  isLetInBy(
    way,
    entered.ways.filter((one) => leadsOn(one, entered)),
  );

function enteredAfter(
  { policies, boundary, tags, trust, unknown }: EditedState,
  start: Omit<Look, 'at'>,
  steps: TrustOpeningSteps,
): Entered {
  // What a policy whose text is gone allowed is told as not known.
  const read = policies.filter(({ arn, name }) => !unknown.includes(arn ?? name));
  const { boundary: _, ...unbound } = steps.principal;
  const holder = { ...unbound, tags, policies: read, ...(boundary && { boundary }) };
  const access = accessOf(steps.accessOf(holder));
  if (trust === undefined) return { access, ways: enteredAt(start, steps).ways };
  return { access, ways: waysBy(trust.text, steps) };
}

/** Who came in at a look. Where nobody knows the trust policy of a role that was there, whoever comes is not new. */
function enteredAt(
  { trust, access: { policies, boundary } }: Omit<Look, 'at'>,
  steps: TrustOpeningSteps,
): Entered {
  const { boundary: _, ...unbound } = steps.principal;
  const access = accessOf(steps.accessOf({ ...unbound, policies, ...(boundary && { boundary }) }));
  const wasThere = trust !== undefined || policies.length > 0;
  return { access, ways: wasThere ? waysBy(trust, steps) : [] };
}

/** The ways in from outside that nobody expects, the widest first. */
function waysBy(
  text: string | undefined,
  { principal, waysInto, behind, assumedBy = [] }: TrustOpeningSteps,
): readonly Way[] {
  const { trust: _, ...rest } = principal;
  const trust =
    text === undefined ? {} : { trust: { name: 'trust policy', type: 'resource', text } as const };
  const ways = waysInto({ ...rest, ...trust });
  return outsideWays(undefined, ways)
    .filter(({ way }) => !assumedBy.some((expected) => meets(expected, way, principal)))
    .map((one) => ({ ...one, behind: behind(principal, one.way) }));
}

/** What an entry opened, and as whom, in words: `index faces; delete faces as role/b, which it can assume in turn`. */
function opened({ access, behind }: Entry, steps: TrustOpeningSteps) {
  const inTurn = new Map(
    behind.flatMap((role) => accessOf(steps.accessOf(role)).map((one) => [one.action, one] as const)),
  );
  const asWhom = `as ${listed(behind.map(subjectName), 3)}, which it can assume in turn`;
  const own = new Map(access.map((one) => [one.action, one] as const));
  const words = [
    ...(own.size === 0 ? [] : [openedWords(access)]),
    ...(inTurn.size === 0 ? [] : [`${openedWords([...inTurn.values()])} ${asWhom}`]),
  ];
  return { actions: [...new Map([...inTurn, ...own]).values()], words: words.join('; ') };
}

function findingOf(entry: Entry, steps: TrustOpeningSteps): Finding {
  const { accountId, principal } = steps;
  const { way, first, until } = entry;
  const { actions: all, words } = opened(entry, steps);
  const subject = subjectName(principal);
  const isWide = isWideOpen(way) || !isKnown(entry);
  const actions = worstFirst(
    all.map((one) => (isWide ? { ...one, severity: steppedUp(one.severity, one.action) } : one)),
  );
  const times = timesInWords(first.time, until.time);
  const about = {
    severity: worst(actions.map(({ severity }) => severity)),
    subject,
    principalArn: principal.arn,
  };
  const assumed = [subject, ...entry.behind.map(subjectName)];
  const lookUp = `Look up in CloudTrail who assumed ${listed(assumed, 4)} in that time`;
  if (!isKnown(entry)) {
    const gone = way.problem === undefined ? 'cannot be read any more' : `cannot be read (${way.problem})`;
    return {
      ...about,
      id: findingId(accountId, principal.arn, 'inconclusive', ['trust was open', first.time]),
      kind: 'inconclusive',
      actions: [],
      by: [],
      summary: `Who could assume ${subject} ${times} is not known: ${actorsOf(entry)}; its trust policy of that time ${gone}. It could ${words}.`,
      remedies: [`${lookUp}.`],
    };
  }
  const who = wayWords(way);
  const without = way.withoutExternalId === true && way.kind === 'account' ? ', without an external id,' : '';
  return {
    ...about,
    id: findingId(accountId, principal.arn, 'access-was-open', [
      first.time,
      way.kind,
      way.who,
      ...way.claims,
    ]),
    kind: 'access-was-open',
    actions,
    reachedBy: who,
    by: way.by,
    summary: `${subject} could be assumed by ${who}${without} ${times}: ${words}. ${actorsOf(entry)}.`,
    remedies: [`${lookUp}, and ask ${first.actor.name} what it was for.`],
  };
}
