import type { ContextEntry, ContextKeyTypeEnum } from '@aws-sdk/client-iam';
import type { KeyType, RequestContext } from '@permission-check/iam-policy';
import { keyFacts } from '@permission-check/iam-policy';
import { InputError } from '#lib/errors.ts';

type ScalarType = 'string' | 'numeric' | 'boolean' | 'date' | 'ip';

/** The simulator's words for the types of values; a key that is not known holds text. */
const TYPES: Readonly<Record<KeyType, ScalarType>> = {
  text: 'string',
  unknown: 'string',
  number: 'numeric',
  bool: 'boolean',
  date: 'date',
  ip: 'ip',
};

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
    // A list never matches an operator for one value, nor the reverse.
    const list = typeof value !== 'string' || keyFacts(key).multivalued === true;
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
  return TYPES[keyFacts(key).type];
}

function keyType(type: ScalarType, list: boolean): ContextKeyTypeEnum {
  return list ? `${type}List` : type;
}
