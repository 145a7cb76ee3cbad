/**
 * How a principal gives itself, or gets at, what its policies do not grant: one row each, with every permission that it
 * takes and what that leads to. A row applies where all of its permissions are there, on the resources that they must
 * be about.
 *
 * Source: DataDog pathfinding.cloud (the ids), RhinoSecurityLabs AWS-IAM-Privilege-Escalation, PMapper, Hacking the
 * Cloud; IAM and the services' API references for what a call does.
 */

import { obedientServices } from './obedient-services.ts';

/** What of its own an action must be allowed on for a principal to give itself more. */
export type OnItsOwn =
  /** The principal itself. */
  | 'self'
  /** A customer managed policy that it has. */
  | 'own-policy'
  /** The customer managed policy that is its boundary. */
  | 'own-boundary'
  /** A customer managed policy that it has, or that is its boundary, and that has another version. */
  | 'own-version'
  /** One of its groups. */
  | 'own-group'
  /** A group that it is not in. */
  | 'other-group'
  /** A policy that denies it something, and what that is attached to. */
  | 'denying-policy';

/** What an action must be allowed on for a principal to get at others; whoever it is itself makes no difference. */
export type OnOthers =
  /** The principal that it gets at. */
  | 'target'
  /** A customer managed policy that the principal it gets at has. */
  | 'target-policy'
  /** A policy that the principal it gets at has, or its boundary: that of which it has another version then. */
  | 'target-version'
  /** Whatever it likes to name. */
  | 'anything';

export interface Needed<On = OnItsOwn | OnOthers> {
  /** Any one of these. */
  readonly actions: readonly string[];
  readonly on: On;
}

interface Row<On, Leads> {
  /** In the list of pathfinding.cloud, where it is there. */
  readonly id: string;
  readonly for: 'user' | 'role' | 'both';
  readonly needs: readonly Needed<On>[];
  readonly leads: Leads;
}

/** How a principal gives itself more. */
export type Growth = Row<
  OnItsOwn,
  /** Its own policies become whatever it writes; boundary and SCPs stay. */
  | 'self'
  /** Its boundary is gone. */
  | 'unbounded'
  /** It has what a group has. */
  | 'joined'
  /** It has a policy of AWS's that it attaches. */
  | 'attached'
  /** What denied it something is gone, with all else that the same policy said. */
  | 'undenied'
  /** It has other tags. */
  | 'tagged'
  /** A policy that it has, or its boundary, says what another version of it says. */
  | 'switched'
>;

/** How a principal gets at others. */
export interface Getting
  extends Row<
    OnOthers,
    /** It can act as the user, as it is. */
    | 'user'
    /** It can act as the role, as it is. */
    | 'role'
    /** It can act as the role, which has no boundary any more. */
    | 'role-unbounded'
    /** It can act as a role with whatever it writes; the role's boundary stays. */
    | 'role-with-anything'
    /** The same of a user. */
    | 'user-with-anything'
    /** It can act as the role, with another version of a policy that binds it. */
    | 'role-switched'
    /** The same of a user. */
    | 'user-switched'
    /** It can make a principal of its own with whatever it writes. */
    | 'new-principal'
    /** It can hand the role to a service that does what it says. */
    | 'service'
    /** The same of a role with whatever it writes; the role's boundary stays. */
    | 'service-with-anything'
  > {
  /** Of `service…`: the service that the role must trust. */
  readonly service?: string;
  /** Of `role…`: whether the role's trust policy must let the principal in already. */
  readonly assumes?: boolean;
  /** Of `…-with-anything`: whether the boundary goes, too. */
  readonly lifts?: boolean;
}

export type Escalation = Growth | Getting;

const one = <On extends string>(action: string, on: On): Needed<On> => ({ actions: [action], on });
const any = <On extends string>(actions: readonly string[], on: On): Needed<On> => ({ actions, on });

/** The rows by which a principal gives itself more. */
export const growths: readonly Growth[] = [
  { id: 'iam-001', for: 'both', needs: [one('iam:CreatePolicyVersion', 'own-policy')], leads: 'self' },
  { id: 'iam-007', for: 'user', needs: [one('iam:PutUserPolicy', 'self')], leads: 'self' },
  { id: 'iam-008', for: 'user', needs: [one('iam:AttachUserPolicy', 'self')], leads: 'self' },
  { id: 'iam-005', for: 'role', needs: [one('iam:PutRolePolicy', 'self')], leads: 'self' },
  { id: 'iam-009', for: 'role', needs: [one('iam:AttachRolePolicy', 'self')], leads: 'self' },
  { id: 'iam-011', for: 'user', needs: [one('iam:PutGroupPolicy', 'own-group')], leads: 'self' },
  { id: 'iam-010', for: 'user', needs: [one('iam:AttachGroupPolicy', 'own-group')], leads: 'self' },
  {
    id: 'iam-022',
    for: 'user',
    needs: [any(['iam:DeleteUserPermissionsBoundary', 'iam:PutUserPermissionsBoundary'], 'self')],
    leads: 'unbounded',
  },
  {
    id: 'iam-024',
    for: 'role',
    needs: [any(['iam:DeleteRolePermissionsBoundary', 'iam:PutRolePermissionsBoundary'], 'self')],
    leads: 'unbounded',
  },
  {
    id: 'boundary-version',
    for: 'both',
    needs: [one('iam:CreatePolicyVersion', 'own-boundary')],
    leads: 'unbounded',
  },
];

/** A principal makes another version of a policy the default. */
export const switching: Growth = {
  id: 'rhino-2',
  for: 'both',
  needs: [one('iam:SetDefaultPolicyVersion', 'own-version')],
  leads: 'switched',
};

/** The rows by which a principal gives itself other policies than it has: not more of them only. */
export const exchanges: readonly Growth[] = [
  { id: 'iam-008', for: 'user', needs: [one('iam:AttachUserPolicy', 'self')], leads: 'attached' },
  { id: 'iam-009', for: 'role', needs: [one('iam:AttachRolePolicy', 'self')], leads: 'attached' },
  { id: 'iam-013', for: 'user', needs: [one('iam:AddUserToGroup', 'other-group')], leads: 'joined' },
  {
    id: 'iam-025',
    for: 'user',
    needs: [
      any(['iam:DetachUserPolicy', 'iam:DeleteUserPolicy', 'iam:RemoveUserFromGroup'], 'denying-policy'),
    ],
    leads: 'undenied',
  },
  {
    id: 'iam-026',
    for: 'role',
    needs: [any(['iam:DetachRolePolicy', 'iam:DeleteRolePolicy'], 'denying-policy')],
    leads: 'undenied',
  },
  switching,
  { id: 'tag-user', for: 'user', needs: [one('iam:TagUser', 'self')], leads: 'tagged' },
  { id: 'tag-role', for: 'role', needs: [one('iam:TagRole', 'self')], leads: 'tagged' },
];

const writeRole = any(['iam:AttachRolePolicy', 'iam:PutRolePolicy'], 'target');
const freeRole = any(['iam:DeleteRolePermissionsBoundary', 'iam:PutRolePermissionsBoundary'], 'target');
const writeUser = any(['iam:AttachUserPolicy', 'iam:PutUserPolicy'], 'target');
const otherVersion = one('iam:SetDefaultPolicyVersion', 'target-version');
const signInAs = any(['iam:CreateAccessKey', 'iam:CreateLoginProfile', 'iam:UpdateLoginProfile'], 'target');

const ofOthers: readonly Getting[] = [
  { id: 'iam-002', for: 'both', needs: [one('iam:CreateAccessKey', 'target')], leads: 'user' },
  { id: 'iam-004', for: 'both', needs: [one('iam:CreateLoginProfile', 'target')], leads: 'user' },
  { id: 'iam-006', for: 'both', needs: [one('iam:UpdateLoginProfile', 'target')], leads: 'user' },
  { id: 'iam-012', for: 'both', needs: [one('iam:UpdateAssumeRolePolicy', 'target')], leads: 'role' },
  { id: 'iam-014', for: 'both', needs: [writeRole], leads: 'role-with-anything', assumes: true },
  {
    id: 'iam-014-boundary',
    for: 'both',
    needs: [freeRole, writeRole],
    leads: 'role-with-anything',
    assumes: true,
    lifts: true,
  },
  { id: 'role-boundary', for: 'both', needs: [freeRole], leads: 'role-unbounded', assumes: true },
  { id: 'role-version', for: 'both', needs: [otherVersion], leads: 'role-switched', assumes: true },
  {
    id: 'role-version-trust',
    for: 'both',
    needs: [one('iam:UpdateAssumeRolePolicy', 'target'), otherVersion],
    leads: 'role-switched',
  },
  { id: 'user-version', for: 'both', needs: [otherVersion, signInAs], leads: 'user-switched' },
  { id: 'iam-015', for: 'both', needs: [writeUser, signInAs], leads: 'user-with-anything' },
  {
    id: 'iam-016',
    for: 'both',
    needs: [one('iam:CreatePolicyVersion', 'target-policy')],
    leads: 'role-with-anything',
    assumes: true,
  },
  {
    id: 'iam-019',
    for: 'both',
    needs: [one('iam:UpdateAssumeRolePolicy', 'target'), writeRole],
    leads: 'role-with-anything',
  },
  {
    id: 'iam-019-boundary',
    for: 'both',
    needs: [one('iam:UpdateAssumeRolePolicy', 'target'), freeRole, writeRole],
    leads: 'role-with-anything',
    lifts: true,
  },
  {
    id: 'iam-021',
    for: 'both',
    needs: [one('iam:UpdateAssumeRolePolicy', 'target'), one('iam:CreatePolicyVersion', 'target-policy')],
    leads: 'role-with-anything',
  },
  {
    id: 'create-role',
    for: 'both',
    needs: [
      one('iam:CreateRole', 'anything'),
      any(['iam:AttachRolePolicy', 'iam:PutRolePolicy'], 'anything'),
    ],
    leads: 'new-principal',
  },
  {
    id: 'create-user',
    for: 'both',
    needs: [
      one('iam:CreateUser', 'anything'),
      any(['iam:AttachUserPolicy', 'iam:PutUserPolicy'], 'anything'),
      any(['iam:CreateAccessKey', 'iam:CreateLoginProfile'], 'anything'),
    ],
    leads: 'new-principal',
  },
];

/** One list of actions in all rows, so that work about it is shared. */
const passing = one('iam:PassRole', 'target');

/** The rows by which a principal gets at others. */
export const gettings: readonly Getting[] = [
  ...ofOthers,
  ...obedientServices.flatMap(([id, service, ...actions]): readonly Getting[] => {
    const used = actions.map((action): Needed<OnOthers> => any([action].flat(), 'anything'));
    const handed = { for: 'both', needs: [passing, ...used], service } as const;
    return [
      { id, ...handed, leads: 'service' },
      { id: `${id}-written`, ...handed, needs: [writeRole, ...handed.needs], leads: 'service-with-anything' },
    ];
  }),
];

/** Every action of the table, and those that make a condition on tags no limit. */
export const escalationActions: readonly string[] = [
  ...new Set([
    'iam:UntagRole',
    'iam:UntagUser',
    ...[...growths, ...exchanges, ...gettings].flatMap(({ needs }) =>
      needs.flatMap(({ actions }) => [...actions]),
    ),
  ]),
];
