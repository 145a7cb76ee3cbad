import type { BareDeclaration, Declaration, Holder, Open, Source, Value } from './types.ts';
import { hasUnknown, isUnknown, unknown } from './unknown.ts';

/** A resource of CloudFormation with its functions worked out. */
export interface CfnResource {
  readonly type: string;
  readonly logicalId: string;
  /** The physical name. */
  readonly name: string;
  readonly arn: string;
  readonly properties: { readonly [property: string]: Value };
  readonly source: Source;
  /** It is made by this deployment. */
  readonly isNew: boolean;
}

/** The properties of a resource. */
export type Properties = CfnResource['properties'];

/** What a resource says about IAM; nothing for a type that says nothing. */
export function cfnDeclarations(resource: CfnResource): Declaration[] {
  const made = readers[resource.type]?.(resource) ?? [];
  return made.map((one): Declaration => ({ ...one, source: resource.source }));
}

/** Whether a resource of the type says anything that is read here, or may change access unseen. */
export function bearsOnAccess(type: string): boolean {
  return Object.hasOwn(readers, type) || type === organizationPolicy || deploysMore.has(type);
}

const organizationPolicy = 'AWS::Organizations::Policy';
const deploysMore = new Set([
  'AWS::Serverless::Application',
  'AWS::CloudFormation::Stack',
  'AWS::CloudFormation::StackSet',
]);

/** What may change access in a way that is not seen. */
export function cfnOpen({ type, logicalId, source }: CfnResource): Open[] {
  if (type === organizationPolicy) {
    const reason = `${logicalId} changes what the organization lets the account do, and the guardrails given are those before it`;
    return [{ source, reason, about: 'guardrails' }];
  }
  if (deploysMore.has(type)) {
    return [{ source, reason: `${logicalId} deploys another template, which is not seen here` }];
  }
  return [];
}

const readers: Readonly<Record<string, (resource: CfnResource) => readonly BareDeclaration[]>> = {
  'AWS::IAM::Role': (resource) => principal('role', resource),
  'AWS::IAM::User': (resource) => [
    ...principal('user', resource),
    ...texts(resource, 'Groups').map((group) => ({ is: 'membership', user: resource.name, group }) as const),
  ],
  'AWS::IAM::Group': (resource) => principal('group', resource),
  'AWS::IAM::Policy': (resource) => holdersOf(resource).map((of) => inline(resource, of, 'PolicyDocument')),
  'AWS::IAM::RolePolicy': (resource) => [inline(resource, named(resource, 'role'), 'PolicyDocument')],
  'AWS::IAM::UserPolicy': (resource) => [inline(resource, named(resource, 'user'), 'PolicyDocument')],
  'AWS::IAM::GroupPolicy': (resource) => [inline(resource, named(resource, 'group'), 'PolicyDocument')],
  'AWS::IAM::ManagedPolicy': (resource) => [
    {
      is: 'managed-policy',
      arn: resource.arn,
      name: resource.name,
      document: property(resource, 'PolicyDocument'),
    },
    ...holdersOf(resource).map((to) => ({ is: 'attachment', to, policyArn: resource.arn }) as const),
  ],
  'AWS::IAM::UserToGroupAddition': (resource) =>
    texts(resource, 'Users').map((user) => ({ is: 'membership', user, group: text(resource, 'GroupName') })),
  'AWS::SSO::PermissionSet': (resource) => {
    const name = `AWSReservedSSO_${text(resource, 'Name')}_${unknown(`${resource.logicalId} role`)}`;
    const of = { kind: 'role', name } as const;
    const { InlinePolicy, PermissionsBoundary } = resource.properties;
    const boundary = isProperties(PermissionsBoundary)
      ? PermissionsBoundary.ManagedPolicyArn
      : PermissionsBoundary;
    return [
      {
        is: 'principal',
        ...of,
        alias: resource.logicalId,
        path: '/aws-reserved/sso.amazonaws.com/',
        ...(boundary === undefined || boundary === null
          ? {}
          : {
              boundaryArn:
                typeof boundary === 'string'
                  ? boundary
                  : unknown(`${resource.logicalId}.PermissionsBoundary`),
            }),
        tags: {},
        isNew: resource.isNew,
      },
      ...(InlinePolicy === undefined || InlinePolicy === null
        ? []
        : [{ is: 'inline-policy', of, name: 'AwsSSOInlinePolicy', document: InlinePolicy } as const]),
      ...texts(resource, 'ManagedPolicies').map(
        (policyArn) => ({ is: 'attachment', to: of, policyArn }) as const,
      ),
    ];
  },
};

function principal(kind: Holder['kind'], resource: CfnResource): BareDeclaration[] {
  const { properties, name, logicalId, isNew } = resource;
  const holder = { kind, name };
  const path = properties.Path;
  const boundary = properties.PermissionsBoundary;
  return [
    {
      is: 'principal',
      ...holder,
      alias: logicalId,
      path: typeof path === 'string' && !hasUnknown(path) ? path : '/',
      ...(boundary === undefined || boundary === null || boundary === ''
        ? {}
        : {
            boundaryArn:
              typeof boundary === 'string' ? boundary : unknown(`${logicalId}.PermissionsBoundary`),
          }),
      ...(properties.AssumeRolePolicyDocument === undefined
        ? {}
        : { trust: properties.AssumeRolePolicyDocument }),
      tags: tagsOf(properties.Tags),
      isNew,
    },
    ...items(properties.Policies).map((policy, index): BareDeclaration => {
      const place = `${logicalId}.Policies[${index}]`;
      const own = isProperties(policy) ? policy : {};
      const { PolicyName, PolicyDocument = unknown(place) } = own;
      const document = isProperties(policy) ? PolicyDocument : unknown(place);
      return {
        is: 'inline-policy',
        of: holder,
        name: typeof PolicyName === 'string' ? PolicyName : unknown(place),
        document,
      };
    }),
    ...texts(resource, 'ManagedPolicyArns').map(
      (policyArn) => ({ is: 'attachment', to: holder, policyArn }) as const,
    ),
  ];
}

function inline(resource: CfnResource, of: Holder, document: string): BareDeclaration {
  return {
    is: 'inline-policy',
    of,
    name: text(resource, 'PolicyName'),
    document: property(resource, document),
  };
}

/** Roles, users and groups that a policy names; some of them may be none of the template's. */
function holdersOf(resource: CfnResource): Holder[] {
  return (['role', 'user', 'group'] as const).flatMap((kind) => {
    const list = { role: 'Roles', user: 'Users', group: 'Groups' }[kind];
    return texts(resource, list).map((name): Holder => ({ kind, name }));
  });
}

function named(resource: CfnResource, kind: Holder['kind']): Holder {
  return { kind, name: text(resource, { role: 'RoleName', user: 'UserName', group: 'GroupName' }[kind]) };
}

function property({ properties, logicalId }: CfnResource, name: string): Value {
  return properties[name] ?? unknown(`${logicalId}.${name}`);
}

function text(resource: CfnResource, name: string): string {
  const value = resource.properties[name];
  return typeof value === 'string' || typeof value === 'number'
    ? String(value)
    : unknown(`${resource.logicalId}.${name}`);
}

/** The texts of a list; one unknown text for a list that is unknown. */
function texts({ properties, logicalId }: CfnResource, name: string): string[] {
  return items(properties[name]).map((item, index) =>
    typeof item === 'string' ? item : unknown(`${logicalId}.${name}[${index}]`),
  );
}

function items(value: Value | undefined): readonly Value[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function tagsOf(list: Value | undefined): Record<string, string> {
  const tags: Record<string, string> = Object.create(null);
  for (const tag of items(list)) {
    if (!isProperties(tag) || typeof tag.Key !== 'string' || isUnknown(tag.Key)) continue;
    if (typeof tag.Value === 'string' && !hasUnknown(tag.Value)) tags[tag.Key] = tag.Value;
  }
  return tags;
}

export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
