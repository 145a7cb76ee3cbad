import { ANY_TAG } from '#lib/account/open-tags.ts';
import { CALLER, callsThatGive } from './sdk-calls.ts';
import type {
  BareDeclaration,
  Declaration,
  Holder,
  Open,
  PrincipalDeclaration,
  Source,
  Value,
} from './types.ts';
import { hasUnknown, unknown } from './unknown.ts';

/** A resource of CloudFormation with its functions worked out. */
export interface CfnResource {
  readonly type: string;
  readonly logicalId: string;
  /** The physical name. */
  readonly name: string;
  readonly arn: string;
  /** How ARNs in IAM begin in its account: `arn:aws:iam::123456789012:`. */
  readonly iam: string;
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
  const isRead = Object.hasOwn(readers, type) || type === organizationPolicy;
  return isRead || deploysMore(type) || type === CALLER;
}

const organizationPolicy = 'AWS::Organizations::Policy';
const deployers = new Set([
  'AWS::Serverless::Application',
  'AWS::CloudFormation::Stack',
  'AWS::CloudFormation::StackSet',
  'AWS::ServiceCatalog::CloudFormationProvisionedProduct',
]);

/** Whether a resource of the type brings resources that are not in the template. A module is one of those. */
const deploysMore = (type: string): boolean => deployers.has(type) || type.endsWith('::MODULE');

/** What may change access in a way that is not seen. */
export function cfnOpen({ type, logicalId, source, properties }: CfnResource): Open[] {
  if (type === CALLER) {
    return callsThatGive(properties).map((call) => ({
      source,
      reason: `${logicalId} calls ${call} when it is deployed, and what that changes is not seen here`,
    }));
  }
  if (type === organizationPolicy) {
    const reason = `${logicalId} changes what the organization lets the account do, and the guardrails given are those before it`;
    return [{ source, reason, about: 'guardrails' }];
  }
  if (deploysMore(type)) {
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
    const { InlinePolicy, PermissionsBoundary: boundary } = resource.properties;
    return [
      {
        is: 'principal',
        ...of,
        alias: resource.logicalId,
        path: '/aws-reserved/sso.amazonaws.com/',
        ...(boundary === undefined || boundary === null
          ? {}
          : { boundaryArn: permissionSetBoundary(resource, boundary) }),
        tags: {},
        isNew: resource.isNew,
      },
      ...(InlinePolicy === undefined || InlinePolicy === null
        ? []
        : [{ is: 'inline-policy', of, name: 'AwsSSOInlinePolicy', document: InlinePolicy } as const]),
      ...[
        ...texts(resource, 'ManagedPolicies'),
        ...items(resource.properties.CustomerManagedPolicyReferences).map((reference) =>
          referenceArn(resource, reference, 'CustomerManagedPolicyReferences'),
        ),
      ].map((policyArn) => ({ is: 'attachment', to: of, policyArn }) as const),
    ];
  },
};

function permissionSetBoundary(resource: CfnResource, boundary: Value): string {
  const { ManagedPolicyArn, CustomerManagedPolicyReference } = isProperties(boundary) ? boundary : {};
  return typeof ManagedPolicyArn === 'string'
    ? ManagedPolicyArn
    : referenceArn(resource, CustomerManagedPolicyReference, 'PermissionsBoundary');
}

/** The ARN of a policy that a permission set names by path and name, in the account that it is assigned to. */
function referenceArn(
  { iam, logicalId }: CfnResource,
  reference: Value | undefined,
  property: string,
): string {
  const { Name, Path = '/' } = isProperties(reference) ? reference : {};
  return typeof Name === 'string' && typeof Path === 'string'
    ? `${iam}policy${Path}${Name}`
    : unknown(`${logicalId}.${property}`);
}

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
      path: typeof path === 'string' ? path : '/',
      ...(boundary === undefined || boundary === null || boundary === ''
        ? {}
        : {
            boundaryArn:
              typeof boundary === 'string' ? boundary : unknown(`${logicalId}.PermissionsBoundary`),
          }),
      ...(properties.AssumeRolePolicyDocument === undefined
        ? {}
        : { trust: properties.AssumeRolePolicyDocument }),
      ...tagsOf(properties.Tags),
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

function tagsOf(list: Value | undefined): Pick<PrincipalDeclaration, 'tags' | 'openTags'> {
  const tags: Record<string, string> = Object.create(null);
  const open = new Set<string>();
  for (const tag of items(list)) {
    if (!isProperties(tag) || typeof tag.Key !== 'string' || hasUnknown(tag.Key)) open.add(ANY_TAG);
    else if (typeof tag.Value === 'string' && hasUnknown(tag.Value)) open.add(tag.Key);
    else tags[tag.Key] = String(tag.Value ?? '');
  }
  return { tags, ...(open.size > 0 ? { openTags: [...open] } : {}) };
}

export function isProperties(value: Value | undefined): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
