import type { MatchedStatement, PolicySource } from '@permission-check/iam-policy';
import { mayHaveAccess } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import type { Escalation, Needed, OnItsOwn, OnOthers } from './escalations.ts';
import type { Leave, Said } from './leave.ts';
import type { Tags } from './own-tags.ts';

/** An action and what it is done to: an ARN, or ANYTHING. */
export interface Act {
  readonly action: string;
  readonly resource: string;
}

/** One step by which a principal comes to more than its policies say. */
export interface Step {
  readonly escalation: Escalation;
  /** The actions that it takes. */
  readonly actions: readonly string[];
  /** What each of them is done to. */
  readonly acts: readonly Act[];
  readonly by: readonly MatchedStatement[];
  readonly target?: Principal;
  /** The group that it joins. */
  readonly group?: string;
  /** The tags that it gives itself. */
  readonly tags?: Tags;
  /** The policy that it attaches. */
  readonly attached?: PolicySource;
  /** The policy that becomes a boundary: its own, or that of whom it makes. */
  readonly boundary?: PolicySource;
  /** The version that it makes the default. */
  readonly version?: PolicySource;
  /** As whom it is taken, where that is somebody else by then. */
  readonly as?: Principal;
}

/** An action that policies let through, with the statements that allow it. */
export interface Allowed extends Act {
  readonly by: readonly MatchedStatement[];
}

/** A policy that somebody may be let attach, as it is then. */
export interface Attachable {
  readonly policy: PolicySource;
  /** What makes it what it is. */
  readonly made?: Allowed;
}

/** A step that takes all that a row needs; undefined where one of it is not allowed. */
export function stepOf<On extends OnItsOwn | OnOthers>(
  row: Escalation & { readonly needs: readonly Needed<On>[] },
  leave: Leave,
  resources: (on: On) => readonly string[],
  said: Said = {},
): Step | undefined {
  const allowed: Allowed[] = [];
  for (const { actions, on } of row.needs) {
    const found = allowedOf(actions, resources(on), leave, said);
    if (found === undefined) return undefined;
    allowed.push(found);
  }
  const by = allowed.flatMap((one) => one.by);
  return {
    escalation: row,
    actions: allowed.map(({ action }) => action),
    acts: allowed,
    by: distinctStatements(by),
  };
}

const distinctStatements = (all: readonly MatchedStatement[]): readonly MatchedStatement[] => [
  ...new Map(all.map((one) => [`${one.policy.name} ${one.statement.index}`, one])).values(),
];

/** The first of the actions that the policies let through on one of the resources. */
export function allowedOf(
  actions: readonly string[],
  resources: readonly string[],
  leave: Leave,
  { of, ...said }: Said,
): Allowed | undefined {
  for (const action of actions) {
    if (!mayHaveAccess(leave.policies, [action], {})) continue;
    for (const resource of resources) {
      // Of a policy or a group that the step is about nothing of the principal is said.
      const by = leave.by(action, resource, { ...said, of: of?.arn === resource ? of : undefined });
      if (by !== undefined) return { action, resource, by };
    }
  }
  return undefined;
}

/** A step with the policy that is attached in it, and with what makes that what it is. */
export function attached(step: Step | undefined, attachable: Attachable | undefined): Step | undefined {
  if (step === undefined || attachable === undefined) return step;
  const { policy, made } = attachable;
  if (made === undefined) return { ...step, attached: policy };
  return {
    ...step,
    attached: policy,
    actions: [made.action, ...step.actions],
    acts: [made, ...step.acts],
    by: distinctStatements([...made.by, ...step.by]),
  };
}

/** The ARNs of the policies that are the customer's own. */
export function arnsOf(policies: readonly PolicySource[]): readonly string[] {
  return policies.flatMap(({ type, arn }) => (type === 'customer-managed' && arn !== undefined ? [arn] : []));
}
