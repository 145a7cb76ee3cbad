import type { PolicySource } from '@permission-check/iam-policy';
import type { Account, Guardrails, Principal } from '#lib/account/types.ts';
import type { PlannedPrincipal } from '#lib/iac/planned-principal.ts';
import { type Outlook, outlooks, type World } from '#lib/iac/worlds.ts';
import { Callers } from '#lib/reach/callers.ts';
import { leadsAlike } from './reach-changes.ts';
import { trustOfAll, unionOf } from './wide-union.ts';
import { shownOf } from './worlds.ts';

/** Everybody of an account once a plan is deployed, as those through whom others come. */
export interface PlannedCallers {
  /** With the most that the usual reading of the plan may give. */
  readonly shown: Callers;
  /** As they are whatever is known later. */
  readonly certain: Callers;
  /** With the most that any reading may give them, and whoever any may let in; absent: no reading lets in others. */
  readonly widest?: Callers;
  /** What has to be known of whoever is another one there, by ARN. */
  readonly dependsOn: ReadonlyMap<string, readonly string[]>;
}

/** Everybody once a plan is deployed, for certain and at most. */
export async function plannedCallers(
  worlds: readonly World[],
  base: Account | undefined,
  guardrails: Guardrails | undefined,
): Promise<PlannedCallers> {
  const [shown, certain, widest] = [new Callers(), new Callers(), new Callers()];
  const dependsOn = new Map<string, readonly string[]>();
  for await (const outlook of outlooks(worlds, base, guardrails)) {
    const usual = shownOf(worlds, outlook);
    if (usual === undefined) continue;
    const principal = withTrust(usual);
    shown.see(principal);
    if (isUntouched(outlook)) {
      certain.see(principal);
      widest.see(principal);
      continue;
    }
    const least = outlook.after.find((_, index) => worlds[index]?.usual && worlds[index]?.bound === 'least');
    const most = widestOf(outlook, worlds, principal);
    if (least !== undefined) certain.see(withTrust(least));
    widest.see(most);
    const isOther = least === undefined || !leadsAlike(withTrust(least), most, shown);
    if (isOther) dependsOn.set(principal.arn, dependenceOf(outlook, worlds, usual));
  }
  return { shown, certain, ...(dependsOn.size > 0 && { widest }), dependsOn };
}

/** The principal with its trust policy as far as the plan shows it. */
export function withTrust({ principal, trust }: PlannedPrincipal): Principal {
  return trust?.policy === undefined ? principal : { ...principal, trust: trust.policy };
}

const isUntouched = ({ before, after }: Outlook): boolean =>
  before !== undefined && after.every((planned) => planned?.principal === before.principal);

/** The principal with all that it may have in some way that the deployment may turn out. */
function widestOf({ after }: Outlook, worlds: readonly World[], usual: Principal): Principal {
  const there = after.flatMap((planned) => planned ?? []);
  const most = after.flatMap((planned, index) => (worlds[index]?.bound === 'most' ? (planned ?? []) : []));
  const boundaries = new Set(most.map(({ principal }) => principal.boundary?.text));
  const { boundary, trust: _, ...rest } = usual;
  const isOpen = there.some(({ trust }) => trust !== undefined && trust.policy === undefined);
  const trust = trustOfAll(
    there.flatMap((planned) => withTrust(planned).trust ?? []),
    isOpen,
  );
  return {
    ...rest,
    policies: unionOf(most.map(({ principal }) => principal.policies)),
    ...(boundary !== undefined && boundaries.size === 1 && { boundary }),
    ...(trust !== undefined && { trust }),
  };
}

/** The names of what is known only after the deployment, and of values that somebody chooses. */
function dependenceOf(
  { after }: Outlook,
  worlds: readonly World[],
  usual: PlannedPrincipal,
): readonly string[] {
  const text = (planned: PlannedPrincipal | undefined) =>
    planned && [withTrust(planned).trust?.text, policyTexts(planned.principal.policies)].join('\n');
  const names = after.flatMap((planned, index) => {
    const { usual: isUsual = false, label } = worlds[index] ?? {};
    if (!isUsual) return text(planned) === text(usual) ? [] : (label ?? []);
    return [
      ...(planned?.trust?.unknowns ?? []),
      ...[...(planned?.unknowns.values() ?? [])].flatMap((all) => [...all]),
    ];
  });
  return [...new Set(names)];
}

const policyTexts = (policies: readonly PolicySource[]): string =>
  policies.map(({ text }) => text).join('\n');
