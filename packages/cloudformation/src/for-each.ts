import { resolveValue, type Scope } from './intrinsics.ts';
import { isObject, type TemplateObject, type TemplateValue } from './yaml.ts';

/** Writes out `Fn::ForEach::Name: [Identifier, [values], { 'Key${Identifier}': … }]` over known values. */
export function expandForEach(entries: TemplateObject, scope: Scope): TemplateObject {
  const expanded: TemplateObject = {};
  for (const [key, value] of Object.entries(entries)) {
    const [identifier, collection, body] = Array.isArray(value) ? value : [];
    const values =
      key.startsWith('Fn::ForEach::') && collection ? resolveValue(collection, scope, key) : undefined;
    if (typeof identifier !== 'string' || !Array.isArray(values) || !isObject(body)) {
      expanded[key] = value;
      continue;
    }
    for (const item of values) {
      Object.assign(expanded, expandForEach(replaced(body, identifier, String(item)), scope));
    }
  }
  return expanded;
}

function replaced(body: TemplateObject, identifier: string, value: string): TemplateObject {
  const texts = (text: string) =>
    text
      .replaceAll(`\${${identifier}}`, value)
      .replaceAll(`&{${identifier}}`, value.replaceAll(/[^A-Za-z0-9]/g, ''));
  const visit = (one: TemplateValue): TemplateValue => {
    if (typeof one === 'string') return texts(one);
    if (Array.isArray(one)) return one.map(visit);
    if (!isObject(one)) return one;
    if (one.Ref === identifier) return value;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [texts(key), visit(item)]));
  };
  return Object.fromEntries(Object.entries(body).map(([key, item]) => [texts(key), visit(item)]));
}

/** Whether entries are left that stand for others. */
export function hasForEach(entries: TemplateObject): boolean {
  return Object.keys(entries).some((key) => key.startsWith('Fn::ForEach::'));
}
