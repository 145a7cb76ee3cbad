import type { PolicySource } from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Change, PolicyEdit } from '#lib/change/types.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import { listed } from '#lib/words/labels.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { type Access, factsFor, noAccess } from './access.ts';
import { type AccessOwner, compareAccess } from './access-change.ts';
import { bindingsAfter, type EditedBinding } from './edited-bindings.ts';
import { isAsNow, type PolicyTexts } from './policy-edits.ts';

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
}

/** Access that was there for a while. */
export interface Opening {
  readonly finding: Finding;
  readonly from: string;
  readonly to: string;
  /** Absent where the text of a policy is gone, so that nobody knows what it allowed. */
  readonly access?: Access;
}

/** What bound a principal after a change, as far as the events say. */
interface State extends EditedBinding {
  readonly change: Change;
  readonly until: Change;
}

/**
 * What was open between two looks: the edits of policies, boundaries, memberships and tags that events tell of, made one after
 * the other on the access of the first look, and held against both looks by the same search. What can still be done at the
 * second look is not among it, and neither is what the first look shows. Of a single edit that the second look does not show, nothing is known
 * of how long it was in force, or whether IAM is late: it takes the edit that ends it.
 *
 * @param past the access of the first look
 * @param present that of the second
 * @param changes with the edits between them, in any order; some may be from before the first look, and not have been in it
 * @param looks earlier ones, oldest first: what was there before an edit that is older than the first look
 */
export function openings(
  past: Access,
  present: Access,
  changes: readonly Change[],
  steps: OpeningSteps,
  looks: readonly Look[] = [],
): readonly Opening[] {
  const oldest = changes.map(({ time }) => time).reduce((a, b) => (a < b ? a : b), '9999');
  // What an edit from before the look did is made on what was there before the edit.
  const [start = past] = lookBefore(oldest, looks);
  return lasting(
    statesBetween(start, changes, steps).flatMap((state): Opened[] => {
      const { policies, boundary, tags, change } = state;
      const { boundary: _, ...unbound } = steps.principal;
      const then = { ...unbound, tags, policies, ...(boundary === undefined ? {} : { boundary }) };
      const bound = { ...past, policies, boundary };
      const access = { ...bound, facts: factsFor(bound, then) };
      const others = [
        past,
        present,
        ...lookBefore(change.time, looks),
        // What a look has shown in the meantime is told as access.
        ...looks.filter(({ at }) => isBetween(at, change, state.until)).map((look) => look.access),
        // What is expected is expected whatever the tags are.
        ...expectedOf(steps).map((expected) => ({ ...expected, facts: principalContext(then) })),
      ];
      const found = gainedOver(others, access, { ...steps, principal: then });
      const told = state.unknown.length > 0 ? found.slice(0, 1) : found;
      return told.map((gained) => ({ gained, access, ...state, first: state.change }));
    }),
  ).map((opened) => openingOf(opened, steps));
}

/** What could be done before something happened, as far as a look was made then. */
const lookBefore = (time: string, looks: readonly Look[]): Access[] =>
  looks
    .filter(({ at }) => Date.parse(at) < Date.parse(time))
    .slice(-1)
    .map(({ access }) => access);

const isBetween = (at: string, first: Change, until: Change): boolean =>
  Date.parse(first.time) < Date.parse(at) && Date.parse(at) < Date.parse(until.time);

/** Something that a state, or several in a row, opened. */
interface Opened extends State {
  readonly gained: Finding;
  readonly access: Access;
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

/** What an access allows and none of the others does, action by action. */
function gainedOver(others: readonly Access[], access: Access, owner: AccessOwner): Finding[] {
  const [first = [], ...rest] = others.map((other) =>
    compareAccess(other, access, owner).gained.filter(({ kind }) => kind === 'access-gained'),
  );
  const everywhere = rest.map(
    (findings) => new Set(findings.flatMap(({ actions }) => actions.map(({ action }) => action))),
  );
  return first.flatMap((finding) => {
    const actions = finding.actions.filter(({ action }) => everywhere.every((gained) => gained.has(action)));
    return actions.length === 0 ? [] : [{ ...finding, actions }];
  });
}

/** The state after each edit, with the change that ended it; the last one has not ended. */
function statesBetween(past: Access, changes: readonly Change[], steps: OpeningSteps): readonly State[] {
  const edits = revealed(changes)
    .flatMap((change) => (change.edit === undefined ? [] : [{ change, edit: change.edit }]))
    .map((one) => ({ ...one, isAsNow: isAsNow(one.edit, steps.principal, steps) }))
    // Events tell the time in seconds: of two of one second, that which has led to the present comes last, what makes somebody
    // first, and what a policy says before who is given it; else the order is the same whenever they are read.
    .sort(
      (a, b) =>
        a.change.time.localeCompare(b.change.time) ||
        Number(isMaking(b.edit)) - Number(isMaking(a.edit)) ||
        Number(a.isAsNow) - Number(b.isAsNow) ||
        Number(b.edit.act === 'version') - Number(a.edit.act === 'version') ||
        a.change.eventId.localeCompare(b.change.eventId),
    );
  const bindings = bindingsAfter(
    past,
    edits.map(({ edit }) => edit),
    steps.principal,
    steps,
  );
  return bindings.slice(0, -1).flatMap((binding, index): State[] => {
    const change = edits[index]?.change;
    const until = edits[index + 1]?.change;
    return change === undefined || until === undefined ? [] : [{ ...binding, change, until }];
  });
}

/** Milliseconds in which an account is looked at after an event that does not say whom it is about: then all of it has shown. */
const hiddenFor = 300_000;

/**
 * With what events hid, as far as later ones tell: what wrote a text that nobody has seen may have written that which another
 * event replaces or deletes some seconds later.
 */
function revealed(changes: readonly Change[]): readonly Change[] {
  const written = changes.flatMap((change) => {
    const after = (other: Change) => Date.parse(other.time) - Date.parse(change.time);
    if (change.edit?.act !== 'hidden') return [change];
    const ends = changes
      .filter((other) => after(other) >= 0 && after(other) <= hiddenFor)
      .toSorted((a, b) => a.time.localeCompare(b.time))
      .flatMap(({ edit }) => (edit === undefined ? [] : hiddenBy(change.eventName, edit)));
    return ends.slice(0, 1).map((edit) => ({ ...change, edit }));
  });
  return written;
}

/** What an event of that name may have written, where an edit replaces or deletes it. */
function hiddenBy(eventName: string, edit: PolicyEdit): PolicyEdit[] {
  if (edit.act === 'version')
    return eventName.startsWith('CreatePolicy')
      ? [{ act: 'version', arn: edit.arn, versionId: 'hidden' }]
      : [];
  if (edit.act !== 'put' && edit.act !== 'delete') return [];
  const isOfGroup = eventName === 'PutGroupPolicy';
  if (!eventName.startsWith('Put') || isOfGroup !== (edit.group !== undefined)) return [];
  return [{ act: 'put', name: edit.name, group: edit.group }];
}

const isMaking = (edit: PolicyEdit): boolean =>
  edit.act === 'create' || (edit.act === 'version' && edit.isFirst === true);

/** Whether an edit may leave less than there was. */
export const isTaking = ({ act }: PolicyEdit): boolean =>
  ['detach', 'delete', 'bound', 'leave', 'tag', 'untag'].includes(act);

/** `from 2026-11-28 12:00:00 to 12:00:42 UTC (42 s)` */
function timesInWords(from: string, to: string): string {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  return `from ${from} to ${to} (${seconds} s)`;
}

function openingOf(opened: Opened, steps: OpeningSteps): Opening {
  const { first, until, access, unknown } = opened;
  const times = { from: first.time, to: until.time };
  if (unknown.length > 0) return { ...times, finding: unknownOpening(opened, steps) };
  return { ...times, access, finding: knownOpening(opened, steps) };
}

const actorsOf = ({ first, until }: Opened): string =>
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
