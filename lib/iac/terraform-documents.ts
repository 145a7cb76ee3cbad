import { moduleOf } from './terraform-references.ts';
import type { Resource, Resources, Values } from './terraform-resources.ts';
import { isList, isValues } from './terraform-resources.ts';
import { isFields } from './terraform-values.ts';
import type { Value } from './types.ts';
import { isUnknown, unknown } from './unknown.ts';

/**
 * The policy document of an argument: as it is, or put together from the data source that the argument refers to,
 * which shows what is known of it before it is read; else unknown.
 */
export function documentOf(resources: Resources, from: Resource, values: Values, argument: string): Value {
  const value = values[argument];
  if (value === undefined || value === null) return unknown(`${from.address}.${argument}`);
  if (!isUnknown(value)) return value;
  const { targets, others } = resources.references.of(from.address, argument);
  const [only] = targets;
  // Beside another reference the text may be another than the document's.
  if (only === undefined || targets.length > 1 || others.length > 0) return value;
  if (!/^(json|minified_json)$/.test(only.attribute)) return value;
  const sources = resources.instances(only.address, from);
  const [source] = sources;
  if (sources.length !== 1 || source?.type !== 'data.aws_iam_policy_document') return value;
  return policyDocument(resources, source) ?? value;
}

/**
 * The document that aws_iam_policy_document writes; undefined where it cannot be put together.
 * Source: terraform-provider-aws, internal/service/iam/policy_document_data_source.go.
 */
function policyDocument(resources: Resources, source: Resource): Value | undefined {
  const values = source.after;
  if (values === undefined || !isList(values.statement ?? [])) return undefined;
  const before = documents(values.source_policy_documents, values.source_json);
  const after = documents(values.override_policy_documents, values.override_json);
  if (before === undefined || after === undefined) return undefined;
  const blocks = resources.references.blocks(source.address, 'statement');
  const named = namer(resources, source);
  const own = (isList(values.statement) ? values.statement : []).map((statement, index) =>
    isValues(statement)
      ? statementOf(statement, (argument, value) => named(blocks[index], argument, value))
      : statement,
  );
  let statements: Value[] = [];
  for (const one of [
    ...before.flatMap((document) => document.statements),
    ...own,
    ...after.flatMap((document) => document.statements),
  ]) {
    statements = merged(statements, one);
  }
  const versions = [...before, ...after].flatMap(({ version }) => (version === undefined ? [] : [version]));
  const version = typeof values.version === 'string' ? values.version : '2012-10-17';
  return { Version: [version, ...versions].sort().at(-1) ?? version, Statement: statements };
}

interface Source {
  readonly version?: string;
  readonly statements: readonly Value[];
}

/** Documents to start from or to put on top; undefined where one of them is unknown. */
function documents(list: Value | undefined, one: Value | undefined): Source[] | undefined {
  const texts = [...(isList(list) ? list : [list ?? null]), one ?? null].filter(
    (text) => text !== null && text !== '',
  );
  const found: Source[] = [];
  for (const text of texts) {
    if (typeof text !== 'string' || isUnknown(text)) return undefined;
    try {
      const parsed: Value = JSON.parse(text);
      if (!isValues(parsed)) return undefined;
      const { Version, Statement = [] } = parsed;
      found.push({
        ...(typeof Version === 'string' ? { version: Version } : {}),
        statements: isList(Statement) ? Statement : [Statement],
      });
    } catch {
      return undefined;
    }
  }
  return found;
}

/** A statement with a Sid takes the place of the one that has it already. */
function merged(statements: readonly Value[], one: Value): Value[] {
  const sid = isValues(one) && typeof one.Sid === 'string' && one.Sid !== '' ? one.Sid : undefined;
  const same = statements.findIndex((other) => sid !== undefined && isValues(other) && other.Sid === sid);
  return same < 0 ? [...statements, one] : statements.with(same, one);
}

function statementOf(statement: Values, named: (argument: string, value: Value) => Value): Value {
  const filled = (argument: string, vars = true): Value | undefined => {
    const value = statement[argument];
    if (value === null || value === undefined || (isList(value) && value.length === 0)) return undefined;
    return named(argument, vars ? withVariables(value) : value);
  };
  const entries: [string, Value | undefined][] = [
    ['Sid', typeof statement.sid === 'string' && statement.sid !== '' ? statement.sid : undefined],
    ['Effect', statement.effect ?? 'Allow'],
    ['Action', filled('actions', false)],
    ['NotAction', filled('not_actions', false)],
    ['Resource', filled('resources')],
    ['NotResource', filled('not_resources')],
    ['Principal', principals(filled('principals'))],
    ['NotPrincipal', principals(filled('not_principals'))],
    ['Condition', conditions(filled('condition'))],
  ];
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

/** `&{aws:username}` is how a policy variable is written where Terraform has `${…}` for itself. */
function withVariables(value: Value): Value {
  if (typeof value === 'string') return value.replaceAll('&{', '${');
  if (isList(value)) return value.map(withVariables);
  if (!isValues(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withVariables(item)]));
}

function principals(blocks: Value | undefined): Value | undefined {
  if (!isList(blocks)) return blocks;
  const byType: Record<string, Value[]> = {};
  for (const block of blocks) {
    if (!isValues(block) || typeof block.type !== 'string') return unknown('principals');
    const identifiers = isList(block.identifiers) ? block.identifiers : [block.identifiers ?? null];
    if (block.type === '*' && identifiers.includes('*')) return '*';
    byType[block.type] = [...(byType[block.type] ?? []), ...identifiers];
  }
  return byType;
}

function conditions(blocks: Value | undefined): Value | undefined {
  if (!isList(blocks)) return blocks;
  const byOperator: Record<string, Record<string, Value>> = {};
  for (const block of blocks) {
    if (!isValues(block) || typeof block.test !== 'string' || typeof block.variable !== 'string') {
      return unknown('condition');
    }
    const values = isList(block.values) ? block.values : [block.values ?? unknown('condition values')];
    const tests = byOperator[block.test] ?? {};
    byOperator[block.test] = tests;
    const known = tests[block.variable];
    tests[block.variable] = [...(isList(known) ? known : []), ...values];
  }
  return byOperator;
}

/** Unknown parts under the name of what the configuration refers to there, where that is one attribute. */
function namer(resources: Resources, source: Resource) {
  return (block: unknown, argument: string, value: Value): Value => {
    if (!isFields(block)) return value;
    const { targets, others } = resources.references.follow(moduleOf(source.address), block[argument]);
    const [only] = targets;
    if (only === undefined || targets.length > 1 || others.length > 0 || only.attribute === '') return value;
    const name = unknown(`${only.address}.${only.attribute}`);
    const rename = (item: Value): Value => (isUnknown(item) ? name : item);
    return isList(value) ? value.map(rename) : rename(value);
  };
}
