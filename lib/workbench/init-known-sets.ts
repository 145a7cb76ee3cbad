import { PolicyCompiler, wildcardTest } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { guideSets } from '#lib/catalog/guide-sets.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { permissionSet } from '#lib/catalog/permission-sets.ts';
import { differenceOf, isEqual } from '#lib/check/difference.ts';
import { InputError } from '#lib/errors.ts';
import { isAwsManaged } from '#lib/expectation/aws-managed.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';
import type { ActionAccess } from '#lib/report/access.ts';
import type { Survey } from './survey.ts';

/**
 * Sets of the catalogue that are proved to be what a principal can do: those of AWS's policies attached to it, else one
 * that says the same whatever its own policies are called.
 *
 * @param access what it can do in some case
 */
export function knownSetsOf(
  principal: Principal,
  access: readonly ActionAccess[],
  survey: Survey,
): readonly string[] | undefined {
  const observed = survey.setOf(principal);
  if (observed instanceof Error) return undefined;
  const isSame = (names: readonly string[]) => {
    const identity = names.flatMap(catalogPolicies);
    const expected = new PolicyCompiler(actionTable).compileSet({ identity });
    return isEqual(differenceOf(survey.inputFor(principal, observed, expected)));
  };
  const attached = [
    ...new Set(
      principal.policies
        .filter(isAwsManaged)
        .flatMap(({ name, versionId }) => knownAddress(name, versionId) ?? []),
    ),
  ];
  const single = [...attached, ...setsWith(access)].find((address) => isSame([address]));
  if (single !== undefined) return [single];
  return attached.length > 1 && isSame(attached) ? attached : undefined;
}

/** `AmazonRekognitionReadOnlyAccess@v10`, where the catalogue has that version: a name alone would mean the newest. */
function knownAddress(name: string, versionId: string | undefined): string | undefined {
  try {
    return permissionSet(versionId === undefined ? name : `${name}@${versionId}`).name;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

let byActions: ReadonlyMap<string, readonly string[]> | undefined;

/**
 * The sets that allow these actions and no others, always and everywhere, and say nothing of other services; the newest
 * version first.
 */
function setsWith(access: readonly ActionAccess[]): readonly string[] {
  if (access.some((one) => one.access !== 'full')) return [];
  byActions ??= plainSets();
  return byActions.get(keyOf(access.map(({ action }) => action))) ?? [];
}

const keyOf = (names: readonly string[]): string => [...names].sort().join();

function plainSets(): ReadonlyMap<string, readonly string[]> {
  const managed = Object.entries(managedPolicies).flatMap(([name, { versions }]) =>
    versions.map(({ versionId, document }) => ({ address: `${name}@${versionId}`, document })).reverse(),
  );
  const guides = guideSets.map(({ name, document }) => ({ address: name, document }));
  const sets = new Map<string, string[]>();
  for (const { address, document } of [...managed, ...guides]) {
    const all = document.Statement;
    const isPlain = all.every(({ Effect, Resource }) => Effect === 'Allow' && String(Resource) === '*');
    const patterns = all.flatMap(({ Action }) => Action);
    if (!isPlain || !patterns.every((pattern) => pattern.startsWith('rekognition:'))) continue;
    const tests = patterns.map((pattern) => wildcardTest(pattern.toLowerCase()));
    const named = actions.filter(({ action }) => tests.some((test) => test(action.toLowerCase())));
    const key = keyOf(named.map(({ action }) => action));
    sets.set(key, [...(sets.get(key) ?? []), address]);
  }
  return sets;
}
