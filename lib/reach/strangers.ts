/** Accounts and organizations that nobody named: who is of one is anyone. */
import {
  contextValue,
  type FreeKey,
  type Literal,
  type RequestContext,
  textForm,
} from '@permission-check/iam-policy';
import { arnParts } from '#lib/account/arn.ts';
import type { Admission, Caller } from './admission.ts';
import { isKey, principalOf } from './way-in.ts';

const ACCOUNT = 'aws:PrincipalAccount';
const ORGANIZATION = 'aws:PrincipalOrgID';

/** An account and an organization that a policy's text does not name. */
export function strangerTo(text: string): { readonly accountId: string; readonly organization: string } {
  const unnamed = (prefix: string, length: number) =>
    ['9', '8', '7'].map((digit) => prefix + digit.repeat(length)).find((id) => !text.includes(id)) ?? '';
  return { accountId: unnamed('', 12), organization: unnamed('o-', 10) };
}

/** In which ways somebody may do something. */
type Ways = (caller: Caller) => readonly Pick<Admission, 'literals' | 'example'>[];

/**
 * Whoever is of an account that a policy's text does not name, of no organization or of one that it does not name: some that
 * fit no pattern, then those that are found to fit what the policy asks of them.
 *
 * @param arn of what the policy is of
 * @param ways in which the policy lets somebody do what it is about
 */
export function* outsiders(text: string, arn: string, ways: Ways): Iterable<Caller> {
  const { accountId: own } = arnParts(arn);
  const outsider = (id: string, organization?: string) => outsiderOf(id, arn, organization);
  const { accountId, organization } = strangerTo(text);
  yield outsider(accountId);
  yield outsider(accountId, organization);
  const accounts = isNoneOf(ACCOUNT, '?'.repeat(12), [...(text.match(/\b\d{12}\b/g) ?? []), own]);
  const organizations = isNoneOf(ORGANIZATION, `o-${'?'.repeat(10)}`, text.match(/\bo-[a-z\d]{10}\b/g) ?? []);
  for (const [caller, unnamed] of [
    [someone(undefined), accounts],
    [someone(undefined, null), [...accounts, ...organizations]],
  ] as const)
    for (const { literals } of ways(caller)) {
      const possible = [...unnamed, ...literals.flatMap(asksOfIds)];
      for (const { example = {} } of ways({ ...caller, free, possible }))
        yield outsider(textOf(example, ACCOUNT) ?? accountId, textOf(example, ORGANIZATION));
    }
}

/** Anybody who comes to something of that ARN, of whichever account. */
export const anybody = (arn: string): Pick<Caller, 'free' | 'possible'> => ({
  free,
  possible: [principalOf('*', arn), ...isNoneOf(ACCOUNT, '?'.repeat(12), [])],
});

/** Somebody of an account that nobody named. */
function outsiderOf(accountId: string, arn: string, organization?: string): Caller {
  // What he is in his own account, and how he is named there, he chooses.
  return { ...someone(accountId, organization), possible: [principalOf(accountId, arn)] };
}

/**
 * Somebody on a network that a policy's text does not name.
 *
 * @param organization that his account is of; null: of one, whichever
 */
function someone(accountId: string | undefined, organization?: string | null): Caller {
  const known: RequestContext = {
    'aws:SourceIp': '192.0.2.77',
    ...(accountId !== undefined && { [ACCOUNT]: accountId }),
    ...(typeof organization === 'string' && {
      [ORGANIZATION]: organization,
      'aws:PrincipalOrgPaths': [`${organization}/r-out0/ou-out0-outsider/`],
    }),
  };
  const lacks = (key: string) => ofNetworks.test(key) || (organization !== null && ofOrganizations.test(key));
  return { asker: { kind: 'anyone' }, known, lacks };
}

const ofNetworks = /^aws:(sourcevpc|sourcevpce|vpcsourceip|sourcearn|sourceaccount|vpce.*)$/;
const ofOrganizations = /^aws:principalorg(id|paths)$/;

const digits = '0123456789';
/** What ids are like; of their length `isNoneOf` says how long they are. */
const free: ReadonlyMap<string, FreeKey> = new Map(
  [
    { key: ACCOUNT, forms: [textForm([{ someOf: digits }])] },
    { key: ORGANIZATION, forms: [textForm(['o-', { someOf: `abcdefghijklmnopqrstuvwxyz${digits}` }])] },
  ].map((one) => [one.key.toLowerCase(), one]),
);

const literal = (key: string, operator: string, values: readonly string[], holds: boolean): Literal => ({
  test: { operator, ifExists: false, key, values },
  holds,
});

/** That an id is one of that form, and none of some. */
const isNoneOf = (key: string, form: string, ids: readonly string[]): readonly Literal[] => [
  literal(key, 'StringLike', [form], true),
  ...(ids.length === 0 ? [] : [literal(key, 'StringNotEquals', ids, true)]),
];

/** What is asked of the account and the organization by a condition on ARNs of principals and on paths. */
function asksOfIds({ test, holds }: Literal): readonly Literal[] {
  const isArn = isKey(test.key, 'aws:principalarn');
  if (holds === test.operator.includes('Not') || (!isArn && !isKey(test.key, 'aws:principalorgpaths')))
    return [];
  const ids = test.values.map((value) => (isArn ? accountIn(value) : (value.split('/')[0] ?? '*')));
  return [literal(isArn ? ACCOUNT : ORGANIZATION, 'StringLike', ids, true)];
}

/** The part of an ARN that is an account, where a star before it cannot be that. */
function accountIn(arn: string): string {
  const parts = arn.split(':');
  return parts.length < 6 || parts.slice(0, 4).some((part) => /.\*|\*./.test(part)) ? '*' : (parts[4] ?? '*');
}

function textOf(context: RequestContext, key: string): string | undefined {
  const value = contextValue(context, key);
  return typeof value === 'string' ? value : undefined;
}
