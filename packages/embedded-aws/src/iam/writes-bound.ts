import { type Group, type PrincipalEntity, replaceEntity, withEntry } from '../account/state.ts';
import {
  entityArn,
  groupNamed,
  type IamOperation,
  noSuchEntity,
  type OperationInput,
  policyArnParam,
  policyNamed,
  roleNamed,
  userNamed,
} from './operation.ts';
import {
  addTags,
  checkModifiable,
  limitExceeded,
  nameParam,
  policyParam,
  policySize,
  removeTags,
  tagsContext,
  tagsParam,
} from './validation.ts';

type Kind = 'user' | 'role' | 'group';

const title = { user: 'User', role: 'Role', group: 'Group' } as const;
/** Characters of all inline policies of one entity together. */
const inlineQuota = { user: 2048, role: 10_240, group: 5120 } as const;
const attachmentQuota = 10;

/** IAM's operations that bind policies, boundaries and tags to users, roles and groups, or take them away. */
export const bindingOperations: Readonly<Record<string, IamOperation>> = {
  ...policyOperations('user'),
  ...policyOperations('role'),
  ...policyOperations('group'),
  ...principalOperations('user'),
  ...principalOperations('role'),
};

function policyOperations(kind: Kind): Record<string, IamOperation> {
  return {
    [`Attach${title[kind]}Policy`]: (input) => {
      const arn = policyArnParam(input, 'PolicyArn');
      const entity = target(input, kind, { 'iam:PolicyARN': arn });
      policyNamed(input.state, arn);
      if (entity.attached.includes(arn)) return { next: input.state };
      if (entity.attached.length >= attachmentQuota) {
        throw limitExceeded(`Cannot exceed quota for PoliciesPer${title[kind]}: ${attachmentQuota}`);
      }
      return { next: replaceEntity(input.state, { ...entity, attached: [...entity.attached, arn] }) };
    },
    [`Detach${title[kind]}Policy`]: (input) => {
      const arn = policyArnParam(input, 'PolicyArn');
      const entity = target(input, kind, { 'iam:PolicyARN': arn });
      // The account file may hold the attachment of a policy whose text it does not hold.
      const attached = entity.attached.filter((other) => other.toLowerCase() !== arn.toLowerCase());
      if (attached.length === entity.attached.length) throw noSuchEntity(`Policy ${arn} was not found.`);
      return { next: replaceEntity(input.state, { ...entity, attached }) };
    },
    [`Put${title[kind]}Policy`]: (input) => {
      const entity = target(input, kind);
      const name = nameParam(input.params, 'PolicyName', 128);
      const inline = withEntry(entity.inline, name, policyParam(input.params));
      const size = [...inline.values()].reduce((sum, text) => sum + policySize(text), 0);
      if (size > inlineQuota[kind]) {
        throw limitExceeded(
          `Maximum policy size of ${inlineQuota[kind]} bytes exceeded for ${kind} ${entity.name}`,
        );
      }
      return { next: replaceEntity(input.state, { ...entity, inline }) };
    },
    [`Delete${title[kind]}Policy`]: (input) => {
      const entity = target(input, kind);
      const name = input.params.require('PolicyName');
      if (!entity.inline.has(name))
        throw noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`);
      return {
        next: replaceEntity(input.state, { ...entity, inline: withEntry(entity.inline, name, undefined) }),
      };
    },
  };
}

function principalOperations(kind: 'user' | 'role'): Record<string, IamOperation> {
  return {
    [`Put${title[kind]}PermissionsBoundary`]: (input) => {
      const arn = policyArnParam(input, 'PermissionsBoundary');
      const entity = principal(input, kind, { 'iam:PermissionsBoundary': arn });
      policyNamed(input.state, arn);
      return { next: replaceEntity(input.state, { ...entity, boundary: arn }) };
    },
    [`Delete${title[kind]}PermissionsBoundary`]: (input) => {
      const { boundary, ...entity } = principal(input, kind);
      if (boundary === undefined) {
        throw noSuchEntity(`${title[kind]} ${entity.name} does not have a permissions boundary.`);
      }
      return { next: replaceEntity(input.state, entity) };
    },
    [`Tag${title[kind]}`]: (input) => {
      const given = tagsParam(input.params);
      const entity = principal(input, kind, tagsContext(given), true);
      return {
        next: replaceEntity(input.state, { ...entity, tags: addTags(entity.tags, given) }),
      };
    },
    [`Untag${title[kind]}`]: (input) => {
      const keys = input.params.list('TagKeys') ?? [];
      const entity = principal(input, kind, { 'aws:TagKeys': keys }, true);
      return {
        next: replaceEntity(input.state, { ...entity, tags: removeTags(entity.tags, keys) }),
      };
    },
  };
}

type Context = Readonly<Record<string, string | readonly string[]>>;

function target(input: OperationInput, kind: Kind, context?: Context): PrincipalEntity | Group {
  if (kind !== 'group') return principal(input, kind, context);
  const name = input.params.require('GroupName');
  input.authorize(entityArn(input, 'group', name), context);
  return groupNamed(input.state, name);
}

function principal(
  input: OperationInput,
  kind: 'user' | 'role',
  context?: Context,
  label = false,
): PrincipalEntity {
  const name = input.params.require(`${title[kind]}Name`);
  input.authorize(entityArn(input, kind, name), context);
  if (kind === 'user') return userNamed(input.state, name);
  const role = roleNamed(input.state, name);
  checkModifiable(input, role, label);
  return role;
}
