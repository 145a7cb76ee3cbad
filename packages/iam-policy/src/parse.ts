import { PolicyError } from './error.ts';
import { JsonText, type Node } from './json.ts';
import { parseStatement } from './parse-statement.ts';
import type { PolicyDocument, ReadDocument, Statement, UnreadableStatement } from './types.ts';
import { unreadableActions, unreadableStatement } from './unreadable.ts';

export { PolicyError };

/**
 * Reads a policy document: strict JSON in IAM's policy grammar. Element names are case-sensitive, as is Effect;
 * condition operators are not. Statements keep their place in the text.
 *
 * Which elements a kind of policy demands (Resource in an identity-based policy, Principal in a resource-based
 * one) is checked when a policy is compiled for its layer.
 *
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language".
 * @throws {PolicyError} with line and column
 */
export function parsePolicy(text: string): PolicyDocument {
  const { json, elements } = readElements(text);
  const statements = elements.statements.map(
    (node, at) => parseStatement(json, node, at + 1, 'strict').statement,
  );
  rejectDuplicateSids(statements);
  return { version: elements.version, ...(elements.id !== undefined && { id: elements.id }), statements };
}

/**
 * Reads a policy document as IAM stores it, statement by statement: texts that IAM takes although they mean nothing
 * (an action with a space, a condition key without a prefix, null in a list) are taken, and what cannot be read is
 * kept as such, with what it can be about at most.
 *
 * @throws {PolicyError} when the document as a whole cannot be read
 */
export function readPolicy(text: string): ReadDocument {
  const { json, elements } = readElements(text);
  const statements: Statement[] = [];
  const unreadable: UnreadableStatement[] = [];
  for (const [at, node] of elements.statements.entries()) {
    try {
      const { statement, odd } = parseStatement(json, node, at + 1, 'as stored');
      statements.push(statement);
      if (odd.length > 0) unreadable.push(unreadableActions(statement, odd));
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      unreadable.push(unreadableStatement(json, node, at + 1, error));
    }
  }
  const { version, id } = elements;
  return { version, ...(id !== undefined && { id }), statements, unreadable };
}

interface DocumentElements {
  readonly version: PolicyDocument['version'];
  readonly id: string | undefined;
  readonly statements: readonly Node[];
}

/** Ten times what fits into the largest document that IAM stores, and more. */
const MAX_STATEMENTS = 2_000;

function readElements(text: string): { readonly json: JsonText; readonly elements: DocumentElements } {
  const json = new JsonText(text);
  let version: PolicyDocument['version'] = '2008-10-17';
  let id: string | undefined;
  let statements: readonly Node[] | undefined;
  for (const { name, key, value } of json.members(json.root, 'the policy')) {
    switch (name) {
      case 'Version':
        version = parseVersion(json, value);
        break;
      case 'Id':
        id = json.string(value, 'Id');
        break;
      case 'Statement':
        statements = json.list(value);
        break;
      default:
        throw json.error(`unknown policy element ${JSON.stringify(name)}`, key);
    }
  }
  if (statements === undefined) throw json.error('the policy has no Statement', json.root);
  if (statements.length > MAX_STATEMENTS) {
    throw json.error(
      `the policy has ${statements.length} statements, more than ${MAX_STATEMENTS}`,
      json.root,
    );
  }
  return { json, elements: { version, id, statements } };
}

function parseVersion(json: JsonText, node: Node): PolicyDocument['version'] {
  const version = json.string(node, 'Version');
  if (version !== '2012-10-17' && version !== '2008-10-17') {
    throw json.error(`Version must be "2012-10-17" or "2008-10-17", not ${JSON.stringify(version)}`, node);
  }
  return version;
}

function rejectDuplicateSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const { sid, start } of statements) {
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid)) throw new PolicyError(`the Sid ${JSON.stringify(sid)} is used twice`, start);
    seen.add(sid);
  }
}
