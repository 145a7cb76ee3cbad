import type { Value } from './types.ts';
import { asPattern, hasUnknown, isUnknown, unknownsIn } from './unknown.ts';

/** The most that a document with unknown parts may grant, or the least. */
export type Bound = 'most' | 'least';

type Fields = { readonly [key: string]: Value };

const everything: Fields = { Effect: 'Allow', Action: '*', Resource: '*' };

/**
 * A policy document within which every unknown part is settled: for `most`, an Allow as wide and a Deny as narrow as
 * any value could make it; for `least` the reverse. A document of which nothing is known grants everything at most and
 * nothing at least.
 *
 * @returns JSON text; undefined where the document grants and denies nothing. A document without unknown parts is
 *   returned as it is; what is no policy document is, too, for the parser to refuse.
 */
export function boundedDocument(document: Value, bound: Bound): string | undefined {
  const known = typeof document === 'string' ? document : JSON.stringify(document, null, 4);
  if (unknownsIn(document).length === 0) return known;
  const fields = fieldsOf(document);
  if (fields === undefined || hasUnknown(String(fields.Version ?? ''))) {
    return bound === 'most' ? text({ Version: '2012-10-17', Statement: [everything] }) : undefined;
  }
  const { Statement, ...rest } = fields;
  const statements = (isList(Statement) ? Statement : [Statement ?? null]).flatMap((statement) =>
    boundedStatement(statement, bound),
  );
  if (statements.length === 0) return undefined;
  const { Id: _, ...kept } = rest;
  return text({ ...kept, Statement: statements });
}

/**
 * What a document may do where it is not known whether somebody has it: allow at most, and deny at least.
 *
 * @returns undefined where that is nothing; what cannot be read is allowed for at most.
 */
export function perhaps(document: string, bound: Bound): string | undefined {
  const fields = fieldsOf(document);
  if (fields === undefined) return bound === 'most' ? document : undefined;
  const { Statement = [] } = fields;
  const effect = bound === 'most' ? 'Allow' : 'Deny';
  const statements = (isList(Statement) ? Statement : [Statement]).filter(
    (statement) => isFields(statement) && statement.Effect === effect,
  );
  return statements.length === 0 ? undefined : text({ ...fields, Statement: statements });
}

const text = (value: Value): string => JSON.stringify(value, null, 4);

/** The document as an object; undefined where that is not known. */
function fieldsOf(document: Value): Fields | undefined {
  if (isFields(document)) return document;
  if (typeof document !== 'string' || isUnknown(document)) return undefined;
  try {
    const parsed: unknown = JSON.parse(document);
    return isFields(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function boundedStatement(statement: Value, bound: Bound): Value[] {
  if (unknownsIn(statement).length === 0) return [statement];
  if (!isFields(statement)) return bound === 'most' ? [everything] : [];
  const { Sid, ...fields } = statement;
  const named = typeof Sid === 'string' && !hasUnknown(Sid) ? { Sid } : {};
  const effect = fields.Effect;
  if (typeof effect === 'string' && hasUnknown(effect)) {
    const settled = bound === 'most' ? 'Allow' : 'Deny';
    return widened({ ...named, ...fields, Effect: settled });
  }
  const wide = (effect === 'Allow') === (bound === 'most');
  return wide ? widened({ ...named, ...fields }) : narrowed({ ...named, ...fields });
}

/** The statement as wide as any value of its unknown parts could make it. */
function widened(statement: Fields): Value[] {
  const { Action, NotAction, Resource, NotResource, Condition, ...rest } = statement;
  return [
    {
      ...rest,
      ...reaching('Action', Action, NotAction, actionPattern),
      ...reaching('Resource', Resource, NotResource, resourcePattern),
      ...conditionOf(widenedCondition(Condition)),
    },
  ];
}

/** What an element may match at most: patterns for unknown items, and none of the unknown exceptions. */
function reaching(
  name: 'Action' | 'Resource',
  included: Value | undefined,
  excepted: Value | undefined,
  patternOf: (item: string) => string,
): Fields {
  if (included !== undefined) {
    const items = itemsOf(included);
    return { [name]: items === undefined ? '*' : items.map(patternOf) };
  }
  if (excepted === undefined) return {};
  const items = itemsOf(excepted)?.filter((item) => !hasUnknown(item)) ?? [];
  return items.length === 0 ? { [name]: '*' } : { [`Not${name}`]: items };
}

/** The statement as narrow as any value of its unknown parts could make it; none where it may match nothing. */
function narrowed(statement: Fields): Value[] {
  const { Action, NotAction, Resource, NotResource, Condition, ...rest } = statement;
  if (unknownsIn(Condition).length > 0) return [];
  const action = certain('Action', Action, NotAction, actionPattern);
  const resource = certain('Resource', Resource, NotResource, resourcePattern);
  if (action === undefined || resource === undefined) return [];
  return [{ ...rest, ...action, ...resource, ...conditionOf(Condition) }];
}

/** What an element matches whatever the unknown parts are; undefined where that may be nothing. */
function certain(
  name: 'Action' | 'Resource',
  included: Value | undefined,
  excepted: Value | undefined,
  patternOf: (item: string) => string,
): Fields | undefined {
  if (included !== undefined) {
    const items = itemsOf(included)?.filter((item) => !hasUnknown(item)) ?? [];
    return items.length === 0 ? undefined : { [name]: items };
  }
  if (excepted === undefined) return {};
  const items = itemsOf(excepted);
  return items === undefined ? undefined : { [`Not${name}`]: items.map(patternOf) };
}

/** The tests of which every part is known: without the others, more passes. */
function widenedCondition(condition: Value | undefined): Value | undefined {
  if (!isFields(condition)) return typeof condition === 'string' ? undefined : condition;
  const operators = Object.entries(condition).flatMap(([operator, tests]) => {
    if (hasUnknown(operator) || !isFields(tests)) return [];
    const known = Object.entries(tests).filter(
      ([key, values]) => unknownsIn([key, values]).length === 0 && !hasUnknown(key),
    );
    return known.length === 0 ? [] : [[operator, Object.fromEntries(known)] as const];
  });
  return operators.length === 0 ? undefined : Object.fromEntries(operators);
}

const conditionOf = (condition: Value | undefined): Fields =>
  condition === undefined ? {} : { Condition: condition };

/** One text or a list of texts as a list; undefined where what stands there is unknown as a whole or no text. */
function itemsOf(value: Value): string[] | undefined {
  if (isUnknown(value)) return undefined;
  const items = isList(value) ? value : [value];
  return items.every((item) => typeof item === 'string') ? [...items] : undefined;
}

/** The service of an action is not searched for: where it is unknown, so is everything. */
function actionPattern(action: string): string {
  if (!hasUnknown(action)) return action;
  return hasUnknown(action.slice(0, action.indexOf(':') + 1)) || !action.includes(':')
    ? '*'
    : asPattern(action);
}

/** An unknown part behind the fifth colon stays there; any other may hold colons of its own. */
function resourcePattern(resource: string): string {
  if (!hasUnknown(resource)) return resource;
  // An unknown part may belong to a policy variable, or make one with the $ before it.
  if (/\$(\{|$)/m.test(asPattern(resource).replaceAll('*', '\n'))) return '*';
  const parts = resource.split(':');
  const inName = parts.length >= 6 && !hasUnknown(parts.slice(0, 5).join(':'));
  return inName ? asPattern(resource) : '*';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}
