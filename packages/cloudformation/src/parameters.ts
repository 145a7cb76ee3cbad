import { z } from 'zod';
import { resolveCondition } from './conditions.ts';
import type { Scope } from './intrinsics.ts';
import { isObject, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

const scalarText = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const parameterSchema = z.strictObject({
  Type: z.enum(['String', 'Number', 'CommaDelimitedList', 'List<Number>', 'List<String>']),
  Default: scalarText.optional(),
  AllowedPattern: z.string().optional(),
  AllowedValues: z.array(scalarText).optional(),
  MinLength: z.coerce.number().optional(),
  MaxLength: z.coerce.number().optional(),
  MinValue: z.coerce.number().optional(),
  MaxValue: z.coerce.number().optional(),
  ConstraintDescription: z.string().optional(),
  Description: z.string().optional(),
  NoEcho: z.union([z.boolean(), z.string()]).optional(),
});
type Parameter = z.infer<typeof parameterSchema>;

/**
 * Values of the template's parameters: the given ones, else the defaults, checked as CloudFormation checks them.
 * Throws TemplateError for a value that is missing, not allowed, or given for a parameter that does not exist.
 */
export function resolveParameters(
  section: TemplateValue | undefined,
  given: Readonly<Record<string, string>>,
): ReadonlyMap<string, TemplateValue> {
  const declared = isObject(section) ? section : {};
  for (const name of Object.keys(given)) {
    if (!(name in declared))
      throw new TemplateError(`Parameters.${name}`, 'the template has no such parameter');
  }
  return new Map(
    Object.entries(declared).map(([name, raw]) => {
      const where = `Parameters.${name}`;
      const parsed = parameterSchema.safeParse(raw);
      if (!parsed.success) throw new TemplateError(where, z.prettifyError(parsed.error));
      const value = given[name] ?? parsed.data.Default;
      if (value === undefined) throw new TemplateError(where, 'needs a value: it has no default');
      return [name, check(parsed.data, value, where)];
    }),
  );
}

function check(parameter: Parameter, value: string, where: string): TemplateValue {
  const isList = parameter.Type === 'CommaDelimitedList' || parameter.Type.startsWith('List<');
  const items = isList ? value.split(',').map((item) => item.trim()) : [value];
  for (const item of items) {
    const fault = faultOf(parameter, item);
    if (fault === undefined) continue;
    const help = parameter.ConstraintDescription === undefined ? '' : ` (${parameter.ConstraintDescription})`;
    throw new TemplateError(where, `${JSON.stringify(value)} ${fault}${help}`);
  }
  return isList ? items : value;
}

/** The first constraint that a value does not keep, in words; undefined where it keeps them all. */
function faultOf(parameter: Parameter, item: string): string | undefined {
  const { AllowedPattern, AllowedValues, MinLength = 0, MaxLength = Infinity } = parameter;
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(item)) {
    return `does not match ${AllowedPattern}`;
  }
  if (AllowedValues?.includes(item) === false) return `is none of ${AllowedValues.join(', ')}`;
  if (item.length < MinLength) return `is shorter than ${MinLength}`;
  if (item.length > MaxLength) return `is longer than ${MaxLength}`;
  return parameter.Type === 'Number' || parameter.Type === 'List<Number>'
    ? numberFault(parameter, item)
    : undefined;
}

function numberFault(
  { MinValue = -Infinity, MaxValue = Infinity }: Parameter,
  item: string,
): string | undefined {
  const number = item.trim() === '' ? Number.NaN : Number(item);
  if (Number.isNaN(number)) return 'is not a number';
  if (number < MinValue) return `is less than ${MinValue}`;
  return number > MaxValue ? `is more than ${MaxValue}` : undefined;
}

/** Checks the template's Rules: throws TemplateError with the assertion's description when one does not hold. */
export function checkRules(section: TemplateValue | undefined, scope: Scope): void {
  const rules: TemplateObject = isObject(section) ? section : {};
  for (const [name, rule] of Object.entries(rules)) {
    const where = `Rules.${name}`;
    if (!isObject(rule)) throw new TemplateError(where, 'must be a mapping');
    const applies = rule.RuleCondition;
    if (applies !== undefined && !resolveCondition(applies, scope, `${where}.RuleCondition`)) continue;
    for (const assertion of Array.isArray(rule.Assertions) ? rule.Assertions : []) {
      checkAssertion(assertion, scope, where);
    }
  }
}

function checkAssertion(assertion: TemplateValue, scope: Scope, where: string): void {
  const condition = isObject(assertion) ? assertion.Assert : undefined;
  if (!isObject(assertion) || condition === undefined) throw new TemplateError(where, 'needs Assert');
  if (resolveCondition(condition, scope, `${where}.Assert`)) return;
  throw new TemplateError(where, String(assertion.AssertDescription ?? 'the assertion does not hold'));
}
