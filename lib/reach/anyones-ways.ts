import type { Literal, RequestContext } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Caller } from './admission.ts';
import type { Asker } from './asker.ts';
import type { Entry } from './trust.ts';
import { type Asked, isKey, may, principalOf, type WayIn, type WayKind, way } from './way-in.ts';

/** Digits of an account's id, and characters of an organization's: `o-` and ten more. */
const idLength = 12;

/**
 * Accounts and organizations that a policy's text does not name, the first of each whatever the text says; the others are like
 * a pattern in it: who makes accounts until one fits can be of any of those.
 */
function strangersTo(text: string) {
  const patterns = ['*', 'o-*', ...(text.match(/o-[a-z\d*?]+|[\d*?]+/g) ?? [])];
  const ids = patterns.flatMap((pattern) => {
    const missing = idLength - pattern.replaceAll('*', '').length;
    const form = pattern.replace('*', '?'.repeat(Math.max(0, missing))).replaceAll('*', '');
    return ['9', '8', '7']
      .map((digit) => form.replaceAll('?', digit))
      .filter((id) => id.length === idLength && !text.includes(id))
      .slice(0, 1);
  });
  const isOrganization = (id: string) => id.startsWith('o-');
  const distinct = [...new Set(ids)];
  return {
    accounts: distinct.filter((id) => !isOrganization(id)),
    organizations: distinct.filter(isOrganization),
  };
}

/** An account and an organization that a policy's text does not name. */
export function strangerTo(text: string): { readonly accountId: string; readonly organization: string } {
  const { accounts, organizations } = strangersTo(text);
  return { accountId: accounts[0] ?? '', organization: organizations[0] ?? '' };
}

/** Somebody of an account, on a network that a policy's text does not name, in no organization. */
function outsider(accountId: string): Caller {
  const known: RequestContext = {
    'aws:PrincipalAccount': accountId,
    'aws:SourceIp': '192.0.2.77',
  };
  const lacks = (key: string) =>
    /^aws:(principalorgid|principalorgpaths|sourcevpc|sourcevpce|vpcsourceip|sourcearn|sourceaccount|vpce.*)$/.test(
      key,
    );
  // What he is in his own account, and how he is named there, he chooses.
  return { asker: { kind: 'anyone' }, known, lacks, possible: [principalOf(accountId)] };
}

/** Whoever is of an account that a policy's text does not name: of no organization, and of one that it does not name. */
export function outsiders(text: string): readonly Caller[] {
  const { accounts, organizations } = strangersTo(text);
  return accounts.map(outsider).flatMap((alone) => [
    alone,
    ...organizations.map((organization) => ({
      ...alone,
      known: {
        ...alone.known,
        'aws:PrincipalOrgID': organization,
        'aws:PrincipalOrgPaths': [`${organization}/r-out0/ou-out0-outsider/`],
      },
    })),
  ]);
}

/** The ways in where a trust policy names anyone: who meets its conditions. */
export function anyonesWays(asked: Asked): WayIn[] {
  const asker: Asker = { kind: 'anyone' };
  const { trust, role } = asked;
  const entries: readonly Entry[] = ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'];
  const strangers = outsiders(trust.source.text);
  if (strangers.some((caller) => entries.some((entry) => may(caller, entry, asked).length > 0)))
    return [way('anyone', '', asker, asked)];
  const own = arnParts(role.arn).accountId;
  const found = may({ asker }, 'sts:AssumeRole', asked)
    .flatMap(({ literals }) => whoMeets(literals))
    .filter(({ kind, who }) => kind !== 'account' || who !== own)
    .map(({ kind, who }) => way(kind, who, asker, asked));
  return [...new Map(found.map((one) => [`${one.kind} ${one.who}`, one])).values()];
}

/** Who meets the conditions under which anyone may come: the narrowest that they say. */
export function whoMeets(literals: readonly Literal[]): { kind: WayKind; who: string }[] {
  const said = (name: string) =>
    literals
      .filter(({ test, holds }) => holds !== test.operator.includes('Not') && isKey(test.key, name))
      .flatMap(({ test }) => test.values);
  const accounts = [
    ...said('aws:principalaccount'),
    ...said('aws:principalarn').map((arn) => arn.split(':')[4] ?? ''),
  ].filter((id) => /^\d{12}$/.test(id));
  if (accounts.length > 0) return accounts.map((who) => ({ kind: 'account', who }));
  const organizations = [...said('aws:principalorgid'), ...said('aws:principalorgpaths')];
  if (organizations.length > 0) return organizations.map((who) => ({ kind: 'organization', who }));
  const from = [...said('aws:sourceip'), ...said('aws:sourcevpc'), ...said('aws:sourcevpce')];
  return [{ kind: 'network', who: from.join(', ') }];
}
