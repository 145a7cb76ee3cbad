import type { PolicySource } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { describeSchemaError } from '#lib/errors.ts';
import { subjectName } from '#lib/words/labels.ts';
import { OtherVersions } from './other-versions.ts';
import type { Account, Group, Principal } from './types.ts';

/** What one part of a kept account holds. */
export interface AccountPart {
  readonly principals: Iterable<Principal>;
  /** Managed policies, also those that nobody has. */
  readonly managed?: Iterable<PolicySource>;
  readonly groups?: Iterable<Group>;
  /** Versions of managed policies that are not the default. */
  readonly otherVersions?: Iterable<PolicySource>;
  /** Who was looked for and does not exist, `role/analyst`. */
  readonly gone?: readonly string[];
}

const policyType = z.enum(['inline', 'aws-managed', 'customer-managed', 'resource']);

/** Texts, policies and sets of policies stand once; who has them names them by their place. */
const partSchema = z.object({
  texts: z.array(z.string()),
  policies: z.array(
    z.object({
      name: z.string(),
      type: policyType,
      arn: z.exactOptional(z.string()),
      versionId: z.exactOptional(z.string()),
      group: z.exactOptional(z.string()),
      text: z.number(),
    }),
  ),
  sets: z.array(z.array(z.number())),
  principals: z.array(
    z.object({
      kind: z.enum(['user', 'role']),
      arn: z.string(),
      name: z.string(),
      path: z.string(),
      id: z.string(),
      tags: z.array(z.tuple([z.string(), z.string()])),
      groups: z.array(z.string()),
      set: z.number(),
      boundary: z.optional(z.number()),
      trust: z.optional(z.number()),
      unreadable: z.array(z.string()),
      serviceLinked: z.boolean(),
    }),
  ),
  managed: z.array(z.number()),
  otherVersions: z.array(z.number()),
  groups: z.array(z.object({ name: z.string(), arn: z.exactOptional(z.string()), set: z.number() })),
  gone: z.array(z.string()),
});

type Part = z.infer<typeof partSchema>;

/** Writes principals with all that binds them, so that `KeptAccount` can read them without IAM. */
export function partText(account: AccountPart): string {
  const { principals, managed = [], groups = [], otherVersions = [], gone = [] } = account;
  const texts = new Places<string>((text) => text);
  const policies = new Places<Part['policies'][number]>((policy) => JSON.stringify(policy));
  const sets = new Places<number[]>((set) => set.join());
  const known = new Map<PolicySource, number>();
  const placeOf = (policy: PolicySource): number => {
    const before = known.get(policy);
    if (before !== undefined) return before;
    const { text, type, ...named } = policy;
    const place = policies.of({ ...named, type: z.parse(policyType, type), text: texts.of(text) });
    known.set(policy, place);
    return place;
  };
  const part: Part = {
    texts: texts.items,
    policies: policies.items,
    sets: sets.items,
    managed: [...managed].map(placeOf),
    otherVersions: [...otherVersions].map(placeOf),
    groups: [...groups].map(({ policies: own, ...about }) => ({ ...about, set: sets.of(own.map(placeOf)) })),
    gone: [...gone],
    principals: [...principals].map(({ policies: own, boundary, trust, tags, ...about }) => ({
      ...about,
      groups: [...about.groups],
      unreadable: [...about.unreadable],
      tags: Object.entries(tags),
      set: sets.of(own.map(placeOf)),
      ...(boundary && { boundary: placeOf(boundary) }),
      ...(trust && { trust: placeOf(trust) }),
    })),
  };
  return JSON.stringify(part);
}

/** Gives equal items one place. */
class Places<T> {
  readonly items: T[] = [];
  readonly #places = new Map<string, number>();
  readonly #keyOf: (item: T) => string;

  constructor(keyOf: (item: T) => string) {
    this.#keyOf = keyOf;
  }

  of(item: T): number {
    const key = this.#keyOf(item);
    const before = this.#places.get(key);
    if (before !== undefined) return before;
    this.#places.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}

/**
 * An account that is put together from parts: of somebody who is in several, the latest one counts. As where it is read from
 * IAM, one policy is one object, and principals with the same policies share one array.
 */
export class KeptAccount implements Account {
  readonly accountId: string;
  readonly partition: string;
  /** By `role/analyst` in lower case: IAM does not distinguish names by case. */
  readonly #principals = new Map<string, Principal>();
  /** Which part told of somebody, where it is a later one. */
  readonly #toldBy = new Map<string, string>();
  readonly #managed = new Map<string, PolicySource>();
  readonly #groups = new Map<string, Group>();
  readonly #otherVersions = new OtherVersions();
  readonly #texts = new Map<string, string>();
  readonly #policies = new Map<string, { readonly policy: PolicySource; readonly number: number }>();
  readonly #sets = new Map<string, readonly PolicySource[]>();

  constructor({ accountId, partition }: Pick<Account, 'accountId' | 'partition'>) {
    this.accountId = accountId;
    this.partition = partition;
  }

  /**
   * @param part sorts parts by their time; absent for those of a whole reading, which is older than any other.
   * @throws Error where the text is not what `partText` writes.
   */
  add(text: string, part?: string): void {
    const value: unknown = JSON.parse(text);
    const { success, data, error } = z.safeParse(partSchema, value);
    if (!success)
      throw new Error(`a part of the account was not kept as it was: ${describeSchemaError(error)}`);
    const texts = data.texts.map((one) => this.#text(one));
    const policies = data.policies.map((one) => this.#policy({ ...one, text: item(texts, one.text) }));
    const sets = data.sets.map((set) => this.#set(set.map((place) => item(policies, place))));
    for (const { set, boundary, trust, tags, ...about } of data.principals) {
      const principal: Principal = {
        ...about,
        tags: tagsOf(tags),
        policies: item(sets, set),
        ...(boundary !== undefined && { boundary: item(policies, boundary).policy }),
        ...(trust !== undefined && { trust: item(policies, trust).policy }),
      };
      const key = subjectName(principal).toLowerCase();
      if (this.#isLatest(key, part)) this.#principals.set(key, principal);
    }
    for (const place of data.managed) {
      const { policy } = item(policies, place);
      if (policy.arn === undefined) continue;
      const key = policy.arn.toLowerCase();
      this.#otherVersions.setDefault(policy, this.#managed.get(key));
      this.#managed.set(key, policy);
    }
    for (const place of data.otherVersions) this.#otherVersions.add(item(policies, place).policy);
    for (const { name, set, arn = this.#groups.get(name.toLowerCase())?.arn } of data.groups)
      this.#groups.set(name.toLowerCase(), {
        name,
        policies: item(sets, set),
        ...(arn !== undefined && { arn }),
      });
    for (const subject of data.gone) {
      const key = subject.toLowerCase();
      if (this.#isLatest(key, part)) this.#principals.delete(key);
    }
  }

  #isLatest(key: string, part: string | undefined): boolean {
    if (part === undefined) return true;
    if ((this.#toldBy.get(key) ?? '') > part) return false;
    this.#toldBy.set(key, part);
    return true;
  }

  async *principals(): AsyncGenerator<Principal> {
    yield* this.#principals.values();
  }

  managedPolicy(arn: string): PolicySource | undefined {
    return this.#managed.get(arn.toLowerCase());
  }

  groups(): Iterable<Group> {
    return this.#groups.values();
  }

  groupPolicies(name: string): readonly PolicySource[] | undefined {
    return this.#groups.get(name.toLowerCase())?.policies;
  }

  managedPolicies(): Iterable<PolicySource> {
    return this.#managed.values();
  }

  otherVersions(): Iterable<PolicySource> {
    return this.#otherVersions;
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }

  #policy(policy: PolicySource) {
    const { text, ...named } = policy;
    const key = `${JSON.stringify(named)}\n${text}`;
    const known = this.#policies.get(key) ?? { policy, number: this.#policies.size };
    this.#policies.set(key, known);
    return known;
  }

  #set(policies: readonly { readonly policy: PolicySource; readonly number: number }[]) {
    const key = policies.map(({ number }) => number).join();
    const known = this.#sets.get(key) ?? policies.map(({ policy }) => policy);
    this.#sets.set(key, known);
    return known;
  }
}

function item<T>(items: readonly T[], place: number): T {
  const found = items[place];
  if (found === undefined) throw new Error(`a part of the account names what it does not have: ${place}`);
  return found;
}

function tagsOf(tags: Part['principals'][number]['tags']): Principal['tags'] {
  // An object without a prototype takes any name as it is, `__proto__` included.
  const result: Record<string, string> = Object.create(null);
  for (const [key, value] of tags) result[key] = value;
  return result;
}
