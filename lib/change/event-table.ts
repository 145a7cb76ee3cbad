import { aboutAccount, type EventRow, type Events, nobody } from './event-row.ts';
import { iamEvents } from './iam-events.ts';
import type { Affected } from './types.ts';

const organization = (reads: string): EventRow =>
  aboutAccount('an organization policy or the place of this account in the organization changed', reads);

/** Organizations' events, seen where the stack sits in the management account. */
export const organizationsEvents: Events = {
  AttachPolicy: organization('attached an organization policy'),
  DetachPolicy: organization('detached an organization policy'),
  UpdatePolicy: organization('changed an organization policy'),
  DeletePolicy: organization('deleted an organization policy'),
  EnablePolicyType: organization('enabled a policy type of the organization'),
  DisablePolicyType: organization('disabled a policy type of the organization'),
  EnableAllFeatures: organization('enabled all features of the organization'),
  MoveAccount: organization('moved an account of the organization'),
  RemoveAccountFromOrganization: organization('removed an account from the organization'),
  LeaveOrganization: organization('left the organization'),
  AcceptHandshake: organization('joined the organization'),
  ...nobody('an invitation changes nothing until it is accepted', 'InviteAccountToOrganization'),
  ...nobody('a new policy is attached to nothing', 'CreatePolicy'),
  ...nobody('a new unit holds no account', 'CreateOrganizationalUnit'),
  ...nobody('only an empty unit can be deleted', 'DeleteOrganizationalUnit'),
};

const projectPolicy = (verb: string): EventRow => ({
  affects: () => [{ kind: 'projects' }],
  reads: ({ projectArn }) => `${verb} a project policy of ${projectArn?.split(':').at(-1) ?? 'a project'}`,
});

/** Rekognition's own resource policies. */
export const rekognitionEvents: Events = {
  PutProjectPolicy: projectPolicy('wrote'),
  DeleteProjectPolicy: projectPolicy('deleted'),
};

/** The ARNs of roles in a value of any form: how CloudTrail spells the members of a mapping is not documented. */
const roleArnsIn = (value: unknown): readonly string[] =>
  [...(JSON.stringify(value) ?? '').matchAll(/"(arn:[^:"]+:iam::[^:"]*:role\/[^"]+)"/g)].flatMap(
    ([, arn]) => arn ?? [],
  );

/** Whether some mapping takes the role that a token names, which may be any that trusts Cognito. */
const takesFromToken = (mappings: unknown): boolean => /"type":"token"/i.test(JSON.stringify(mappings) ?? '');

/** Cognito identity pools hand out roles to those who sign in, and to guests. */
export const cognitoEvents: Events = {
  SetIdentityPoolRoles: {
    affects: ({ roles, roleMappings }) => {
      const arns = [...Object.values(roles ?? {}), ...roleArnsIn(roleMappings)];
      const names = arns.map((arn) => arn.split('/').at(-1));
      const fromToken = takesFromToken(roleMappings);
      if ((names.length === 0 && !fromToken) || names.some((name) => name === undefined || name === ''))
        return undefined;
      const named = [...new Set(names)].flatMap((name): Affected[] =>
        name === undefined ? [] : [{ kind: 'principal', type: 'role', name }],
      );
      const reason = 'an identity pool takes the roles that tokens name, so everybody is checked';
      return fromToken ? [...named, { kind: 'account', reason }] : named;
    },
    reads: ({ identityPoolId }) => `set the roles of identity pool ${identityPoolId ?? '?'}`,
  },
  UpdateIdentityPool: {
    affects: () => [
      { kind: 'account', reason: 'whom an identity pool admits can become any role that trusts it' },
    ],
    reads: ({ identityPoolId }) => `changed whom identity pool ${identityPoolId ?? '?'} admits`,
  },
};

/** The tables, by the source that an event names. */
export const eventsBySource: Readonly<Record<string, Events>> = {
  'aws.iam': iamEvents,
  'aws.organizations': organizationsEvents,
  'aws.rekognition': rekognitionEvents,
  'aws.cognito-identity': cognitoEvents,
};
