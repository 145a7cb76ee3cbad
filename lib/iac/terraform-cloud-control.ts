import { cfnDeclarations } from './template-declarations.ts';
import { arnOf, type Reader } from './terraform-names.ts';
import {
  isList,
  isValues,
  optionalText,
  type Resource,
  type Resources,
  type Values,
} from './terraform-resources.ts';
import type { Value } from './types.ts';
import { isUnknown, unknown } from './unknown.ts';

/** Resource types of the Cloud Control provider and the CloudFormation types whose properties they have. */
const types = {
  awscc_iam_role: 'AWS::IAM::Role',
  awscc_iam_user: 'AWS::IAM::User',
  awscc_iam_group: 'AWS::IAM::Group',
  awscc_iam_managed_policy: 'AWS::IAM::ManagedPolicy',
  awscc_iam_role_policy: 'AWS::IAM::RolePolicy',
  awscc_iam_user_policy: 'AWS::IAM::UserPolicy',
  awscc_iam_group_policy: 'AWS::IAM::GroupPolicy',
  awscc_sso_permission_set: 'AWS::SSO::PermissionSet',
};

/**
 * What resources of the Cloud Control provider say about IAM: that is made of CloudFormation's schemas, with
 * `role_name` for `RoleName`.
 */
export const cloudControlReaders: Readonly<Record<string, Reader>> = Object.fromEntries(
  Object.entries(types).map(([own, type]): [string, Reader] => [own, readerOf(type)]),
);

function readerOf(type: string): Reader {
  return (from, values, side, setting) => {
    const properties = propertiesOf(from, values, setting.resources);
    const { RoleName, UserName, GroupName, ManagedPolicyName } = properties;
    const given = RoleName ?? UserName ?? GroupName ?? ManagedPolicyName;
    const name = typeof given === 'string' ? given : unknown(`${from.address}.name`);
    const known = [values.policy_arn, values.arn].find((arn) => typeof arn === 'string' && !isUnknown(arn));
    const path = optionalText(values, 'path') ?? '/';
    const arn =
      typeof known === 'string' ? known : arnOf(setting, `policy${path}${name}`, `${from.address}.arn`);
    const iam = arnOf(setting, '', `${from.address}.arn`);
    const isNew = side === 'after' && from.actions.includes('create');
    const source = setting.sourceOf(from);
    return cfnDeclarations({ type, logicalId: from.address, name, arn, iam, properties, source, isNew });
  };
}

/** The properties that are set: what nobody configures is unknown until AWS has chosen it. */
function propertiesOf(from: Resource, values: Values, resources: Resources): Values {
  const set = Object.entries(values).filter(
    ([name, value]) =>
      value !== null &&
      value !== '' &&
      (!isUnknown(value) || /_name$/.test(name) || resources.references.sets(from.address, name)),
  );
  return named(Object.fromEntries(set));
}

function named(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      inside(value),
    ]),
  );
}

const inside = (value: Value): Value =>
  isList(value) ? value.map(inside) : isValues(value) ? named(value) : value;
