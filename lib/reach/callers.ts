import type { Principal } from '#lib/account/types.ts';
import type { Asker } from './asker.ts';
import { NOT_A_RESOURCE } from './wildcards.ts';

/** The principals of an account as callers of STS: collected while the account is read, then asked. */
export class Callers {
  readonly #byArn = new Map<string, Principal>();
  readonly #mayCall: Principal[] = [];
  readonly #roles = new Map<string, Principal>();

  see(principal: Principal): void {
    this.#byArn.set(principal.arn, principal);
    if (principal.kind === 'role') this.#roles.set(principal.name, principal);
    if (this.mayCall(principal)) this.#mayCall.push(principal);
  }

  /** Everybody, in the order in which they were seen. */
  all(): Iterable<Principal> {
    return this.#byArn.values();
  }

  /** Everybody, with a copy of one in its place. */
  with(copy: Principal): Callers {
    const others = new Callers();
    for (const one of this.all()) others.see(one.arn === copy.arn ? copy : one);
    return others;
  }

  /** The role of a session's ARN, which has no path: names are unique in an account. */
  roleOfSession(arn: string): Principal | undefined {
    const name = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
    return name === undefined ? undefined : this.#roles.get(name);
  }

  named(arn: string): Principal | undefined {
    return this.#byArn.get(arn);
  }

  /** Whether a principal has a policy that may let him call STS. */
  mayCall(principal: Principal): boolean {
    return principal.policies.some(({ text }) => mayNameSts(text));
  }

  /**
   * Those of whom an asker may be one, with the policies that let them ask; `unknown` where he is of elsewhere, or is not
   * there: IAM shows who was deleted by an id, so that an ARN names somebody whom a part of the account leaves out.
   */
  of(asker: Asker, accountId: string): readonly Principal[] | 'unknown' {
    if (asker.kind === 'account' && asker.accountId === accountId) return this.#mayCall;
    if (asker.kind !== 'principal' || asker.arn.split(':')[4] !== accountId) return 'unknown';
    if (asker.arn.includes(':assumed-role/') || asker.arn.includes(':federated-user/')) return 'unknown';
    const principal = this.#byArn.get(asker.arn);
    return principal === undefined ? 'unknown' : [principal];
  }
}

const remembered = new Map<string, boolean>();
const REMEMBERED = 5_000;

/** An escape in JSON may hide a letter. */
const MAY_NAME_STS = new RegExp(
  String.raw`sts:|NotAction|\\u|${NOT_A_RESOURCE}"\*+"|"[*?]*:|[*?][A-Za-z]*:|s[*?t]*[*?]`,
  'i',
);

/** Whether a text can allow an action of STS: a cheap look before a policy is compiled. False is certain. */
export function mayNameSts(text: string): boolean {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const may = MAY_NAME_STS.test(text);
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(text, may);
  return may;
}
