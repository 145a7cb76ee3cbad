import { isIntrinsic, resolveIfs, type Scope } from './intrinsics.ts';
import type { OpenTemplateOptions } from './open-types.ts';
import { withGlobals } from './sam.ts';
import { assumableBy, expandTemplate, managedPolicyArn, rolePolicies } from './sam-policies.ts';
import { isObject, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

/** Services that assume the roles which SAM makes. */
const services: Readonly<Record<string, string>> = {
  'AWS::Serverless::Function': 'lambda.amazonaws.com',
  'AWS::Serverless::StateMachine': 'states.amazonaws.com',
};

/**
 * The roles that the SAM transform makes of functions and state machines: those without a role of their own.
 * Source: AWS SAM Developer Guide, "Generated CloudFormation resources".
 */
export function openRoles(
  template: TemplateObject,
  resources: ReadonlyMap<string, TemplateObject>,
  scope: Scope,
  options: OpenTemplateOptions & {
    /** Called around what is worked out for a role, with its logical id. */
    readonly about: <Result>(logicalId: string, work: () => Result) => Result;
  },
): {
  readonly roles: ReadonlyMap<string, TemplateObject>;
  readonly notes: readonly string[];
  /** Macros that may give a function policies which are not seen. */
  readonly macros: readonly string[];
} {
  const roles = new Map<string, TemplateObject>();
  const notes: string[] = [];
  const macros: string[] = [];
  const globals = isObject(template.Globals) ? template.Globals : {};
  for (const [id, resource] of resources) {
    const service = services[String(resource.Type)];
    if (service === undefined) continue;
    const properties = withGlobals(id, resource, globals);
    const where = `Resources.${id}.Properties`;
    macros.push(...macrosIn(id, resource, properties));
    const role = options.about(`${id}Role`, () =>
      resolveIfs(properties.Role ?? null, scope, `${where}.Role`) === null
        ? roleOf(id, properties, service, scope, where, options)
        : undefined,
    );
    if (role === undefined) {
      if (properties.Policies !== undefined) {
        notes.push(`Resources.${id}.Properties.Policies give nothing to anybody: it has a Role of its own`);
      }
      continue;
    }
    roles.set(`${id}Role`, {
      Type: 'AWS::IAM::Role',
      MadeFrom: id,
      ...(resource.Condition === undefined ? {} : { Condition: resource.Condition }),
      Properties: role,
    });
  }
  return { roles, notes, macros };
}

/** Where a macro adds something to a function that is not seen. */
function macrosIn(id: string, resource: TemplateObject, properties: TemplateObject): string[] {
  const found: string[] = [];
  if (resource['Fn::Transform'] !== undefined) found.push(`Resources.${id} Fn::Transform`);
  if (properties['Fn::Transform'] !== undefined) found.push(`Resources.${id}.Properties Fn::Transform`);
  return found;
}

function roleOf(
  id: string,
  properties: TemplateObject,
  service: string,
  scope: Scope,
  where: string,
  options: OpenTemplateOptions,
): TemplateObject {
  const unknown = (name: string): TemplateObject => ({ Statement: options.unknowns.unknown(name) });
  const expand = (name: string, argument: TemplateValue): TemplateObject => {
    if (name === 'Fn::Transform') return unknown(`${where}.Policies Fn::Transform`);
    const known = options.policyTemplate?.(name, isObject(argument) ? argument : {});
    if (known !== undefined) return known;
    try {
      return expandTemplate(name, argument, where);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return unknown(`SAM policy template ${name}`);
    }
  };
  const { managed, documents } = rolePolicies(
    resolveIfs(properties.Policies ?? [], scope, `${where}.Policies`),
    `${where}.Policies`,
    expand,
  );
  const role: TemplateObject = {
    AssumeRolePolicyDocument: properties.AssumeRolePolicyDocument ?? assumableBy(service),
    ManagedPolicyArns: [
      ...(service.startsWith('lambda') ? [managedPolicyArn('AWSLambdaBasicExecutionRole')] : []),
      ...managed,
    ],
    Policies: documents.map((PolicyDocument, index) => ({
      PolicyName: `${id}RolePolicy${index}`,
      PolicyDocument,
    })),
  };
  const path = properties.RolePath;
  if (path !== undefined) role.Path = path;
  const { PermissionsBoundary, Tags } = properties;
  if (PermissionsBoundary !== undefined) role.PermissionsBoundary = PermissionsBoundary;
  // SAM has a mapping where CloudFormation has a list.
  if (isObject(Tags) && !isIntrinsic(Tags)) {
    role.Tags = Object.entries(Tags).map(([Key, Value]) => ({ Key, Value }));
  } else if (Tags !== undefined) role.Tags = Tags;
  return role;
}
