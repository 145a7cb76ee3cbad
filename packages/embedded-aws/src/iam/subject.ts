import type { PolicySource } from '@permission-check/iam-policy';
import { PolicyError } from '@permission-check/iam-policy';
import { boundPolicies } from '../account/policy-set.ts';
import { type Group, type IamState, inAnyCase, type PrincipalEntity } from '../account/state.ts';
import { AwsError } from '../types.ts';
import { noSuchEntity, type OperationInput } from './operation.ts';
import { type Exclusion, isExcluded } from './policy-exclusion.ts';
import { invalidInput, type SimulationInput } from './simulation-input.ts';
import { checkSubject, type SimulatedPolicy, type Subject } from './simulator.ts';

type IamEntity = PrincipalEntity | Group;

/**
 * Finds the user, group or role of the account that an ARN names. IAM looks it up by its name: a wrong path does not
 * matter.
 *
 * @throws AwsError InvalidInput for what is not such an ARN, NoSuchEntity.
 */
export function principalEntity(input: OperationInput, arn: string): IamEntity {
  const match = /^arn:[\w-]+:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn);
  if (!match) throw invalidInput(`Invalid ARN provided in the request: ${arn}`);
  const [, account, kind, name = ''] = match;
  if (account !== input.world.accountId) {
    throw invalidInput(
      `Invalid Policy Source Arn: caller's account ${input.world.accountId} does not have access to policies in account ${account}.`,
    );
  }
  const entity = find(input.state, kind, name);
  if (!entity) throw noSuchEntity('Unable to retrieve specified IAM entity.');
  return entity;
}

function find(state: IamState, kind: string | undefined, name: string): IamEntity | undefined {
  if (kind === 'user') return inAnyCase(state.users, name);
  return inAnyCase<IamEntity>(kind === 'role' ? state.roles : state.groups, name);
}

/** The policies that SimulatePrincipalPolicy puts together for a principal. */
export function principalSubject(
  input: OperationInput,
  entity: IamEntity,
  asked: SimulationInput,
  exclusions: readonly Exclusion[],
): Subject {
  const bound = boundPolicies(input.state, entity);
  if (bound.unreadable.length > 0) {
    throw evaluationFailed(`the account file has no document for ${bound.unreadable.join(', ')}`);
  }
  const attached = bound.identity
    .map((source): SimulatedPolicy & { holder: string } => ({
      ...named(entity, source),
      holder: source.group ?? entity.name,
    }))
    .filter(
      ({ source, holder }) =>
        !isExcluded(exclusions, source, source.group === undefined ? entity.kind : 'group', holder),
    );
  const keptBoundary =
    bound.boundary && !exclusions.some((exclusion) => exclusion.policyType === 'permission-boundary')
      ? { id: bound.boundary.name, source: bound.boundary }
      : undefined;
  const boundary = asked.boundary === undefined ? keptBoundary : givenBoundary(asked.boundary);
  const scpsExcluded = exclusions.some((exclusion) => exclusion.policyType === 'scp');
  const { scps } = input.world.frame;
  const subject: Subject = {
    identity: [...attached, ...givenPolicies(asked.policies)],
    ...(boundary && { boundary }),
    ...(asked.resourcePolicy !== undefined && { resource: givenResource(asked.resourcePolicy) }),
    ...(scps && !scpsExcluded && { scps }),
  };
  return checked(subject, asked);
}

/** The policies that SimulateCustomPolicy was given. */
export function customSubject(asked: SimulationInput, organization: readonly (readonly string[])[]): Subject {
  const subject: Subject = {
    identity: givenPolicies(asked.policies),
    ...(asked.boundary !== undefined && { boundary: givenBoundary(asked.boundary) }),
    ...(asked.resourcePolicy !== undefined && { resource: givenResource(asked.resourcePolicy) }),
    ...(organization.length > 0 && {
      scps: organization.map((level) => level.map((text, index) => given(`scp.${index + 1}`, text, 'scp'))),
    }),
  };
  return checked(subject, asked);
}

/** @throws AwsError InvalidInput for a malformed document of the request, PolicyEvaluation for one of the account. */
function checked(subject: Subject, asked: SimulationInput): Subject {
  try {
    checkSubject({
      identity: givenPolicies([...asked.policies, ...(asked.boundary ? [asked.boundary] : [])]),
    });
  } catch (error) {
    if (error instanceof PolicyError)
      throw invalidInput(`The policy document is malformed: ${error.message}`);
    throw error;
  }
  try {
    checkSubject(subject);
  } catch (error) {
    if (error instanceof PolicyError) throw evaluationFailed(error.message);
    throw error;
  }
  return subject;
}

const evaluationFailed = (why: string): AwsError =>
  new AwsError(
    'PolicyEvaluation',
    `The request failed because a provided policy could not be successfully evaluated: ${why}`,
    500,
  );

function named(entity: IamEntity, source: PolicySource): SimulatedPolicy {
  if (source.type !== 'inline') return { id: source.name, source };
  const owner = source.group === undefined ? `${entity.kind}_${entity.name}` : `group_${source.group}`;
  return { id: `${owner}_${source.name}`, source };
}

const given = (name: string, text: string, type: PolicySource['type']): PolicySource => ({
  name,
  type,
  text,
});

const givenPolicies = (texts: readonly string[]): SimulatedPolicy[] =>
  texts.map((text, index) => {
    const id = `PolicyInputList.${index + 1}`;
    return { id, source: given(id, text, 'inline') };
  });

const givenBoundary = (text: string): SimulatedPolicy => {
  const id = 'PermissionsBoundaryPolicyInputList.1';
  return { id, source: given(id, text, 'customer-managed') };
};

const givenResource = (text: string): SimulatedPolicy => ({
  id: 'ResourcePolicy',
  source: given('ResourcePolicy', text, 'resource'),
});
