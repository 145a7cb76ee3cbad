import type { Principal } from '#lib/account/types.ts';
import type { Change, PolicyEdit } from '#lib/change/types.ts';
import { baselineOf } from '#lib/expectation/baseline.ts';
import { accessOf, noAccess } from '#lib/past/access.ts';
import { type Opening, openings } from '#lib/past/was-open.ts';
import { changeOf } from '#test/lib/change/fixtures.ts';

export const document = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
export const inline = (name: string, ...actions: string[]) => ({
  name,
  type: 'inline' as const,
  text: document(...actions),
});
export const vision = 'arn:aws:iam::123456789012:policy/vision';
export const managed = (text: string) => ({
  name: 'vision',
  type: 'customer-managed' as const,
  arn: vision,
  text,
});

export const role = (...policies: Principal['policies']): Principal => ({
  kind: 'role',
  arn: 'arn:aws:iam::123456789012:role/analyst',
  name: 'analyst',
  path: '/',
  id: 'AROAEXAMPLEEXAMPLE01',
  tags: {},
  groups: [],
  policies,
  unreadable: [],
  serviceLinked: false,
});

/** Edits a minute apart. */
export const changes = (...edits: PolicyEdit[]): Change[] =>
  edits.map((edit, minute) => changeOf(`event-${minute}`, edit, minute));

/** For those whose own tag says so. */
export const withTeam = (Effect: string, operator: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect,
        Action: 'rekognition:DeleteFaces',
        Resource: '*',
        Condition: { [operator]: { 'aws:PrincipalTag/team': 'vision' } },
      },
    ],
  });
export const forTeam = { name: 'team', type: 'inline' as const, text: withTeam('Allow', 'StringEquals') };
export const unlessTeam = withTeam('Deny', 'StringNotEquals');

export interface Case {
  /** The tags at the looks. */
  readonly tags?: { readonly past?: Principal['tags']; readonly now?: Principal['tags'] };
  readonly past?: Principal['policies'];
  readonly present?: Principal['policies'];
  readonly edits: readonly PolicyEdit[];
  /** All of them in one second, in place of a minute apart. */
  readonly atOnce?: boolean;
  /** Looks in between, by the minute. */
  readonly looks?: Readonly<Record<string, Principal['policies']>>;
  /** The minute of the second look, if not long after all edits: `12:04` */
  readonly lookedAt?: string;
  /** Of the first ones. */
  readonly eventNames?: readonly string[];
  readonly expected?: Principal['policies'];
  readonly known?: ReturnType<typeof managed>;
  /** The boundary at both looks. */
  readonly limit?: ReturnType<typeof managed>;
  readonly groups?: Readonly<Record<string, Principal['policies']>>;
}

/** `DeleteFaces 12:00-12:01` for each opening. */
export const opened = (given: Case): string[] =>
  openingsOf(given).map(({ finding, from, to }) => {
    const names = finding.actions.map(({ action }) => action.replace('rekognition:', '')).sort();
    return `${finding.kind} ${names.join('+')} ${from.slice(11, 16)}-${to.slice(11, 16)}`;
  });

export function openingsOf(given: Case): readonly Opening[] {
  const { past = [], limit, present = past, edits, expected, known, groups = {}, tags } = given;
  const bound = (one: Principal): Principal => (limit === undefined ? one : { ...one, boundary: limit });
  const principal = { ...bound(role(...present)), tags: tags?.now ?? {} };
  const was = accessOf({ ...bound(role(...past)), tags: tags?.past ?? {} }) ?? noAccess;
  const is = accessOf(principal) ?? noAccess;
  const events = changes(...edits).map((one, index) => ({
    ...one,
    ...(given.atOnce ? { time: '2026-11-28T12:00:00Z' } : {}),
    eventName: given.eventNames?.[index] ?? one.eventName,
  }));
  const looks = Object.entries(given.looks ?? {}).map(([minute, policies]) => ({
    at: `2026-11-28T12:0${minute}:30Z`,
    access: accessOf(role(...policies)) ?? noAccess,
  }));
  return openings(
    was,
    { at: `2026-11-28T${given.lookedAt ?? '12:30'}:00Z`, access: is },
    events,
    {
      accountId: '123456789012',
      principal,
      baseline: baselineOf({}, 'us-east-1', new Date('2026-11-28T12:30:00Z')),
      expected,
      policyOf: (arn) => (arn === vision ? known : undefined),
      groupPoliciesOf: (group) => groups[group],
    },
    looks,
  );
}

export const put = (name: string, ...actions: string[]): PolicyEdit => ({
  act: 'put',
  name,
  text: document(...actions),
});
export const deleted = (name: string): PolicyEdit => ({ act: 'delete', name });
export const hidden: PolicyEdit = { act: 'hidden' };
export const unrelated: PolicyEdit = { act: 'tag', tags: { other: 'x' } };
export const deletes = 'rekognition:DeleteFaces';
export const detects = 'rekognition:DetectFaces';
