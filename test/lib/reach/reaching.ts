import type { Principal } from '#lib/account/types.ts';
import { Admissions } from '#lib/reach/admission.ts';
import { Callers } from '#lib/reach/callers.ts';
import { Reach } from '#lib/reach/reach.ts';
import { accountId, role } from './account.ts';

export const arn = (name: string) => `arn:aws:iam::${accountId}:${name}`;
export const lets = (Principal: object | string, rest: object = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...rest,
});

export function reachIn(...all: Principal[]) {
  const callers = new Callers();
  for (const one of all) callers.see(one);
  return new Reach(new Admissions(), callers);
}

/** `kind who` of each way into a role with that trust policy. */
export const ways = (trust: object | object[]) =>
  reachIn()
    .waysInto(role('faces', trust))
    .map(({ kind, who }) => `${kind} ${who}`.trim());
