import type { PolicySource } from '@permission-check/iam-policy';
import type { Change, PolicyEdit } from '#lib/change/types.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import { spokenActions } from '#lib/words/verbs.ts';
import { type Access, noAccess } from './access.ts';
import { type AccessOwner, compareAccess } from './access-change.ts';

export interface OpeningSteps extends AccessOwner {
  readonly accountId: string;
  /** The policies that it is expected to amount to, where a rule says so: what they allow is no opening. */
  readonly expected?: readonly PolicySource[] | undefined;
  /** A managed policy by its ARN, as it is now; `undefined` where its text is gone. */
  readonly policyOf: (arn: string) => PolicySource | undefined;
}

/** Access that was there for a while. */
export interface Opening {
  readonly finding: Finding;
  readonly from: string;
  readonly to: string;
  /** Absent where the text of a policy is gone, so that nobody knows what it allowed. */
  readonly access?: Access;
}

/** What a principal could do after a change, as far as the events say. */
interface State {
  readonly change: Change;
  readonly until: Change | undefined;
  readonly policies: readonly PolicySource[];
  /** A policy whose text is gone. */
  readonly unknown?: string | undefined;
}

/**
 * What was open between two looks: the edits of policies that events tell of, made one after the other on the access of
 * the first look, and held against both looks by the same search. What can still be done at the second look is not among
 * it, and neither is what the first look shows. Of a single edit that the second look does not show, nothing is known
 * of how long it was in force, or whether IAM is late: it takes the edit that ends it.
 *
 * @param past the access of the first look
 * @param present that of the second
 * @param changes with the edits between them, in any order
 */
export function openings(
  past: Access,
  present: Access,
  changes: readonly Change[],
  steps: OpeningSteps,
): readonly Opening[] {
  const states = statesBetween(past, changes, steps.policyOf);
  return states.flatMap((state): Opening[] => {
    const { change, until, unknown, policies } = state;
    if (until === undefined) return [];
    const times = { from: change.time, to: until.time };
    if (unknown !== undefined) return [{ ...times, finding: unknownOpening(unknown, state, until, steps) }];
    const access = { ...past, policies };
    const found = gainedOver([past, present, ...expectedOf(steps)], access, steps);
    return found.map((gained) => ({ ...times, access, finding: openingOf(gained, state, until, steps) }));
  });
}

const expectedOf = ({ expected }: OpeningSteps): readonly Access[] =>
  expected === undefined ? [] : [{ ...noAccess, policies: expected }];

/** What an access allows and none of the others does, action by action. */
function gainedOver(
  others: readonly Access[],
  access: Access,
  { principal, ...owner }: OpeningSteps,
): Finding[] {
  const { boundary: _, ...unbound } = principal;
  const { boundary } = access;
  const then = { ...unbound, policies: access.policies, ...(boundary === undefined ? {} : { boundary }) };
  const [first = [], ...rest] = others.map((other) =>
    compareAccess(other, access, { ...owner, principal: then }).gained.filter(
      ({ kind }) => kind === 'access-gained',
    ),
  );
  const everywhere = rest.map(
    (findings) => new Set(findings.flatMap(({ actions }) => actions.map(({ action }) => action))),
  );
  return first.flatMap((finding) => {
    const actions = finding.actions.filter(({ action }) => everywhere.every((gained) => gained.has(action)));
    return actions.length === 0 ? [] : [{ ...finding, actions }];
  });
}

/** The state after each edit, with the change that ended it. */
function statesBetween(
  past: Access,
  changes: readonly Change[],
  policyOf: OpeningSteps['policyOf'],
): readonly State[] {
  const edits = changes
    .flatMap((change) => (change.edit === undefined ? [] : [{ change, edit: change.edit }]))
    .sort(
      (a, b) => a.change.time.localeCompare(b.change.time) || Number(ends(a.edit)) - Number(ends(b.edit)),
    );
  let policies = past.policies;
  const gone = new Map<string, string>();
  return edits.map(({ change, edit }, index) => {
    const target = targetOf(edit);
    const added = addedBy(edit, policies, policyOf);
    policies = [
      ...policies.filter((policy) => !isTarget(policy, edit)),
      ...(added.policy ? [added.policy] : []),
    ];
    if (added.unknown && index < edits.length - 1) gone.set(target, target);
    else gone.delete(target);
    return { change, until: edits[index + 1]?.change, policies, unknown: [...gone.values()][0] };
  });
}

/**
 * Events tell the time in seconds: of two of one second, that which takes away comes last, and so does a return to a version
 * whose text the event does not say, since that is the policy as it is now.
 */
const ends = (edit: PolicyEdit): boolean =>
  edit.act === 'detach' || edit.act === 'delete' || (edit.act === 'version' && edit.text === undefined);

type ManagedEdit = Extract<PolicyEdit, { readonly arn: string }>;
const isManaged = (edit: PolicyEdit): edit is ManagedEdit =>
  edit.act === 'attach' || edit.act === 'detach' || edit.act === 'version';

const targetOf = (edit: PolicyEdit): string =>
  isManaged(edit)
    ? edit.arn
    : `inline policy ${edit.name}${edit.group === undefined ? '' : ` of group/${edit.group}`}`;

const isTarget = (policy: PolicySource, edit: PolicyEdit): boolean =>
  isManaged(edit)
    ? policy.arn?.toLowerCase() === edit.arn.toLowerCase()
    : policy.arn === undefined &&
      policy.name === edit.name &&
      (policy.group ?? '').toLowerCase() === (edit.group ?? '').toLowerCase();

/** The policy that is there after an edit; `unknown`: one is, and its text is gone. */
interface Added {
  readonly policy?: PolicySource;
  readonly unknown?: boolean;
}

function addedBy(
  edit: PolicyEdit,
  policies: readonly PolicySource[],
  policyOf: OpeningSteps['policyOf'],
): Added {
  if (edit.act === 'detach' || edit.act === 'delete') return {};
  if (edit.act === 'put') {
    const { name, group, text } = edit;
    if (text === undefined) return { unknown: true };
    return { policy: { name, type: 'inline', text, ...(group === undefined ? {} : { group }) } };
  }
  const known = policyOf(edit.arn);
  if (edit.act === 'attach') return known === undefined ? { unknown: true } : { policy: known };
  const text = edit.text ?? known?.text;
  if (text === undefined) return { unknown: true };
  const name = edit.arn.slice(edit.arn.lastIndexOf('/') + 1);
  const held = policies.find((policy) => isTarget(policy, edit)) ?? known;
  return { policy: { ...(held ?? { type: 'customer-managed', arn: edit.arn, name }), text } };
}

/** `from 2026-11-28 12:00:00 to 12:00:42 UTC (42 s)` */
function timesInWords(from: string, to: string): string {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  return `from ${from} to ${to} (${seconds} s)`;
}

const actorsOf = (state: State, until: Change): string =>
  `${state.change.actor.name} ${state.change.what}, and ${until.actor.name} ${until.what}`;

function openingOf(
  gained: Finding,
  state: State,
  until: Change,
  { accountId, principal }: OpeningSteps,
): Finding {
  const { change } = state;
  const words = spokenActions(gained.actions.slice(0, 3).map(({ action }) => action));
  const more = gained.actions.length > 3 ? ` (+${gained.actions.length - 3})` : '';
  return {
    ...gained,
    id: findingId(accountId, principal.arn, 'access-was-open', [change.eventId, until.eventId, gained.id]),
    kind: 'access-was-open',
    summary: `${gained.subject} could ${words}${more} ${timesInWords(change.time, until.time)}: ${actorsOf(state, until)}.`,
    remedies: [
      `Look up in CloudTrail what ${gained.subject} did in that time, and ask ${change.actor.name} what it was for.`,
    ],
  };
}

function unknownOpening(policy: string, state: State, until: Change, steps: OpeningSteps): Finding {
  const { accountId, principal } = steps;
  const { change } = state;
  const subject = `${principal.kind}/${principal.name}`;
  return {
    id: findingId(accountId, principal.arn, 'inconclusive', ['was open', change.eventId, until.eventId]),
    kind: 'inconclusive',
    severity: 'critical',
    subject,
    principalArn: principal.arn,
    actions: [],
    by: [],
    summary: `What ${subject} could do ${timesInWords(change.time, until.time)} is not known: ${actorsOf(state, until)}; the text of ${policy} is gone.`,
    remedies: [`Look up in CloudTrail what ${policy} said, and what ${subject} did in that time.`],
  };
}
