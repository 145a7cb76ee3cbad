import type { Principal } from '#lib/account/types.ts';
import { byHolder, type Declared, type DeclaredPrincipal, holderKey, holderOf } from './declared.ts';
import type { Declaration, Holder, Planned } from './types.ts';
import { hasUnknown, mayBe } from './unknown.ts';

/** What a plan declares for one step, by whom it is about. */
export class DeclaredIndex {
  /** Everything that is there in the step. */
  readonly there: readonly Declaration[];
  readonly principals: ReadonlyMap<string, DeclaredPrincipal>;
  readonly added: ReadonlyMap<string, readonly Declaration[]>;
  readonly removed: ReadonlyMap<string, readonly Declaration[]>;
  /** What the plan shows of groups without changing it. */
  readonly shownOfGroups: ReadonlyMap<string, readonly Declaration[]>;
  /** What allows nobody else something. */
  readonly exclusive: readonly (Declared<'only-attached-to'> | Declared<'only-members'>)[];
  /** Given to somebody whose name is not known. */
  readonly #toSomebody: readonly Declaration[];

  constructor(planned: Planned, step: 'before' | 'after', hasBase: boolean) {
    this.there = hasBase
      ? step === 'after'
        ? planned.added
        : []
      : [...planned.unchanged, ...(step === 'after' ? planned.added : planned.removed)];
    const principals = new Map<string, DeclaredPrincipal>();
    for (const one of this.there) if (one.is === 'principal') principals.set(holderKey(one), one);
    this.principals = principals;
    this.shownOfGroups = byHolder(hasBase ? planned.unchanged : [], (_, { kind }) => kind === 'group');
    this.exclusive = this.there.filter((one) => one.is === 'only-attached-to' || one.is === 'only-members');
    const toSomebody: Declaration[] = [];
    this.added = byHolder(this.there, (one, holder) => {
      const open = hasUnknown(holder.name) && !principals.has(holderKey(holder));
      if (open) toSomebody.push(one);
      return !open;
    });
    this.#toSomebody = toSomebody;
    this.removed = byHolder(hasBase && step === 'after' ? planned.removed : [], () => true);
  }

  /** What may turn out to be about a holder. */
  perhapsOf(one: Holder | Pick<Principal, 'kind' | 'name'>): readonly Declaration[] {
    return this.#toSomebody.filter((declaration) => {
      const holder = holderOf(declaration);
      return holder?.kind === one.kind && mayBe(holder.name)(one.name);
    });
  }
}
