import type { ContextEntry, ContextKeyTypeEnum } from '@aws-sdk/client-iam';
import type { RequestContext } from '@permission-check/iam-policy';
import { InputError } from '#lib/errors.ts';

type ScalarType = 'string' | 'numeric' | 'boolean' | 'date' | 'ip';

/** Global keys that are not text. Source: IAM User Guide, "AWS global condition context keys". */
const TYPES: Readonly<Record<string, ScalarType>> = {
  'aws:securetransport': 'boolean',
  'aws:viaawsservice': 'boolean',
  'aws:multifactorauthpresent': 'boolean',
  'aws:principalisawsservice': 'boolean',
  'aws:assumedroot': 'boolean',
  'aws:multifactorauthage': 'numeric',
  'aws:currenttime': 'date',
  'aws:tokenissuetime': 'date',
  'aws:sourceip': 'ip',
  'aws:vpcsourceip': 'ip',
  'aws:ec2instancesourceprivateipv4': 'ip',
};

/** Global keys that hold a list even when there is one value: a list never matches an operator for one, nor the reverse. */
const MULTIVALUED: ReadonlySet<string> = new Set([
  'aws:calledvia',
  'aws:principalorgpaths',
  'aws:principalservicenameslist',
  'aws:resourceorgpaths',
  'aws:sourceorgpaths',
  'aws:tagkeys',
]);

/**
 * A request context as SimulatePrincipalPolicy takes it, each key with its type. A multivalued key without values is
 * left out: IAM refuses it, and treats an absent key the same.
 *
 * @throws InputError for a key given twice in different letter case, which IAM refuses.
 */
export function contextEntries(context: RequestContext): ContextEntry[] {
  const seen = new Map<string, string>();
  const entries: ContextEntry[] = [];
  for (const [key, value] of Object.entries(context)) {
    const lower = key.toLowerCase();
    const twin = seen.get(lower);
    if (twin !== undefined)
      throw new InputError(`context keys ${twin} and ${key} are one key to IAM: keep one`);
    seen.set(lower, key);
    const values = typeof value === 'string' ? [value] : [...value];
    if (values.length === 0) continue;
    const list = typeof value !== 'string' || MULTIVALUED.has(lower);
    entries.push({
      ContextKeyName: key,
      ContextKeyType: keyType(scalarType(lower, values), list),
      ContextKeyValues: values,
    });
  }
  return entries;
}

function scalarType(key: string, values: readonly string[]): ScalarType {
  // IAM compares this key as seconds or as a date, whichever it is written as.
  if (key === 'aws:epochtime') return values.every((value) => /^\d+$/.test(value)) ? 'numeric' : 'date';
  return Object.hasOwn(TYPES, key) ? (TYPES[key] ?? 'string') : 'string';
}

function keyType(type: ScalarType, list: boolean): ContextKeyTypeEnum {
  return list ? `${type}List` : type;
}
