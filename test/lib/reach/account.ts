import type { PolicySource } from '@permission-check/iam-policy';
import type { Account, Principal } from '#lib/account/types.ts';
import { principal } from '../expectation/fixtures.ts';

export const accountId = '111122223333';

type Statements = object | readonly object[];

const documentOf = (statement: Statements): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statement });

export const policyOf = (name: string, statement: Statements): PolicySource => ({
  name,
  type: 'inline',
  text: documentOf(statement),
});

/** A role whom `trust` lets in and who may do what `may` says; without them nobody, nothing. */
export function role(
  name: string,
  trust: Statements = [],
  may: Statements = [],
  given: Partial<Principal> = {},
): Principal {
  return principal({
    kind: 'role',
    name,
    arn: `arn:aws:iam::${accountId}:role/${name}`,
    id: `AROA${name.toUpperCase()}`,
    policies: [policyOf(`policy of ${name}`, may)],
    trust: { name: 'trust policy', type: 'resource', text: documentOf(trust) },
    ...given,
  });
}

export function user(name: string, may: Statements = [], given: Partial<Principal> = {}): Principal {
  return principal({
    kind: 'user',
    name,
    arn: `arn:aws:iam::${accountId}:user/${name}`,
    id: `AIDA${name.toUpperCase()}`,
    policies: [policyOf(`policy of ${name}`, may)],
    ...given,
  });
}

export const accountOf = (...all: Principal[]): Account => ({
  accountId,
  partition: 'aws',
  async *principals() {
    yield* all;
  },
});
