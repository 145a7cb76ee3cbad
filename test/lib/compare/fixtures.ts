import type { PolicySet, PolicySource, RequestContext } from '@permission-check/iam-policy';
import { PolicyCompiler } from '@permission-check/iam-policy';
import type { Principal } from '#lib/account/types.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { type Comparison, comparePrincipal } from '#lib/compare/compare.ts';
import type { Expectation, Guard } from '#lib/expectation/types.ts';
import type { Evidence, Observation } from '#lib/observe/types.ts';

export const accountId = '123456789012';

/** The team's normal request. */
export const baseline: RequestContext = {
  'aws:MultiFactorAuthPresent': 'true',
  'aws:SecureTransport': 'true',
  'aws:SourceIp': '203.0.113.10',
};

const paths: Record<string, string> = {
  collection: 'collection/permission-check-none',
  dataset: 'project/permission-check-none/dataset/train/1',
  project: 'project/permission-check-none/1',
  projectversion: 'project/permission-check-none/version/v/1',
  streamprocessor: 'streamprocessor/permission-check-none',
};

export const arn = (path: string): string => `arn:aws:rekognition:us-east-1:${accountId}:${path}`;

/** An AWS managed policy about Rekognition, as attached. */
export function managed(name: string, version?: string): PolicySource {
  const policy = managedPolicies[name];
  const found = policy?.versions.find(({ versionId }) => versionId === (version ?? policy.defaultVersionId));
  if (policy === undefined || found === undefined) throw new Error(`no ${name} ${version}`);
  return {
    name,
    type: 'aws-managed',
    arn: policy.arn,
    versionId: found.versionId,
    text: JSON.stringify(found.document, null, 4),
  };
}

export function policy(
  name: string,
  statements: readonly object[],
  more: Partial<PolicySource> = {},
): PolicySource {
  return {
    name,
    type: 'inline',
    text: JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2),
    ...more,
  };
}

export const allow = (action: string | string[], resource: string | string[] = '*', condition?: object) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...(condition && { Condition: condition }),
});

export function role(
  name: string,
  policies: readonly PolicySource[],
  more: Partial<Principal> = {},
): Principal {
  return {
    kind: 'role',
    arn: `arn:aws:iam::${accountId}:role/${name}`,
    name,
    path: '/',
    id: 'AROAEXAMPLE',
    tags: {},
    groups: [],
    policies,
    unreadable: [],
    serviceLinked: false,
    ...more,
  };
}

export const user = (
  name: string,
  policies: readonly PolicySource[],
  more: Partial<Principal> = {},
): Principal =>
  role(name, policies, {
    kind: 'user',
    arn: `arn:aws:iam::${accountId}:user/${name}`,
    id: 'AIDAEXAMPLE',
    ...more,
  });

export function expecting(
  label: string,
  policies: readonly PolicySource[],
  guards: readonly Guard[] = [],
): Extract<Expectation, { kind: 'sets' }> {
  return { kind: 'sets', label, policies, guards, rule: { file: 'expectations.yaml', line: 14 } };
}

/** What is attached and expected most often, as attached and as expected. */
export const readOnly = managed('AmazonRekognitionReadOnlyAccess');
export const full = managed('AmazonRekognitionFullAccess');
export const expectReadOnly = expecting('AmazonRekognitionReadOnlyAccess v10', [readOnly]);

export const mfaForWrites: Guard = {
  name: 'mfa',
  without: 'without MFA',
  policy: {
    name: 'mfa',
    type: 'set',
    text: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['rekognition:StartProjectVersion', 'rekognition:DeleteCollection'],
          Resource: '*',
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': ['true'] } },
        },
        {
          Effect: 'Allow',
          NotAction: ['rekognition:StartProjectVersion', 'rekognition:DeleteCollection'],
          Resource: '*',
        },
      ],
    }),
  },
};

/** Every action once, on an ARN of its first type, in the team's context; then the further requests. */
export function asked(further: readonly Observation['request'][] = []): Observation[] {
  const plain = actions.map(({ action, resourceTypes }) => ({
    action,
    resource: resourceTypes[0] ? arn(paths[resourceTypes[0].name] ?? '') : '*',
    context: baseline,
  }));
  return [...plain, ...further].map((request) => ({ request, evidence: [] }));
}

export const compiler = new PolicyCompiler(actionTable);

interface Case {
  readonly principal: Principal;
  readonly expectation: Expectation;
  readonly observations?: readonly Observation[];
  /** Layers beside the principal's own. */
  readonly around?: Omit<PolicySet, 'identity' | 'boundary'>;
}

/** Compares with both sets compiled as a check does it. */
export function compared(
  { principal, expectation, observations = asked(), around }: Case,
  more: Partial<Comparison> = {},
) {
  return comparePrincipal({
    accountId,
    principal,
    expectation,
    expectedSet:
      expectation.kind === 'any'
        ? undefined
        : compiler.compileSet({
            identity: expectation.policies,
            scps: expectation.guards.map(({ policy }) => [policy]),
          }),
    observedSet: compiler.compileSet({
      identity: principal.policies,
      ...(principal.boundary && { boundary: principal.boundary }),
      ...around,
    }),
    observations,
    gaps: [],
    actions,
    ...more,
  });
}

/** Adds an answer of IAM's simulation to every request. */
export function simulated(
  observations: readonly Observation[],
  answer: (request: Observation['request']) => Partial<Evidence>,
): Observation[] {
  return observations.map((observation) => ({
    ...observation,
    evidence: [
      { kind: 'simulated', decision: 'implicitDeny', ...answer(observation.request) },
      ...observation.evidence,
    ],
  }));
}
