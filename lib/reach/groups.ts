import type { Group, Principal } from '#lib/account/types.ts';
import { WORTH_HAVING } from './attachments.ts';

/** The groups of an account. */
export class Groups {
  readonly #byName: ReadonlyMap<string, Group>;
  /** Those that give something. */
  readonly worthHaving: readonly Group[];

  constructor(groups: readonly Group[]) {
    this.#byName = new Map(groups.map((group) => [group.name, group]));
    this.worthHaving = groups.filter(({ policies }) => policies.some(({ text }) => WORTH_HAVING.test(text)));
  }

  all(): Iterable<Group> {
    return this.#byName.values();
  }

  /** The ARN of a group of a principal's account: with its path, where that is known. */
  arnOf(group: string, { arn }: Pick<Principal, 'arn'>): string {
    return this.#byName.get(group)?.arn ?? arn.replace(/:(user|role)\/.*$/, `:group/${group}`);
  }
}
