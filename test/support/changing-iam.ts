/** A small IAM that changes at random, with what everybody can do in it worked out by brute force. */
import type { IAMClient } from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { type Entity, IamActs, kindOf } from './iam-acts.ts';

export const actions = ['DeleteFaces', 'SearchFaces', 'IndexFaces'] as const;
type Action = (typeof actions)[number];
/** `other` stands for every collection that no statement names. */
const collections = ['a', 'b', 'other'] as const;

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly action: Action | '*';
  readonly collection: 'a' | 'b' | '*';
}

const statement: fc.Arbitrary<Statement> = fc.record({
  effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
  action: fc.constantFrom(...actions, '*'),
  collection: fc.constantFrom('a', 'b', '*'),
});
const statements = fc.array(statement, { minLength: 1, maxLength: 3 });

/** Two users, two groups and a role, by what they are and not by what they are called. */
const someone = fc.constantFrom<Entity>('user-0', 'user-1', 'group-0', 'group-1', 'role-0');
const user = fc.constantFrom<Entity>('user-0', 'user-1');
const group = fc.constantFrom<Entity>('group-0', 'group-1');

/** One thing that somebody does. */
export const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), who: someone, statements }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take' as const), who: someone }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('attach' as const), who: someone }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('detach' as const), who: someone }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('version' as const), statements }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), who: user, group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who: user, group }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rename' as const), who: someone }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recreate' as const), who: someone }) },
);
export type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

interface State {
  name: string;
  own?: readonly Statement[] | undefined;
  attached: boolean;
  readonly groups: Set<Entity>;
}

const silent = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
});
const documentOf = (all: readonly Statement[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: all.map(({ effect, action, collection }) => ({
      Effect: effect,
      Action: `rekognition:${action}`,
      Resource:
        collection === '*' ? '*' : `arn:aws:rekognition:us-east-1:123456789012:collection/${collection}`,
    })),
  });

/** Every request there is that statements allow: `DeleteFaces a`. */
function allowedBy(all: readonly Statement[]): ReadonlySet<string> {
  const allowed = actions.flatMap((action) =>
    collections.flatMap((collection) => {
      const matching = all.filter(
        (one) =>
          (one.action === '*' || one.action === action) &&
          (one.collection === '*' || one.collection === collection),
      );
      const isAllowed =
        matching.some(({ effect }) => effect === 'Allow') &&
        matching.every(({ effect }) => effect === 'Allow');
      return isAllowed ? [`${action} ${collection}`] : [];
    }),
  );
  return new Set(allowed);
}

/** The actions that one side allows somewhere and the other does not: `rekognition:DeleteFaces`. */
export const beyond = (more: ReadonlySet<string>, less: ReadonlySet<string>): string[] =>
  [
    ...new Set(
      [...more].filter((one) => !less.has(one)).map((one) => `rekognition:${one.split(' ')[0] ?? ''}`),
    ),
  ].sort();

/** Does what is asked for where that is possible. */
export class ChangingIam {
  readonly #iam: IamActs;
  readonly #entities = new Map<Entity, State>();
  #shared: readonly Statement[] = [];
  #sharedArn = '';
  #names = 0;
  readonly #prefix: string;

  /** @param prefix of all names: no other may have it */
  constructor(iam: IAMClient, prefix: string) {
    this.#iam = new IamActs(iam);
    this.#prefix = prefix;
  }

  /** Makes everybody, and a managed policy that says nothing of Rekognition. */
  async begin(): Promise<void> {
    this.#sharedArn = await this.#iam.policy(`${this.#prefix}-shared`, silent);
    for (const who of ['user-0', 'user-1', 'group-0', 'group-1', 'role-0'] as const) {
      this.#entities.set(who, { name: this.#nextName(who), attached: false, groups: new Set() });
      await this.#iam.create(kindOf(who), this.#state(who).name);
    }
  }

  /** `user/name` → what it can do. */
  truth(): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, ReadonlySet<string>>();
    for (const [who, { name, groups, ...own }] of this.#entities) {
      if (who.startsWith('group')) continue;
      const through = [...groups].map((one) => this.#state(one));
      const all = [own, ...through].flatMap((one) => [
        ...(one.own ?? []),
        ...(one.attached ? this.#shared : []),
      ]);
      found.set(`${who.split('-')[0]}/${name}`, allowedBy(all));
    }
    return found;
  }

  /** A principal itself and the groups that it is in, as names begin. */
  concerning(subject: string): readonly string[] {
    for (const [who, { name, groups }] of this.#entities)
      if (subject === `${kindOf(who)}/${name}`) return [who, ...groups];
    return [];
  }

  /** Does some things one after the other; answers what somebody could do before, under the names that they have by now. */
  async all(acts: readonly Act[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const before = new Map(this.truth());
    for (const one of acts) {
      const [former, name] = (await this.do(one)) ?? [];
      if (former === undefined || name === undefined) continue;
      before.set(name, before.get(former) ?? new Set());
      before.delete(former);
    }
    return before;
  }

  /** Answers a change of name: `[user/old, user/new]`. */
  async do(one: Act): Promise<readonly [string, string] | undefined> {
    if (one.do === 'version') {
      await this.#version(one.statements);
      return undefined;
    }
    const state = this.#state(one.who);
    const { name } = state;
    switch (one.do) {
      case 'put':
        await this.#put(one.who, one.statements);
        break;
      case 'take':
        await this.#take(one.who);
        break;
      case 'attach':
        if (!state.attached) await this.#attach(one.who);
        break;
      case 'detach':
        await this.#detach(one.who);
        break;
      case 'join':
        if (!state.groups.has(one.group)) await this.#join(one.who, one.group);
        break;
      case 'leave':
        if (state.groups.has(one.group)) await this.#leave(one.who, one.group);
        break;
      case 'rename':
        await this.#rename(one.who);
        return one.who.startsWith('user') ? [`user/${name}`, `user/${state.name}`] : undefined;
      case 'recreate':
        await this.#recreate(one.who);
    }
    return undefined;
  }

  #nextName(who: Entity): string {
    return `${this.#prefix}-${who}-${this.#names++}`;
  }

  #state(who: Entity): State {
    const state = this.#entities.get(who);
    if (state === undefined) throw new Error(`${who} was not made`);
    return state;
  }

  async #put(who: Entity, own: readonly Statement[]): Promise<void> {
    const state = this.#state(who);
    await this.#iam.put(kindOf(who), state.name, documentOf(own));
    state.own = own;
  }

  async #take(who: Entity): Promise<void> {
    const state = this.#state(who);
    if (state.own === undefined) return;
    await this.#iam.take(kindOf(who), state.name);
    state.own = undefined;
  }

  async #attach(who: Entity): Promise<void> {
    const state = this.#state(who);
    await this.#iam.attach(kindOf(who), state.name, this.#sharedArn);
    state.attached = true;
  }

  async #detach(who: Entity): Promise<void> {
    const state = this.#state(who);
    if (!state.attached) return;
    await this.#iam.detach(kindOf(who), state.name, this.#sharedArn);
    state.attached = false;
  }

  async #version(shared: readonly Statement[]): Promise<void> {
    await this.#iam.version(this.#sharedArn, documentOf(shared));
    this.#shared = shared;
  }

  async #join(who: Entity, to: Entity): Promise<void> {
    await this.#iam.join(this.#state(who).name, this.#state(to).name);
    this.#state(who).groups.add(to);
  }

  async #leave(who: Entity, from: Entity): Promise<void> {
    await this.#iam.leave(this.#state(who).name, this.#state(from).name);
    this.#state(who).groups.delete(from);
  }

  /** Roles have one name for life; their update changes a description. */
  async #rename(who: Entity): Promise<void> {
    const state = this.#state(who);
    const next = this.#nextName(who);
    await this.#iam.rename(kindOf(who), state.name, next);
    if (kindOf(who) !== 'role') state.name = next;
  }

  /** Deletes and makes anew under the same name, with nothing. */
  async #recreate(who: Entity): Promise<void> {
    const state = this.#state(who);
    await this.#take(who);
    await this.#detach(who);
    for (const one of state.groups) await this.#leave(who, one);
    for (const [member, { groups }] of this.#entities) if (groups.has(who)) await this.#leave(member, who);
    await this.#iam.delete(kindOf(who), state.name);
    await this.#iam.create(kindOf(who), state.name);
  }
}
