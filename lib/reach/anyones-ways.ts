import type { Literal, RequestContext } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Caller } from './admission.ts';
import type { Asker } from './asker.ts';
import type { Entry } from './trust.ts';
import { type Asked, isKey, may, principalOf, type WayIn, type WayKind, way } from './way-in.ts';

/** An account and an organization that a policy's text does not name. */
export function strangerTo(text: string): { readonly accountId: string; readonly organization: string } {
  const ids = ['999999999999', '888888888888', '777777777777'];
  return { accountId: ids.find((id) => !text.includes(id)) ?? '', organization: 'o-outsider000' };
}

/** Somebody of an account, a network, an organization that a policy's text does not name. */
function outsider(text: string): Caller {
  const { accountId } = strangerTo(text);
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

/** The same, of no organization, and of one that the text does not name. */
export function outsiders(text: string): readonly Caller[] {
  const alone = outsider(text);
  const { organization } = strangerTo(text);
  const inOrganization = {
    'aws:PrincipalOrgID': organization,
    'aws:PrincipalOrgPaths': [`${organization}/r-out0/ou-out0-outsider/`],
  };
  return [alone, { ...alone, known: { ...alone.known, ...inOrganization } }];
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
