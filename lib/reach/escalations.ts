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
  /** A group that the principal it gets at is in. */
  | 'target-group'
  /** A group that the principal it gets at is put in. */
  | 'group'
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
  /** It has another boundary. */
  | 'rebounded'
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
    /** The same, since the role's trust policy lets it in already. */
    | 'role-assumed'
    /** It can act as the role, which has no boundary any more. */
    | 'role-unbounded'
    /** It can act as a role with whatever it writes; the role's boundary stays. */
    | 'role-with-anything'
    /** The same of a user. */
    | 'user-with-anything'
    /** It can act as the user, who is in one more group. */
    | 'user-joined'
    /** It can act as the role, with another version of a policy that binds it. */
    | 'role-switched'
    /** The same of a user. */
    | 'user-switched'
    /** It can make a principal of its own with whatever it writes. */
    | 'new-principal'
    /** The same with what a group has. */
    | 'new-joined'
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

const writingRole = ['iam:AttachRolePolicy', 'iam:PutRolePolicy'];
const writingUser = ['iam:AttachUserPolicy', 'iam:PutUserPolicy'];
const liftingRole = ['iam:DeleteRolePermissionsBoundary', 'iam:PutRolePermissionsBoundary'];

/** A row of the table. */
const row = <On, Leads extends string, More = unknown>(
  id: string,
  whose: Escalation['for'],
  leads: Leads,
  needs: readonly Needed<On>[],
  more?: More,
) => ({ id, for: whose, needs, leads, ...more });

const both = <On, Leads extends string, More = unknown>(
  id: string,
  leads: Leads,
  needs: readonly Needed<On>[],
  more?: More,
) => row(id, 'both', leads, needs, more);
const assumes = { assumes: true };
const attachToUser = one('iam:AttachUserPolicy', 'self');
const attachToRole = one('iam:AttachRolePolicy', 'self');

/** The rows by which a principal gives itself more. */
export const growths: readonly Growth[] = [
  both('iam-001', 'self', [one('iam:CreatePolicyVersion', 'own-policy')]),
  row('iam-007', 'user', 'self', [one('iam:PutUserPolicy', 'self')]),
  row('iam-008', 'user', 'self', [attachToUser]),
  row('iam-005', 'role', 'self', [one('iam:PutRolePolicy', 'self')]),
  row('iam-009', 'role', 'self', [attachToRole]),
  row('iam-011', 'user', 'self', [one('iam:PutGroupPolicy', 'own-group')]),
  row('iam-010', 'user', 'self', [one('iam:AttachGroupPolicy', 'own-group')]),
  row('iam-022', 'user', 'unbounded', [
    any(['iam:DeleteUserPermissionsBoundary', 'iam:PutUserPermissionsBoundary'], 'self'),
  ]),
  row('iam-024', 'role', 'unbounded', [any(liftingRole, 'self')]),
  both('boundary-version', 'unbounded', [one('iam:CreatePolicyVersion', 'own-boundary')]),
];

/** A principal makes another version of a policy the default. */
export const switching: Growth = both('rhino-2', 'switched', [
  one('iam:SetDefaultPolicyVersion', 'own-version'),
]);

/** A user attaches a policy to a group of his own. */
export const attachToGroup: Growth = row('iam-010', 'user', 'attached', [
  one('iam:AttachGroupPolicy', 'own-group'),
]);

/** The rows by which a principal gives itself other policies than it has: not more of them only. */
export const exchanges: readonly Growth[] = [
  row('iam-008', 'user', 'attached', [attachToUser]),
  row('iam-009', 'role', 'attached', [attachToRole]),
  attachToGroup,
  row('iam-013', 'user', 'joined', [one('iam:AddUserToGroup', 'other-group')]),
  row('iam-025', 'user', 'undenied', [
    any(['iam:DetachUserPolicy', 'iam:DeleteUserPolicy', 'iam:RemoveUserFromGroup'], 'denying-policy'),
  ]),
  row('iam-026', 'role', 'undenied', [
    any(['iam:DetachRolePolicy', 'iam:DeleteRolePolicy'], 'denying-policy'),
  ]),
  row('iam-022', 'user', 'rebounded', [one('iam:PutUserPermissionsBoundary', 'self')]),
  row('iam-024', 'role', 'rebounded', [one('iam:PutRolePermissionsBoundary', 'self')]),
  switching,
  row('tag-user', 'user', 'tagged', [one('iam:TagUser', 'self')]),
  row('tag-role', 'role', 'tagged', [one('iam:TagRole', 'self')]),
];

const changeTrust = one('iam:UpdateAssumeRolePolicy', 'target');
const newVersion = one('iam:CreatePolicyVersion', 'target-policy');
const writeRole = any(writingRole, 'target');
const freeRole = any(liftingRole, 'target');
const writeUser = any(writingUser, 'target');
const otherVersion = one('iam:SetDefaultPolicyVersion', 'target-version');
const signInAs = any(['iam:CreateAccessKey', 'iam:CreateLoginProfile', 'iam:UpdateLoginProfile'], 'target');
const newUser = one('iam:CreateUser', 'anything');
const signInAsNew = any(['iam:CreateAccessKey', 'iam:CreateLoginProfile'], 'anything');
const writeGroup = any(['iam:AttachGroupPolicy', 'iam:PutGroupPolicy'], 'target-group');
const joinGroup = one('iam:AddUserToGroup', 'group');

/** A principal begins a session of a role whose trust policy lets it in. */
export const assuming: Getting = both('sts-001', 'role-assumed', [one('sts:AssumeRole', 'target')], assumes);

const ofOthers: readonly Getting[] = [
  both('iam-002', 'user', [one('iam:CreateAccessKey', 'target')]),
  both('iam-004', 'user', [one('iam:CreateLoginProfile', 'target')]),
  both('iam-006', 'user', [one('iam:UpdateLoginProfile', 'target')]),
  both('iam-012', 'role', [changeTrust]),
  both('iam-014', 'role-with-anything', [writeRole], assumes),
  both('iam-014-boundary', 'role-with-anything', [freeRole, writeRole], {
    assumes: true,
    lifts: true,
  }),
  both('role-boundary', 'role-unbounded', [freeRole], assumes),
  both('role-version', 'role-switched', [otherVersion], assumes),
  both('role-version-trust', 'role-switched', [changeTrust, otherVersion]),
  both('user-version', 'user-switched', [otherVersion, signInAs]),
  both('iam-015', 'user-with-anything', [writeUser, signInAs]),
  both('user-group', 'user-with-anything', [writeGroup, signInAs]),
  both('user-other-group', 'user-joined', [joinGroup, signInAs]),
  both('iam-016', 'role-with-anything', [newVersion], assumes),
  both('iam-019', 'role-with-anything', [changeTrust, writeRole]),
  both('iam-019-boundary', 'role-with-anything', [changeTrust, freeRole, writeRole], { lifts: true }),
  both('iam-021', 'role-with-anything', [changeTrust, newVersion]),
  both('create-role', 'new-principal', [one('iam:CreateRole', 'anything'), any(writingRole, 'anything')]),
  both('create-user', 'new-principal', [newUser, any(writingUser, 'anything'), signInAsNew]),
  both('create-user-group', 'new-joined', [newUser, joinGroup, signInAsNew]),
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

/** Every action of the table, and those that make a condition on tags, or on policies that exist, no limit. */
export const escalationActions: readonly string[] = [
  ...new Set([
    'iam:UntagRole',
    'iam:UntagUser',
    'iam:CreatePolicy',
    ...[...growths, ...exchanges, ...gettings].flatMap(({ needs }) =>
      needs.flatMap(({ actions }) => [...actions]),
    ),
  ]),
];
