import type { PolicySource } from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Change, PolicyEdit } from '#lib/change/types.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import { listed } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { type Access, accessKey, factsFor, noAccess } from './access.ts';
import { type AccessOwner, compareAccess } from './access-change.ts';
import { type EndedState, editedStates, hasEnded } from './edited-states.ts';
import { revealed } from './hidden-edits.ts';
import type { PolicyTexts } from './policy-edits.ts';

export interface OpeningSteps extends AccessOwner, PolicyTexts {
  readonly accountId: string;
  /** The policies that it is expected to amount to, where a rule says so: what they allow is no opening. */
  readonly expected?: readonly PolicySource[] | undefined;
}

/** What a look showed. */
export interface Look {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly access: Access;
  /** The text of a role's trust policy; absent of who is none, or is not there. Earlier versions left it out. */
  readonly trust?: string | undefined;
}

/** Access that was there for a while. */
export interface Opening {
  readonly finding: Finding;
  readonly from: string;
  readonly to: string;
  /** Absent where the text of a policy is gone, so that nobody knows what it allowed. */
  readonly access?: Access;
  /** It is who could come in, and not what could be done. */
  readonly isOfTrust?: true;
}

/**
 * What was open between two looks: the edits of policies, boundaries, memberships and tags that events tell of, made one after
 * the other on the access of the first look, and held against both looks by the same search. What can still be done at the
 * second look is not among it, and neither is what the first look shows. Of a single edit that the second look does not show, nothing is known
 * of how long it was in force, or whether IAM is late: it takes the edit that ends it.
 *
 * @param past the access of the first look
 * @param present the second look
 * @param changes with the edits between them, in any order; some may be from before the first look, and not have been in it
 * @param looks earlier ones, oldest first: what was there before an edit that is older than the first look
 */
export function openings(
  past: Access,
  present: Look,
  changes: readonly Change[],
  steps: OpeningSteps,
  looks: readonly Look[] = [],
): readonly Opening[] {
  // Who may come in takes nothing of it and adds nothing.
  const edits = revealed(changes, present.at).filter(({ edit }) => edit?.act !== 'trust');
  const oldest = edits.map(({ time }) => time).reduce((a, b) => (a < b ? a : b), '9999');
  // What an edit from before the look did is made on what was there before the edit.
  const [{ access: start } = { access: past }] = lookBefore(oldest, looks);
  const states = editedStates(start, edits, steps).flatMap((state): Allowing[] => {
    if (!hasEnded(state)) return [];
    const { policies, boundary, tags } = state;
    const { boundary: _, ...unbound } = steps.principal;
    const principal = { ...unbound, tags, policies, ...(boundary === undefined ? {} : { boundary }) };
    const bound = { ...past, policies, boundary };
    const access = { ...bound, facts: factsFor(bound, principal) };
    return [{ ...state, access, owner: { ...steps, principal } }];
  });
  const opened = states.flatMap((state, index): Opened[] => {
    const { access, owner, change } = state;
    const end = endOf(state, states.slice(index + 1), looks);
    const others = [
      past,
      present.access,
      ...lookBefore(change.time, looks).map((look) => look.access),
      // What a look has shown in the meantime is told as access.
      ...looks.filter(({ at }) => isBetween(at, change, end)).map((look) => look.access),
      // What is expected is expected whatever the tags are.
      ...expectedOf(steps).map((expected) => ({ ...expected, facts: principalContext(owner.principal) })),
    ];
    const found = gainedOver(others, access, owner);
    const told = state.unknown.length > 0 ? found.slice(0, 1) : found;
    return told.map((gained) => ({ gained, ...state, first: change }));
  });
  return onceEach(lasting(opened).map((one) => openingOf(one, steps)));
}

/** Events tell the time in seconds: what was opened twice in one of them is one opening, to its last end. */
export const onceEach = (all: readonly Opening[]): readonly Opening[] => [
  ...new Map(
    all.map((one) => {
      const { id, actions, scope, when } = one.finding;
      return [JSON.stringify([id, actions.map(({ action }) => action), scope, when]), one];
    }),
  ).values(),
];

/** The change that ended what a state allowed, where looks came later: it goes on over those that took nothing of it away. */
function endOf(
  { access, owner, until }: Allowing,
  later: readonly Allowing[],
  looks: readonly Look[],
): Change {
  let end = until;
  for (const next of later) {
    if (!looks.some(({ at }) => Date.parse(at) > Date.parse(end.time))) break;
    if (gainedOver([next.access], access, owner).length > 0) break;
    end = next.until;
  }
  return end;
}

/** The last look before something happened, as far as one was made then. */
export const lookBefore = (time: string, looks: readonly Look[]): readonly Look[] =>
  looks.filter(({ at }) => Date.parse(at) < Date.parse(time)).slice(-1);

export const isBetween = (at: string, first: Change, until: Change): boolean =>
  Date.parse(first.time) < Date.parse(at) && Date.parse(at) < Date.parse(until.time);

/** What a state allowed, and to whom: with the tags of then. */
interface Allowing extends EndedState {
  readonly access: Access;
  readonly owner: AccessOwner;
}

/** Something that a state, or several in a row, opened. */
interface Opened extends Allowing {
  readonly gained: Finding;
  /** The change that opened it. */
  readonly first: Change;
}

/** What stays open over several edits is one opening. */
function lasting(all: readonly Opened[]): readonly Opened[] {
  const merged: Opened[] = [];
  for (const one of all) {
    const before = merged.findIndex(
      (opened) => opened.until === one.change && extentOf(opened) === extentOf(one),
    );
    const opened = merged[before];
    if (opened === undefined) merged.push(one);
    else merged[before] = { ...one, first: opened.first };
  }
  return merged;
}

const extentOf = ({ gained: { actions, scope, when }, unknown }: Opened): string =>
  JSON.stringify([actions.map(({ action }) => action).sort(), scope, when, unknown]);

const expectedOf = ({ expected }: OpeningSteps): readonly Access[] =>
  expected === undefined ? [] : [{ ...noAccess, policies: expected }];

/**
 * What an access allows and none of the others does, action by action. Nothing where one of them is written alike, as after
 * most edits of tags and of other services' policies: that takes no search. Others that are written alike take one search.
 */
function gainedOver(others: readonly Access[], access: Access, owner: AccessOwner): Finding[] {
  const distinct = new Map(others.map((other) => [accessKey(other), other]));
  if (distinct.has(accessKey(access))) return [];
  let left: Finding[] | undefined;
  for (const other of distinct.values()) {
    if (left?.length === 0) break;
    const gained = compareAccess(other, access, owner).gained.filter(({ kind }) => kind === 'access-gained');
    left = left === undefined ? gained : within(left, gained);
  }
  return left ?? [];
}

/** Of findings what is about actions that others are about, too. */
function within(findings: readonly Finding[], others: readonly Finding[]): Finding[] {
  const known = new Set(others.flatMap(({ actions }) => actions.map(({ action }) => action)));
  return findings.flatMap((finding) => {
    const actions = finding.actions.filter(({ action }) => known.has(action));
    return actions.length === 0 ? [] : [{ ...finding, actions }];
  });
}

/** Whether an edit may leave less than there was, or the same under another name. */
export const isTaking = ({ act }: PolicyEdit): boolean =>
  ['detach', 'delete', 'bound', 'leave', 'tag', 'untag', 'rename', 'trust'].includes(act);

/** `from 2026-11-28 12:00:00 to 12:00:42 UTC (42 s)` */
export function timesInWords(from: string, to: string): string {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  return `from ${from} to ${to} (${seconds} s)`;
}

function openingOf(opened: Opened, steps: OpeningSteps): Opening {
  const { first, until, access, unknown } = opened;
  const times = { from: first.time, to: until.time };
  if (unknown.length > 0) return { ...times, finding: unknownOpening(opened, steps) };
  return { ...times, access, finding: knownOpening(opened, steps) };
}

/** Who opened something, and who ended it, by what. */
export const actorsOf = ({ first, until }: { readonly first: Change; readonly until: Change }): string =>
  `${first.actor.name} ${first.what}, and ${until.actor.name} ${until.what}`;

/** Known by when it began: an event that comes later may say that it ended sooner, or by which of two it was opened. */
function knownOpening(opened: Opened, { accountId, principal }: OpeningSteps): Finding {
  const { first, until } = opened;
  const { accept: _, ...gained } = opened.gained;
  const words = spokenActions(gained.actions.slice(0, 3).map(({ action }) => action));
  const more = gained.actions.length > 3 ? ` (+${gained.actions.length - 3})` : '';
  return {
    ...gained,
    id: findingId(accountId, principal.arn, 'access-was-open', [first.time, gained.id]),
    kind: 'access-was-open',
    summary: `${gained.subject} could ${words}${more} ${timesInWords(first.time, until.time)}: ${actorsOf(opened)}.`,
    remedies: [
      `Look up in CloudTrail what ${gained.subject} did in that time, and ask ${first.actor.name} what it was for.`,
    ],
  };
}

/** As severe as the worst that the policy whose text is gone may have allowed. */
function unknownOpening(opened: Opened, { accountId, principal }: OpeningSteps): Finding {
  const { gained, first, until, unknown } = opened;
  const subject = `${principal.kind}/${principal.name}`;
  const gone = listed(unknown);
  return {
    id: findingId(accountId, principal.arn, 'inconclusive', ['was open', first.time]),
    kind: 'inconclusive',
    severity: gained.severity,
    subject,
    principalArn: principal.arn,
    actions: [],
    by: [],
    summary: `What ${subject} could do ${timesInWords(first.time, until.time)} is not known: ${actorsOf(opened)}; ${gone} cannot be read any more.`,
    remedies: [`Look up in CloudTrail what ${gone} allowed, and what ${subject} did in that time.`],
  };
}
