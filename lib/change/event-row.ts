import type { ChangeParameters } from './parameters.ts';
import type { Affected } from './types.ts';

/** Whom an event affects, why nobody needs a check, or `undefined`: the event does not say, so everybody may be. */
export type Affects = readonly Affected[] | { readonly unaffected: string } | undefined;

/** What the table says of one event: whom it affects, and how it reads (not escaped). */
export interface EventRow {
  readonly affects: (parameters: ChangeParameters) => Affects;
  /** `attached AmazonRekognitionFullAccess to role/analyst` */
  readonly reads: (parameters: ChangeParameters) => string;
}

/** The sentence about somebody: `role/analyst`, and what else the event says. */
export type Sentence = (who: string, parameters: ChangeParameters) => string;
/** Rows by the name of the event. */
export type Events = Readonly<Record<string, EventRow>>;

/** `role/analyst`, or that the event names nobody. */
export const named = (kind: string, name: string | undefined): string =>
  name === undefined ? 'somebody' : `${kind}/${name}`;

export const aboutUser = (sentence: Sentence): EventRow => ({
  affects: ({ userName: name }) =>
    name === undefined ? undefined : [{ kind: 'principal', type: 'user', name }],
  reads: (parameters) => sentence(named('user', parameters.userName), parameters),
});
export const aboutRole = (sentence: Sentence): EventRow => ({
  affects: ({ roleName: name }) =>
    name === undefined ? undefined : [{ kind: 'principal', type: 'role', name }],
  reads: (parameters) => sentence(named('role', parameters.roleName), parameters),
});
export const aboutGroup = (sentence: Sentence): EventRow => ({
  affects: ({ groupName, newGroupName }) => {
    const name = newGroupName ?? groupName;
    return name === undefined ? undefined : [{ kind: 'group', name }];
  },
  reads: (parameters) => sentence(named('group', parameters.groupName), parameters),
});
export const deleted = (type: 'user' | 'role'): EventRow => {
  const nameOf = ({ userName, roleName }: ChangeParameters) => (type === 'user' ? userName : roleName);
  return {
    affects: (parameters) => {
      const name = nameOf(parameters);
      return name === undefined ? undefined : [{ kind: 'deleted', type, name }];
    },
    reads: (parameters) => `deleted ${named(type, nameOf(parameters))}`,
  };
};
export const aboutPolicy = (
  sentence: (policy: string, parameters: ChangeParameters) => string,
): EventRow => ({
  affects: ({ policyArn: arn }) => (arn === undefined ? undefined : [{ kind: 'policy', arn }]),
  reads: (parameters) => sentence(managed(parameters), parameters),
});
export const aboutAccount = (reason: string, reads: string): EventRow => ({
  affects: () => [{ kind: 'account', reason }],
  reads: () => reads,
});
/** Rows for events that change nothing of what anybody can do. */
export const nobody = (reason: string, ...events: readonly string[]): Events =>
  Object.fromEntries(
    events.map((event): [string, EventRow] => [
      event,
      { affects: () => ({ unaffected: reason }), reads: () => event },
    ]),
  );

/** The last part of a policy's ARN, which is its name. */
export const policyName = (arn: string | undefined): string => arn?.split('/').at(-1) ?? 'a policy';
export const managed = ({ policyArn }: ChangeParameters): string => policyName(policyArn);
