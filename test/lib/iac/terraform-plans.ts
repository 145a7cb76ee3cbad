import { readTerraformPlan } from '#lib/iac/terraform.ts';

export const account = 'arn:aws:iam::123456789012';
export const policy = (...statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
export const allow = (action: string, resource = '*') => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});
const trust = policy({ Effect: 'Allow', Principal: { AWS: `${account}:root` }, Action: 'sts:AssumeRole' });

export interface Change {
  readonly actions?: readonly string[];
  readonly before?: object | null;
  readonly after?: object | null;
  readonly after_unknown?: object;
}

/** A resource of a plan: `aws_iam_role.analyst`. */
export const resource = (address: string, change: Change, more: object = {}) => {
  const [type = '', name = ''] = address.replace(/^data\./, '').split('.');
  const made = change.before === undefined && change.after !== undefined;
  return {
    address,
    mode: address.startsWith('data.') ? 'data' : 'managed',
    type,
    name,
    change: {
      actions: made ? ['create'] : ['update'],
      before: null,
      after: null,
      after_unknown: {},
      ...change,
    },
    ...more,
  };
};

export const role = (name: string, more: object = {}) => ({
  name,
  arn: `${account}:role/${name}`,
  path: '/',
  assume_role_policy: trust,
  ...more,
});

export const kept = (values: object): Change => ({ actions: ['no-op'], before: values, after: values });

/** A plan with these changes; `expressions` are the configuration's, by address. */
export const plan = (
  changes: readonly object[],
  expressions: Readonly<Record<string, object>> = {},
  more: object = {},
) =>
  readTerraformPlan(
    {
      format_version: '1.2',
      resource_changes: changes,
      configuration: {
        root_module: {
          resources: Object.entries(expressions).map(([address, own]) => ({ address, expressions: own })),
        },
      },
      ...more,
    },
    { file: 'plan.json', accountId: '123456789012' },
  );

export const references = (...names: readonly string[]) => ({ references: names });
