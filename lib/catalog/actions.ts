import { alsoJudgedOn, availabilityOf, canIncurCost, families } from './curated.ts';
import type { Facts } from './data-schema.ts';
import { dependentPermissions } from './dependent-permissions.ts';
import facts from './facts.json' with { type: 'json' };
import { sensitivityClasses } from './sensitivity.ts';
import type { AccessLevel, CatalogAction, ResourceType } from './types.ts';

// Its schema is held against it by the tests.
const known = facts as Facts;

const classOfAction = new Map(
  sensitivityClasses.flatMap((entry) => entry.actions.map((name) => [name, entry] as const)),
);
const familyOfAction = new Map(
  Object.entries(families).flatMap(([family, names]) => names.map((name) => [name, family] as const)),
);

/** The entry of one of our own tables, each of which must know every action. */
function entryOf<T>(table: ReadonlyMap<string, T>, name: string, what: string): T {
  const value = table.get(name);
  if (value === undefined) throw new Error(`the catalogue has no ${what} for ${name}`);
  return value;
}

/**
 * Every IAM action of Rekognition, by name. Facts: Service Authorization Reference and SDK; family,
 * availability, cost, dependent permissions and sensitivity: the tables beside this file.
 */
export const actions: readonly CatalogAction[] = known.actions.map((fact) => {
  const family = entryOf(familyOfAction, fact.name, 'family');
  const { sensitivity, severity } = entryOf(classOfAction, fact.name, 'sensitivity');
  return {
    ...fact,
    resourceTypes: fact.resourceTypes ?? [],
    conditionKeys: fact.conditionKeys ?? [],
    action: `rekognition:${fact.name}`,
    family,
    alsoJudgedOn: alsoJudgedOn[fact.name] ?? [],
    // Each action has the operation of its own name; generating the facts fails when one has not.
    apiOperation: fact.name,
    dependentPermissions: dependentPermissions[fact.name] ?? [],
    availability: availabilityOf(fact.name, family),
    mutates: fact.accessLevels.includes('Write'),
    canIncurCost: canIncurCost(fact.name),
    sensitivity,
    severity,
  };
});

/**
 * Whether calls of an action can be about no resource: it has no resource type, or one that is optional. One with several,
 * all optional (tagging), is always about a resource of one of them.
 */
export const isJudgedOnNone = ({ resourceTypes: types }: Pick<CatalogAction, 'resourceTypes'>): boolean =>
  types.length === 0 || (types.length === 1 && types[0]?.required === false);

export const resourceTypes: readonly ResourceType[] = known.resourceTypes;

/** AWS's global condition keys, as documented: `aws:SourceIp`, `aws:PrincipalTag/${TagKey}`. */
export const globalConditionKeys: readonly string[] = known.globalConditionKeys;

/**
 * The full names (`rekognition:AssociateFaces` …), by name. The order is the same in every run; a new action
 * of AWS's shifts it, so positions must not be stored.
 */
export const actionTable: readonly string[] = actions.map(({ action }) => action);

/** The services, by action prefix, that resource control policies act on. Rekognition is none of them. */
export const rcpServices: ReadonlySet<string> = new Set(known.rcpServices);

const byLowerCase = new Map(actions.map((action) => [action.name.toLowerCase(), action]));

/**
 * The action of that name, with or without `rekognition:`, in any case (AWS itself writes
 * `rekognition:listCollections`); undefined where there is none, and for patterns.
 */
export function findAction(nameOrAction: string): CatalogAction | undefined {
  return byLowerCase.get(nameOrAction.toLowerCase().replace(/^rekognition:/, ''));
}

/** Access levels of an action of another service, if one of the named sets grants it; empty if not known. */
export function accessLevelsElsewhere(action: string): readonly AccessLevel[] {
  return Object.hasOwn(known.otherServices, action) ? (known.otherServices[action] ?? []) : [];
}
