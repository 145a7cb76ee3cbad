import {
  type ResourceChange,
  type StateResource,
  stateResources,
  type TerraformPlan,
} from './terraform-plan.ts';
import { moduleOf, type References, withoutIndexes } from './terraform-references.ts';
import { valueWithUnknowns } from './terraform-values.ts';
import type { Value } from './types.ts';
import { unknown } from './unknown.ts';

export type Values = { readonly [attribute: string]: Value };

/** One resource of a plan: as it is, and as it will be. */
export interface Resource {
  readonly address: string;
  readonly type: string;
  readonly index?: string | number | undefined;
  readonly actions: readonly string[];
  readonly before?: Values;
  /** With its unknown parts in place. */
  readonly after?: Values;
  readonly change?: ResourceChange;
}

/** Every resource that a plan speaks of, by address, and the ways from one to another. */
export class Resources {
  readonly all: readonly Resource[];
  readonly references: References;
  readonly #byAddress = new Map<string, Resource>();
  readonly #byPlainAddress = new Map<string, Resource[]>();

  constructor(plan: TerraformPlan, references: References) {
    this.references = references;
    const changed = plan.resource_changes.map(resourceOf);
    const addresses = new Set(changed.map(({ address }) => address));
    // What a plan of a few targets leaves out is there all the same.
    const kept = [...stateResources(plan.prior_state?.values?.root_module)]
      .filter(({ address, mode }) => mode === 'managed' && !addresses.has(address))
      .map(untouched);
    this.all = [...changed, ...kept];
    for (const resource of this.all) {
      this.#byAddress.set(resource.address, resource);
      const plain = withoutIndexes(resource.address);
      const same = this.#byPlainAddress.get(plain) ?? [];
      this.#byPlainAddress.set(plain, same);
      same.push(resource);
    }
  }

  /** The one resource that a resource refers to by an argument; undefined where that is not certain. */
  referred(from: Resource, argument: string, types: readonly string[]): Resource | undefined {
    const { targets } = this.references.of(from.address, argument);
    const found = new Set(
      targets
        .flatMap(({ address }) => this.instances(address, from))
        .filter(({ type }) => types.includes(type)),
    );
    const [only] = found;
    return found.size === 1 ? only : undefined;
  }

  /** All resources of these types that an argument refers to. */
  allReferred(from: Resource, argument: string, types: readonly string[]): Resource[] {
    const { targets } = this.references.of(from.address, argument);
    return [...new Set(targets.flatMap(({ address }) => this.instances(address, from)))].filter(({ type }) =>
      types.includes(type),
    );
  }

  /** The instances that an address may mean, where it is written in a resource: the one of the same index first. */
  instances(address: string, from: Resource): Resource[] {
    const exact = this.#byAddress.get(address);
    if (exact !== undefined) return [exact];
    const all = this.#byPlainAddress.get(withoutIndexes(address)) ?? [];
    const inModule = all.filter((one) => moduleOf(one.address) === moduleOf(from.address));
    const near = inModule.length > 0 ? inModule : all;
    const same = near.filter(({ index }) => from.index !== undefined && index === from.index);
    return same.length > 0 ? same : near;
  }
}

function resourceOf(change: ResourceChange): Resource {
  const { address, type, mode, index, deposed } = change;
  const { actions, before, after, after_unknown } = change.change;
  const value =
    after === null || after === undefined ? undefined : valueWithUnknowns(after, after_unknown, address);
  const was = valueWithUnknowns(before ?? null, false, address);
  return {
    address: deposed === undefined ? address : `${address} (deposed ${deposed})`,
    type: mode === 'data' ? `data.${type}` : type,
    ...(index === null || index === undefined ? {} : { index }),
    actions,
    ...(isValues(was) ? { before: was } : {}),
    ...(isValues(value) ? { after: value } : {}),
    change,
  };
}

function untouched({ address, type, index, values }: StateResource): Resource {
  const value = valueWithUnknowns(values ?? {}, false, address);
  const same = isValues(value) ? { before: value, after: value } : {};
  return {
    address,
    type,
    ...(index === null || index === undefined ? {} : { index }),
    actions: ['no-op'],
    ...same,
  };
}

export function isValues(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Text of an attribute; unknown where it is null: the provider chooses. */
export function textOf(values: Values, attribute: string, address: string): string {
  const value = values[attribute];
  return typeof value === 'string' && value !== '' ? value : unknown(`${address}.${attribute}`);
}

/** Text of an attribute; undefined where it is null or empty. */
export function optionalText(values: Values, attribute: string): string | undefined {
  const value = values[attribute];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
