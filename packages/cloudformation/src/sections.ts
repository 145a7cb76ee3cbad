import { resolveValue, type Scope, scalar } from './intrinsics.ts';
import { isObject, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

/** A top-level section of a template, `Parameters` say; empty where there is none. */
export function sectionOf(template: TemplateObject, name: string): TemplateObject {
  const section = template[name];
  return isObject(section) ? section : {};
}

/** What a condition says as the template has it; throws TemplateError where there is none of the name. */
export function declaredCondition(template: TemplateObject, name: string, where: string): TemplateValue {
  const declared = sectionOf(template, 'Conditions')[name];
  if (declared === undefined) throw new TemplateError(where, `there is no condition ${name}`);
  return declared;
}

/** `Fn::FindInMap`: undefined where the mapping has no such value. */
export function mappedValue(
  template: TemplateObject,
  map: string,
  top: string,
  second: string,
): TemplateValue | undefined {
  const found = sectionOf(template, 'Mappings')[map];
  const row = isObject(found) ? found[top] : undefined;
  return isObject(row) ? row[second] : undefined;
}

/** Whether the resource or output is made: its condition holds, or it has none. */
export function isMade(declared: TemplateObject, scope: Scope, where: string): boolean {
  const condition = declared.Condition;
  return condition === undefined || scope.condition(scalar(condition, where), where);
}

/** A property that names a resource, worked out; undefined where it is absent or AWS::NoValue. */
export function namingProperty(
  resource: TemplateObject | undefined,
  logicalId: string,
  property: string,
  scope: Scope,
): string | undefined {
  const declared = isObject(resource?.Properties) ? resource.Properties[property] : undefined;
  if (declared === undefined) return undefined;
  // AWS::NoValue can only remove a property, so it is resolved inside an object.
  const resolved = resolveValue({ [property]: declared }, scope, `Resources.${logicalId}`);
  const value = isObject(resolved) ? resolved[property] : undefined;
  return value === undefined ? undefined : scalar(value, `Resources.${logicalId}.Properties.${property}`);
}

/** The pseudo parameters whose values follow from where a template is deployed; undefined for another name. */
export function pseudoParameter(
  name: string,
  { accountId, region, partition }: { accountId: string; region: string; partition: string },
): string | undefined {
  switch (name) {
    case 'AWS::AccountId':
      return accountId;
    case 'AWS::Region':
      return region;
    case 'AWS::Partition':
      return partition;
    case 'AWS::URLSuffix':
      return partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    default:
      return undefined;
  }
}
