import type { PolicySource } from '@permission-check/iam-policy';
import { decide, PolicyCompiler } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actionTable } from '#lib/catalog/actions.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import type { Expectation, Expectations } from '#lib/expectation/types.ts';

/** A role without policies, unless said otherwise. */
export function principal(given: Partial<Principal> = {}): Principal {
  const { kind = 'role', name = 'analyst', path = '/' } = given;
  return {
    kind,
    name,
    path,
    arn: `arn:aws:iam::123456789012:${kind}${path}${name}`,
    id: 'AROAEXAMPLE',
    tags: {},
    groups: [],
    policies: [],
    unreadable: [],
    serviceLinked: false,
    ...given,
  };
}

/** A managed policy of AWS's as an account has it attached. */
export function awsManaged(name: string, versionId = 'v1'): PolicySource {
  return {
    name,
    type: 'aws-managed',
    arn: `arn:aws:iam::aws:policy/${name}`,
    versionId,
    text: '{"Version":"2012-10-17","Statement":[]}',
  };
}

/** `line: severity: message` for everything that is said about a file. */
export function messages(text: string): string[] {
  return parseExpectations(text, 'e.yaml').diagnostics.map(
    ({ location, severity, message }) => `${location.line}: ${severity}: ${message}`,
  );
}

/** The expectations of a file without errors. */
export function expectations(text: string): Expectations {
  const result = parseExpectations(text, 'e.yaml', { now: new Date('2026-11-24T12:00:00.900Z') });
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return result.expectations;
}

const compiler = new PolicyCompiler(actionTable);

/** Actions that an expectation allows on everything, in a context. */
export function allowed(
  expectation: Expectation,
  context: Record<string, string> = {},
  resource = '*',
): string[] {
  if (expectation.kind === 'any') throw new Error('not judged');
  const set = compiler.compileSet({
    identity: expectation.policies,
    scps: expectation.guards.map(({ policy }) => [policy]),
  });
  return actionTable.filter((action) => decide(set, { action, resource, context }).decision === 'allowed');
}
