/** What a row of the escalation table leads to, for all who may take it. */
import type { PolicySource } from '@permission-check/iam-policy';
import type { Group, Principal } from '#lib/account/types.ts';
import { afterwards, newPrincipal, withPolicies } from './afterwards.ts';
import type { Attachments } from './attachments.ts';
import type { Getting } from './escalations.ts';
import { boundedStep, gettingStep, type Means, mayGet } from './getting-steps.ts';
import type { Groups } from './groups.ts';
import type { Leave } from './leave.ts';
import type { Attachable, Step } from './steps.ts';
import type { Targets } from './targets.ts';

/** Where somebody is led. */
export interface Lead {
  readonly step: Step;
  /** The principal as it is then. */
  readonly as: Principal;
  /** Whether what comes after it may be worse. */
  readonly unsorted?: boolean;
}

/** What there is for a row to lead to. */
export interface Leading {
  readonly targets: Targets;
  /** The policies that could be boundaries of new principals, those that leave most first. */
  readonly boundaries: () => readonly PolicySource[];
  readonly attachments: Pick<Attachments, 'toOthers'>;
  readonly groups: Groups;
  /** One object for principals that can do the same, as far as that is plain. */
  readonly kindOf: (as: Principal) => object;
  /** Whether it is worth anything to get at somebody as he is then, asked before the steps; absent: it always is. */
  readonly isWorth?: ((as: Principal) => boolean) | undefined;
}

const always = (): boolean => true;

/**
 * What a row leads to, the worst first where nothing else is said.
 *
 * @param of somebody of the account
 */
export function* leadsOf(getting: Getting, of: Principal, leave: Leave, leading: Leading): Iterable<Lead> {
  switch (getting.leads) {
    case 'new-principal':
      yield* madeBy(getting, of, leave, leading);
      break;
    case 'new-joined':
      for (const group of joinable(leave, leading)) {
        const step = gettingStep(getting, leave, undefined, { group });
        if (step) yield { step, as: newPrincipal(of, group.policies), unsorted: true };
      }
      break;
    case 'user-joined':
      yield* joined(getting, leave, leading);
      break;
    default:
      yield* gotAt(getting, leave, leading);
  }
}

function* gotAt(getting: Getting, leave: Leave, leading: Leading): Iterable<Lead> {
  const { targets, groups, isWorth = always } = leading;
  // Who may not do the rest may not whatever the target.
  if (!mayGet(getting, leave)) return;
  const attaching = attachingIn(getting, leave);
  const others: Principal[] = [];
  for (const target of targets.of(getting, leave)) {
    if (attaching !== undefined && !mayGet(getting, leave, target, { groups })) {
      others.push(target);
      continue;
    }
    const as = afterwards(getting, target);
    const step = isWorth(as) ? gettingStep(getting, leave, target, { groups }) : undefined;
    if (step) yield { step, as };
  }
  if (others.length > 0 && attaching !== undefined)
    yield* attachedTo(others, attaching, getting, leave, leading);
}

/** Those to whom one may not give whatever one likes, with what one may attach to them. */
function* attachedTo(
  targets: readonly Principal[],
  attaching: string,
  getting: Getting,
  leave: Leave,
  { attachments, groups, kindOf, isWorth }: Leading,
): Iterable<Lead> {
  for (const attachable of attachments.toOthers(leave, attaching)) {
    const given = [attachable.policy];
    const means = { attachable, groups };
    yield* fewOfEachKind(targets, getting, leave, { given, means, kindOf, isWorth });
  }
}

/** Of targets that are alike once they are given the same, that many are led to: others would be neither judged nor named. */
const ENOUGH = 101;

interface Giving {
  readonly given: readonly PolicySource[];
  readonly means: Means;
  readonly kindOf: Leading['kindOf'];
  readonly isWorth: Leading['isWorth'];
}

/** Targets that are given policies; a pair of target and policies costs little before it is known to tell something. */
function* fewOfEachKind(
  targets: Iterable<Principal>,
  getting: Getting,
  leave: Leave,
  { given, means, kindOf, isWorth = always }: Giving,
): Iterable<Lead> {
  const counts = new Map<object, number>();
  for (const target of targets) {
    const as = withPolicies(getting, target, given);
    const kind = kindOf(as);
    const count = counts.get(kind) ?? 0;
    if (count >= ENOUGH || !isWorth(as) || !mayGet(getting, leave, target, means)) continue;
    const step = gettingStep(getting, leave, target, means);
    if (step === undefined) continue;
    counts.set(kind, count + 1);
    yield { step, as, unsorted: true };
  }
}

/** Users in a group more. */
function* joined(getting: Getting, leave: Leave, leading: Leading): Iterable<Lead> {
  const { targets, kindOf, isWorth } = leading;
  for (const group of joinable(leave, leading)) {
    const others = [...targets.of(getting, leave)].filter(({ groups }) => !groups.includes(group.name));
    const giving = { given: group.policies, means: { group }, kindOf, isWorth };
    yield* fewOfEachKind(others, getting, leave, giving);
  }
}

/** The groups that somebody may put users in. */
function joinable(leave: Leave, { groups }: Leading): readonly Group[] {
  return groups.worthHaving.filter(
    ({ arn }) => arn !== undefined && leave.by('iam:AddUserToGroup', arn) !== undefined,
  );
}

/** By which action of a row policies are attached, where it may make a difference which. */
function attachingIn({ needs }: Getting, leave: Leave): string | undefined {
  const attaching = needs.flatMap(({ actions }) => actions).find((action) => /^iam:Attach/.test(action));
  return attaching !== undefined && leave.asksPolicy(attaching) ? attaching : undefined;
}

/** A principal of one's own making, free if may be. */
function* madeBy(getting: Getting, of: Principal, leave: Leave, leading: Leading): Iterable<Lead> {
  const anything = gettingStep(getting, leave);
  if (anything) {
    yield { step: anything, as: newPrincipal(of) };
    return;
  }
  const attaching = attachingIn(getting, leave);
  const attachable = attaching === undefined ? [] : leading.attachments.toOthers(leave, attaching);
  for (const one of attachable) {
    const step = gettingStep(getting, leave, undefined, { attachable: one });
    if (step) yield { step, as: newPrincipal(of, [one.policy]), unsorted: true };
  }
  if (!getting.needs.some(({ actions }) => actions.some((action) => leave.asksBoundary(action)))) return;
  for (const boundary of leading.boundaries()) {
    // Whoever may write anything within a boundary needs no policy of others.
    const widest = boundedStep(getting, leave, boundary);
    if (widest) yield { step: widest, as: { ...newPrincipal(of), boundary } };
    else yield* bounded(getting, leave, { ...newPrincipal(of), boundary }, attachable);
  }
}

function* bounded(
  getting: Getting,
  leave: Leave,
  made: Principal & { readonly boundary: PolicySource },
  attachable: readonly Attachable[],
): Iterable<Lead> {
  for (const one of attachable) {
    const step = boundedStep(getting, leave, made.boundary, one);
    if (step) yield { step, as: { ...made, policies: [one.policy] }, unsorted: true };
  }
}
