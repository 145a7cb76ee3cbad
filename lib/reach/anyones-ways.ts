import type { Literal } from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Caller } from './admission.ts';
import type { Asker } from './asker.ts';
import { anybody, outsiders } from './strangers.ts';
import type { Entry } from './trust.ts';
import { type Asked, isKey, may, type WayIn, type WayKind, way } from './way-in.ts';

/** The ways in where a trust policy names anyone: who meets its conditions. */
export function anyonesWays(asked: Asked): WayIn[] {
  const asker: Asker = { kind: 'anyone' };
  const { trust, role } = asked;
  const entries: readonly Entry[] = ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'];
  const own = arnParts(role.arn).accountId;
  const ways = (caller: Caller) => entries.flatMap((entry) => may(caller, entry, asked));
  for (const stranger of outsiders(trust.source.text, role.arn, ways))
    if (ways(stranger).length > 0) return [way('anyone', '', asker, asked)];
  const found = may({ asker, ...anybody(role.arn) }, 'sts:AssumeRole', asked)
    .flatMap(({ literals }) => whoMeets(literals))
    .filter(({ kind, who }) => kind !== 'account' || who !== own)
    .map(({ kind, who }) => way(kind, who, asker, asked));
  return [...new Map(found.map((one) => [`${one.kind} ${one.who}`, one])).values()];
}

/** Who meets the conditions under which anyone may come: the narrowest that they say. */
export function whoMeets(literals: readonly Literal[]): { kind: WayKind; who: string }[] {
  const said = (name: string) =>
    literals
      .filter(
        ({ test, holds }) => isText(test) && holds !== test.operator.includes('Not') && isKey(test.key, name),
      )
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

/** Whether a condition says what a text, an ARN or an address is like. */
const isText = ({ operator }: Literal['test']): boolean => /(String|Arn|Ip)/.test(operator);
