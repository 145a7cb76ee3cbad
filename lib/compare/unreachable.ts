import { wildcardTest } from '@permission-check/iam-policy';
import type { AssumedBy } from '#lib/expectation/types.ts';
import type { Closed } from '#lib/reach/pools.ts';
import { subjectName } from '#lib/words/labels.ts';
import { meets } from './assumed-by.ts';
import { type Reached, reachFindingOf } from './reached-principal.ts';
import type { Finding } from './types.ts';

/** Ways in that are expected and are not there, or can never be used. */
export function unreachable(expected: readonly AssumedBy[], reached: Reached): Finding[] {
  const { principal, ways } = reached;
  if (ways.some(({ kind }) => kind === 'unknown')) return [];
  const callers = expected.some(({ kind }) => kind === 'principal') ? reached.ownCallers() : [];
  const isThere = (one: AssumedBy): boolean => {
    if (one.kind === 'any') return true;
    if (one.kind === 'account' && one.accountId === reached.accountId) return true;
    if (ways.some((way) => way.elsewhere !== true && meets(one, way, principal))) return true;
    if (one.kind === 'provider' && reached.letsIn(one)) return true;
    if (isAmongOthers(one, reached)) return true;
    const test = wildcardTest(one.text);
    return (
      one.kind === 'principal' && callers.some((caller) => test(subjectName(caller)) || test(caller.arn))
    );
  };
  const name = subjectName(principal);
  return expected
    .filter((one) => !isThere(one))
    .map((one) => {
      const closed = closedPoolOf(one, reached);
      if (closed !== undefined) return unreachableGuests(one, closed, reached);
      const named = principal.trust?.text.includes(one.kind === 'service' ? one.name : one.text) ?? false;
      const abroad = ways.some((way) => way.elsewhere === true && meets(one, way, principal));
      const why = abroad
        ? `its trust policy lets ${one.text} in only when it acts for another account`
        : named
          ? `its trust policy names ${one.text}, but under conditions that are never met, or denies it again`
          : `its trust policy does not let ${one.text} in`;
      return reachFindingOf(reached, {
        kind: 'unreachable',
        causes: [one.text],
        by: [],
        severity: 'medium',
        summary: `${name} should be assumed by ${one.text} and cannot be: ${why}.`,
        remedies: [remedyOf(one, reached, { named, abroad })],
        accept: { remove: one.text },
      });
    });
}

/** What lets in whom a trust policy keeps out, and nobody else. */
function remedyOf(
  one: AssumedBy,
  { accountId }: Reached,
  { named, abroad }: { readonly named: boolean; readonly abroad: boolean },
): string {
  const source = `aws:SourceAccount "${accountId}"`;
  if (abroad) return `Demand ${source} in its trust policy, in the place of the other account.`;
  if (named) return `Take out the conditions that ${one.text} cannot meet.`;
  const demanding = one.kind === 'service' ? `, where it acts for this account (${source})` : '';
  return `Let ${one.text} assume it, in its trust policy${demanding}.`;
}

/** Whether somebody is let in with others: where a trust policy names his account, or anyone. */
function isAmongOthers(one: AssumedBy, { ways, admits }: Reached): boolean {
  switch (one.kind) {
    case 'organization':
      return ways.some(({ kind, asker }) => kind === 'anyone' && asker?.kind === 'anyone');
    case 'account':
      return admits(one);
    case 'principal': {
      const accountId = /^arn:[^:]+:(?:iam|sts)::(\d{12}):/.exec(one.text)?.[1];
      if (accountId === undefined) return false;
      return admits(
        /[*?]/.test(one.text) ? { kind: 'account', accountId } : { kind: 'principal', arn: one.text },
      );
    }
    default:
      return false;
  }
}

/** The identity pool that keeps out guests who are expected, with what it does. */
function closedPoolOf(one: AssumedBy, { closedPools, principal }: Reached) {
  return [...closedPools].find(([who]) => meets(one, { kind: 'guests', who, claims: [], by: [] }, principal));
}

function unreachableGuests(
  one: AssumedBy,
  [pool, does]: readonly [string, Closed],
  reached: Reached,
): Finding {
  const name = subjectName(reached.principal);
  return reachFindingOf(reached, {
    kind: 'unreachable',
    causes: [one.text, pool],
    by: [],
    severity: 'medium',
    summary: `${name} should be assumed by ${one.text} and cannot be: Cognito pool ${pool} ${does}.`,
    remedies: [remedyFor[does](pool, name)],
    accept: { remove: one.text },
  });
}

const remedyFor: Readonly<Record<Closed, (pool: string, role: string) => string>> = {
  'was deleted': (pool, role) =>
    `Let the trust policy of ${role} name the pool that has taken the place of ${pool}.`,
  'admits no guests': (pool) => `Let Cognito pool ${pool} admit guests (AllowUnauthenticatedIdentities).`,
  'gives its guests another role': (pool, role) =>
    `Give guests of Cognito pool ${pool} ${role} (aws cognito-identity set-identity-pool-roles).`,
};
