/** Steps by which somebody gets at others. */
import type { PolicySource } from '@permission-check/iam-policy';
import type { Group, Principal } from '#lib/account/types.ts';
import type { Getting, OnOthers } from './escalations.ts';
import type { Groups } from './groups.ts';
import { ANYTHING, type Leave } from './leave.ts';
import type { Switched } from './policy-versions.ts';
import type { Attachable } from './steps.ts';
import { allowedOf, arnsOf, attached, type Step, stepOf } from './steps.ts';

/** Whom a row leads to: as it is, or as it is with another version of a policy. */
export type Target = Principal | Switched;

/** By what somebody gives others more, where that is not whatever he likes. */
export interface Means {
  /** The policy that is attached. */
  readonly attachable?: Attachable | undefined;
  /** The group that is joined. */
  readonly group?: Group | undefined;
  /** The groups of the account. */
  readonly groups?: Groups | undefined;
}

/** A step by which whoever has leave makes a principal within a boundary; undefined where it may not. */
export function boundedStep(
  getting: Getting,
  leave: Leave,
  boundary: PolicySource,
  attachable?: Attachable,
): Step | undefined {
  const said = { boundary: boundary.arn, policy: attachable?.policy.arn };
  const step = stepOf(getting, leave, (on: OnOthers) => resourcesOf(on), said);
  return step && attached({ ...step, boundary }, attachable);
}

/**
 * A step by which whoever has leave gets at a target, where the row is about one; undefined where it may not.
 *
 * @param means absent: whatever one likes to write
 */
export function gettingStep(
  getting: Getting,
  leave: Leave,
  target?: Target,
  { groups, attachable, group }: Means = {},
): Step | undefined {
  const said = { service: getting.service, of: target, policy: attachable?.policy.arn };
  const step = attached(
    stepOf(getting, leave, (on: OnOthers) => resourcesOf(on, target, { groups, group }), said),
    attachable,
  );
  if (step === undefined) return undefined;
  return {
    ...step,
    ...(target && { target }),
    ...(group && { group: group.name }),
    ...(target && 'switchedTo' in target && { version: target.switchedTo }),
  };
}

/** Whether all is allowed that a row does to a target; or, without one, all that it takes beside that. */
export function mayGet(
  { needs, service }: Getting,
  leave: Leave,
  target?: Target,
  { groups, attachable, group }: Means = {},
): boolean {
  const said = { service, of: target, policy: attachable?.policy.arn };
  return needs
    .filter(({ on }) => (on === 'anything') === (target === undefined))
    .every(
      ({ actions, on }) =>
        allowedOf(actions, resourcesOf(on, target, { groups, group }), leave, said) !== undefined,
    );
}

function resourcesOf(on: OnOthers, target?: Target, { groups, group }: Means = {}): readonly string[] {
  if (on === 'anything') return [ANYTHING];
  if (on === 'group') return group?.arn === undefined ? [] : [group.arn];
  if (target === undefined) return [];
  switch (on) {
    case 'target':
      return [target.arn];
    case 'target-policy':
      return arnsOf(target.policies);
    case 'target-group':
      return target.groups.flatMap((name) => groups?.arnOf(name, target) ?? []);
    case 'target-version':
      return 'switchedTo' in target ? arnsOf([target.switchedTo]) : [];
  }
}
